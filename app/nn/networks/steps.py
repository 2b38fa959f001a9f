"""Whether a network of step functions can compute the same function (Problem 2b)."""

from dataclasses import dataclass, replace

import mpmath as mp
import numpy as np

from ..activations.record import Activation, Floats
from ..activations.step import heaviside
from ..cost import Cost
from ..precision import extended_precision
from .assumption import RELATIVE_ERROR, ULPS
from .box import Box
from .canonical import CanonicalForm, has_canonical_form, is_constant
from .certificate import Certificate
from .composed_form import Composition, canonical_of_composition, composed_cost, composition
from .extended import LEAST_BITS, Enclosure, Point, decimals, extended_cost, is_positive, most_bits
from .injective_output import before_output, constant_behind_output, gaps_behind_output, values_at
from .network import Layer, Network
from .probes import probes, saturation, unit_arguments
from .propagation import UNDERFLOW, UPWARDS, gamma
from .reduction import Reduction, reduce


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, in words and as a formula."""

    text: str
    latex: str


@dataclass(frozen=True, slots=True, eq=False)
class TwoValues:
    """Two inputs (2, d) at which the function provably has different values, as decimals."""

    inputs: Floats
    outputs: tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class StepDecision:
    """Whether some network of Heaviside steps, of whatever size, is the same function on all of ℝᵈ.

    True with the `network` and its `certificate`; False with the `reason`, a `witness` and how many values
    as many steps take `at_most`; None with the `reason` where no theorem decides.
    """

    exists: bool | None
    network: Network | None = None
    certificate: Certificate | None = None
    reason: Reason | None = None
    witness: TwoValues | None = None
    at_most: int | None = None


def as_steps(network: Network, box: Box | None = None) -> StepDecision:
    """Decide whether a network of steps computes the same function as `network` for every x in ℝᵈ.

    A network of n steps has at most Σ_{k≤d} C(n, k) values, finitely many (Zaslavsky 1975). F, with one
    hidden layer of tanh or sigmoid between affine ones, is continuous on a connected space: with two values
    it has all between. So F is a step network iff it is constant, iff its canonical form has no unit; behind
    an injective output activation, iff what is before it is constant. In a `box` the same holds, for F is
    analytic: constant there, it is constant everywhere; the witness is then inside it. Source: Problem 2b.
    """
    if _made_of_steps(network):
        return StepDecision(True, network, _of_itself(network))
    found = composition(network)
    if found is None:
        inner = before_output(network)
        if inner is None or not (has_canonical_form(inner) or composition(inner)):
            return StepDecision(None, reason=_left_open(network))
        return _behind_output(network, as_steps(inner, box))
    form = canonical_of_composition(found)
    assert form is not None
    if not form.units:
        reduction = reduce(network)
        return StepDecision(True, _constant_steps(found, reduction), _certificate(found, reduction))
    units = found.hidden.outputs
    at_most = regions(units, network.inputs)
    witness = _witness(form, box)
    reason = _reason(units, network.outputs, at_most, shown=witness is not None, boxed=box is not None)
    return StepDecision(False, reason=reason, witness=witness, at_most=at_most)


def _behind_output(network: Network, inner: StepDecision) -> StepDecision:
    """Return the decision about a network from that about what is before its injective output activation."""
    if inner.exists is False and inner.witness is not None:
        shown = values_at(network, inner.witness.inputs)
        witness = None if shown is None else TwoValues(inner.witness.inputs, shown)
        return replace(inner, witness=witness)
    if inner.network is None or inner.certificate is None:
        return inner
    last = inner.network.layers[-1]
    bias = np.zeros(network.outputs) if last.bias is None else last.bias
    values, off = constant_behind_output(network, bias, inner.certificate.difference)
    steps = Network([*inner.network.layers[:-1], replace(last, bias=values)])
    evaluated = gaps_behind_output(network, inner.certificate.evaluation_bound) + 2 * off
    statement = (
        "The given network is constant on all of ℝᵈ, since what is before its output activation is. Given "
        "and steps differ by at most `difference`, and as evaluated here in float64 by at most "
        f"`evaluation_bound`, provided that the functions are within {ULPS} ULP (checked at start-up for "
        "sigmoid and tanh)."
    )
    return StepDecision(True, steps, Certificate("bound", off, evaluated * UPWARDS, statement))


def as_steps_cost(network: Network) -> Cost:
    """Return what deciding takes, from the shapes alone."""
    weights = sum(layer.weight.size + layer.outputs for layer in network.layers)
    return composed_cost(network) + extended_cost(network) + Cost(answer=weights)


def regions(steps: int, inputs: int) -> int:
    """Return Σ_{k≤d} C(n, k): into so many regions n hyperplanes cut ℝᵈ at most.

    T. Zaslavsky 1975, *Facing up to arrangements*.
    """
    if inputs >= steps:
        return 1 << steps
    total = choices = 1
    for k in range(inputs):
        choices = choices * (steps - k) // (k + 1)
        total += choices
    return total


def _made_of_steps(network: Network) -> bool:
    """Tell whether every hidden layer is of steps, and the last one too, or affine; a constant has none."""
    *hidden, last = _names(network)
    steps = all(name == "heaviside" for name in hidden) and last in ("heaviside", "identity")
    return steps and ("heaviside" in (*hidden, last) or is_constant(network))


def _names(network: Network) -> list[str]:
    return [
        layer.activation.name if isinstance(layer.activation, Activation) else layer.activation
        for layer in network.layers
    ]


def _of_itself(network: Network) -> Certificate:
    zero = np.zeros(network.outputs)
    statement = "the network is made of steps already and is returned as it is"
    return Certificate("exact", zero, zero, statement)


def _constant_steps(given: Composition, reduction: Reduction) -> Network:
    network, units = given.network, given.hidden.outputs
    return Network(
        [
            Layer(np.zeros((units, network.inputs)), np.zeros(units), heaviside()),
            Layer(np.zeros((network.outputs, units)), reduction.network.layers[-1].bias),
        ]
    )


_LEFT = {
    "exact": "Given minus steps is `difference`, correctly rounded: what rounding that constant left.",
    "bound": "Given and steps differ by at most `difference`: what rounding that constant left.",
}


def _certificate(given: Composition, reduction: Reduction) -> Certificate:
    moving = (given.rows.numbers != 0).any(axis=1)
    # Units that cancel as functions need not cancel as evaluated: each may be anywhere in its range, and so
    # may a constant one behind layers whose roundings x multiplies.
    off = np.where(moving, 1.0, 2.0 if given.index else 0.0) + RELATIVE_ERROR
    sizes = np.ones(len(off))
    with np.errstate(over="ignore"):
        for layer in given.network.layers[given.index + 1 :]:
            weight = np.abs(layer.weight)
            bias = np.zeros(layer.outputs) if layer.bias is None else np.abs(layer.bias)
            sizes = weight @ sizes + bias
            off = weight @ off + gamma(layer.inputs + 1) * sizes + UNDERFLOW
        bound = off + np.abs(reduction.difference)
    return Certificate(
        kind=reduction.kind,
        difference=reduction.difference,
        evaluation_bound=bound * UPWARDS,
        statement=(
            "The given network is constant on all of ℝᵈ: its canonical form has no unit left. "
            + _LEFT[reduction.kind]
            + " As evaluated here in float64, asked alone or in any batch, they "
            "differ by at most `evaluation_bound`, for every finite x whose evaluation overflows nowhere, "
            f"provided that sigmoid and tanh are within {ULPS} ULP (checked at start-up)."
        ),
    )


_QUESTION = r"\exists\, G: \quad F(x) = G(x) \quad \forall x \in \mathbb{R}^d \ ?"
_OPEN = (
    "No theorem decides this here: that takes one hidden layer of tanh or sigmoid units between affine "
    "layers. The layers of this network are: {names}."
)
_WHY = (
    "{function} takes two different values and is continuous, so by the intermediate value theorem it takes "
    "every value between them: infinitely many. A network of Heaviside steps is constant on each of the "
    "regions into which the hyperplanes of its first layer cut the space, so it takes finitely many: with "
    "{units} as here, at most {values}. So no network of steps, of any size, is this function on all of ℝᵈ. "
    "On finitely many inputs some always is."
)
_IN_A_BOX = (
    " The same holds in the box: the function is analytic, so constant there it would be so everywhere."
)
_NOT_SHOWN = (
    " No two inputs are shown: at all that were tried tanh is saturated beyond the digits that can be "
    "written. The proof is the canonical form, which has a unit left."
)
_FORMULA = (
    r"{function}(\mathbb{{R}}^d) \supseteq [{function}(x_1), {function}(x_2)], \quad "
    r"|G(\mathbb{{R}}^d)| \leq \sum_{{k=0}}^{{d}} \binom{{n}}{{k}} < \infty"
)
# Longer numbers stand in the answer only.
_LEGIBLE = 10**9


def _left_open(network: Network) -> Reason:
    return Reason(_OPEN.format(names=", ".join(_names(network))), _QUESTION)


def _reason(units: int, outputs: int, at_most: int, *, shown: bool, boxed: bool) -> Reason:
    one = outputs == 1
    text = _WHY.format(
        function="The function" if one else "An output of the function",
        units=f"{units} hidden {'unit' if units == 1 else 'units'}",
        values=at_most if at_most < _LEGIBLE else "`values.at_most`",
    )
    if boxed:
        text += _IN_A_BOX
    return Reason(text if shown else text + _NOT_SHOWN, _FORMULA.format(function="F" if one else "F_i"))


def _witness(form: CanonicalForm, box: Box | None) -> TwoValues | None:
    """Return two inputs at which extended precision shows two values, the more different the better.

    The first is where the output that they show it in is smaller.
    """
    candidates = probes(form, box)
    most = most_bits(len(form.units))
    pairs = [_far_apart(form, candidates), (candidates[0], candidates[1]), (candidates[0], candidates[-1])]
    needed = LEAST_BITS + 2 * saturation(form, candidates[0]) / np.log(2)
    bits = LEAST_BITS
    while True:
        for pair in pairs:
            shown = _shown(form, pair, bits)
            if shown is not None:
                return shown
        if bits >= most or needed > most:
            return None
        bits = min(max(4 * bits, int(needed)), most)


def _far_apart(form: CanonicalForm, candidates: Floats) -> tuple[Floats, Floats]:
    """Return the two candidates between which some output seems to differ most."""
    units = list(form.units.values())
    rows = np.array([unit.row * (0.5 if unit.halved else 1.0) for unit in units])
    largest = max(abs(c) for unit in units for c in unit.coefficients)
    coefficients = np.array([[c / largest for c in unit.coefficients] for unit in units])
    with np.errstate(over="ignore", invalid="ignore"):
        outputs = np.tanh(unit_arguments(candidates, rows)) @ coefficients
    output = int(np.argmax(np.ptp(outputs, axis=0)))
    return candidates[int(np.argmin(outputs[:, output]))], candidates[int(np.argmax(outputs[:, output]))]


def _shown(form: CanonicalForm, pair: tuple[Floats, Floats], bits: int) -> TwoValues | None:
    points = [Point(x, bits) for x in pair]
    first, second = (point.values(form) for point in points)
    difference = [_minus(a, b) for a, b in zip(first, second, strict=True)]
    if not any(value.nonzero for value in difference):
        return None
    if is_positive(difference):
        points.reverse()
    one, other = ((point, form) for point in points)
    inputs = np.stack([point.x for point in points])
    return TwoValues(inputs, decimals(one, other, difference, most_bits(len(form.units))))


def _minus(a: Enclosure, b: Enclosure) -> Enclosure:
    with extended_precision(a.bits):
        radius = 2 * (a.radius + b.radius)  # twice, for rounding here
        return Enclosure(a.value - b.value, mp.mpf(radius), a.bits)
