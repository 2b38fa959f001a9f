"""Model files: the library and a client read and rewrite them alike, and say alike what is wrong."""

import io
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import app as softstep
from tests.oracles.calls import bits


def model() -> bytes:
    weight = helper.make_tensor("W", TensorProto.FLOAT, [2, 2], [1.0, -0.5, 0.25, 2.0])
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "W"], ["z"]), helper.make_node("Tanh", ["z"], ["y"])],
        "sheet",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 2])],
        [weight],
    )
    made: bytes = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString()
    return made


def weights() -> bytes:
    file = io.BytesIO()
    np.savez(file, **{"0.weight": np.ones((3, 1)), "0.bias": np.zeros(3), "1.weight": np.ones((1, 3))})
    return file.getvalue()


CALLS: dict[str, Any] = {
    "an ONNX file read": lambda to: to.read(model()),
    "weights read": lambda to: to.read(weights()),
    "weights read with activations": lambda to: to.read(weights(), activations=["sigmoid", "identity"]),
    "a file converted": lambda to: to.convert_file(model(), "sigmoid"),
    "a file converted and folded": lambda to: to.convert_file(model(), "sigmoid", shift="folded"),
}
WRONG: dict[str, Any] = {
    "nothing": lambda to: to.read(b""),
    "a cut file": lambda to: to.read(model()[:-9]),
    "an archive cut": lambda to: to.read(weights()[:-9]),
    "activations of an ONNX file": lambda to: to.read(model(), activations=["tanh"]),
    "an activation that is none": lambda to: to.read(weights(), activations=["tanf", "identity"]),
    "nothing to convert": lambda to: to.convert_file(model(), "tanh"),
    "weights to be converted": lambda to: to.convert_file(weights(), "sigmoid"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_client_answers_as_the_library_does(transport: httpx.MockTransport, name: str) -> None:
    with softstep.Client("http://softstep", transport=transport) as service:
        assert bits(CALLS[name](service)) == bits(CALLS[name](softstep))


@pytest.mark.parametrize("name", WRONG)
def test_a_client_raises_what_the_library_does(transport: httpx.MockTransport, name: str) -> None:
    told = []
    with softstep.Client("http://softstep", transport=transport) as service:
        for asked in (softstep, service):
            with pytest.raises(softstep.Fault) as caught:
                WRONG[name](asked)
            told.append((caught.value.pointer, caught.value.detail, caught.type))
    assert told[0][:2] == told[1][:2]
    assert issubclass(told[0][2], told[1][2])  # whether a name is unknown, a problem's type does not say


def test_a_converted_file_is_saved_and_read(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(model())
    made = softstep.convert_file(tmp_path / "model.onnx", "sigmoid")
    saved = made.save(tmp_path / "new.onnx")
    assert "Tanh" not in {node.op_type for node in onnx.load(saved).graph.node}
    assert made.sha256 in repr(made)
