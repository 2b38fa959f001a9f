"""Activations that exporters write as several nodes are read as what they are, and nothing else is."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import ModelProto, numpy_helper

from app.files.errors import UnsupportedModel
from app.files.onnx.conversion import convert_file
from app.files.onnx.graphs import Model
from app.files.onnx.model import parse
from app.files.onnx.network import read_network
from app.nn.activations.catalogue import create
from app.nn.networks.evaluation import evaluate

from . import judge, models

ROOT, ITS_INVERSE, SCALE, CUBIC = 2**0.5, 0.5**0.5, (2 / np.pi) ** 0.5, 0.044715

# What takes x (z) and makes h, a node behind another: "operator operands result"; numbers are constants.
# From PyTorch's two exporters (2.13), tf2onnx of Keras and TensorFlow, and transformers' own formulas.
WRITTEN = {
    "silu: torch": "Sigmoid z s; Mul z s h",
    "silu: tf.nn.silu": "Sigmoid z s; Mul s z h",
    "silu: by exp": "Neg z n; Exp n e; Add e 1 d; Div z d h",
    "gelu: torch.onnx": f"Div z {ROOT} a; Erf a b; Add b 1 c; Mul z c d; Mul d 0.5 h",
    "gelu: torch.onnx, dynamo": f"Div z {ROOT} a; Erf a b; Add b 1 c; Mul 0.5 c d; Mul z d h",
    "gelu: tf.nn.gelu": f"Mul 0.5 z a; Div z {ROOT} b; Erf b c; Add 1 c d; Mul a d h",
    "gelu: transformers": f"Mul z {ITS_INVERSE} a; Erf a b; Add b 1 c; Mul z 0.5 d; Mul d c h",
    "gelu_tanh: torch.onnx": f"Mul z z a; Mul z a b; Mul {CUBIC} b c; Add z c d; Mul {SCALE} d e; Tanh e f; "
    "Add 1 f g; Mul z g i; Mul 0.5 i h",
    "gelu_tanh: gelu_new": f"Mul z 0.5 p; Pow z 3 a; Mul a {CUBIC} b; Add z b c; Mul c {SCALE} d; Tanh d e; "
    "Add e 1 f; Mul p f h",
    "gelu_tanh: gelu_fast": f"Mul z 0.5 p; Mul z {SCALE} q; Mul z {CUBIC} a; Mul a z b; Add b 1 c; "
    "Mul q c d; Tanh d e; Add e 1 f; Mul p f h",
    "hard_swish: keras": "HardSigmoid z s; Mul z s h",
    "hard_swish: relu6": "Add z 3 a; Clip a 0 6 b; Mul z b c; Div c 6 h",
    "hard_swish: relu and a clip": f"Add z 3 a; Relu a r; Clip r 0 6 b; Mul b {1 / 6} c; Mul c z h",
    "mish: torch.onnx": "Softplus z s; Tanh s t; Mul z t h",
    "mish: torch.onnx, dynamo": "Softplus z s; Greater z 20 g; Where g z s w; Tanh w t; Mul z t h",
    "mish: by exp and log": "Exp z e; Add e 1 d; Log d s; Tanh s t; Mul t z h",
    "softplus: torch.onnx, dynamo": "Softplus z s; Greater z 20 g; Where g z s h",
    "softplus: by exp and log": "Exp z e; Add 1 e d; Log d h",
    "log_sigmoid: torch": "Sigmoid z s; Log s h",
    "log_sigmoid: tf.nn": "Neg z n; Softplus n s; Neg s h",
    "tanhshrink: torch": "Tanh z t; Sub z t h",
    "softsign: torch": "Abs z a; Add a 1 b; Div z b h",
    "softshrink: torch.onnx": "Greater z 0.5 g; Sub z 0.5 a; Where g a 0 b; Less z -0.5 l; Add z 0.5 c; "
    "Where l c 0 d; Add b d h",
    "softshrink: left half first": "Less z -0.5 l; Add z 0.5 c; Where l c 0 d; Greater z 0.5 g; Sub z 0.5 a; "
    "Where g a 0 b; Add d b h",
    "squareplus: by hand": "Mul z z a; Add a 4 b; Sqrt b c; Add z c d; Mul d 0.5 h",
    "sigmoid: by exp": "Neg z n; Exp n e; Add e 1 d; Reciprocal d h",
}
BEYOND_20 = {name for name, steps in WRITTEN.items() if "Greater z 20" in steps}


def steps_of(text):
    return [step.split() for step in text.split("; ")]


def built(steps, dtype=np.float32, weight=None):
    """Return a model of a weight, these steps, and a weight, whose constants are rounded once."""
    constants = {"W": models.array(3, 4, dtype=dtype) if weight is None else weight}
    constants["V"] = models.array(4, 2, dtype=dtype)
    nodes = [models.node("MatMul", "x W", "z")]
    for index, (operator, *operands, result) in enumerate(steps):
        given = []
        for place, one in enumerate(operands):
            if one[-1].isalpha():
                given.append(one)
            else:
                given.append(f"c{index}_{place}")
                constants[given[-1]] = np.array(float(one), dtype)
        more = {"alpha": 1 / 6} if operator == "HardSigmoid" else {}
        nodes.append(models.node(operator, " ".join(given), result, **more))
    nodes.append(models.node("MatMul", "h V", "y"))
    kind = numpy_helper.from_array(np.array(0, dtype)).data_type
    rows = models.value("x", "N", constants["W"].shape[0], kind=kind)
    return models.model(nodes, [rows], [models.value("y", "N", 2, kind=kind)], constants)


def read(body):
    return read_network(Model(parse(body)))


def off(body, network, rows):
    """Return how far the file's answer is from the network's, relative to the largest."""
    (said,) = judge.outputs(body, {"x": rows})
    ours = evaluate(network, rows.astype(np.float64))
    return float(np.abs(said - ours).max() / np.abs(ours).max())


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16], ids=lambda one: one.__name__)
@pytest.mark.parametrize("name", WRITTEN)
def test_activation_of_several_nodes_is_read_as_one(name, dtype):
    if dtype == np.float64 and name in BEYOND_20:
        with pytest.raises(UnsupportedModel):  # 2e-9 beyond 20 is nothing in float32, and something here
            read(built(steps_of(WRITTEN[name]), dtype))
        return
    if dtype != np.float32 and name == "hard_swish: keras":
        dtype = np.float32  # its attribute is of float32 in every file
    body = built(steps_of(WRITTEN[name]), dtype)
    found = read(body)
    assert len(found.network.layers) == 2
    assert found.network.layers[0].activation == create(name.split(":")[0])
    assert any("operators" in note.detail for note in found.notes)
    if dtype != np.float16:
        rows = np.random.default_rng(0).normal(size=(40, 3), scale=4).astype(dtype)
        # No runtime here has erf in float64: ONNX's reference rounds it to float32.
        exact = dtype == np.float64 and "Erf" not in WRITTEN[name]
        assert off(body, found.network, rows) < (1e-12 if exact else 1e-5)


@pytest.mark.parametrize("beta", [1.702, 0.5, 3.0])
def test_silu_takes_the_beta_that_stands_there(beta):
    for steps in (f"Mul z {beta} a; Sigmoid a s; Mul z s h", f"Mul z {-beta} a; Sigmoid a s; Mul s z h"):
        (activation, _) = (layer.activation for layer in read(built(steps_of(steps))).network.layers)
        sign = -1 if f" {-beta} " in steps else 1
        assert activation == create("silu", beta=float(np.float32(sign * beta)))


@pytest.mark.parametrize("lambd", [0.1, 1.0, 40.0])
def test_softshrink_takes_the_width_that_stands_there(lambd):
    steps = WRITTEN["softshrink: torch.onnx"].replace("0.5", str(lambd))
    network = read(built(steps_of(steps))).network
    assert network.layers[0].activation == create("softshrink", lambd=float(np.float32(lambd)))


OTHERS = ("Add", "Sub", "Mul", "Div", "Tanh", "Sigmoid", "Erf", "Exp", "Neg", "Abs", "Softplus", "Relu")


def changed(steps):
    """Yield the steps with one thing changed: an operator, an operand, or a constant."""
    for index, (operator, *operands, result) in enumerate(steps):
        for other in OTHERS:
            if other != operator and len(operands) == (2 if other in OTHERS[:4] else 1):
                yield [*steps[:index], [other, *operands, result], *steps[index + 1 :]]
        earlier = ["z", *(step[-1] for step in steps[:index])]
        for place, one in enumerate(operands):
            number = None if one[-1].isalpha() else float(one)
            instead = [2 * number, -number, number + 1] if number is not None else earlier
            for new in instead:
                if str(new) != one:
                    made = [*operands[:place], str(new), *operands[place + 1 :]]
                    yield [*steps[:index], [operator, *made, result], *steps[index + 1 :]]
        if len(operands) == 2:
            yield [*steps[:index], [operator, operands[1], operands[0], result], *steps[index + 1 :]]


@pytest.mark.parametrize("name", WRITTEN)
def test_changed_nodes_are_refused_or_read_as_they_are(name):
    """Whatever is changed in a graph: what is still read as a network is that function."""
    rows = np.random.default_rng(1).normal(size=(20, 3), scale=2).astype(np.float32)
    accepted = 0
    for steps in changed(steps_of(WRITTEN[name])):
        body = built(steps)
        try:
            network = read(body).network
        except UnsupportedModel:
            continue
        accepted += 1
        with np.errstate(all="ignore"):
            assert off(body, network, rows) < 1e-5, steps
    assert accepted  # at least where the operands of a sum or product change places


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16], ids=lambda one: one.__name__)
def test_constants_are_those_of_the_type_or_others(dtype):
    """1/√2 may be off by 2 roundings of its type, ½ and 1 not at all."""
    unit = float(np.finfo(dtype).eps) / 2
    gelu = WRITTEN["gelu: transformers"]
    exact = np.array(ITS_INVERSE, dtype)
    beside = [np.nextafter(exact, dtype(0)), np.nextafter(exact, dtype(1))]
    for one in beside:
        body = built(steps_of(gelu.replace(str(ITS_INVERSE), repr(float(one)))), dtype)
        if abs(Fraction(float(one)) ** 2 * 2 - 1) <= 4 * unit:  # as 1/√2 is off by half of that
            assert read(body).network.layers[0].activation == create("gelu")
        else:
            with pytest.raises(UnsupportedModel, match="gelu with constants that are rounded"):
                read(body)
    for further in (ITS_INVERSE * (1 - 5 * unit), ITS_INVERSE * (1 + 5 * unit)):
        with pytest.raises(UnsupportedModel, match="gelu with constants that are rounded"):
            read(built(steps_of(gelu.replace(str(ITS_INVERSE), str(further))), dtype))
    other_half = read(built(steps_of(gelu.replace(" 0.5 ", f" {0.5 + unit} ")), dtype)).network
    assert [layer.activation.name for layer in other_half.layers] == ["gelu", "identity", "identity"]
    assert np.array_equal(other_half.layers[1].weight, (1 + 2 * unit) * np.eye(4))


@given(st.permutations(["z", "p", "c"]), st.lists(st.booleans(), min_size=4, max_size=4), st.booleans())
@settings(max_examples=30, deadline=None)
def test_factors_may_stand_in_any_order(order, swapped, inverse):
    """Any tree of products of x, ½ and 1 + erf(x/√2), in whatever order the operands are."""
    first, second, third = order
    erf = f"Mul z {ITS_INVERSE} a" if inverse else f"Div z {ROOT} a"
    steps = [*steps_of(f"{erf}; Erf a b"), ["Add", "b", "1", "c"], ["Mul", first, second, "m"]]
    steps.append(["Mul", "m", third, "h"])
    for index, swap in zip((2, 3, 4, 0), swapped, strict=True):
        operator, one, other, result = steps[index]
        if swap and operator != "Div":
            steps[index] = [operator, other, one, result]
    steps = [[("0.5" if one == "p" else one) for one in step] for step in steps]
    assert read(built(steps)).network.layers[0].activation == create("gelu")


@pytest.mark.parametrize("shift", ["kept", "folded"])
@pytest.mark.parametrize(
    ("name", "to"),
    [
        ("silu: torch", "tanh"),
        ("gelu_tanh: torch.onnx", "sigmoid"),
        ("gelu_tanh: gelu_fast", "sigmoid"),
        ("mish: torch.onnx", "sigmoid"),
        ("tanhshrink: torch", "sigmoid"),
    ],
)
def test_rewriting_leaves_the_activation_what_it_is(name, to, shift):
    """The file has the other operator inside, and reads as the same function."""
    body = built(steps_of(WRITTEN[name]))
    made = convert_file(body, to, shift)
    assert made.report["certificate"]["difference"] == {"kind": "exact", "value": 0.0}
    gone = "Sigmoid" if to == "tanh" else "Tanh"
    assert gone not in judge.operators(made.body)
    before, after = read(body).network, read(made.body).network
    assert activations(after) == activations(before) == [create(name.split(":")[0])]
    rows = np.random.default_rng(0).normal(size=(40, 3), scale=4)
    np.testing.assert_allclose(evaluate(after, rows), evaluate(before, rows), rtol=1e-13, atol=1e-15)
    raised = judge.raised(body)
    assert judge.gap(raised, judge.raised(made.body), judge.feeds(raised)) < 1e-12
    back = convert_file(made.body, "sigmoid" if to == "tanh" else "tanh", shift).body
    assert activations(read(back).network) == activations(before)


def activations(network):
    """Return the layers' activations but the identities: factors that are left are layers of their own."""
    return [layer.activation for layer in network.layers if layer.activation != create("identity")]


def test_torch_onnx_casts_of_constants_are_the_constants():
    body = ModelProto.FromString(built(steps_of("Add z 3 a; Clip a lo hi b; Mul z b c; Div c 6 h")))
    cast = []
    for name, number in (("lo", 0.0), ("hi", 6.0)):
        body.graph.initializer.append(numpy_helper.from_array(np.array(number), f"{name}64"))
        cast.append(models.node("Cast", f"{name}64", name, to=1))
    nodes = [*cast, *body.graph.node]
    del body.graph.node[:]
    body.graph.node.extend(nodes)
    found = read(body.SerializeToString())
    assert found.network.layers[0].activation == create("hard_swish")


@pytest.mark.parametrize(
    "steps",
    [
        "; ".join(f"Mul {one} {one} {two}" for one, two in zip("zabcdefg", "abcdefgh", strict=True)),
        "; ".join(
            f"Tanh {one} {one}t; Sigmoid {one} {one}s; Mul {one}t {one}s {two}"
            for one, two in zip("zabcdefg", "abcdefgh", strict=True)
        ),
        "; ".join(f"Mul {one} 1e-300 {one}m; Add {one}m {one} {two}" for one, two in product("z", "h")),
        "Sigmoid z s; Mul z s x; Mul x x h",
        "Sigmoid z h; Mul h z q",
    ],
    ids=["squares of squares", "functions of functions twice", "small", "made twice", "two ends"],
)
def test_graphs_made_to_be_long_end_in_a_refusal(steps):
    with pytest.raises(UnsupportedModel):
        read(built(steps_of(steps), np.float64))
