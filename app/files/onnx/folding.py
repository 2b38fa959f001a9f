"""A shift that goes into the next bias: W·(a·v − 1) + b = (aW)·v + (b − W·1), rounded once."""

from typing import NamedTuple

import numpy as np

from ...nn.error_free import Floats
from ...nn.networks.exact_sum import rounded_sum
from .plan import Plan, set_number
from .scope import Constant, Node
from .tensors import Array, scaled
from .weights import Weights


class Shifted(NamedTuple):
    """A bias after something was added, and what rounding left: exact value − value."""

    array: Array
    residual: Floats


def fold_shift(plan: Plan, node: Node, index: int, scale: float, shift: float) -> bool:
    """Plan for a linear operator to read v where it read scale·v + shift; False where no bias can take it."""
    match node.operator:
        case "Gemm" if index == 0:
            return _gemm(plan, node, scale, shift)
        case "MatMul" if index == 0:
            return _matmul(plan, node, scale, shift)
        case "Conv" if index == 0:
            return _conv(plan, node, scale, shift)
    return False


def shifted(bias: Array | None, summands: Array, dtype: np.dtype[np.generic]) -> Shifted | None:
    """Return bias + Σ summands, summands (entries, n), each entry correctly rounded; None if not finite.

    `bias` broadcasts to (entries,) behind its own sides.
    """
    entries = summands.shape[0]
    old = np.zeros(entries) if bias is None else bias
    if old.ndim and old.shape[-1] not in (1, entries):
        return None  # the model is none: its bias fits no product
    shape = np.broadcast_shapes(old.shape, (entries,))
    wide = np.broadcast_to(old.astype(np.float64), shape)
    rows = summands.tolist()
    values = np.empty(shape, dtype)
    residuals = np.empty(shape)
    for place in np.ndindex(shape):
        terms = [float(wide[place]), *rows[place[-1]]]
        try:
            value = _rounded(terms, dtype)
            if not np.isfinite(value):
                return None
            values[place] = value
            residuals[place] = rounded_sum([*terms, -float(values[place])])[0]
        except (OverflowError, ValueError):
            return None
    return Shifted(values, residuals)


def _rounded(terms: list[float], dtype: np.dtype[np.generic]) -> float:
    """Return the sum rounded once to `dtype`, as a float64.

    Rounded to wider types first, to the neighbour whose last bit is 1 where it is between two ("to odd"):
    then the last rounding, to a type with two bits less at least, is the only one (Boldo, Melquiond 2008).
    Bfloat16 is made of float32, whatever it is asked to be made of.
    """
    total, rest = rounded_sum(terms)
    if dtype.itemsize == 8:
        return total
    wide = np.float64(total)
    if rest and not int(wide.view(np.int64)) & 1:
        wide = np.nextafter(wide, np.inf if rest > 0 else -np.inf)
    with np.errstate(over="ignore"):
        if dtype.itemsize == 4:
            return float(wide.astype(dtype))
        narrow = wide.astype(np.float32)
        if narrow != wide and not int(narrow.view(np.int32)) & 1:
            narrow = np.nextafter(narrow, np.float32(np.inf if wide > narrow else -np.inf))
        return float(narrow.astype(dtype))


def summands_of(weights: Array, shift: float) -> Array | None:
    """Return shift·weights as float64, exactly, or None."""
    return scaled(weights.astype(np.float64), shift)


def _gemm(plan: Plan, node: Node, scale: float, shift: float) -> bool:
    weight, bias = node.constant_input(1), node.constant_input(2)
    alpha, beta = node.number("alpha", 1.0), node.number("beta", 1.0)
    transposed = node.whole("transB", 0)
    given = node.has_input(2)
    if weight is None or not weight.is_float or weight.array.ndim != 2 or transposed is None:
        return False
    if alpha is None or beta is None or (given and (bias is None or alpha != beta)):
        return False
    rows = weight.array if transposed else weight.array.T
    if not plan.scale_constant(node, 1, scale):
        return False
    made = _folded(plan.weights, node, weight, bias, rows, shift)
    if made is None:
        return False
    _take_bias(plan, node, made)
    if not given:
        plan.edits.append(lambda: set_number(node, "beta", alpha))
    return True


def _matmul(plan: Plan, node: Node, scale: float, shift: float) -> bool:
    scope, output = node.scope, node.proto.output[0]
    weight = node.constant_input(1)
    if weight is None or not weight.is_float or weight.array.ndim != 2:
        return False
    if not scope.is_private(output) or len(scope.uses[output]) != 1:
        return False
    (use,) = scope.uses[output]
    bias = use.node.constant_input(1 - use.index) if use.node.operator == "Add" else None
    if bias is None or use.node.scope is not scope or not plan.meets(use.node):
        return False
    outputs = weight.array.shape[1]
    # A bias that makes the sum larger than the product has no entry for each output.
    if not bias.is_float or (bias.array.ndim and bias.array.shape[-1] not in (1, outputs)):
        return False
    if not plan.scale_constant(node, 1, scale):
        return False
    made = _folded(plan.weights, node, weight, bias, weight.array.T, shift)
    if made is None:
        return False
    plan.rename_outputs(node, "unshifted")
    plan.set_constant(use.node, 1 - use.index, made)
    return True


def _conv(plan: Plan, node: Node, scale: float, shift: float) -> bool:
    weight, bias = node.constant_input(1), node.constant_input(2)
    pads, auto = node.attribute("pads"), node.attribute("auto_pad")
    if pads is not None and (pads.ref_attr_name or any(pads.ints)):
        return False
    if auto is not None and (auto.ref_attr_name or auto.s not in (b"NOTSET", b"VALID", b"")):
        return False
    if weight is None or not weight.is_float or weight.array.ndim < 3:
        return False
    given = node.has_input(2)
    if given and (bias is None or bias.array.shape != weight.array.shape[:1]):
        return False
    rows = weight.array.reshape(weight.array.shape[0], -1)
    if not plan.scale_constant(node, 1, scale):
        return False
    made = _folded(plan.weights, node, weight, bias, rows, shift)
    if made is None:
        return False
    _take_bias(plan, node, made)
    return True


def _take_bias(plan: Plan, node: Node, made: Constant) -> None:
    """Plan for the node's third input to be this bias, whether it has had one or not."""
    if node.has_input(2):
        plan.set_constant(node, 2, made)
        return

    def add_bias() -> None:
        while len(node.proto.input) < 3:
            node.proto.input.append("")
        node.scope.set_input(node, 2, made.name)

    plan.edits.append(add_bias)


def _folded(
    weights: Weights, node: Node, weight: Constant, bias: Constant | None, rows: Array, shift: float
) -> Constant | None:
    """Return the new bias: b + shift·rows·1."""
    if bias is not None and bias.tensor.data_type != weight.tensor.data_type:
        return None
    summands = summands_of(rows, shift)
    if summands is None:
        return None
    result = shifted(None if bias is None else bias.array, summands, weight.array.dtype)
    if result is None:
        return None
    if bias is not None:
        same = bias.array.shape == result.array.shape and np.array_equal(bias.array, result.array)
        if same and not result.residual.any():
            return bias
        return weights.shifted(bias, result.array, result.residual)
    name = f"{node.name}_bias"
    return weights.new(weight.scope, result.array, result.residual, weight.tensor.data_type, name)
