"""The same names come back: a file is read, rewritten, and leaves as the state that its model takes."""

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from safetensors import deserialize
from safetensors.numpy import load, save

from app.nn.networks.storage import STORAGES, StoredAs
from app.wire.tensor_file import parse, serialize_stored
from tests.service import Client, slug

TENSORS = "application/vnd.safetensors"
TYPES: dict[StoredAs, str] = {"float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16"}
random = np.random.default_rng(18)
STATE = {
    "fc2.weight": random.normal(size=(2, 3)),
    "fc2.bias": random.normal(size=2),
    "fc1.weight": random.normal(size=(3, 4)),
    "fc1.bias": random.normal(size=3),
}


def stored(kind: StoredAs) -> dict[str, Any]:
    return {name: STORAGES[kind].rounded(array) for name, array in STATE.items()}


def file(state: dict[str, Any], kind: StoredAs) -> bytes:
    return b"".join(serialize_stored(state, kind, {}))


def read(client: Client, body: bytes) -> Any:
    answer = client.post("/v1/models/read", content=body, headers={"content-type": TENSORS})
    assert answer.status_code == 200, answer.text
    return answer.json()


def convert(client: Client, told: Any, to: str = "sigmoid", **more: Any) -> Any:
    question = {name: told[name] for name in ("network", "names", "stored_as")}
    return client.post("/v1/networks/convert", json={**question, "to": to}, **more)


@pytest.mark.parametrize("kind", TYPES)
def test_file_leaves_with_its_names_order_and_type(client: Client, kind: StoredAs) -> None:
    state = stored(kind)
    told = read(client, file(state, kind))
    assert told["names"] == [["fc1.weight", "fc1.bias"], ["fc2.weight", "fc2.bias"]]
    assert told["stored_as"] == kind
    answer = convert(client, told).json()
    assert (answer["names"], answer["stored_as"]) == (told["names"], kind)
    made = convert(client, told, headers={"accept": TENSORS})
    assert made.headers["content-type"] == TENSORS
    tensors = dict(deserialize(made.content))
    assert {name: one["shape"] for name, one in tensors.items()} == {
        name: list(array.shape) for name, array in state.items()
    }
    assert {one["dtype"] for one in tensors.values()} == {TYPES[kind]}
    found = parse(made.content, 10**5).arrays
    assert list(found) == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]
    for pair, layer in zip(answer["names"], answer["network"]["layers"], strict=True):
        for name, part in zip(pair, ("weight", "bias"), strict=True):
            np.testing.assert_array_equal(found[name].astype(np.float64), layer[part])
    np.testing.assert_array_equal(found["fc1.weight"].astype(np.float64), 2 * state["fc1.weight"])


@pytest.mark.parametrize("kind", TYPES)
def test_certificate_of_named_file_is_about_what_is_stored(client: Client, kind: StoredAs) -> None:
    told = read(client, file(stored(kind), kind))
    made = convert(client, told, headers={"accept": TENSORS}).content
    state, found = stored(kind), parse(made, 10**5)
    certificate = json.loads(found.metadata["response"])["certificate"]["difference"]
    assert certificate["kind"] == "exact"
    for unit in range(2):
        exact = Fraction(state["fc2.bias"][unit]) - sum(map(Fraction, state["fc2.weight"][unit].tolist()))
        left = exact - Fraction(float(found.arrays["fc2.bias"][unit]))
        assert certificate["value"][unit] == float(left)


def test_named_answer_reads_again_with_its_activations(client: Client) -> None:
    told = read(client, file(stored("float32"), "float32"))
    made = convert(client, told, headers={"accept": TENSORS}).content
    again = read(client, made)
    assert [one["activation"] for one in again["network"]["layers"]] == ["sigmoid", "identity"]
    assert again["names"] == told["names"]
    back = load(convert(client, again, to="tanh", headers={"accept": TENSORS}).content)
    np.testing.assert_array_equal(back["fc1.weight"], stored("float32")["fc1.weight"].astype(np.float32))


def test_kernels_leave_as_they_came(client: Client) -> None:
    state = {"dense/kernel": STATE["fc1.weight"].T, "dense/bias": STATE["fc1.bias"]}
    told = read(client, save({name: np.ascontiguousarray(one) for name, one in state.items()}))
    found = load(convert(client, told, to="tanh", headers={"accept": TENSORS}).content)
    np.testing.assert_array_equal(found["dense/kernel"], state["dense/kernel"])


def test_new_bias_and_new_layer_get_names_that_are_told(client: Client) -> None:
    question = {
        "network": {
            "layers": [
                {"weight": [[1.5], [0.5]], "bias": [0.0, 1.0], "activation": "tanh"},
                {"weight": [[1.0, 2.0]], "activation": "tanh"},
            ]
        },
        "names": [["W1", "b1"], ["W2", None]],
        "to": "sigmoid",
    }
    answer = client.post("/v1/networks/convert", json=question).json()
    assert answer["names"] == [
        ["W1", "b1"],
        ["W2", "b2"],
        ["network.layers.2.weight", "network.layers.2.bias"],
    ]
    assert sum("no name of its own" in note["detail"] for note in answer["notes"]) == 3


def test_one_name_for_two_arrays_is_told_apart(client: Client) -> None:
    layer = {"weight": [[1.5]], "bias": [0.25], "activation": "tanh"}
    question = {
        "network": {"layers": [layer, {**layer, "activation": "identity"}]},
        "names": [["W", "b"], ["W", "b"]],
        "to": "sigmoid",
    }
    made = client.post("/v1/networks/convert", json=question, headers={"accept": TENSORS})
    found = load(made.content)
    assert sorted(found) == ["W", "b", "b_2", "network.layers.1.weight"]
    assert found["W"] == [[3.0]]


@pytest.mark.parametrize(
    ("names", "expected", "at"),
    [
        ([["W1", "b1"]], "shape-mismatch", "/names"),
        ([["W1", "b1"], ["W2"]], "shape-mismatch", "/names/1"),
        ([["W1", "b1"], ["__metadata__", "b2"]], "invalid-request", "/names/1/0"),
        ([["W1", "b1"], ["", "b2"]], "invalid-request", "/names/1/0"),
        ([["W1", 3], ["W2", "b2"]], "invalid-request", "/names/0/1"),
    ],
)
def test_names_that_fit_no_network_are_refused(client: Client, names: Any, expected: str, at: str) -> None:
    layer = {"weight": [[1.5]], "bias": [0.25], "activation": "tanh"}
    question = {"network": {"layers": [layer, layer]}, "names": names, "to": "sigmoid"}
    answer = client.post("/v1/networks/convert", json=question)
    assert slug(answer) == expected
    assert answer.json()["errors"][0]["pointer"] == at


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
def test_questions_in_half_types_are_answered_in_float64(client: Client, kind: StoredAs) -> None:
    inputs = STORAGES[kind].rounded(random.normal(size=(5, 4)))
    layer = {"weight": stored(kind)["fc1.weight"].tolist(), "activation": "tanh"}
    plain = client.post(
        "/v1/networks/evaluate", json={"network": {"layers": [layer]}, "inputs": inputs.tolist()}
    ).json()["outputs"]
    body = serialize_stored(
        {"inputs": inputs, "network.layers.0.weight": stored(kind)["fc1.weight"]},
        kind,
        {"request": json.dumps({"network": {"layers": [{"activation": "tanh"}]}})},
    )
    made = client.post(
        "/v1/networks/evaluate",
        content=b"".join(body),
        headers={"content-type": TENSORS, "accept": TENSORS},
    )
    np.testing.assert_array_equal(load(made.content)["outputs"], plain)
