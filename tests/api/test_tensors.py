"""Named tensors over HTTP: on every POST, in and out, with the same answers to the last bit."""

import json
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from app.wire.tensor_file import parse
from tests.service import Client, Connect, pointers, slug

TENSORS = "application/vnd.safetensors"
RANDOM = np.random.default_rng(7)
NETWORK = {
    "network.layers.0.weight": RANDOM.normal(size=(3, 2)),
    "network.layers.0.bias": RANDOM.normal(size=3),
    "network.layers.1.weight": RANDOM.normal(size=(2, 3)),
}
TANH = {"network": {"layers": [{"activation": "tanh"}, {}]}}
PROBLEM = {
    "W": RANDOM.normal(size=(3, 2)),
    "Theta": RANDOM.normal(size=(3, 4)),
    "inputs": RANDOM.normal(size=(5, 2)),
}
CLASSES = np.array([0, 3, 1, 2, 2])

# Of every POST that answers with numbers: its tensors, and the rest.
ASKED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "/v1/activations/softplus": ({"inputs": RANDOM.normal(size=(2, 3, 4))}, {"derivative": True}),
    "/v1/networks/evaluate": ({**NETWORK, "inputs": RANDOM.normal(size=(4, 2))}, {**TANH, "trace": True}),
    "/v1/networks/convert": (NETWORK, {**TANH, "to": "sigmoid"}),
    "/v1/networks/reduce": (NETWORK, TANH),
    "/v1/networks/compare": (
        {name.replace("network", side): NETWORK[name] for name in NETWORK for side in ("first", "second")},
        {"first": TANH["network"], "second": TANH["network"]},
    ),
    "/v1/networks/gradients": (
        {**NETWORK, "inputs": RANDOM.normal(size=(4, 2)), "targets": RANDOM.normal(size=(4, 2))},
        {**TANH, "loss": "squared_error"},
    ),
    "/v1/networks/gradients/check": (
        {
            **NETWORK,
            "inputs": RANDOM.normal(size=(4, 2)),
            "targets": RANDOM.normal(size=(4, 2)),
            "submission.inputs": np.zeros((4, 2)),
        },
        {**TANH, "loss": "squared_error", "feedback": "solution"},
    ),
    "/v1/gradients": ({**PROBLEM, "targets": CLASSES}, {"reduction": "sum"}),
    "/v1/gradients/check": (
        {**PROBLEM, "targets": CLASSES, "submission.W": np.zeros((3, 2))}, {"feedback": "solution"}
    ),
}  # fmt: skip


def put(document: Any, name: str, array: Any) -> None:
    """Put an array where its name says; the lists that it passes stand already."""
    first, _, rest = name.partition(".")
    key: Any = int(first) if isinstance(document, list) else first
    if not rest:
        document[key] = array.tolist()
    else:
        put(document[key] if isinstance(document, list) else document.setdefault(key, {}), rest, array)


def as_json(named: dict[str, Any], rest: dict[str, Any]) -> Any:
    document = json.loads(json.dumps(rest))
    for name, array in named.items():
        put(document, name, array)
    return document


def as_tensors(named: dict[str, Any], rest: dict[str, Any]) -> bytes:
    return save(named, metadata={"request": json.dumps(rest)})


def answered(content: bytes) -> Any:
    """Return an answer of named tensors as the JSON that it stands for."""
    document = json.loads(parse(content, 10**6).metadata["response"])
    for name, array in load(content).items():
        put(document, name, array)
    return document


def send(client: Client, path: str, body: bytes, accept: str = "application/json") -> Any:
    return client.post(path, content=body, headers={"content-type": TENSORS, "accept": accept})


def test_every_post_is_asked_here(client: Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    posts = {path for path, methods in paths.items() if "post" in methods}
    posts -= {
        path for path in posts if path.startswith(("/v1/activations/", "/v1/models/")) or "plot" in path
    }
    assert posts == set(ASKED) - {"/v1/activations/softplus"}


@pytest.mark.parametrize("path", ASKED)
def test_both_forms_ask_and_answer_the_same(client: Client, path: str) -> None:
    named, rest = ASKED[path]
    plain = client.post(path, json=as_json(named, rest))
    assert plain.status_code == 200, plain.text
    for binary in (False, True):
        body = as_tensors(named, rest) if binary else json.dumps(as_json(named, rest)).encode()
        headers = {"content-type": TENSORS if binary else "application/json"}
        assert client.post(path, content=body, headers=headers).content == plain.content
        answer = client.post(path, content=body, headers={**headers, "accept": TENSORS})
        assert answer.headers["content-type"] == TENSORS
        # Through json both have floats only: the same digits are the same bits.
        assert answered(answer.content) == plain.json()


@pytest.mark.parametrize("path", ["/v1/activations/softplus", "/v1/networks/evaluate", "/v1/gradients"])
def test_float32_is_the_float64_answer_rounded_once(client: Client, path: str) -> None:
    named, rest = ASKED[path]
    single = {name: array.astype(np.float32) for name, array in named.items()}
    double = {name: array.astype(np.float64) for name, array in single.items()}
    given = load(send(client, path, as_tensors(single, rest), TENSORS).content)
    exact = load(send(client, path, as_tensors(double, rest), TENSORS).content)
    assert given.keys() == exact.keys()
    for name, array in given.items():
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, exact[name].astype(np.float32))
    written = load(send(client, path, as_tensors(single, rest), TENSORS).content)
    plain = send(client, path, as_tensors(single, rest)).json()
    assert written and all(plain[name] == written[name].tolist() for name in plain if name in written)


def test_a_mixed_body_and_an_exact_decision_answer_in_float64(client: Client) -> None:
    named, rest = ASKED["/v1/networks/evaluate"]
    mixed = {name: array.astype(np.float32) if "weight" in name else array for name, array in named.items()}
    answer = send(client, "/v1/networks/evaluate", as_tensors(mixed, rest), TENSORS)
    assert {array.dtype for array in load(answer.content).values()} == {np.dtype(np.float64)}
    # A certificate is about the network with these very weights: they are not rounded behind its back.
    single = {name: array.astype(np.float32) for name, array in NETWORK.items()}
    answer = send(client, "/v1/networks/convert", as_tensors(single, {**TANH, "to": "sigmoid"}), TENSORS)
    assert {array.dtype for array in load(answer.content).values()} == {np.dtype(np.float64)}


def test_float32_beyond_its_range_is_a_limit_or_an_overflow(
    client: Client,
) -> None:
    """Float32 beyond its range is a limit for an activation and an overflow for a network."""
    rest = {"parameters": {"negative_slope": 1e20}}
    body = as_tensors({"inputs": np.array([-1e30], np.float32)}, rest)
    assert load(send(client, "/v1/activations/leaky_relu", body, TENSORS).content)["outputs"].tolist() == [
        -np.inf
    ]
    one = np.full((1, 1), 1e20, np.float32)
    body = as_tensors({"network.layers.0.weight": one, "inputs": np.array([1e30], np.float32)}, {})
    assert slug(send(client, "/v1/networks/evaluate", body)) == "overflow"


def test_non_finite_numbers_and_signed_zeros_go_through(client: Client) -> None:
    """Non finite numbers empty arrays and signed zeros go through."""
    inputs = np.array([[np.nan, np.inf, -np.inf, -0.0, 5e-324]])
    answer = send(client, "/v1/activations/identity", as_tensors({"inputs": inputs}, {}), TENSORS)
    outputs = load(answer.content)["outputs"]
    np.testing.assert_array_equal(outputs, inputs)
    assert np.signbit(outputs[0, 3])
    empty = send(client, "/v1/activations/relu", as_tensors({"inputs": np.empty((0, 3))}, {}), TENSORS)
    assert load(empty.content)["outputs"].shape == (0, 3)


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_class_numbers_may_be_integers_and_nothing_else_may(client: Client, dtype: Any) -> None:
    body = as_tensors({**PROBLEM, "targets": CLASSES.astype(dtype)}, {})
    assert send(client, "/v1/gradients", body).status_code == 200
    for path, field in (("/v1/gradients", "inputs"), ("/v1/activations/relu", "inputs")):
        body = as_tensors({**(PROBLEM if "gradients" in path else {}), field: np.ones((5, 2), dtype)}, {})
        answer = send(client, path, body)
        assert slug(answer) == "invalid-request"
        assert pointers(answer) == [f"/{field}"]


def test_pictures_are_asked_for_by_tensors_too(client: Client) -> None:
    named = {name.replace("network", "networks.0.network"): array for name, array in NETWORK.items()}
    rest = {"networks": [TANH], "view": "diagram"}
    binary = send(client, "/v1/networks/plot.txt", as_tensors(named, rest))
    plain = client.post("/v1/networks/plot.txt", json=as_json(named, rest))
    assert binary.status_code == plain.status_code == 200, binary.text
    assert binary.content == plain.content


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html, */*;q=0.1", "application/json"),
        (TENSORS, TENSORS),
        (TENSORS.upper(), TENSORS),
        (f"{TENSORS}, */*", TENSORS),
        (f"application/json, {TENSORS}", "application/json"),
        (f"application/json;q=0.5, {TENSORS};q=0.8", TENSORS),
        (f"application/json, {TENSORS};q=0.9", "application/json"),
        (f"{TENSORS};q=0", "application/json"),
        (f"application/*;q=0.9, {TENSORS};q=0.8", "application/json"),
        (f"{TENSORS};v=1;q=0.001", TENSORS),
    ],
)
def test_the_caller_says_which_form_it_prefers(client: Client, accept: str, kind: str) -> None:
    answer = client.post("/v1/activations/relu", json={"inputs": 1}, headers={"accept": accept})
    assert answer.headers["content-type"] == kind


def test_a_refusal_is_a_problem_whatever_is_preferred(client: Client) -> None:
    answer = send(client, "/v1/activations/relu", b"12345678", TENSORS)
    assert (answer.status_code, slug(answer)) == (422, "limit")
    for body in (b"", b"1", as_tensors({"inputs": np.ones(3)}, {})[:-1]):
        answer = send(client, "/v1/activations/relu", body, TENSORS)
        assert (answer.status_code, slug(answer)) == (400, "malformed-json")


def test_the_limits_are_those_of_json(connect: Connect) -> None:
    client = connect(max_answer_numbers=5, max_tensor_header_bytes=200)
    body = as_tensors({"inputs": np.ones(6)}, {})
    assert send(client, "/v1/activations/relu", body).json()["limit"] == "answer"
    body = as_tensors({"inputs": np.ones(1)}, {"parameters": {"x" * 200: 1}})
    assert send(client, "/v1/activations/relu", body).json()["limit"] == "header"


@pytest.mark.parametrize("lines", [(TENSORS, "application/json;q=0.1"), ("application/json;q=0.1", TENSORS)])
def test_a_preference_in_several_lines_is_one(client: Client, lines: tuple[str, str]) -> None:
    headers = [("accept", line) for line in lines]
    answer = client.post("/v1/activations/relu", json={"inputs": 1}, headers=headers)
    assert answer.headers["content-type"] == TENSORS
