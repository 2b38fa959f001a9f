"""What is proven of a rewritten ONNX model: the structure, the real functions, the evaluation."""

from dataclasses import replace
from typing import Any, Literal, NotRequired

import numpy as np
from typing_extensions import TypedDict

from ...nn.errors import Fault
from ...nn.networks.certificate import certify
from ...nn.networks.conversion import Rewriting, Squashing, convert
from ...nn.networks.network import Layer, Network
from .graphs import Model
from .multiples import Part
from .network import read_network
from .rewriting import SUBSTITUTIONS, Rewritten, Shift
from .scope import Constant
from .tensors import Array, sha256

METADATA = "softstep.certificate"


class MultipliedPart(TypedDict):
    """The entries of a constant from `start` to before `stop` along a side, and their factor."""

    axis: int
    start: int
    stop: int
    factor: float


class ChangedConstant(TypedDict):
    """A constant that another one stands for: 2ᵏ times it, or it shifted and rounded once.

    `parts` have a factor of their own in place of `factor`: gates that were computed in one product.
    `factors` are of equal parts along its second side, the gates of a recurrent operator.

    `before` and `after` are SHA-256 of the numbers, little-endian; a constant that is new has no `before`.
    """

    name: str
    new_name: NotRequired[str]
    factor: NotRequired[float]
    parts: NotRequired[list[MultipliedPart]]
    factors: NotRequired[list[float]]
    residual: NotRequired[list[Any]]
    before: NotRequired[str]
    after: str


class NodeCount(TypedDict):
    """How many nodes there are."""

    before: int
    after: int


class Structure(TypedDict):
    """What was changed; every other constant is the same to the byte."""

    changed: list[ChangedConstant]
    nodes: NodeCount


class Difference(TypedDict):
    """The given minus the new model, as real functions: exactly, or a bound for each output."""

    kind: Literal["exact", "bound", "unknown"]
    value: float | list[float] | None
    reason: NotRequired[str]


class ModelCertificate(TypedDict):
    """What is proven of the given and the new model, for every input."""

    structure: Structure
    difference: Difference
    evaluation: str
    discontinuous: list[str]


def before(model: Model) -> Network | str:
    """Return the network that a model is, before it is edited, or why it is none."""
    try:
        return read_network(model).network
    except Fault as fault:
        return fault.detail


def certificate_of(
    result: Rewritten, network: Network | str, nodes: int, to: Squashing, shift: Shift, jumps: list[str]
) -> ModelCertificate:
    """Return the certificate of a model that was rewritten and not yet stored."""
    return {
        "structure": {
            "changed": [_changed(one) for one in result.weights.changed()],
            "nodes": {"before": nodes, "after": result.nodes},
        },
        "difference": _difference(result, network, to),
        "evaluation": _evaluation(result, to, jumps),
        "discontinuous": jumps,
    }


def _changed(constant: Constant) -> ChangedConstant:
    origin = constant.origin
    made: ChangedConstant = {"name": (origin or constant).name, "after": sha256(constant.array)}
    if origin is not None:
        made["new_name"] = constant.name
        made["before"] = sha256(origin.array)
    residual = constant.residual
    if residual is not None:
        made["residual"] = residual.tolist()
    elif constant.factors:
        made["factors"] = list(constant.factors)
    elif origin is not None:
        made["factor"] = constant.factor
        if constant.parts:
            made["parts"] = [_part(constant, part) for part in sorted(constant.parts)]
    return made


def _part(constant: Constant, part: Part) -> MultipliedPart:
    axis = len(constant.tensor.dims) + part.axis
    factor = constant.factor * constant.parts[part]
    return {"axis": axis, "start": part.start, "stop": part.stop, "factor": factor}


def _difference(result: Rewritten, network: Network | str, to: Squashing) -> Difference:
    rounded = [one for one in result.weights.changed() if one.is_rounded and np.any(one.residual)]
    if not rounded and not result.rounds:
        return {"kind": "exact", "value": 0.0}
    if isinstance(network, str):
        return {
            "kind": "unknown",
            "value": None,
            "reason": f"the residuals are all that differs, and no bound is known behind them: {network}",
        }
    bound = _bound(network, to, [_float64(one) for one in rounded])
    if bound is None:
        return {
            "kind": "unknown",
            "value": None,
            "reason": "the residuals are all that differs, and not each of them is a layer's bias",
        }
    return {"kind": "bound", "value": bound}


def _float64(constant: Constant) -> tuple[Array, Array]:
    residual = constant.residual
    assert residual is not None
    return np.asarray(constant.array, np.float64).reshape(-1), np.asarray(residual, np.float64).reshape(-1)


def _bound(network: Network, to: Squashing, biases: list[tuple[Array, Array]]) -> list[float] | None:
    """Return the bound that the layers' own recursion gives with these biases in place of float64's."""
    try:
        conversion = convert(network, to)
    except Fault:
        return None
    left = list(biases)
    rewritings: list[Rewriting] = []
    for one in conversion.rewritings:
        found = _stored(one, left) if one.shift else None
        if found is not None:
            bias, residual = left.pop(found)
            layer = Layer(one.new.weight, bias, one.new.activation)
            rewritings.append(replace(one, new=layer, remainder=residual))
        elif one.shift and one.old.outputs:
            # Kept beside this layer: it subtracts before the weight, and nothing is rounded.
            rewritings.append(replace(one, remainder=np.zeros(one.old.outputs)))
        else:
            rewritings.append(one)
    if left:
        return None
    layers = (*(one.new for one in rewritings), *conversion.network.layers[len(rewritings) :])
    stored = replace(conversion, network=Network(layers), rewritings=tuple(rewritings))
    bound = np.abs(certify(stored).difference)
    return bound.tolist() if np.isfinite(bound).all() else None


def _stored(rewriting: Rewriting, biases: list[tuple[Array, Array]]) -> int | None:
    """Return which of the biases is that of the layer: the one that its exact bias rounds to."""
    assert rewriting.new.bias is not None
    for index, (value, residual) in enumerate(biases):
        if value.shape != rewriting.new.bias.shape:
            continue
        # Both are the same exact number, once rounded to float64 and once to the file's type.
        off = np.abs(value + residual - rewriting.new.bias)
        if (off <= 2.0**-50 * (np.abs(value) + np.abs(residual))).all():
            return index
    return None


def _evaluation(result: Rewritten, to: Squashing, jumps: list[str]) -> str:
    identity = SUBSTITUTIONS[to]
    sites = len(result.converted)
    tanh = identity.replaced == "Tanh"
    said = (
        "Of a runtime nothing is claimed that is not known of it. Each of the "
        f"{sites} replaced values differs, for the same input, by at most "
        f"{'2·ε_sigmoid + ε_tanh' if tanh else '½·ε_tanh + ε_sigmoid'} and one rounding where the runtime's "
        "sigmoid and tanh are within these absolutely (ONNX Runtime 1.32 in float32: 1.5e-7 and 3.3e-7 were "
        "seen, which is no proof). Near 0 the relative error may be large; in float16 about 5e-4 is lost of "
        "each value, in bfloat16 about 4e-3."
    )
    if jumps:
        said += " Behind a site stand operators that jump (`discontinuous`): there one ulp may become a step."
    return said
