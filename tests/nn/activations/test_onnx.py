"""The ONNX operators, against the onnx package: its schemas, its checker and its reference evaluator."""

import numpy as np
import onnx
import onnx.defs
import pytest
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from app.nn.activations.catalogue import create
from tests.oracles.activations import CASES, label
from tests.oracles.points import unit

# The attributes are float32: parameters far from 1 are not among its numbers.
WITH_OPERATOR = [
    case
    for case in CASES
    if create(case[0], **case[1]).onnx
    and 1e-6 < unit(case[1]) < 1e6
    and all(value == 0 or 1e-6 < abs(value) < 1e6 for value in case[1].values())
]
WITHOUT = {"heaviside", "log_sigmoid", "tanhshrink", "squareplus"}


def test_only_those_without_a_single_operator_have_none() -> None:
    assert {name for name, parameters in CASES if not parameters and create(name).onnx is None} == WITHOUT


@pytest.mark.parametrize("case", CASES, ids=label)
def test_attributes_are_numbers_that_onnx_can_hold(case) -> None:
    operator = create(case[0], **case[1]).onnx
    for name, value in (operator.attributes if operator else {}).items():
        held = helper.make_attribute(name, value)
        if held.type == onnx.AttributeProto.FLOAT:
            assert held.f == pytest.approx(value, rel=2.0**-24, abs=0)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("leaky_relu", {"negative_slope": 1e300}),
        ("elu", {"alpha": 1e-320}),
        ("celu", {"alpha": -1e-40}),
        ("softshrink", {"lambd": 1e39}),
        ("hardshrink", {"lambd": 1e-310}),
        ("threshold", {"threshold": -1e300}),
    ],
)
def test_beyond_float32_there_is_no_operator(name: str, parameters: dict[str, float]) -> None:
    assert create(name, **parameters).onnx is None


@pytest.mark.parametrize("case", WITH_OPERATOR, ids=label)
def test_operator_is_of_that_version_with_those_attributes(case) -> None:
    """The operator was introduced then and knows the attributes."""
    operator = create(case[0], **case[1]).onnx
    assert onnx.defs.get_schema(operator.operator, operator.since).since_version == operator.since
    if operator.since > 1 and operator.operator != "Clip":  # Clip took attributes before opset 11
        with pytest.raises(onnx.defs.SchemaError):
            onnx.defs.get_schema(operator.operator, operator.since - 1)
    newest = onnx.defs.get_schema(operator.operator)
    assert set(operator.attributes) <= set(newest.attributes)
    assert set(operator.inputs) <= {one.name for one in newest.inputs}
    # Whatever the schema leaves to a default is written out, unless that default is ours.
    assert set(newest.attributes) == set(operator.attributes)


@pytest.mark.parametrize("case", WITH_OPERATOR, ids=label)
def test_the_operator_computes_the_same(case) -> None:
    activation = create(case[0], **case[1])
    operator = activation.onnx
    constants = [
        helper.make_tensor(name, TensorProto.FLOAT, [], [value]) for name, value in operator.inputs.items()
    ]
    node = helper.make_node(operator.operator, ["x", *operator.inputs], ["y"], **operator.attributes)
    graph = helper.make_graph(
        [node],
        "one activation",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", onnx.defs.onnx_opset_version())])
    onnx.checker.check_model(model, full_check=True)
    # Off the corners, which a float32 attribute moves.
    points = np.concatenate([np.linspace(-8, 8, 161) + 1e-3, [-30.0, 30.0]]).astype(np.float32)
    with np.errstate(over="ignore"):  # its Celu overflows to the right, where it takes the other branch
        (computed,) = ReferenceEvaluator(model).run(None, {"x": points})
    np.testing.assert_allclose(computed, activation.evaluate(points), rtol=2e-5, atol=3e-6)
