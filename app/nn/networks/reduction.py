"""The smallest network with the same function, and what writing it down costs."""

from dataclasses import dataclass
from math import ulp
from typing import Literal

import mpmath as mp
import numpy as np

from app.nn.activations.identity import identity
from app.nn.activations.record import Activation, Floats
from app.nn.cost import Cost
from app.nn.errors import Overflow, Place
from app.nn.networks.canonical import (
    QUANTUM,
    CanonicalForm,
    canonical,
    canonical_cost,
    one_hidden_layer,
    quanta,
)
from app.nn.networks.distance import constants, upwards
from app.nn.networks.extended import Enclosure, most_bits
from app.nn.networks.network import Layer, Network
from app.nn.precision import extended_precision

# QUANTUM is 2⁻¹⁰⁷⁵.
_QUANTA_OF_ONE = 1075


@dataclass(frozen=True, slots=True)
class Removal:
    """A hidden unit of the given network that the smallest one does without, and why."""

    unit: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Reduction:
    """The smallest network, how many hidden units there were, what was removed, and the fingerprint.

    `kind` and `difference` (m,) say what writing merged weights and folded constants as floats cost, as in
    the certificate of a conversion: given − reduced exactly, or a bound on its size.
    """

    network: Network
    before: int
    after: int
    removed: tuple[Removal, ...]
    fingerprint: str
    kind: Literal["exact", "bound"]
    difference: Floats


def reduce(network: Network) -> Reduction:
    """Return the network of fewest hidden units with the same function, of the same activation.

    No network with one hidden layer of tanh or sigmoid units has that function with fewer (Sussmann 1992).
    Each remaining unit keeps the weights of the first of those that it stands for. A constant function has
    no hidden unit left: it is one affine layer of zero weight.

    Raises `UnsupportedNetwork` for other networks, `Overflow` where a merged weight or the bias with what
    was folded in is beyond the largest float64; places are relative to the network.
    """
    hidden, output = one_hidden_layer(network)
    assert isinstance(hidden.activation, Activation)
    halved = hidden.activation.name == "sigmoid"
    form = canonical(network)
    units = sorted(form.units.values(), key=lambda unit: unit.members[0][0])
    kept = [unit.members[0][0] for unit in units]
    # c·tanh(z) with the first member's sign; c·tanh(z/2) = 2c·s(z) − c.
    exact = [[unit.members[0][1] * c << halved for c in unit.coefficients] for unit in units]
    weight = np.empty((network.outputs, len(units)))
    lost = [0] * network.outputs
    constant = list(form.constant)
    for column, coefficients in enumerate(exact):
        for row, coefficient in enumerate(coefficients):
            weight[row, column] = _rounded(coefficient, ("layers", 1, "weight", row, kept[column]))
            lost[row] += abs(coefficient - quanta(float(weight[row, column])))
            constant[row] -= coefficient >> 1 if halved else 0
    bias, rest = _biases(CanonicalForm(form.inputs, form.outputs, {}, tuple(constant), form.folded), output)
    if units:
        bias_kept = None if hidden.bias is None else hidden.bias[kept]
        layers = [
            Layer(hidden.weight[kept], bias_kept, hidden.activation),
            Layer(weight, bias if output.bias is not None or bias.any() else None, identity()),
        ]
    else:
        layers = [Layer(np.zeros((network.outputs, network.inputs)), bias, identity())]
    bound = np.array([upwards(number * QUANTUM) for number in lost]) + np.abs(rest)
    return Reduction(
        network=Network(layers),
        before=hidden.outputs,
        after=len(units),
        removed=_removals(form, halved),
        fingerprint=form.fingerprint(),
        kind="bound" if any(lost) else "exact",
        difference=np.nextafter(bound, np.inf) if any(lost) else rest,
    )


def reduction_cost(network: Network) -> Cost:
    """Return what reducing takes, from the shapes alone."""
    weights = sum(layer.weight.size + layer.outputs for layer in network.layers)
    return canonical_cost(network) + Cost(
        multiply_adds=20_000 * network.layers[-1].weight.size, answer=weights
    )


def _rounded(number: int, at: Place) -> float:
    try:
        return number / (1 << _QUANTA_OF_ONE)
    except OverflowError:
        detail = "expected merged units whose weights add up to less than 1.8e308 in size, got a larger sum"
        raise Overflow(detail, at) from None


def _biases(form: CanonicalForm, output: Layer) -> tuple[Floats, Floats]:
    """Return the constants b + Σ r·tanh β correctly rounded, and the rest that rounding left, each (m,)."""
    bias, rest = np.empty(form.outputs), np.empty(form.outputs)
    _, enclosures = constants(form, most_bits(len(form.folded)))
    for row, number in enumerate(form.constant):
        at: Place = ("layers", 1, "weight" if output.bias is None else "bias", row)
        if any(sums[row] for sums in form.folded.values()):
            bias[row], rest[row] = _rounded_enclosure(enclosures[row], at)
        else:
            bias[row] = _rounded(number, at)
            rest[row] = (number - quanta(float(bias[row]))) / (1 << _QUANTA_OF_ONE)
    return bias, rest


def _rounded_enclosure(enclosure: Enclosure, at: Place) -> tuple[float, float]:
    """Return the number and its rest, rounded: a sum with tanh β is irrational and so never half-way."""
    with extended_precision(enclosure.bits):
        cut = float(enclosure.value)  # not the nearest, but next to it
        around = [np.nextafter(cut, -np.inf), cut, np.nextafter(cut, np.inf)]
        nearest = min(
            filter(np.isfinite, around), key=lambda near: abs(enclosure.value - mp.mpf(float(near)))
        )
        rest = enclosure.value - mp.mpf(float(nearest))
        if abs(rest) > mp.mpf(ulp(nearest)) / 2:
            raise Overflow(
                "expected constants that add up to less than 1.8e308 in size, got a larger sum", at
            )
        return float(nearest), float(rest)


def _removals(form: CanonicalForm, halved: bool) -> tuple[Removal, ...]:
    negative = "1 minus" if halved else "the negative of"
    removed = [Removal(unit, "its output weights are all 0") for unit in form.dead]
    removed += [
        Removal(unit, "its weights are all 0: a constant, now part of the output bias")
        for unit in form.constants
    ]
    for members in form.cancelled:
        for unit, _ in members:
            others = ", ".join(str(other) for other, _ in members if other != unit)
            removed.append(Removal(unit, f"together with unit {others} it comes to a constant"))
    for one in form.units.values():
        (first, sign), *rest = one.members
        for unit, other in rest:
            same = "the same as" if other == sign else negative
            removed.append(Removal(unit, f"it is {same} unit {first}, which now stands for both"))
    return tuple(sorted(removed, key=lambda removal: removal.unit))
