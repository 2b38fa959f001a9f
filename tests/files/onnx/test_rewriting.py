from fractions import Fraction

import numpy as np
import onnx
import pytest
from onnx import ModelProto, helper, numpy_helper

from app.files.errors import NothingToConvert, UnsupportedModel
from app.files.onnx.conversion import convert_file
from app.files.onnx.folding import shifted
from app.files.onnx.graphs import Model
from app.files.onnx.model import parse, serialize
from app.files.onnx.rewriting import rewrite
from app.files.onnx.tensors import dtype_of

from . import judge, models

OPERATOR = {"sigmoid": "Tanh", "tanh": "Sigmoid"}
OTHER = {"sigmoid": "tanh", "tanh": "sigmoid"}

BOTH_KINDS = (models.gates,)
"""What holds tanh and sigmoid, and comes back as a model of one of them."""
OWN_SHIFTS = {"sigmoid": (models.written_by_hand, models.tanh_gelu), "tanh": (models.written_by_hand,)}
"""What has a shift of its own that is cancelled, and comes back as ours."""

every_model = pytest.mark.parametrize("build", models.ALL, ids=lambda build: build.__name__)
both_ways = pytest.mark.parametrize("to", ["sigmoid", "tanh"])
both_shifts = pytest.mark.parametrize("shift", ["kept", "folded"])


def converted(body, to, shift="kept"):
    model = Model(parse(body))
    result = rewrite(model, to, shift)
    result.weights.store()
    model.store()
    return serialize(model)


def is_multiple(new, old):
    """Tell whether an array is 2ᵏ times another one, bit for bit."""
    return any(new.tobytes() == (old * np.asarray(2.0**k, old.dtype)).tobytes() for k in range(-4, 5))


@every_model
@both_ways
@both_shifts
def test_no_node_is_left_and_the_file_is_valid(build, to, shift):
    body = build(OPERATOR[to])
    result = converted(body, to, shift)
    assert judge.operators(result)[OPERATOR[to]] == 0
    onnx.checker.check_model(ModelProto.FromString(result), full_check=True)
    assert result == converted(body, to, shift)


@every_model
@both_ways
def test_kept_is_the_same_function_in_float64(build, to):
    body = build(OPERATOR[to])
    first, second = judge.raised(body), judge.raised(converted(body, to))
    assert judge.gap(first, second, judge.feeds(first)) <= 1e-12


@every_model
@both_ways
@both_shifts
def test_float32_stays_within_its_rounding(build, to, shift):
    body = build(OPERATOR[to])
    assert judge.gap(body, converted(body, to, shift), judge.feeds(body)) <= 2e-5


@every_model
@both_ways
def test_kept_multiplies_constants_by_powers_of_two(build, to):
    body = build(OPERATOR[to])
    old, new = judge.constants(body), judge.constants(converted(body, to))
    changed = convert_file(body, to, "kept").report["certificate"]["structure"]["changed"]
    in_parts = {one["new_name"]: one for one in changed if "parts" in one}
    for name, array in new.items():
        if name in old:
            assert array.tobytes() == old[name].tobytes()
            continue
        if name in in_parts:
            told = in_parts[name]
            assert all(np.log2(one["factor"]).is_integer() for one in (told, *told["parts"]))
            assert array.tobytes() == judge.multiple(old[told["name"]], told).tobytes()
            continue
        alike = [one for one in old.values() if one.dtype == array.dtype and one.shape == array.shape]
        assert any(is_multiple(array, one) for one in alike) or array in (0.25, 0.5, 1, 2, 4)


@every_model
@both_ways
def test_there_and_back_is_the_same_function(build, to):
    body = build(OPERATOR[to])
    back = converted(converted(body, to), OTHER[to])
    assert judge.operators(back)[OPERATOR[OTHER[to]]] == 0
    first, second = judge.raised(body), judge.raised(back)
    assert judge.gap(first, second, judge.feeds(first)) <= 1e-12


@pytest.mark.parametrize(
    ("build", "to"),
    [
        pytest.param(build, to, id=f"{build.__name__}-{to}")
        for to in OPERATOR
        for build in models.ALL
        if build not in (*BOTH_KINDS, *OWN_SHIFTS[to])
    ],
)
def test_there_and_back_restores_operators_and_weights(build, to):
    body = build(OPERATOR[to])
    back = converted(converted(body, to), OTHER[to])
    assert judge.operators(back) == judge.operators(body)
    assert judge.bits(back) == judge.bits(body)


@pytest.mark.parametrize("build", [*BOTH_KINDS, *OWN_SHIFTS["sigmoid"]], ids=lambda build: build.__name__)
@both_ways
def test_what_comes_back_otherwise_has_multiples_of_weights(build, to):
    body = build(OPERATOR[to])
    back = judge.constants(converted(converted(body, to), OTHER[to]))
    for weight in judge.constants(body).values():
        alike = [one for one in back.values() if one.shape == weight.shape and one.ndim]
        # Gates that were computed in one product have a factor each.
        assert not weight.ndim or any(
            is_multiple(one, weight) or all(map(is_multiple, one, weight)) for one in alike
        )


@pytest.mark.parametrize(
    "build", [models.gemm_chain, models.reordered_alone], ids=lambda build: build.__name__
)
@both_ways
def test_there_and_back_restores_a_chain_to_the_byte(build, to):
    body = build(OPERATOR[to])
    back, old = ModelProto.FromString(converted(converted(body, to), OTHER[to])), ModelProto.FromString(body)
    assert back.graph.node == old.graph.node


def test_folded_has_no_more_nodes_than_before():
    for build, more in ((models.gemm_chain, 0), (models.matmul_chain, 2), (models.reordered_alone, 0)):
        body = build("Tanh")  # the second ends with an activation, which is undone behind it
        assert sum(judge.operators(converted(body, "sigmoid", "folded")).values()) == (
            sum(judge.operators(body).values()) + more
        )


@both_ways
def test_folded_rounds_each_bias_once(to):
    body = models.gemm_chain(OPERATOR[to])
    old, new = judge.constants(body), judge.constants(converted(body, to, "folded"))
    shift, stretch = (-1, 2) if to == "sigmoid" else (Fraction(1, 2), Fraction(1, 2))
    (name,) = [name for name in new if name.startswith("b2")]
    for column, value in enumerate(new[name]):
        exact = Fraction(float(old["b2"][column])) + sum(
            shift * Fraction(float(weight)) for weight in old["W2"][:, column]
        )
        assert value == _nearest(stretch * exact)
    (made,) = [one for name, one in new.items() if name not in old and one.shape == (2,)]
    for column, value in enumerate(made):
        assert value == _nearest(sum(shift * Fraction(float(weight)) for weight in old["W3"][:, column]))


def _nearest(exact):
    guess = np.float32(float(exact))
    around = [np.nextafter(guess, np.float32(-np.inf)), guess, np.nextafter(guess, np.float32(np.inf))]
    return min(around, key=lambda one: (abs(Fraction(float(one)) - exact), int(one.view(np.int32)) & 1))


def test_shared_weights_are_multiplied_once():
    body = models.unrolled("Tanh", 40)
    new = judge.constants(converted(body, "sigmoid"))
    assert sorted(name for name in new if name[0] in "UWb") == [
        "U_times_2",
        "U_times_4",
        "W_times_2",
        "b_times_2",
    ]


def test_tanh_gelu_becomes_x_times_sigmoid():
    new = judge.operators(converted(models.tanh_gelu("Tanh"), "sigmoid"))
    assert (new["Sigmoid"], new["Add"], new["Sub"], new["Mul"]) == (1, 1, 0, 5)


def test_hand_written_identities_are_seen_through():
    for kind, to in (("Sigmoid", "tanh"), ("Tanh", "sigmoid")):
        assert judge.operators(converted(models.written_by_hand(kind), to)) == {to.capitalize(): 1}


@pytest.mark.parametrize("operator", ["Relu", "Abs", "LeakyRelu", "ReduceMax", "Neg", "ReduceSum"])
def test_negative_factors_pass_where_the_sign_does(operator):
    """A negative factor passes an operator only where the sign does: σ·(−2) + 1 is −tanh(½x)."""
    nodes = [
        models.node("Sigmoid", "x", "h"),
        models.node("Mul", "h c", "m"),
        models.node("Add", "m one", "a"),
        models.node(operator, "a", "r"),
        models.node("MatMul", "r W", "y"),
    ]
    weights = {"c": np.float32(-2), "one": np.float32(1), "W": models.array(3, 2)}
    if operator.startswith("Reduce"):
        nodes[-1] = models.node("Mul", "r W", "y")
        weights["W"] = models.array(1, 1)
    body = models.model(nodes, [models.value("x", 4, 3)], [models.value("y", None, None)], weights)
    made = converted(body, "tanh")
    assert judge.gap(body, made, judge.feeds(body)) < 1e-6


def test_a_site_behind_a_site_comes_back():
    nodes = [models.node("Sigmoid", "x", "h"), models.node("Tanh", "h", "y")]
    body = models.model(nodes, [models.value("x", "N", 3)], [models.value("y", "N", 3)])
    back = converted(converted(body, "sigmoid"), "tanh")
    assert judge.gap(body, back, judge.feeds(body)) < 1e-6
    assert judge.operators(back)["Tanh"] == 2


@pytest.mark.parametrize("kind", ["bfloat16", "float16", "float32"])
def test_shifted_biases_are_rounded_once(kind):
    """Shifted biases are rounded once to every type, near the middle of two numbers too."""
    dtype = dtype_of(getattr(onnx.TensorProto, {"float32": "FLOAT"}.get(kind, kind.upper())))
    random = np.random.default_rng(0)
    for _ in range(300):
        bias = random.normal(size=1).astype(dtype)
        half = float(np.spacing(bias)[0]) / 2 * random.choice([-1, 1])
        rest = half * 2.0 ** -random.integers(1, 40) * random.choice([-1, 0, 1])
        (value,) = shifted(bias, np.array([[half, rest]]), dtype).array
        exact = sum(map(Fraction, (float(bias[0]), half, rest)))
        around = [np.nextafter(value, dtype.type(end)) for end in (-np.inf, np.inf)]
        off = abs(Fraction(float(value)) - exact)
        assert all(off <= abs(Fraction(float(one)) - exact) for one in around)


def test_what_stays_is_named():
    body = models.model(
        [models.node("LSTM", "x W R", "y", hidden_size=2), models.node("Gelu", "y", "z", approximate="tanh")],
        [models.value("x", 1, 1, 3)],
        [models.value("z", None)],
        {"W": models.array(1, 8, 3), "R": models.array(1, 8, 2)},
        opset=20,
    )
    with pytest.raises(NothingToConvert, match=r"these stay: Gelu .*, LSTM "):
        converted(body, "sigmoid")


def test_old_opsets_are_refused():
    body = models.model(
        [models.node("Tanh", "x", "y")], [models.value("x", 3)], [models.value("y", 3)], opset=6
    )
    with pytest.raises(UnsupportedModel, match="version_converter"):
        converted(body, "sigmoid")


def test_function_of_two_types_stays():
    own = helper.make_function(
        "own", "Own", ["a"], ["o"], [models.node("Tanh", "a", "o")], [helper.make_opsetid("", 17)]
    )
    calls = [
        helper.make_node("Own", ["x"], ["y"], domain="own"),
        helper.make_node("Own", ["u"], ["v"], domain="own"),
    ]
    double = onnx.TensorProto.DOUBLE
    body = models.model(
        calls,
        [models.value("x", 3), models.value("u", 3, kind=double)],
        [models.value("y", 3), models.value("v", 3, kind=double)],
        functions=[own],
    )
    with pytest.raises(NothingToConvert, match="type of its numbers"):
        converted(body, "sigmoid")


def is_whole_and_the_same(body: bytes) -> None:
    made = converted(body, "sigmoid")
    onnx.checker.check_model(ModelProto.FromString(made), full_check=True)
    assert judge.gap(body, made, judge.feeds(body)) < 1e-6


@pytest.mark.parametrize(
    ("name", "array", "reader"),
    [("softstep_0_5", np.float32(0.5), "Add"), ("W", models.array(3, 3), "MatMul")],
    ids=["scalar", "multiple"],
)
def test_constants_of_the_file_are_made_before_they_are_read(name, array, reader):
    """A Constant node of the file that is read once more stands before its first reader."""
    nodes = [
        models.node("MatMul", "x W_over_2", "z"),
        models.node("Tanh", "z", "h"),
        models.node("Constant", "", name, value=numpy_helper.from_array(array, name)),
        models.node(reader, f"h {name}", "y"),
    ]
    weights = {"W_over_2": models.array(3, 3) / np.float32(2)}
    body = models.model(nodes, [models.value("x", "N", 3)], [models.value("y", "N", 3)], weights)
    is_whole_and_the_same(body)


def test_constants_of_the_file_are_made_before_what_comes_first():
    """A Constant node that is read once more stands before a node that was put first only afterwards."""
    nodes = [
        models.node("Tanh", "x", "h"),
        models.node("Constant", "", "softstep_2", value=numpy_helper.from_array(np.float32(2), "softstep_2")),
        models.node("Tanh", "u", "k"),
        models.node("Sum", "h k softstep_2", "y"),
    ]
    given = [models.value("x", "N", 3), models.value("u", "N", 3)]
    body = models.model(nodes, given, [models.value("y", "N", 3)])
    is_whole_and_the_same(body)


def test_activation_without_an_output_is_no_site():
    nodes = [
        models.node("Tanh", "x", "h"),
        helper.make_node("Tanh", ["x"], [""]),
        models.node("Abs", "h", "y"),
    ]
    body = models.model(nodes, [models.value("x", "N", 3)], [models.value("y", "N", 3)])
    assert judge.operators(converted(body, "sigmoid"))["Tanh"] == 1


def test_initializers_that_no_old_graph_lists_are_converted():
    nodes = [models.node("MatMul", "x W", "z"), models.node("Tanh", "z", "y")]
    given, made = [models.value("x", "N", 3)], [models.value("y", "N", 3)]
    body = models.model(nodes, given, made, {"W": models.array(3, 3)}, ir=3, opset=8)
    assert judge.gap(body, converted(body, "sigmoid"), judge.feeds(body)) < 1e-6
