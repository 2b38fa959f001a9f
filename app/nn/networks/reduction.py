"""The smallest network with the same function, and what writing it down costs."""

import hashlib
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from ..activations.identity import identity
from ..activations.record import Activation, Floats
from ..cost import Cost
from ..errors import Overflow, Place
from .canonical import (
    QUANTUM_BITS,
    CanonicalForm,
    canonical,
    has_canonical_form,
    is_constant,
    most_units,
    one_hidden_layer,
    quanta,
)
from .composed_form import Composition, canonical_of_composition, composed_cost, composition
from .distance import upwards
from .extended import LEAST_BITS, Enclosure, Point, constants_cost, most_bits
from .injective_output import before_output, behind_output, gaps_behind_output
from .network import Layer, Network


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
    Each remaining unit keeps the weights of the first of those that it stands for. Affine layers are
    composed, those before the units only if that rounds no number. A constant function has
    no hidden unit left: it is one affine layer of zero weight, and as such comes back as it is. An injective
    output activation stays: two such networks are one function iff what is before it is.

    Raises `UnsupportedNetwork` for other networks, `Overflow` where a merged weight or the bias with what
    was folded in is beyond the largest float64; places are relative to the network.
    """
    if len(network.layers) == 1 and is_constant(network):
        none = np.zeros(network.outputs)
        return Reduction(network, 0, 0, (), canonical(network).fingerprint(), "exact", none)
    inner = before_output(network)
    if inner is not None and (has_canonical_form(inner) or composition(inner) is not None):
        return _behind_output(network, reduce(inner))
    found = composition(network)
    if found is None:
        one_hidden_layer(network)  # says what is expected
    assert found is not None
    hidden, behind = found.hidden, network.layers[found.index + 1 :]
    form = canonical_of_composition(found)
    assert form is not None and isinstance(hidden.activation, Activation)
    halved = hidden.activation.name == "sigmoid"
    units = sorted(form.units.values(), key=lambda unit: unit.members[0][0])
    kept = [unit.members[0][0] for unit in units]
    at = ("layers", len(network.layers) - 1)
    # c·tanh(z) with the first member's sign; c·tanh(z/2) = 2c·s(z) − c.
    exact = [[unit.members[0][1] * c << halved for c in unit.coefficients] for unit in units]
    weight = np.empty((network.outputs, len(units)))
    lost = [0] * network.outputs
    constant = list(form.constant)
    for column, coefficients in enumerate(exact):
        for row, coefficient in enumerate(coefficients):
            weight[row, column] = _rounded(coefficient, form.bits, (*at, "weight", row, kept[column]))
            lost[row] += abs(coefficient - (quanta(float(weight[row, column])) << form.bits - QUANTUM_BITS))
            constant[row] -= coefficient >> 1 if halved else 0
    alone = replace(form, units={}, constant=tuple(constant))
    biased = any(layer.bias is not None for layer in behind)
    bias, rest, exact_rest = _biases(alone, (*at, "bias" if biased else "weight"))
    is_exact = exact_rest and not any(lost)
    layers = [Layer(np.zeros((network.outputs, network.inputs)), bias, identity())]
    if units:
        layers = _with_units(found, kept)
        layers.append(Layer(weight, bias if biased or bias.any() else None, identity()))
    bound = np.array([upwards(number * form.quantum) for number in lost]) + np.abs(rest)
    return Reduction(
        network=Network(layers),
        before=hidden.outputs,
        after=len(units),
        removed=_removals(form, halved),
        fingerprint=form.fingerprint(),
        kind="exact" if is_exact else "bound",
        difference=rest if is_exact else np.nextafter(bound, np.inf),
    )


def _with_units(given: Composition, kept: list[int]) -> list[Layer]:
    """Return the hidden layer with some of its units, what is before it composed if no number is rounded."""
    hidden, rows = given.hidden, given.rows.rows(kept)
    exact = rows.floats() if given.index else None
    if exact is not None:
        silent = all(layer.bias is None for layer in given.network.layers[: given.index + 1])
        return [Layer(exact[0], None if silent else exact[1], hidden.activation)]
    bias = None if hidden.bias is None else hidden.bias[kept]
    return [*given.network.layers[: given.index], Layer(hidden.weight[kept], bias, hidden.activation)]


def _behind_output(network: Network, inner: Reduction) -> Reduction:
    """Return the reduction of a network from that of what is before its injective output activation."""
    activation = network.layers[-1].activation
    assert isinstance(activation, Activation)
    parameters = ",".join(f"{name}={value!r}" for name, value in sorted(activation.parameters.items()))
    text = f"softstep output v1;{activation.name};{parameters};{inner.fingerprint}"
    is_exact = inner.kind == "exact" and not inner.difference.any()
    return replace(
        inner,
        network=behind_output(network, inner.network),
        fingerprint=f"v1:sha256:{hashlib.sha256(text.encode()).hexdigest()}",
        kind="exact" if is_exact else "bound",
        difference=inner.difference if is_exact else gaps_behind_output(network, inner.difference),
    )


def reduction_cost(network: Network) -> Cost:
    """Return what reducing takes, from the shapes and how many hidden units have no weights but 0."""
    weights = sum(layer.weight.size + layer.outputs for layer in network.layers)
    hidden = [np.logical_or.reduce(layer.weight, axis=1) for layer in network.layers[:-1]]
    constants = sum(units.size - np.count_nonzero(units) for units in hidden)
    coefficients = most_units(network) * network.outputs
    composed = most_units(network) * (network.inputs + network.outputs) if len(network.layers) > 2 else 0
    rounding = Cost(multiply_adds=20_000 * coefficients, answer=weights + composed)
    return composed_cost(network) + constants_cost(constants, network.outputs) + rounding


def _rounded(number: int, bits: int, at: Place) -> float:
    try:
        return number / (1 << bits)
    except OverflowError:
        detail = "expected merged units whose weights add up to less than 1.8×10³⁰⁸ in size, got a larger sum"
        raise Overflow(detail, at) from None


def _biases(form: CanonicalForm, at: Place) -> tuple[Floats, Floats, bool]:
    """Return the constants b + Σ r·tanh β correctly rounded, and the rest that rounding left, each (m,).

    Where folded constants cancel beyond the digits that can be afforded, or the rest would be rounded to 0,
    it is only bounded, and the last is false.
    """
    bias, rest, exact = np.empty(form.outputs), np.empty(form.outputs), True
    enclosures = _settled(form)
    for row, number in enumerate(form.constant):
        try:
            if any(sums[row] for sums in form.folded.values()):
                low, high = enclosures[row].ends
            else:
                low = high = number * form.quantum
            bias[row] = nearest = float((low + high) / 2)
            lowest, highest = low - Fraction(nearest), high - Fraction(nearest)
            remainders = float(lowest), float(highest)
        except OverflowError:
            detail = "expected constants that add up to less than 1.8×10³⁰⁸ in size, got a larger sum"
            raise Overflow(detail, (*at, row)) from None
        rest[row] = remainders[0]
        if remainders[0] != remainders[1] or (remainders[0] == 0 and (lowest or highest)):
            exact, rest[row] = False, np.nextafter(max(map(abs, remainders)), np.inf)
    return bias, rest, exact


def _settled(form: CanonicalForm) -> list[Enclosure]:
    """Return each b + Σ r·tanh β with bits enough to round it, and the rest that is left, correctly.

    Some number of bits is enough: the sums are irrational, so neither they nor their rests are half-way
    between two floats. It is as many as can be afforded at most.
    """
    irrational = [row for row in range(form.outputs) if any(sums[row] for sums in form.folded.values())]
    bits, most = LEAST_BITS, most_bits(len(form.folded))
    while True:
        enclosures = Point(np.zeros(form.inputs), bits).values(form)
        if bits >= most or all(_is_settled(enclosures[row]) for row in irrational):
            return enclosures
        bits = min(4 * bits, most)


def _is_settled(enclosure: Enclosure) -> bool:
    try:
        low, high = enclosure.ends
        nearest = Fraction(float(low))
        return nearest == float(high) and float(low - nearest) == float(high - nearest)
    except OverflowError:  # which is said of the one that it is
        return True


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
