"""Gates that are computed in one product: the factor of one goes into its part of the weights."""

import json
import tracemalloc

import numpy as np
import pytest

from app.files.onnx.conversion import convert_file
from app.files.onnx.multiple_names import multiple_name, part_name
from app.files.onnx.multiples import Part
from app.files.onnx.parts import MOST_PARTS

from . import judge, models
from .models import array, node, value

OPERATOR = {"sigmoid": "Tanh", "tanh": "Sigmoid"}
OTHER = {"sigmoid": "tanh", "tanh": "sigmoid"}
both_ways = pytest.mark.parametrize("to", OPERATOR)
WIDTH = 6
GATES = {"V": array(2, 1, seed=3)}


def gated(f, made, weights, split, *, opset=17, inputs=(), gates="i j k"):
    """Return a model in which `f` is one gate of three of a value g; the others are Relu and Abs."""
    first, second, third = gates.split()
    nodes = [
        *made,
        *split,
        node("Relu", first, "r"),
        node(f, second, "t"),
        node("Abs", third, "s"),
        node("Mul", "r s", "m"),
        node("Mul", "t m", "y"),
    ]
    y = value("y")
    y.type.tensor_type.ClearField("shape")
    return models.model(nodes, [value("x", "N", 3), *inputs], [y], weights, opset=opset)


W, U, B = array(3, WIDTH), array(3, WIDTH, seed=1), array(WIDTH)
PRODUCT = [node("Gemm", "x W b", "g")]
SIZES = np.array([2, 2, 2])
EQUAL = [node("Split", "g sizes", "i j k", axis=1)]
PICTURE = (value("p", 1, 2, 4, 4),)


def slices(*ends, axis=1):
    """Return Slices of g, and the constants of their ends."""
    made, constants = [], {"axis": np.array([axis]), "step": np.array([1])}
    for name, (start, stop) in zip("ijk", ends, strict=True):
        constants |= {f"{name}0": np.array([start]), f"{name}1": np.array([stop])}
        made.append(node("Slice", f"g {name}0 {name}1 axis step", name))
    return made, constants


def sliced(f, *ends, **more):
    made, constants = slices(*ends, **more)
    return gated(f, PRODUCT, {"W": W, "b": B, **constants}, made)


FOLDED = {
    "gemm": lambda f: gated(f, PRODUCT, {"W": W, "b": B, "sizes": SIZES}, EQUAL),
    "gemm transposed": lambda f: gated(
        f, [node("Gemm", "x W b", "g", transB=1)], {"W": W.T.copy(), "b": B, "sizes": SIZES}, EQUAL
    ),
    "gemm without bias": lambda f: gated(f, [node("Gemm", "x W", "g")], {"W": W, "sizes": SIZES}, EQUAL),
    "two products": lambda f: gated(
        f, [node("Gemm", "x W b", "u"), node("Gemm", "x U b", "v"), node("Add", "u v", "g")],
        {"W": W, "U": U, "b": B, "sizes": SIZES}, EQUAL,
    ),
    "matmul and bias": lambda f: gated(
        f, [node("MatMul", "x W", "u"), node("Add", "u b", "g")], {"W": W, "b": B, "sizes": SIZES},
        [node("Split", "g sizes", "i j k", axis=-1)],
    ),
    "equal parts": lambda f: gated(f, PRODUCT, {"W": W, "b": B}, [node("Split", "g", "i j k", axis=1)]),
    "number of parts": lambda f: gated(
        f, PRODUCT, {"W": W, "b": B}, [node("Split", "g", "i j k", axis=1, num_outputs=3)], opset=18
    ),
    "attribute": lambda f: gated(
        f, PRODUCT, {"W": W, "b": B}, [node("Split", "g", "i j k", axis=1, split=[2, 2, 2])], opset=11
    ),
    "channels": lambda f: gated(
        f, [node("Conv", "p K b", "g")], {"K": array(WIDTH, 2, 3, 3), "b": B, "sizes": SIZES}, EQUAL,
        inputs=PICTURE,
    ),
    "slices": lambda f: sliced(f, (0, 2), (2, 4), (4, WIDTH)),
    "slices from behind": lambda f: sliced(f, (0, 2), (-4, -2), (4, 2**62), axis=-1),
    "copied bias": lambda f: gated(
        f, [node("Identity", "b", "again"), node("Gemm", "x W again", "g")],
        {"W": W, "b": B, "sizes": SIZES}, EQUAL,
    ),
}  # fmt: skip
WRITTEN = {
    "rows": lambda f: gated(
        f, [node("Gemm", "x W b", "g")], {"W": W, "b": B}, [node("Split", "g", "i j k", axis=0)],
    ),
    "overlapping slices": lambda f: sliced(f, (0, 2), (2, 4), (3, 5)),
    "bias for all": lambda f: gated(
        f, [node("Gemm", "x W b", "g")], {"W": W, "b": np.float32([0.7]), "sizes": SIZES}, EQUAL
    ),
    "bias that broadcasts": lambda f: gated(
        f, [node("MatMul", "x W", "u"), node("Gemm", "x v", "w"), node("Add", "u w", "g")],
        {"W": W, "v": array(3, 1), "sizes": SIZES}, [node("Split", "g sizes", "i j k", axis=-1)],
    ),
    "another reader": lambda f: gated(
        f, PRODUCT, {"W": W, "b": B, "sizes": SIZES},
        [*EQUAL, node("ReduceMax", "g", "more", keepdims=0), node("Add", "k more", "l")], gates="i j l",
    ),
    "sides that are not told": lambda f: gated(
        f, [node("Abs", "x", "q"), node("MatMul", "q W", "g")], {"W": W, "sizes": SIZES}, EQUAL
    ),
    "weights that are given": lambda f: gated(
        f, [node("Gemm", "x q", "g")], {"sizes": SIZES}, EQUAL, inputs=(value("q", 3, WIDTH),)
    ),
    "extreme weights": lambda f: gated(
        f, PRODUCT, {"W": np.where(W > 0, 3e38, 1e-45).astype(np.float32), "b": B, "sizes": SIZES}, EQUAL
    ),
}  # fmt: skip


def check(body, to, most=1e-12):
    """Return what was done to the one site, which must keep the function and come back to the bit."""
    made = convert_file(body, to, "kept")
    raised = judge.raised(body)
    assert judge.gap(raised, judge.raised(made.body), judge.feeds(raised)) <= most
    assert judge.gap(body, made.body, judge.feeds(body)) <= 2e-5
    folded = convert_file(body, to, "folded")
    assert judge.gap(body, folded.body, judge.feeds(body)) <= 3e-5
    back = convert_file(made.body, OTHER[to], "kept")
    copies = judge.operators(body)["Identity"]
    assert judge.operators(back.body) + judge.operators(body) == {
        one: 2 * count - (copies if one == "Identity" else 0) for one, count in judge.operators(body).items()
    }
    assert judge.bits(back.body) == judge.bits(body)
    (site,) = made.report["sites"]
    return site


@both_ways
@pytest.mark.parametrize("name", FOLDED)
def test_factors_of_gates_go_into_their_part_of_the_weights(name, to):
    """The factor of a gate goes into its part of the weights, bit for bit, and comes back."""
    body = FOLDED[name](OPERATOR[to])
    assert check(body, to)["before"] == "folded"
    made = convert_file(body, to, "kept")
    old, new = judge.constants(body), judge.constants(made.body)
    changed = [one for one in made.report["certificate"]["structure"]["changed"] if "parts" in one]
    assert changed and all(len(one["parts"]) == 1 for one in changed)
    for one in changed:
        assert new[one["new_name"]].tobytes() == judge.multiple(old[one["name"]], one).tobytes()
        (part,) = one["parts"]
        assert (part["start"], part["stop"], part["factor"]) == (2, 4, {"sigmoid": 2, "tanh": 0.5}[to])


@pytest.mark.parametrize("name", WRITTEN)
def test_factors_of_gates_are_written_out_where_others_change(name):
    """The factor of a gate is written out where something else would be multiplied."""
    body = WRITTEN[name]("Tanh")
    (site,) = convert_file(body, "sigmoid", "kept").report["sites"]
    assert site["before"] == "written"
    if name != "extreme weights":
        check(body, "sigmoid")


@both_ways
def test_all_gates_of_a_product_take_their_factors(to):
    """All gates of a product take their factors, which are those of its weights as a whole."""
    f = OPERATOR[to]
    nodes = [*PRODUCT, *EQUAL, *(node(f, one, f"{one}t") for one in "ijk"), node("Sum", "it jt kt", "y")]
    weights = {"W": W, "b": B, "sizes": SIZES}
    body = models.model(nodes, [value("x", "N", 3)], [value("y", "N", 2)], weights)
    made = convert_file(body, to, "kept")
    assert [one["before"] for one in made.report["sites"]] == ["folded"] * 3
    raised = judge.raised(body)
    assert judge.gap(raised, judge.raised(made.body), judge.feeds(raised)) <= 1e-12
    back = convert_file(made.body, OTHER[to], "kept").body
    assert judge.bits(back).items() >= {k: v for k, v in judge.bits(body).items() if k in "Wb"}.items()


@both_ways
def test_factors_pass_a_split_downwards(to):
    nodes = [
        node("Gemm", "x W b", "z"),
        node(OPERATOR[to], "z", "h"),
        node("Split", "h", "a c", axis=1),
        node("MatMul", "a P", "p"),
        node("MatMul", "c Q", "q"),
        node("Add", "p q", "y"),
    ]
    weights = {"W": W, "b": B, "P": array(3, 2), "Q": array(3, 2, seed=4)}
    body = models.model(nodes, [value("x", "N", 3)], [value("y", "N", 2)], weights)
    assert check(body, to)["after"] == "folded"


@both_ways
@pytest.mark.parametrize("operator", ["Mul", "Add"])
def test_each_part_of_a_split_keeps_its_own_reader(operator, to):
    """What undoes the factor or the shift behind a Split reads the part that it read."""
    number = {"Mul": {"sigmoid": 0.5, "tanh": 2.0}, "Add": {"sigmoid": 1.0, "tanh": -0.5}}[operator][to]
    ends = [node(operator, f"{one} n", f"{one}2") for one in "ij"]
    nodes = [
        node(OPERATOR[to], "x", "h"),
        node("Split", "h", "i j", axis=1),
        *ends,
        node("MatMul", "i2 P", "p"),
        node("MatMul", "j2 Q", "q"),
        node("Add", "p q", "y"),
    ]
    weights = {"P": array(2, 2), "Q": array(2, 2, seed=4), "n": np.float32(number)}
    body = models.model(nodes, [value("x", "N", 4)], [value("y", "N", 2)], weights)
    raised = judge.raised(body)
    for shift in ("kept", "folded"):
        made = convert_file(body, to, shift).body
        assert judge.gap(body, made, judge.feeds(body)) <= 3e-5
        back = convert_file(made, OTHER[to], shift).body
        assert judge.gap(raised, judge.raised(back), judge.feeds(raised)) <= (1e-12, 1e-6)[shift == "folded"]


def test_a_reader_that_cannot_take_it_leaves_a_split_as_it_is():
    """Where one reader of one part cannot take the factor, the Split reads what it read."""
    nodes = [
        node("Tanh", "x", "h"),
        node("Split", "h", "a c", axis=1, num_outputs=2),
        node("MatMul", "a P", "p"),
        node("Sin", "c", "q"),
        node("Add", "p q", "y"),
    ]
    body = models.model(nodes, [value("x", "N", 4)], [value("y", "N", 2)], {"P": array(2, 2)}, opset=18)
    assert check(body, "sigmoid")["after"] == "written"


def many_gates(count, width):
    parts = [f"g{index}" for index in range(count)]
    nodes = [
        node("Gemm", "x W b", "g"),
        node("Split", "g", " ".join(parts), axis=1),
        *(node("Tanh", one, f"t{one}") for one in parts),
        node("Sum", " ".join(f"t{one}" for one in parts), "y"),
    ]
    weights = {"W": np.ones((64, count * width), np.float32), "b": np.ones(count * width, np.float32)}
    return models.model(nodes, [value("x", 1, 64)], [value("y", 1, width)], weights)


def test_many_gates_take_no_copy_of_the_weights_each():
    """Of the weights of many gates no copy is made for each gate, and of too many the factor is written."""
    body = many_gates(MOST_PARTS, 256)  # 4 MiB
    convert_file(many_gates(2, 2), "sigmoid", "kept")
    tracemalloc.start()
    made = convert_file(body, "sigmoid", "kept")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 * len(body)
    assert {one["before"] for one in made.report["sites"]} == {"folded"}
    beyond = convert_file(many_gates(MOST_PARTS + 1, 2), "sigmoid", "kept")
    assert {one["before"] for one in beyond.report["sites"]} == {"written"}


def test_names_of_parts_are_undone_in_any_order():
    first, second = Part(-1, 0, 4, 12), Part(-1, 4, 12, 12)
    name = part_name(part_name("W", second, 2.0), first, 0.5)
    assert name == "W_over_2_from_0_to_4_times_2_from_4_to_12"
    assert part_name(multiple_name(multiple_name(name, -4.0), -0.25), second, 0.5) == "W_over_2_from_0_to_4"
    assert part_name("W_over_2_from_0_to_4", first, 2.0) == "W"
    assert multiple_name("_times_2", 0.5) == "_times_2_over_2"


def test_certificate_with_parts_is_json():
    body = FOLDED["gemm"]("Tanh")
    report = convert_file(body, "sigmoid", "kept").report
    assert json.loads(json.dumps(report)) == report
