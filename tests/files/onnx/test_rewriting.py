from fractions import Fraction

import numpy as np
import onnx
import pytest
from onnx import ModelProto, helper

from app.files.errors import NothingToConvert, UnsupportedModel
from app.files.onnx.graphs import Model
from app.files.onnx.model import parse, serialize
from app.files.onnx.rewriting import rewrite

from . import judge, models

OPERATOR = {"sigmoid": "Tanh", "tanh": "Sigmoid"}
OTHER = {"sigmoid": "tanh", "tanh": "sigmoid"}
NOT_IN_DOUBLE = {"convolutions", "padded_convolutions", "same_convolutions"}  # ONNX Runtime has no such Conv

every_model = pytest.mark.parametrize("build", models.ALL, ids=lambda build: build.__name__)
both_ways = pytest.mark.parametrize("to", ["sigmoid", "tanh"])
both_shifts = pytest.mark.parametrize("shift", ["kept", "folded"])


def converted(body, to, shift="kept"):
    model = Model(parse(body))
    result = rewrite(model, to, shift)
    result.weights.store()
    model.store()
    return serialize(model)


def gap(first, second, feeds):
    """Return the largest difference of two models' outputs, relative to the largest output."""
    ours, theirs = judge.outputs(first, feeds), judge.outputs(second, feeds)
    for one, other in zip(ours, theirs, strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype
    worst = max(
        float(np.abs(one.astype(float) - other).max()) for one, other in zip(ours, theirs, strict=True)
    )
    return worst / max(float(np.abs(one).max()) for one in ours)


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
    if build.__name__ in NOT_IN_DOUBLE:
        pytest.skip("ONNX Runtime has no Conv in float64")
    body = build(OPERATOR[to])
    first, second = judge.raised(body), judge.raised(converted(body, to))
    assert gap(first, second, judge.feeds(first)) <= 1e-12


@every_model
@both_ways
@both_shifts
def test_float32_stays_within_its_rounding(build, to, shift):
    body = build(OPERATOR[to])
    assert gap(body, converted(body, to, shift), judge.feeds(body)) <= 2e-5


@every_model
@both_ways
def test_kept_multiplies_constants_by_powers_of_two(build, to):
    body = build(OPERATOR[to])
    old, new = judge.constants(body), judge.constants(converted(body, to))
    for name, array in new.items():
        if name in old:
            assert array.tobytes() == old[name].tobytes()
            continue
        multiples = [
            one * np.asarray(2.0**k, one.dtype)
            for one in old.values()
            for k in range(-4, 5)
            if one.dtype == array.dtype and one.shape == array.shape
        ]
        assert any(array.tobytes() == one.tobytes() for one in multiples) or array in (0.25, 0.5, 1, 2, 4)


@every_model
@both_ways
def test_there_and_back_restores_operators_and_weights(build, to):
    body = build(OPERATOR[to])
    if judge.operators(body)[OPERATOR[OTHER[to]]]:
        pytest.skip("a model of both kinds comes back as one of one kind")
    if build is models.written_by_hand or (build is models.tanh_gelu and to == "sigmoid"):
        pytest.skip("a shift that the model had itself was cancelled, and comes back as ours")
    back = converted(converted(body, to), OTHER[to])
    assert judge.operators(back) == judge.operators(body)
    old, new = judge.constants(body), judge.constants(back)
    assert {name: one.tobytes() for name, one in new.items()} == {
        name: one.tobytes() for name, one in old.items()
    }


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
