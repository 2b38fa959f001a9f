"""An ONNX graph that is a chain of affine maps and activations → a network."""

from collections.abc import Callable, Mapping
from math import prod

import numpy as np
from onnx import AttributeProto

from ...nn.activations.catalogue import create
from ...nn.activations.record import Activation, Floats
from ...nn.errors import Fault
from ...nn.networks.network import SOFTMAX
from ..chain import Chain, ReadNetwork, vector
from ..errors import UnsupportedModel
from .graphs import Model
from .scope import Node

_OF_ONE_CHAIN = "the graph is no single chain of affine maps and activations"


def read_network(model: Model) -> ReadNetwork:
    """Return the network that a model's main graph is.

    float32 numbers become float64, which is exact; a scaling stays a layer of its own. Raises
    `UnsupportedModel` with the first operator that is no part of a network.
    """
    scope = model.main
    inputs = [one for one in scope.graph.input if one.name not in scope.constants]
    if len(inputs) != 1:
        raise UnsupportedModel(f"expected a model of one input, got {len(inputs)}")
    chain = Chain(_last_side(inputs[0]))
    name = inputs[0].name
    outputs = {one.name for one in scope.graph.output}
    seen: set[Node] = set()
    while True:
        readers = {use.node for use in scope.uses[name]} - seen
        tails = {node for node in readers if node.operator in _TAILS}
        for node in sorted(tails, key=lambda node: node.name):
            chain.note(f"the output of {node.operator} is left out: it is no number of the network's")
        readers -= tails
        if not readers:
            break
        if name in outputs or len(readers) > 1:
            raise UnsupportedModel(f"expected a network, and {_OF_ONE_CHAIN}: one value is used twice")
        (node,) = readers
        seen.add(node)
        name = _read(chain, node, name)
    if name not in outputs and not tails:
        raise UnsupportedModel(f"expected a network, and {_OF_ONE_CHAIN}: it ends before the output")
    return chain.finish()


_TAILS = frozenset({"ArgMax", "ai.onnx.ml.ZipMap"})


def _last_side(info: object) -> int | None:
    sides = info.type.tensor_type.shape.dim  # type: ignore[attr-defined]
    # Of more than two sides a Flatten may make one.
    return int(sides[-1].dim_value) or None if len(sides) in (1, 2) else None


def _read(chain: Chain, node: Node, name: str) -> str:
    """Read one node that takes the value `name`; return what it makes."""
    index = list(node.proto.input).index(name)
    handler = _HANDLERS.get(node.operator)
    made = [one for one in node.proto.output if one]
    if handler is None or list(node.proto.input).count(name) != 1 or not made:
        raise UnsupportedModel(
            f"expected a network of affine maps and activations, got an operator {node.operator}"
        )
    handler(chain, node, index)
    if len(made) > 1 and any(node.scope.uses[one] or one in node.scope.exposed for one in made[1:]):
        raise UnsupportedModel(f"expected {node.operator} with one output that is used, got more")
    return str(made[0])


def _constant(node: Node, index: int) -> tuple[Floats, str]:
    constant = node.constant_input(index)
    if constant is None or not constant.is_float:
        raise UnsupportedModel(
            f"expected constant weights of {node.operator}, got a value that is computed or given"
        )
    return vector(constant.array), constant.name


def _given(value: float | None, node: Node) -> float:
    if value is None:
        raise UnsupportedModel(f"expected attributes of {node.operator} that are numbers")
    return value


def _gemm(chain: Chain, node: Node, index: int) -> None:
    if index != 0 or node.whole("transA", 0):
        raise UnsupportedModel("expected Gemm with the value as its first operand, not transposed")
    weight, called = _constant(node, 1)
    if weight.ndim != 2:
        raise UnsupportedModel("expected weights that are matrices, got one of other sides")
    alpha, beta = _given(node.number("alpha", 1.0), node), _given(node.number("beta", 1.0), node)
    weight = alpha * (weight if node.whole("transB", 0) else weight.T)
    if not node.has_input(2):
        chain.affine(weight, None, (called, None))
        return
    bias, name = _constant(node, 2)
    chain.affine(weight, _row(beta * bias, weight.shape[0], node), (called, name))


def _row(array: Floats, size: int, node: Node) -> Floats:
    """Return a bias as one number for each output: it may stand as a row, or as one number."""
    if array.size not in (1, size) or (array.ndim and array.shape[-1] != array.size):
        raise UnsupportedModel(f"expected a constant of {node.operator} with a number for each output")
    return array.reshape(-1)


def _matmul(chain: Chain, node: Node, index: int) -> None:
    weight, name = _constant(node, 1 - index)
    if index != 0 or weight.ndim != 2:
        raise UnsupportedModel("expected MatMul of the value and a matrix, in this order")
    chain.affine(weight.T, None, (name, None))


def _add(chain: Chain, node: Node, index: int) -> None:
    summand, name = _constant(node, 1 - index)
    if node.operator == "Sub":
        if index == 1:
            chain.scale(np.array(-1.0), None)
            chain.add(_row(summand, chain.width or summand.size, node), name)
            return
        summand, name = -summand, f"-{name}"
    chain.add(_row(summand, chain.width or summand.size, node), name)


def _multiply(chain: Chain, node: Node, index: int) -> None:
    factor, name = _constant(node, 1 - index)
    factor = _row(factor, chain.width or factor.size, node)
    if node.operator == "Div":
        if index == 1:
            raise UnsupportedModel("expected a network of affine maps and activations, got a reciprocal")
        inverse = 1 / factor if factor.all() else factor
        if not factor.all() or not np.array_equal(1 / inverse, factor) or not _powers_of_two(factor):
            chain.note("a division is read as a multiplication by its reciprocal, which was rounded")
        factor, name = inverse, f"1/{name}"
    chain.scale(factor, name)


def _powers_of_two(numbers: Floats) -> bool:
    return bool((np.abs(np.frexp(numbers)[0]) == 0.5).all())


def _normalise(chain: Chain, node: Node, index: int) -> None:
    if index != 0 or node.whole("training_mode", 0):
        raise UnsupportedModel("expected BatchNormalization as it is used behind training")
    (gain, called), (shift, name), (mean, its), (variance, _) = (_constant(node, one) for one in (1, 2, 3, 4))
    epsilon = _given(node.number("epsilon", 1e-5), node)
    chain.add(-mean, f"-{its}")
    with np.errstate(all="ignore"):
        chain.scale(gain / np.sqrt(variance + epsilon), called)
    chain.note("BatchNormalization is two layers, γ/√(variance + ε) rounded once or twice", *_layer(chain))
    chain.add(shift, name)


def _scaler(chain: Chain, node: Node, index: int) -> None:
    offset, scale = _floats(node, "offset"), _floats(node, "scale")
    chain.add(-offset, None)
    chain.scale(scale, None)
    chain.note("the scaling of the inputs is kept as layers of its own", *_layer(chain))


def _floats(node: Node, name: str) -> Floats:
    attribute = node.attribute(name)
    if attribute is None or attribute.ref_attr_name or not len(attribute.floats):
        raise UnsupportedModel(f"expected {node.operator} with {name}")
    return np.array(attribute.floats, np.float64)


def _layer(chain: Chain) -> tuple[str, int]:
    return "layers", chain.position


def _pass(chain: Chain, node: Node, index: int) -> None:
    if index != 0:
        raise UnsupportedModel(f"expected {node.operator} of the value, got it as another operand")
    if node.operator != "Identity":
        chain.note(f"{node.operator} changes no number of a row and is left out")


def _cast(chain: Chain, node: Node, index: int) -> None:
    if node.whole("to", 0) not in (1, 11):
        raise UnsupportedModel("expected a cast to float32 or float64, got one to another type")
    chain.note("Cast is left out: the network is of float64")


def _reshape(chain: Chain, node: Node, index: int) -> None:
    shape = node.constant_input(1)
    sides = None if shape is None else shape.array.reshape(-1).tolist()
    given = _given_sides(node)
    flat = chain.width if chain.width is not None or 0 in given[1:] else prod(given[1:])
    # Another number of rows than is given would put several into one.
    rows = sides is not None and (sides[:1] == [0] or (sides[:1] == given[:1] and given[0] > 0))
    if (
        index != 0
        or sides is None
        or len(sides) != 2
        or sides[1] not in (-1, flat)
        or not (rows or (sides[0] == -1 and sides[1] == chain.width))
    ):
        raise UnsupportedModel("expected Reshape to rows of numbers, got one to other sides")
    _pass(chain, node, 0)


def _given_sides(node: Node) -> list[int]:
    """Return the sides of the main graph's input; 0 for those that are free."""
    scope = node.scope.model.main
    (given,) = (one for one in scope.graph.input if one.name not in scope.constants)
    return [int(side.dim_value) for side in given.type.tensor_type.shape.dim]


def _flatten(chain: Chain, node: Node, index: int) -> None:
    if node.whole("axis", 1) not in (1, -1):
        raise UnsupportedModel("expected Flatten to rows of numbers, got another axis")
    _pass(chain, node, index)


def _softmax(chain: Chain, node: Node, index: int) -> None:
    if node.whole("axis", 1 if node.scope.model.opset < 13 else -1) not in (1, -1):
        raise UnsupportedModel("expected softmax over each row, got another axis")
    chain.activate(SOFTMAX)


def _activate(chain: Chain, node: Node, index: int) -> None:
    try:
        chain.activate(activation_of(node))
    except Fault as fault:
        raise UnsupportedModel(
            f"expected an activation of the catalogue; {node.operator}: {fault.detail}"
        ) from None


def activation_of(node: Node) -> Activation:
    """Return the activation that an operator is, its attributes, which are float32, taken as they are."""

    def number(name: str, default: float) -> float:
        return _given(node.number(name, default), node)

    match node.operator:
        case "LeakyRelu":
            return create("leaky_relu", negative_slope=number("alpha", _single(0.01)))
        case "Elu":
            return create("elu", alpha=number("alpha", 1.0))
        case "Celu":
            return create("celu", alpha=number("alpha", 1.0))
        case "HardSigmoid":
            return create("hard_sigmoid", alpha=number("alpha", _single(0.2)), beta=number("beta", 0.5))
        case "Selu":
            alpha, gamma = (
                number("alpha", _single(1.67326319217681884765625)),
                number("gamma", _single(1.05070102214813232421875)),
            )
            return create("selu", alpha=alpha, gamma=gamma)
        case "Gelu":
            approximate = node.attribute("approximate")
            tanh = approximate is not None and approximate.s == b"tanh"
            return create("gelu_tanh" if tanh else "gelu")
        case "Swish":
            return create("silu", **({} if number("alpha", 1.0) == 1 else {"beta": number("alpha", 1.0)}))
        case "Shrink":
            lambd, bias = number("lambd", 0.5), number("bias", 0.0)
            if bias in (0.0, lambd):
                return create("softshrink" if bias else "hardshrink", lambd=lambd)
            return create("softshrink", lambd=lambd, bias=bias)
        case "ThresholdedRelu":
            return create("threshold", threshold=number("alpha", 1.0), value=0.0)
        case "Clip":
            return create("hard_tanh", min_val=_bound(node, 1, "min"), max_val=_bound(node, 2, "max"))
        case operator:
            return create(_PLAIN[operator])


def _single(number: float) -> float:
    return float(np.float32(number))


def _bound(node: Node, index: int, name: str) -> float:
    constant = node.constant_input(index)
    if constant is not None and constant.is_float and constant.array.size == 1:
        return float(constant.array.reshape(-1)[0])
    attribute: AttributeProto | None = node.attribute(name)
    if attribute is None or attribute.ref_attr_name:
        raise UnsupportedModel("expected Clip between two constants")
    return float(attribute.f)


_PLAIN: Mapping[str, str] = {
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "Relu": "relu",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Mish": "mish",
    "HardSwish": "hard_swish",
}
_WITH_ATTRIBUTES = (
    "LeakyRelu", "Elu", "Celu", "HardSigmoid", "Selu", "Gelu", "Swish", "Shrink", "ThresholdedRelu", "Clip"
)  # fmt: skip
_HANDLERS: Mapping[str, Callable[[Chain, Node, int], None]] = {
    "Gemm": _gemm,
    "MatMul": _matmul,
    "Add": _add,
    "Sub": _add,
    "Mul": _multiply,
    "Div": _multiply,
    "BatchNormalization": _normalise,
    "ai.onnx.ml.Scaler": _scaler,
    "Identity": _pass,
    "Dropout": _pass,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Cast": _cast,
    "Softmax": _softmax,
    **dict.fromkeys((*_PLAIN, *_WITH_ATTRIBUTES), _activate),
}
