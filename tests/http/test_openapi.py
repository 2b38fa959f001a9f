"""OpenAPI is complete and true: whatever it states is sent, and every answer is what it says."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import jsonschema
import numpy as np
import pytest

from app.http.problem_types import BY_SLUG
from app.http.route import Route
from app.main import create_app
from app.settings import Settings
from app.wire.answers import encode
from app.wire.tensor_file import MEDIA_TYPE as TENSORS
from app.wire.tensor_file import parse
from tests.api.test_tensors import answered, as_tensors
from tests.files.onnx.models import gemm_chain
from tests.service import Client, Connect

JSON, PROBLEM = "application/json", "application/problem+json"
APP = create_app(Settings())
DOCUMENT: dict[str, Any] = APP.openapi()
OPERATIONS = [
    (method, path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
IDS = [f"{method} {path}" for method, path, _ in OPERATIONS]
FORMATS = ("png", "svg", "pdf", "csv", "txt")


def resolved(node: Any) -> Any:
    """Return what a reference inside the document refers to, any other node as it is."""
    if isinstance(node, dict) and "$ref" in node:
        found: Any = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found
    return node


def walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for part in node.values():
            yield from walk(part)
    elif isinstance(node, list):
        for item in node:
            yield from walk(item)


def valid(value: Any, schema: Mapping[str, Any], closed: bool = False) -> None:
    """Hold `value` to `schema`; where `closed`, no object may have a field that is not described."""
    components = DOCUMENT["components"]
    if closed:
        components = json.loads(json.dumps(components))
        for one in components["schemas"].values():
            if "properties" in one:
                one["additionalProperties"] = False
    jsonschema.Draft202012Validator({**schema, "components": components}).validate(value)


def is_of_files(operation: Any) -> bool:
    """Tell whether an operation takes a file as its body."""
    return "application/onnx" in operation["requestBody"]["content"]


def sent(client: Client, method: str, path: str, operation: Any) -> Iterator[httpx.Response]:
    """Send every example that an operation states: each body, each parameter, each value of the path."""
    for place in _paths(path, operation):
        if method == "post":
            if is_of_files(operation):
                query = "?to=sigmoid" if place.endswith("convert") else ""
                for accept in ("*/*", JSON):
                    headers = {"content-type": "application/onnx", "accept": accept}
                    yield client.post(f"{place}{query}", content=gemm_chain("Tanh"), headers=headers)
                continue
            for one in operation["requestBody"]["content"][JSON]["examples"].values():
                yield client.post(place, json=one["value"])
            continue
        queried = [one for one in operation.get("parameters", ()) if one["in"] == "query"]
        names = dict.fromkeys(name for one in queried for name in one.get("examples", ()))
        for name in names or [None]:
            query = {
                one["name"]: one["examples"][name]["value"]
                for one in queried
                if name in one.get("examples", ())
            }
            yield client.get(place, params=query)


def _paths(path: str, operation: Any) -> Iterator[str]:
    inside = [one for one in operation.get("parameters", ()) if one["in"] == "path"]
    if not inside:
        yield path
    for one in inside:
        assert len(inside) == 1
        values = one["schema"].get("enum") or [each["value"] for each in one["examples"].values()]
        yield from (path.replace("{" + one["name"] + "}", value) for value in values)


@pytest.fixture(scope="module", autouse=True)
def ready(client: Client) -> None:
    """Wait for the start-up check: until then /readyz answers 503, as described."""
    for _ in range(600):
        if client.get("/readyz").status_code == 200:
            return
        time.sleep(0.05)
    pytest.fail("the service was not ready in time")


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=IDS)
def test_every_stated_example_is_answered_as_described(
    client: Client, method: str, path: str, operation: Any
) -> None:
    answers = list(sent(client, method, path, operation))
    assert answers
    for answer in answers:
        assert answer.status_code == 200, answer.text
        described = operation["responses"]["200"]
        kind = answer.headers["content-type"].partition(";")[0]
        assert kind in described["content"]
        assert {name.lower() for name in described["headers"]} <= set(answer.headers)
        if kind == JSON:
            valid(answer.json(), described["content"][JSON]["schema"], closed=True)


@pytest.mark.parametrize(
    ("path", "changes", "infinite"),
    [
        (
            "/v1/gradients",
            {"W": [[1e200]], "Theta": [[1e-300, 0]]},
            lambda told: told["identities"][0]["bound"],
        ),
        (
            "/v1/gradients/check",
            {"W": [[1e-312]], "Theta": [[1e115, 0]], "submission": {"W": [[0]]}, "feedback": "solution"},
            lambda told: told["numerical"]["methods"][1]["noise_floor"],
        ),
    ],
)
def test_what_rounding_allows_may_be_infinite(client: Client, path: str, changes: Any, infinite: Any) -> None:
    answer = client.post(path, json={"inputs": [1e200], "targets": 0, **changes})
    assert answer.status_code == 200, answer.text
    assert infinite(answer.json()) == "Infinity"
    described = DOCUMENT["paths"][path]["post"]["responses"]["200"]["content"]
    valid(answer.json(), described[JSON]["schema"], closed=True)


ARRAYS = ("inputs", "weight", "bias", "W", "Theta", "targets", "class_weights")


def without_arrays(value: Any, at: str, arrays: dict[str, Any]) -> Any:
    """Return a body without its arrays, which go to `arrays` under their paths; null marks their items."""
    if isinstance(value, list):
        return [without_arrays(item, f"{at}{index}.", arrays) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    arrays.update({at + name: np.array(value[name], dtype=np.float64) for name in ARRAYS if name in value})
    return {
        name: without_arrays(member, f"{at}{name}.", arrays)
        for name, member in value.items()
        if name not in ARRAYS
    }


POSTS = [
    (path, operation)
    for method, path, operation in OPERATIONS
    if method == "post" and not is_of_files(operation)
]


@pytest.mark.parametrize(("path", "operation"), POSTS, ids=[path for path, _ in POSTS])
def test_every_stated_body_asks_the_same_as_named_tensors(client: Client, path: str, operation: Any) -> None:
    content = operation["requestBody"]["content"]
    assert set(content) == {JSON, TENSORS}
    path = path.replace("{format}", "svg")
    for one in content[JSON]["examples"].values():
        plain = client.post(path, json=one["value"])
        arrays: dict[str, Any] = {}
        body = as_tensors(arrays, without_arrays(one["value"], "", arrays))
        named = client.post(path, content=body, headers={"content-type": TENSORS})
        assert (named.status_code, named.content) == (200, plain.content)
        if TENSORS in operation["responses"]["200"]["content"]:
            binary = client.post(path, json=one["value"], headers={"accept": TENSORS})
            assert binary.headers["content-type"] == TENSORS
            assert json.loads(encode(answered(binary.content))) == plain.json()


def test_every_operation_asks_with_an_example() -> None:
    for method, path, operation in OPERATIONS:
        if method == "post":
            assert is_of_files(operation) or operation["requestBody"]["content"][JSON]["examples"], path
            assert operation["requestBody"]["required"]
        for parameter in operation.get("parameters", ()):
            if parameter["required"]:
                assert parameter.get("examples") or parameter["schema"].get("enum"), (path, parameter["name"])


def test_stated_bodies_and_defaults_fit_their_schemas() -> None:
    """Every stated body and every default is valid by its own schema."""
    for _, _, operation in OPERATIONS:
        if "requestBody" in operation and not is_of_files(operation):
            described = operation["requestBody"]["content"][JSON]
            for one in described["examples"].values():
                valid(one["value"], described["schema"])
        for parameter in operation.get("parameters", ()):
            for one in parameter.get("examples", {}).values():
                read = one["value"] == "true" if one["value"] in ("true", "false") else one["value"]
                valid(read, parameter["schema"])
    stated = [
        node for node in walk(DOCUMENT["components"]["schemas"]) if "default" in node and "title" in node
    ]
    assert len(stated) > 50
    for schema in stated:
        valid(schema["default"], schema)


def test_schemas_are_valid_and_references_lead_somewhere() -> None:
    """All schemas are schemas and all references lead somewhere."""
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    used = set()
    for node in walk(DOCUMENT):
        if "$ref" in node:
            assert isinstance(resolved(node), dict)
            used.add(node["$ref"].rpartition("/")[2])
    described = {name for kind in ("schemas", "headers") for name in DOCUMENT["components"][kind]}
    assert described <= used | {"ProblemPlace"}


def test_refusals_are_problem_documents_and_nothing_else() -> None:
    assert "HTTPValidationError" not in json.dumps(DOCUMENT)
    for method, path, operation in OPERATIONS:
        refusals = {int(status): one for status, one in operation["responses"].items() if int(status) >= 400}
        assert 422 in refusals, path
        for status, one in refusals.items():
            described = resolved(one)
            assert described["content"] == {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
            for slug, kind in BY_SLUG.items():
                assert (f"(/problems/{slug})" in described["description"]) == (kind.status == status)
        assert (method == "post") == ({400, 408, 413, 415} <= set(refusals))
        assert ("{" in path) == (404 in refusals)
        assert (method == "post" or path == "/metrics") == (401 in refusals)
        assert ("gradients" in path) == (403 in refusals)


def test_every_route_is_described_under_one_name_of_its_own() -> None:
    routes = {
        (method, route.path)
        for route in APP.router.routes
        if isinstance(route, Route)
        for method in route.methods or ()
    }
    assert routes == {(method.upper(), path) for method, path, _ in OPERATIONS}
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(names)) == len(names)
    assert all(operation["summary"] and operation["tags"] for _, _, operation in OPERATIONS)
    assert {tag for _, _, operation in OPERATIONS for tag in operation["tags"]} == {
        tag["name"] for tag in DOCUMENT["tags"]
    }


def test_the_document_says_who_serves_it_and_under_what() -> None:
    assert DOCUMENT["servers"][0]["url"] == "/"
    assert DOCUMENT["info"]["license"] == {"name": "MIT", "identifier": "MIT"}
    assert DOCUMENT["info"]["contact"]["name"]
    assert all(operation["description"] and operation["security"] == [] for _, _, operation in OPERATIONS)


def test_examples_of_booleans_are_booleans() -> None:
    kinds = [
        type(one["value"])
        for _, _, operation in OPERATIONS
        for parameter in operation.get("parameters", ())
        if parameter["schema"].get("type") == "boolean"
        for one in parameter.get("examples", {}).values()
    ]
    assert kinds and set(kinds) == {bool}


def test_no_schema_holds_itself() -> None:
    """Generators of clients know no recursion: every chain of references ends."""
    schemas = DOCUMENT["components"]["schemas"]
    held = {
        name: {node["$ref"].rpartition("/")[2] for node in walk(schema) if "$ref" in node}
        for name, schema in schemas.items()
    }
    for name in schemas:
        seen: set[str] = set()
        waiting = set(held[name])
        while waiting:
            one = waiting.pop()
            assert one != name, name
            if one not in seen:
                seen.add(one)
                waiting |= held[one]


def test_what_may_be_null_has_no_object_as_default() -> None:
    nullable = [node for node in walk(DOCUMENT["components"]["schemas"]) if "anyOf" in node]
    assert len(nullable) > 50
    assert not [node for node in nullable if isinstance(node.get("default"), dict)]


def test_no_two_schemas_have_one_title() -> None:
    """Generators make a class of each title."""
    titles = [one["title"] for one in DOCUMENT["components"]["schemas"].values() if "title" in one]
    assert len(titles) > 50 and len(set(titles)) == len(titles)


def test_no_schema_s_name_tells_of_our_modules() -> None:
    assert not [name for name in DOCUMENT["components"]["schemas"] if "__" in name]


REFUSED: list[tuple[int, str, str, dict[str, Any]]] = [
    (400, "POST", "/v1/activations/relu", {"content": b"{", "headers": {"content-type": JSON}}),
    (403, "POST", "/v1/gradients", {"json": {"W": [[1.0]], "Theta": [[1.0]], "inputs": [1.0]}}),
    (404, "GET", "/v1/identities/pythagoras", {}),
    (413, "POST", "/v1/activations/relu", {"json": {"inputs": [1.0] * 1000}}),
    (415, "POST", "/v1/activations/relu", {"content": b"1", "headers": {"content-type": "text/plain"}}),
    (422, "GET", "/v1/activations/elu?alpha=x", {}),
    (422, "GET", "/livez?x=1", {}),
    (422, "POST", "/v1/activations/relu", {"json": {"inputs": [[1.0], 2.0]}}),
]


@pytest.mark.parametrize(("status", "method", "url", "options"), REFUSED)
def test_refusals_are_as_described(
    connect: Connect, status: int, method: str, url: str, options: dict[str, Any]
) -> None:
    answer = connect(help="verdict", max_body_bytes=1000).request(method, url, **options)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    valid(answer.json(), {"$ref": "#/components/schemas/Problem"}, closed=True)


def test_keys_are_described_where_they_are_asked_for() -> None:
    assert "securitySchemes" not in DOCUMENT["components"]
    for private in (False, True):
        document = create_app(Settings(api_key_hashes="0" * 64, private=private)).openapi()
        assert document["components"]["securitySchemes"] == {
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}
        }
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                asked = (
                    method == "post" or path == "/metrics" or (private and path not in ("/livez", "/readyz"))
                )
                assert (operation.get("security") == [{"key": []}]) == asked
                assert ("401" in operation["responses"]) == asked


def test_the_document_is_served_as_it_is(client: Client) -> None:
    answer = client.get("/openapi.json")
    assert answer.json() == DOCUMENT


def test_tensors_in_the_answers_are_the_file_that_they_say(client: Client) -> None:
    answer = client.post("/v1/activations/relu", json={"inputs": [1.0]}, headers={"accept": TENSORS})
    assert set(parse(answer.content, 10**6).arrays) == {"outputs"}
