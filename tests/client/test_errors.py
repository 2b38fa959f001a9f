"""What is wrong is said alike: by the library, by a client, and by the service to a body as it came."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

import app as softstep
from app.client.errors import place
from app.nn.errors import pointer
from tests.client.conftest import carried_by
from tests.oracles.calls import BATCH, PROBLEM, TANH
from tests.service import Client as Service
from tests.service import Connect, slug

NAN, HUGE = float("nan"), 1e308
SHEET: dict[str, Any] = {"network": TANH, "inputs": [1.0]}
CHECK: dict[str, Any] = {**PROBLEM, "submission": {"W": [[1.0]]}}
BACK: dict[str, Any] = {"network": TANH, "inputs": [1.0], "targets": [0.5], "loss": "squared_error"}


def layers(*ones: Any) -> dict[str, Any]:
    return {"layers": list(ones)}


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("evaluate", {**SHEET, "inputs": [1.0, 2.0]}),
    ("evaluate", {**SHEET, "inputs": [[1.0], [1.0, 2.0]]}),
    ("evaluate", {**SHEET, "inputs": [[1.0], 2.0]}),
    ("evaluate", {**SHEET, "inputs": []}),
    ("evaluate", {**SHEET, "inputs": 3.0}),
    ("evaluate", {**SHEET, "inputs": [True]}),
    ("evaluate", {**SHEET, "inputs": ["1"]}),
    ("evaluate", {**SHEET, "inputs": [None]}),
    ("evaluate", {**SHEET, "inputs": {"a": 1}}),
    ("evaluate", {**SHEET, "trace": 1}),
    ("evaluate", {**SHEET, "network": layers({"weight": [[HUGE]]}, {"weight": [[HUGE]]}), "inputs": [9.0]}),
    ("evaluate", {**SHEET, "network": []}),
    ("evaluate", {**SHEET, "network": {}}),
    ("evaluate", {**SHEET, "network": layers()}),
    ("evaluate", {**SHEET, "network": {"layers": 1}}),
    ("evaluate", {**SHEET, "network": layers(1)}),
    ("evaluate", {**SHEET, "network": layers({})}),
    ("evaluate", {**SHEET, "network": layers({"weight": [1.0]})}),
    ("evaluate", {**SHEET, "network": layers({"weight": [[]]})}),
    ("evaluate", {**SHEET, "network": layers({"weight": [[NAN]]})}),
    ("evaluate", {**SHEET, "network": layers({"weight": [[1.0]], "bias": [1.0, 2.0]})}),
    ("evaluate", {**SHEET, "network": layers({"weight": [[1.0]], "bias": 1.0})}),
    ("evaluate", {**SHEET, "network": layers({"weight": [[1.0]], "other": 1.0})}),
    ("evaluate", {**SHEET, "network": layers({"weight": [[1.0]], "x" * 100: 1.0})}),
    ("evaluate", {**SHEET, "network": layers({"weight": [[1.0]], "activation": "tanf"})}),
    ("evaluate", {**SHEET, "network": layers({"weight": [[1.0]], "activation": {"name": "tanf"}})}),
    ("evaluate", {**SHEET, "network": layers({"weight": [[1.0]], "activation": {"name": 1}})}),
    ("evaluate", {**SHEET, "network": layers({"weight": [[1.0]], "activation": 1})}),
    (
        "evaluate",
        {**SHEET, "network": layers({"weight": [[1.0]], "activation": {"name": "elu", "alpha": "1"}})},
    ),
    ("evaluate", {**SHEET, "network": layers({"weight": [[1.0]], "activation": {"name": "elu", "beta": 1}})}),
    (
        "evaluate",
        {**SHEET, "network": layers({"weight": [[1.0]], "activation": {"name": "celu", "alpha": 0}})},
    ),
    (
        "evaluate",
        {**SHEET, "network": layers({"weight": [[1.0]], "activation": {"name": "softmax", "a": 0}})},
    ),
    (
        "evaluate",
        {**SHEET, "network": layers({"weight": [[1.0]], "activation": "softmax"}, {"weight": [[1.0]]})},
    ),
    ("evaluate", {**SHEET, "network": layers({"weight": [[1.0]]}, {"weight": [[1.0, 2.0]]})}),
    ("convert", {"network": TANH, "to": "relu"}),
    ("convert", {"network": TANH, "to": 1}),
    ("convert", {"network": TANH, "to": "sigmoid", "stored_as": "int8"}),
    ("convert", {"network": TANH, "to": "sigmoid", "box": {"low": 1.0}}),
    ("convert", {"network": TANH, "to": "sigmoid", "box": {"low": 1.0, "high": 1.0}}),
    ("convert", {"network": TANH, "to": "sigmoid", "box": {"low": [1.0, 2.0], "high": 3.0}}),
    ("convert", {"network": TANH, "to": "sigmoid", "box": {"low": NAN, "high": 3.0}}),
    ("convert", {"network": TANH, "to": "sigmoid", "box": [1.0]}),
    ("convert", {"network": layers({"weight": [[HUGE]], "activation": "tanh"}), "to": "sigmoid"}),
    ("convert", {"network": TANH, "to": "sigmoid", "names": 3}),
    ("convert", {"network": TANH, "to": "sigmoid", "names": ["ab", "cd"]}),
    ("convert", {"network": TANH, "to": "sigmoid", "names": [["a", "b"]]}),
    ("convert", {"network": TANH, "to": "sigmoid", "names": [["a"], ["b", "c"]]}),
    ("convert", {"network": TANH, "to": "sigmoid", "names": [["a", "b", "c"], ["d", "e"]]}),
    ("convert", {"network": TANH, "to": "sigmoid", "names": [["a", 1], ["d", "e"]]}),
    ("convert", {"network": TANH, "to": "sigmoid", "names": [["a", ""], ["d", "e"]]}),
    ("convert", {"network": TANH, "to": "sigmoid", "names": [["a", "x" * 501], ["d", "e"]]}),
    ("convert", {"network": TANH, "to": "sigmoid", "names": [["a", None], ["__metadata__", "e"]]}),
    ("compare", {"first": TANH, "second": layers({"weight": [[1.0, 2.0]]})}),
    ("compare", {"first": TANH, "second": TANH, "tolerance": -1.0}),
    ("compare", {"first": TANH, "second": TANH, "tolerance": "1"}),
    ("compare", {"first": TANH, "second": TANH, "tolerance": True}),
    ("reduce", {"network": layers({"weight": [[1.0]], "activation": "relu"}, {"weight": [[1.0]]})}),
    ("gradients", {**PROBLEM, "W": [[1.0, 2.0], [3.0]]}),
    ("gradients", {**PROBLEM, "W": [[NAN, 1.0], [1.0, 1.0]]}),
    ("gradients", {**PROBLEM, "Theta": [[1.0]]}),
    ("gradients", {**PROBLEM, "inputs": [1.0]}),
    ("gradients", {**PROBLEM, "targets": 3}),
    ("gradients", {**PROBLEM, "targets": 1.5}),
    ("gradients", {**PROBLEM, "targets": [1.0, 2.0]}),
    ("gradients", {**PROBLEM, "reduction": "average"}),
    ("gradients", {**PROBLEM, "label_smoothing": 1.0}),
    ("gradients", {**PROBLEM, "label_smoothing": -0.1}),
    ("gradients", {**PROBLEM, "class_weights": [1.0]}),
    ("gradients", {**PROBLEM, "class_weights": [[1.0]]}),
    ("gradients", {**PROBLEM, "l2": -1.0}),
    ("gradients", {**PROBLEM, "explain": "yes"}),
    ("gradients", {**BATCH, "explain": True}),
    ("gradients", {"W": [[1.0]], "Theta": [[1.0]], "inputs": [1.0], "explain": True}),
    ("gradients", {"W": [[HUGE]], "Theta": [[HUGE]], "inputs": [1.0]}),
    ("check", {**CHECK, "submission": {}}),
    ("check", {**CHECK, "submission": {"V": [[1.0]]}}),
    ("check", {**CHECK, "submission": [1.0]}),
    ("check", {**CHECK, "submission": {"W": "1"}}),
    ("check", {**CHECK, "tolerance": -1e-9}),
    ("check", {**CHECK, "rounding": 1}),
    ("check", {**CHECK, "feedback": "everything"}),
    ("network_gradients", {**BACK, "targets": [0.5, 0.5]}),
    ("network_gradients", {**BACK, "loss": "hinge"}),
    ("network_gradients", {**BACK, "inputs": [NAN]}),
    ("network_gradients", {**BACK, "l2": -1.0}),
    ("network_gradients", {**BACK, "explain": 1}),
    ("network_gradients", {**BACK, "inputs": [[1.0]] * 2, "targets": [[0.5]] * 2, "explain": True}),
    ("check_network_gradients", {**BACK, "submission": {}}),
    ("check_network_gradients", {**BACK, "submission": {"layers": [None, 1]}}),
    ("check_network_gradients", {**BACK, "submission": {"layers": [{"weight": [["1"]]}]}}),
    ("check_network_gradients", {**BACK, "submission": {"layers": [None] * 2 + [{"bias": [1.0]}]}}),
]
PATHS = {
    "gradients": "gradients",
    "check": "gradients/check",
    "network_gradients": "networks/gradients",
    "check_network_gradients": "networks/gradients/check",
}
SLUGS = {
    softstep.InvalidValue: "invalid-request",
    softstep.ShapeMismatch: "shape-mismatch",
    softstep.NotFinite: "not-finite",
    softstep.Overflow: "overflow",
    softstep.UnsupportedNetwork: "unsupported-network",
    softstep.LimitExceeded: "limit",
    softstep.UnknownName: "invalid-request",
}


def raised(call: Callable[[], Any]) -> tuple[type[softstep.Fault], str, str]:
    with pytest.raises(softstep.Fault) as caught:
        call()
    return type(caught.value), caught.value.pointer, caught.value.detail


def in_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: in_json(member) for name, member in value.items()}
    if isinstance(value, list):
        return [in_json(item) for item in value]
    return "NaN" if value != value else value


@pytest.mark.parametrize(("verb", "wrong"), WRONG, ids=[f"{verb}-{i}" for i, (verb, _) in enumerate(WRONG)])
def test_one_fault_has_one_name_one_place_and_one_sentence(
    client: Service, transport: httpx.MockTransport, verb: str, wrong: dict[str, Any]
) -> None:
    kind, at, detail = raised(lambda: getattr(softstep, verb)(**wrong))
    with softstep.Client("http://softstep", transport=transport) as asked:
        assert raised(lambda: getattr(asked, verb)(**wrong)) == (kind, at, detail)
    told = client.post(f"/v1/{PATHS.get(verb, 'networks/' + verb)}", json=in_json(wrong))
    assert slug(told) == SLUGS[kind], told.text
    assert told.json()["errors"][0] == {"pointer": at, "detail": detail}


def test_what_is_kept_back_comes_as_an_exception(connect: Connect) -> None:
    service = carried_by(connect(help="verdict"))
    with softstep.Client("http://softstep", transport=service) as asked:
        assert asked.check(**CHECK).correct is False
        with pytest.raises(softstep.Withheld) as kept:
            asked.check(**CHECK, feedback="solution")
    assert kept.value.pointer == "/feedback"
    assert any(note.startswith("request ") for note in kept.value.__notes__)


def test_a_key_opens_and_none_does_not(connect: Connect) -> None:
    # SHA-256 of "open sesame".
    hashed = "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb"
    service = carried_by(connect(api_key_hashes=hashed))
    with softstep.Client("http://softstep", transport=service) as asked, pytest.raises(softstep.Unauthorized):
        asked.reduce(TANH)
    with softstep.Client("http://softstep", key="open sesame", transport=service) as asked:
        assert asked.reduce(TANH).hidden_units.after == 3


@pytest.mark.parametrize("at", [(), ("W",), ("network", "layers", 0, "weight", 1), ("a/b~c",)])
def test_a_pointer_is_read_back_as_its_place(at: tuple[str | int, ...]) -> None:
    assert place(pointer(at)) == at
