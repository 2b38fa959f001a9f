"""OpenAPI: what FastAPI reads from the signatures, and what they cannot say.

Added are the problems that each operation may answer, named tensors beside JSON, the examples, and the names
of schemas that many fields share.
"""

from collections.abc import Iterator, Mapping
from typing import Any, get_type_hints

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from ..plots.palette import MOST_CURVES
from ..settings import Settings
from ..wire.arrays import AnyArray, Matrix, Rows, Vector
from ..wire.examples import Example, examples_of
from ..wire.network import ActivationField
from ..wire.number import Extended
from ..wire.problems import PROBLEM_JSON, ProblemDocument
from ..wire.request_models import RequestBody, RequestModel
from .file_route import FileRoute
from .keys import HEADER as KEY_HEADER
from .keys import guarded
from .middleware import ID_HEADER
from .problem_responses import CHALLENGE
from .problem_types import PROBLEM_TYPES
from .reading import FILE_TYPES, JSON, TENSORS
from .route import CurrentSettings, FileBody, ProcessRoute, Route

REFERENCE = "#/components/schemas/{model}"
_METHODS = ("get", "post")

TAGS = [
    {"name": "activations", "description": "Problem 1: what is known of each, its values, its picture."},
    {"name": "identities", "description": "What the sheet asks to be shown, with steps and a live check."},
    {"name": "networks", "description": "Problem 2: the same function with another activation, proven."},
    {"name": "gradients", "description": "Problem 3: softmax cross-entropy in closed form, and grading."},
    {
        "name": "models",
        "description": "Model files: what they hold, rewritten and certified, read as layers.",
    },
    {"name": "service", "description": "Whether it runs, what it has done, what its problems mean."},
]
BINARY = {
    "type": "string",
    "format": "binary",
    "description": "Named tensors (safetensors): arrays by their JSON paths joined with dots, "
    "`network.layers.0.weight`; everything else as a JSON document under the key `request` (answers: "
    "`response`) of the metadata.",
}
FILE = {"type": "string", "format": "binary", "description": "The file's bytes, as they are."}
SHARED: Mapping[str, Any] = {
    "Number": float,
    "NumberOrInfinity": Extended,
    "Vector": Vector,
    "Matrix": Matrix,
    "Rows": Rows,
    "AnyArray": AnyArray,
    "Activation": ActivationField,
}
"""What many fields are: described once, under these names."""


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of the service, as its settings have made it."""
    settings: Settings = app.state.settings
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=TAGS,
        servers=[
            {"url": settings.root_path or "/", "description": "The service that answers this document."}
        ],
        license_info={"name": "MIT", "identifier": "MIT"},
        contact={"name": "The Softstep maintainers"},
    )
    for route in app.router.routes:
        if isinstance(route, Route) and route.include_in_schema:
            for method, operation in document["paths"][route.path].items():
                if method.upper() in (route.methods or ()):
                    _complete(operation, route, method.upper(), settings)
    components = document["components"]
    schemas = components["schemas"]
    for default in ("HTTPValidationError", "ValidationError"):
        schemas.pop(default, None)
    shared = {name: _as_double(_schema(hint)) for name, hint in SHARED.items()}
    for name, schema in schemas.items():
        schemas[name] = _named(_as_double(schema), shared)
    for operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _as_double(parameter["schema"])
    for name, schema in shared.items():
        others = {other: one for other, one in shared.items() if other != name}
        schemas[name] = _named(schema, others)
    schemas.update(_any_arrays(schemas["AnyArray"]))
    for name, schema in schemas.items():
        schemas[name] = _without_object_defaults(schema)
    schemas.update(_problem_schemas())
    _limit(document, settings)
    components["responses"] = {
        f"Problem{status}": _refusal(status, settings.root_path) for status in _statuses()
    }
    components["headers"] = {
        ID_HEADER: {
            "description": "The caller's, if it is printable ASCII of at most 128 characters.",
            "schema": {"type": "string"},
        }
    }
    if settings.key_hashes:
        components["securitySchemes"] = {"key": {"type": "apiKey", "in": "header", "name": KEY_HEADER}}
    return document


def _complete(operation: dict[str, Any], route: Route, method: str, settings: Settings) -> None:
    question = question_of(route)
    examples = {} if question is None else examples_of(question)
    responses = operation["responses"]
    responses.pop("422", None)
    if question is not None and issubclass(question, RequestBody):
        content = operation["requestBody"]["content"]
        content[JSON]["examples"] = {
            name: {"summary": one.summary, "value": one.question} for name, one in examples.items()
        }
        content[TENSORS] = {"schema": BINARY}
        if JSON in responses["200"]["content"]:
            responses["200"]["content"][TENSORS] = {"schema": BINARY}
    else:
        _exemplify(operation.get("parameters", ()), examples)
    if isinstance(route, FileRoute):
        body = operation["requestBody"]
        # Not as JSON, which is taken too: of that a schema of bytes would mean a string.
        body["content"] = {kind: {"schema": FILE} for kind in FILE_TYPES if kind != JSON}
    for one in responses.values():
        one.setdefault("headers", {})[ID_HEADER] = {"$ref": f"#/components/headers/{ID_HEADER}"}
    for status in statuses_of(route, method, settings.private):
        responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    operation["responses"] = dict(sorted(responses.items()))
    keyed = settings.key_hashes and guarded(method, route.path, settings.private)
    operation["security"] = [{"key": []}] if keyed else []


def question_of(route: Route) -> type[RequestModel] | None:
    """Return the model of what a route asks for, None where it asks for nothing."""
    for hint in get_type_hints(route.endpoint).values():
        if isinstance(hint, type) and issubclass(hint, RequestModel):
            return hint
    return None


def statuses_of(route: Route, method: str, private: bool) -> Iterator[int]:
    """Yield the statuses of the problems that a route may answer, as its signature says."""
    if method == "POST":
        yield from (400, 408, 413, 415)
    if guarded(method, route.path, private):
        yield 401
    asked = list(get_type_hints(route.endpoint, include_extras=True).values())
    if CurrentSettings in asked and FileBody not in asked:
        yield 403  # it asks for the ceiling of help, and not for the limits of files
    if "{" in route.path:
        yield 404
    if 304 in route.responses:
        yield 412  # it has a tag, which If-Match may name
    yield 422
    if method == "POST" or isinstance(route, ProcessRoute) or 503 in route.responses:
        yield 503


def _exemplify(parameters: Any, examples: Mapping[str, Example]) -> None:
    for parameter in parameters:
        values = {
            name: {"summary": one.summary, "value": one.question[parameter["name"]]}
            for name, one in examples.items()
            if parameter["name"] in one.question
        }
        if values:
            parameter["examples"] = values


def _operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from (operation for method, operation in path.items() if method in _METHODS)


def _schema(hint: Any) -> dict[str, Any]:
    schema = TypeAdapter(hint).json_schema(ref_template=REFERENCE)
    return {name: part for name, part in schema.items() if name not in ("title", "description")}


def _as_double(node: Any) -> Any:
    """Return a schema whose numbers say that they are float64: one beyond is refused, and never answered.

    Not by their bounds: what is read as the largest double goes on half a unit behind it.
    """
    if isinstance(node, list):
        return [_as_double(item) for item in node]
    if not isinstance(node, dict):
        return node
    double = {"format": "double"} if node.get("type") == "number" else {}
    return {key: part if key in _VALUES else _as_double(part) for key, part in node.items()} | double


_VALUES = ("default", "const", "enum", "examples", "example")
_OF_THE_FIELD = ("title", "description", "default")


def _named(node: Any, shared: Mapping[str, Any]) -> Any:
    """Return a schema in which what is shared is referred to by its name."""
    if isinstance(node, list):
        return [_named(item, shared) for item in node]
    if not isinstance(node, dict):
        return node
    inside = {key: part for key, part in node.items() if key not in _OF_THE_FIELD}
    for name, schema in shared.items():
        if inside == schema:
            outside = {key: part for key, part in node.items() if key in _OF_THE_FIELD}
            return {"$ref": REFERENCE.format(model=name), **outside}
    return {key: part if key in _VALUES else _named(part, shared) for key, part in node.items()}


def _any_arrays(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schemas of arrays of any shape, each level by a name: generators know no recursion."""
    number = schema["anyOf"][0]
    names = ["AnyNumber", "AnyVector", "AnyMatrix", "AnyTensor3", "AnyTensor4"]
    levels = {names[0]: number}
    for name, inner in zip(names[1:], names, strict=False):
        levels[name] = {"type": "array", "items": {"$ref": REFERENCE.format(model=inner)}}
    forms = [{"$ref": REFERENCE.format(model=name)} for name in names]
    description = "Any shape, more dimensions too; every row of the same length (else 422 shape-mismatch)."
    return {**levels, "AnyArray": {"anyOf": forms, "description": description}}


def _without_object_defaults(node: Any) -> Any:
    """Return a schema whose fields that may be null have no object as default: its members say it already."""
    if isinstance(node, list):
        return [_without_object_defaults(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: part if key in _VALUES else _without_object_defaults(part)
        for key, part in node.items()
        if not (key == "default" and isinstance(part, dict) and "anyOf" in node)
    }


def _limit(document: dict[str, Any], settings: Settings) -> None:
    """State the limits that are of single fields, as they are set here."""
    document["components"]["schemas"]["NetworkBody"]["properties"]["layers"]["maxItems"] = settings.max_layers
    for operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            if parameter["schema"].get("type") == "array":
                parameter["schema"]["maxItems"] = min(settings.max_curves, MOST_CURVES)


def _problem_schemas() -> dict[str, Any]:
    schema = TypeAdapter(ProblemDocument).json_schema(ref_template=REFERENCE)
    # Under a name of its own: two schemas of one title are one class to generators.
    return {**schema.pop("$defs"), "Problem": {**schema, "title": "Problem"}}


def _statuses() -> list[int]:
    return sorted({one.status for one in PROBLEM_TYPES})


def _refusal(status: int, root: str) -> dict[str, Any]:
    found = [one for one in PROBLEM_TYPES if one.status == status]
    types = "\n".join(f"- [{one.slug}]({root}/problems/{one.slug}): {one.title}." for one in found)
    headers: dict[str, Any] = {ID_HEADER: {"$ref": f"#/components/headers/{ID_HEADER}"}}
    if status == 503:
        headers["Retry-After"] = {
            "description": "Seconds until it is worth asking again.",
            "schema": {"type": "string"},
        }
    if status == 401:
        headers["WWW-Authenticate"] = {
            "description": f"What is missing: a key in the header {KEY_HEADER}.",
            "schema": {"type": "string", "const": CHALLENGE},
        }
    return {
        "description": types,
        "headers": headers,
        "content": {PROBLEM_JSON: {"schema": {"$ref": REFERENCE.format(model="Problem")}}},
    }
