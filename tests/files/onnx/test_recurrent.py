"""GRU and RNN rewritten inside their operator, judged by ONNX Runtime.

ONNX's own reference evaluator ignores the activations of a GRU: it is no judge here.
"""

import itertools
from fractions import Fraction

import numpy as np
import onnx
import pytest
from onnx import ModelProto

from app.files.description import describe_file
from app.files.errors import NothingToConvert
from app.files.onnx.conversion import convert_file
from tests.files.onnx import judge
from tests.files.onnx.recurrent_models import SIZE, feeds, recurrent

FORMS = list(
    itertools.product(["GRU", "RNN"], ["forward", "reverse", "bidirectional"], [None, "input", "zeros"])
)


def activations(body):
    """Return the names of the activations inside the recurrent operators of a model."""
    found = []
    for node in ModelProto.FromString(body).graph.node:
        if node.op_type in ("GRU", "RNN"):
            found += [
                name.decode() for one in node.attribute if one.name == "activations" for name in one.strings
            ]
    return found


@pytest.mark.parametrize(("operator", "direction", "state"), FORMS)
@pytest.mark.parametrize("bias", [True, False])
def test_state_is_the_same_in_both_outputs(operator, direction, state, bias):
    body = recurrent(operator, direction=direction, state=state, bias=bias)
    made = convert_file(body, "sigmoid", "folded").body
    onnx.checker.check_model(ModelProto.FromString(made), full_check=True)
    assert set(activations(made)) == {"Sigmoid"}
    given = feeds(state, 2 if direction == "bidirectional" else 1)
    for old, new in zip(judge.outputs(body, given), judge.outputs(made, given), strict=True):
        assert old.shape == new.shape
        np.testing.assert_allclose(new, old, rtol=0, atol=4e-6)


@pytest.mark.parametrize("operator", ["GRU", "RNN"])
@pytest.mark.parametrize("outputs", [("Y",), ("Y", ""), ("", "Y_h")])
def test_one_output_alone_is_the_same(operator, outputs):
    body = recurrent(operator, outputs=outputs)
    made = convert_file(body, "sigmoid", "folded").body
    given = feeds()
    np.testing.assert_allclose(
        judge.outputs(made, given)[0], judge.outputs(body, given)[0], rtol=0, atol=4e-6
    )


@pytest.mark.parametrize("operator", ["GRU", "RNN"])
@pytest.mark.parametrize("outputs", [("Y", "Y_h"), ("", "Y_h")])
def test_readers_take_the_factor_of_a_state(operator, outputs):
    body = recurrent(operator, outputs=outputs, head=True)
    made = convert_file(body, "sigmoid", "folded")
    assert judge.operators(made.body)["Mul"] == 0
    given = feeds()
    np.testing.assert_allclose(
        judge.outputs(made.body, given)[0], judge.outputs(body, given)[0], rtol=0, atol=2e-5
    )


def test_sigmoid_rnn_becomes_tanh_inside():
    body = recurrent("RNN", activations=["Sigmoid"])
    made = convert_file(body, "tanh", "folded").body
    assert activations(made) == ["Tanh"]
    given = feeds()
    for old, new in zip(judge.outputs(body, given), judge.outputs(made, given), strict=True):
        np.testing.assert_allclose(new, old, rtol=0, atol=4e-6)


@pytest.mark.parametrize("operator", ["GRU", "RNN"])
def test_constants_of_a_state_are_exact_or_rounded_once(operator):
    body = recurrent(operator, direction="bidirectional")
    made = convert_file(body, "sigmoid", "folded")
    old, new = judge.constants(body), judge.constants(made.body)
    gates = 3 if operator == "GRU" else 1
    own, inner = [1.0] * (gates - 1) + [2.0], [2.0] * (gates - 1) + [4.0]
    changed = {one["name"]: one for one in made.report["certificate"]["structure"]["changed"]}
    for name, factors in (("W", own), ("R", inner)):
        (kept,) = [one for key, one in new.items() if key.startswith(name + "_")]
        expected = np.repeat(np.array(factors, np.float32), SIZE)[None, :, None] * old[name]
        assert kept.tobytes() == expected.tobytes()
        told = changed[name]
        assert told.get("factors", [told.get("factor")]) == factors
    (bias,) = [one for key, one in new.items() if key.startswith("B_")]
    residual = np.array(changed["B"]["residual"])
    rows = gates * SIZE
    for side, place in np.ndindex(2, rows):
        stretch = int(own[place // SIZE])
        assert bias[side, place] == stretch * old["B"][side, place]
        exact = stretch * (
            Fraction(float(old["B"][side, rows + place])) - sum(map(Fraction, old["R"][side, place].tolist()))
        )
        stored = float(bias[side, rows + place])
        assert np.float32(float(exact)) == np.float32(stored)
        assert float(exact - Fraction(stored)) == residual[side, rows + place]
    assert made.report["certificate"]["difference"]["kind"] == "unknown"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"linear_before_reset": 0}, "reset comes before"),
        ({"lengths": True}, "lengths"),
        ({"clip": 3.0}, "clips"),
        ({"activations": ["Tanh", "Tanh"]}, "gate"),
        ({"operator": "LSTM"}, "LSTM"),
    ],
)
def test_states_that_cannot_be_shifted_stay_by_name(options, said):
    body = recurrent(**options) if "operator" not in options else lstm()
    with pytest.raises(NothingToConvert, match=said):
        convert_file(body, "sigmoid", "folded")


def test_kept_leaves_a_state_and_says_what_rewrites_it():
    with pytest.raises(NothingToConvert, match="shift=folded"):
        convert_file(recurrent(), "sigmoid", "kept")
    (site, *_) = describe_file(recurrent())["sites"]
    assert (site["operator"], site["before"]) == ("GRU", "kept")


def test_weights_that_are_given_or_too_large_stay():
    model = ModelProto.FromString(recurrent())
    weight = next(one for one in model.graph.initializer if one.name == "R")
    large = np.full(tuple(weight.dims), 2e38, np.float32)
    weight.CopyFrom(onnx.numpy_helper.from_array(large, "R"))
    with pytest.raises(NothingToConvert, match="exactly"):
        convert_file(model.SerializeToString(), "sigmoid", "folded")


def test_two_cells_of_the_same_weights_share_the_new_ones():
    model = ModelProto.FromString(recurrent(outputs=("Y",)))
    node = model.graph.node.add()
    node.CopyFrom(model.graph.node[0])
    node.name, node.output[0] = "other", "Z"
    value = model.graph.output.add()
    value.CopyFrom(model.graph.output[0])
    value.name = "Z"
    body = model.SerializeToString()
    made = convert_file(body, "sigmoid", "folded").body
    count = sum(one.name.startswith(("W", "R", "B")) for one in ModelProto.FromString(made).graph.initializer)
    assert count == 3
    given = feeds()
    for old, new in zip(judge.outputs(body, given), judge.outputs(made, given), strict=True):
        np.testing.assert_allclose(new, old, rtol=0, atol=4e-6)


def lstm():
    random = np.random.default_rng(0)
    shapes = {"W": (1, 4 * SIZE, 4), "R": (1, 4 * SIZE, SIZE)}
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("LSTM", ["X", "W", "R"], ["Y"], hidden_size=SIZE, name="cell")],
        "lstm",
        [onnx.helper.make_tensor_value_info("X", 1, ["s", "b", 4])],
        [onnx.helper.make_tensor_value_info("Y", 1, ["s", 1, "b", SIZE])],
        [
            onnx.numpy_helper.from_array(random.normal(size=shape).astype(np.float32), name)
            for name, shape in shapes.items()
        ],
    )
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)]).SerializeToString()
