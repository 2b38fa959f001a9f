"""Each operator that a factor passes, upwards and downwards: no node more, or written out, and never wrong.

A model is one operator between a product and the site, or between the site and a product. `kept` leaves the
operator, the other activation and one Sub or Add; a factor that finds no weight leaves a Mul too.
"""

import numpy as np
import pytest

from app.files.onnx.conversion import convert_file

from . import judge, models
from .models import array, node

OPERATOR = {"sigmoid": "Tanh", "tanh": "Sigmoid"}
OTHER = {"sigmoid": "tanh", "tanh": "sigmoid"}
both_ways = pytest.mark.parametrize("to", OPERATOR)

FEATURES = (2, 4, 6, 6)
"""Of the value that each operator reads: two rows, four channels, pictures of six."""
WIDE = array(4, 4, 1, 1)

# Each by the inputs behind the value, which are constants by their arrays, and its attributes.
whole = np.array
LINEAR = {
    "Conv": ([array(4, 4, 3, 3), array(4)], {}),
    "Conv without a bias": ([array(4, 4, 3, 3)], {"pads": [1, 1, 1, 1]}),
    "Conv of groups": ([array(4, 2, 1, 1), array(4)], {"group": 2, "auto_pad": "SAME_UPPER"}),
    "ConvTranspose": ([array(4, 2, 2, 2), array(2)], {"strides": [2, 2]}),
    "MatMul": ([array(6, 3)], {}),
    "Mul": ([array(4, 1, 1)], {}),
    "Div": ([np.abs(array(4, 1, 1)) + np.float32(0.5)], {}),
}
"""What has weights of its own: a factor ends in them, from both sides."""
NORMALISING = {
    "BatchNormalization": ([array(4), array(4), array(4), np.abs(array(4)) + np.float32(0.5)], {}),
    "InstanceNormalization": ([array(4), array(4)], {}),
    "LayerNormalization": ([array(6), array(6)], {}),
    "LayerNormalization without a bias": ([array(6)], {}),
    "GroupNormalization": ([array(4), array(4)], {"num_groups": 2}),
}
"""What takes a factor of its output into its weights, and none of its input."""
SUMS = {
    "Add": ([array(4, 1, 1)], {}),
    "Sub": ([array(4, 1, 1)], {}),
    "Sum": ([array(4, 1, 1), array(6)], {}),
    "Concat": ([array(2, 1, 6, 6)], {"axis": 1}),
}
"""What takes a factor of its output into all of its operands."""
MOVING = {
    "Reshape": ([whole([2, 4, 36])], {}),
    "Transpose": ([], {"perm": [0, 1, 3, 2]}),
    "Slice": ([whole([1]), whole([5]), whole([2])], {}),
    "Gather": ([whole([3, 1, 1])], {"axis": 1}),
    "Unsqueeze": ([whole([0])], {}),
    "Flatten": ([], {"axis": 3}),
    "Identity": ([], {}),
    "Expand": ([whole([3, 1, 1, 1, 1])], {}),
    "Tile": ([whole([1, 2, 1, 1])], {}),
}
"""What moves numbers about: a factor passes, and a shift."""
SCALED = {
    "Relu": ([], {}),
    "LeakyRelu": ([], {"alpha": 0.3}),
    "Abs": ([], {}),
    "Neg": ([], {}),
    "MaxPool": ([], {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}),
    "AveragePool": ([], {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "count_include_pad": 1}),
    "AveragePool without padding": ([], {"kernel_shape": [2, 2], "pads": [1, 0, 0, 1]}),
    "GlobalMaxPool": ([], {}),
    "GlobalAveragePool": ([], {}),
    "ReduceSum": ([whole([1])], {}),
    "ReduceMean": ([whole([1])], {}),
    "ReduceMax": ([whole([1])], {}),
    "ReduceMin": ([whole([1])], {}),
    "ReduceL1": ([whole([1])], {}),
    "ReduceL2": ([whole([1])], {}),
    "DepthToSpace": ([], {"blocksize": 2}),
    "SpaceToDepth": ([], {"blocksize": 2}),
}
"""What a positive power of two passes."""
OPAQUE = {
    "Sin": ([], {}),
    "Exp": ([], {}),
    "Softmax": ([], {"axis": 1}),
    "Clip": ([np.float32(-0.4), np.float32(0.6)], {}),
    "Elu": ([], {}),
    "Pow": ([np.float32(2)], {}),
    "Pad by a half": ([whole([0, 0, 1, 1, 0, 0, 1, 1]), np.float32(0.5)], {}),
    "LRN": ([], {"size": 3}),
    "LpNormalization": ([], {"axis": 1}),
}
"""What no factor passes."""
PADDING = {
    "Pad": ([whole([0, 0, 1, 1, 0, 0, 1, 1])], {}),
    "Pad by zero": ([whole([0, 0, 1, 1, 0, 0, 1, 1]), np.float32(0)], {}),
    "Pad by the edge": ([whole([0, 0, 1, 1, 0, 0, 1, 1])], {"mode": "edge"}),
    "Pad by the reflection": ([whole([0, 0, 1, 1, 0, 0, 1, 1])], {"mode": "reflect"}),
}
"""What a factor passes upwards; downwards 0 is written out, for a shift moves it."""

UPWARDS = {**LINEAR, **NORMALISING, **SUMS, **MOVING, **SCALED, **PADDING}
DOWNWARDS = {**LINEAR, **SCALED, **MOVING}
EACH = {**UPWARDS, **OPAQUE}


def operator_of(name, given, made):
    behind, attributes = EACH[name]
    constants = {f"{made}{index}": one for index, one in enumerate(behind)}
    return node(name.split()[0], " ".join((given, *constants)), made, **attributes), constants


def built(nodes, constants):
    made = models.value("y")
    made.type.tensor_type.ClearField("shape")
    # Group normalisation has a scale for each channel since 21.
    return models.model(
        nodes, [models.value("x", *FEATURES)], [made], {"W": WIDE, **constants}, ir=10, opset=21
    )


def below(name, f):
    """Return a model of the operator between a product and the activation."""
    one, constants = operator_of(name, "p", "z")
    return built([node("Conv", "x W", "p"), one, node(f, "z", "y")], constants)


def above(name, f):
    """Return a model of the operator between the activation and a product by a number."""
    one, constants = operator_of(name, "h", "k")
    nodes = [node("Conv", "x W", "p"), node(f, "p", "h"), one, node("Mul", "k c", "y")]
    return built(nodes, {**constants, "c": np.float32(0.7)})


PLACES = {"below": below, "above": above}


def check(body, to):
    """Return the one site, and how many Mul there are more; the result must be the same function."""
    result = convert_file(body, to, "kept")
    raised = judge.raised(body)
    feeds = judge.feeds(raised)
    assert judge.gap(raised, judge.raised(result.body), feeds) <= 1e-12
    assert judge.gap(body, result.body, judge.feeds(body)) <= 2e-5
    back = convert_file(result.body, OTHER[to], "kept")
    assert judge.operators(back.body) == judge.operators(body)
    assert judge.bits(back.body) == judge.bits(body)
    (site,) = result.report["sites"]
    more = judge.operators(result.body) - judge.operators(body)
    return site, more["Mul"]


@both_ways
@pytest.mark.parametrize("name", UPWARDS)
def test_factors_pass_upwards_without_a_node(name, to):
    site, more = check(below(name, OPERATOR[to]), to)
    assert (site["before"], more) == ("folded", 1)  # behind it, where the value is the output


@both_ways
@pytest.mark.parametrize("name", OPAQUE)
def test_factors_are_written_out_below_other_operators(name, to):
    site, more = check(below(name, OPERATOR[to]), to)
    assert (site["before"], more) == ("written", 2)


@both_ways
@pytest.mark.parametrize("name", DOWNWARDS)
def test_factors_pass_downwards_without_a_node(name, to):
    site, more = check(above(name, OPERATOR[to]), to)
    assert (site["after"], more) == ("folded", 0)


@both_ways
@pytest.mark.parametrize("name", [*NORMALISING, *SUMS, *OPAQUE, *PADDING])
def test_factors_are_written_out_above_other_operators(name, to):
    site, more = check(above(name, OPERATOR[to]), to)
    assert (site["after"], more) == ("written", 1)


@both_ways
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", EACH)
def test_folded_stays_within_float32_at_every_operator(name, place, to):
    body = PLACES[place](name, OPERATOR[to])
    assert judge.gap(body, convert_file(body, to, "folded").body, judge.feeds(body)) <= 3e-5
