"""An ONNX graph that is a chain of affine maps and activations → a network."""

from collections.abc import Callable, Mapping
from math import prod

import numpy as np

from ...nn.activations.record import Floats
from ...nn.errors import Fault
from ...nn.networks.network import SOFTMAX
from ..chain import Chain, ReadNetwork, vector
from ..errors import UnsupportedModel
from .activation_forms import ActivationForm, activation_form, nearly_activation
from .activation_operators import ACTIVATIONS, activation_of, given_number
from .elementwise_nodes import Joined, joined_values
from .graphs import Model
from .scope import Node, Scope

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
        if name not in outputs and not (_is_plain(name, readers) and _ends_plain(readers)):
            joined = _activate_together(chain, scope, name, seen)
            if joined is not None:
                name = joined
                continue
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


def _is_plain(name: str, readers: set[Node]) -> bool:
    """Tell whether a value is read by one node at most, which by itself is a part of a network."""
    return all(
        node.operator in _HANDLERS and list(node.proto.input).count(name) == 1 for node in readers
    ) and (len(readers) <= 1)


def _ends_plain(readers: set[Node]) -> bool:
    """Tell whether what these nodes make is plain again: not log behind a sigmoid, nor a gate."""
    made = [(node.scope, name) for node in readers for name in node.proto.output if name]
    return all(_is_plain(name, {use.node for use in scope.uses[name]}) for scope, name in made)


def _activate_together(chain: Chain, scope: Scope, name: str, seen: set[Node]) -> str | None:
    """Read the nodes that are one activation together, as many as can be; return what they make.

    Raises `UnsupportedModel` where they are one but for the digits of its constants.
    """
    found: tuple[Joined, ActivationForm] | None = None
    nearly: str | None = None
    for joined in joined_values(scope, name, seen):
        form = activation_form(joined.function, joined.unit)
        if form is None:
            nearly = nearly or nearly_activation(joined.function)
        elif found is None or form.factor == 1 or found[1].factor != 1:
            found = joined, form
    if found is None and nearly is not None:
        raise UnsupportedModel(
            f"expected a network of affine maps and activations, got {nearly} with constants that are "
            "rounded further than their type asks"
        )
    if found is None:
        return None
    joined, form = found
    seen.update(joined.nodes)
    written = f"{form.activation.name} is written as {len(joined.nodes)} operators"
    if len(joined.nodes) > 1:
        chain.note(f"{written}: {', '.join(node.operator for node in joined.nodes)}")
    chain.activate(form.activation)
    if form.factor != 1:
        chain.note(f"{written}, times a number, which is a layer of its own")
        chain.scale(np.array(form.factor), None)
    return joined.name


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


def _gemm(chain: Chain, node: Node, index: int) -> None:
    if index != 0 or node.whole("transA", 0):
        raise UnsupportedModel("expected Gemm with the value as its first operand, not transposed")
    weight, called = _constant(node, 1)
    if weight.ndim != 2:
        raise UnsupportedModel("expected weights that are matrices, got one of other sides")
    alpha, beta = given_number(node.number("alpha", 1.0), node), given_number(node.number("beta", 1.0), node)
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
    epsilon = given_number(node.number("epsilon", 1e-5), node)
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
    **dict.fromkeys(ACTIVATIONS, _activate),
}
