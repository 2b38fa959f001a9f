"""How far a converted network can be from the given one, for every input."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..activations.record import Activation, Floats
from .assumption import RELATIVE_ERROR, ULPS
from .conversion import Conversion, Rewriting
from .network import Layer
from .propagation import (
    UNDERFLOW,
    UNIT,
    UPWARDS,
    gamma,
    output_gaps,
    preactivation_sizes,
    sizes_behind,
    softmax_gaps,
    weighted,
)

_OF_TINY = 2.0**-140
"""A sum of d < 2²⁴ products that are all below 2⁻¹⁵⁰ is off by less than this, however they underflow: by
γ_d·d·2⁻¹⁵⁰ < 2⁻¹⁵⁴ in either network."""


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """What is proven about F, the given network, and G, the converted one.

    `difference` (m,): F(x) − G(x) for every x in ℝᵈ if `kind` is exact, else a bound on its size.
    `evaluation_bound` (m,) bounds |F̂(x) − Ĝ(x)| as evaluated; `statement` says for which x, and what is
    assumed.
    """

    kind: Literal["exact", "bound"]
    difference: Floats
    evaluation_bound: Floats
    statement: str


def certify(conversion: Conversion, sizes: Floats | None = None) -> Certificate:
    """Return what is known about the difference between a network and its conversion.

    With `sizes` (d,) the bounds are for inputs with |x| ≤ sizes alone.

    With one hidden layer and nothing lost by halving, the rounding of the last bias is the only one, and
    F − G is that constant. Otherwise a bound goes from layer to layer: where |h_F − h_G| ≤ e before a layer
    the preactivations differ by at most δ = |W|e + ρ, with ρ what rounding its bias left, and the outputs
    by e ← min(L·δ + Σ|jumps|, width of the range), L being the activation's Lipschitz constant. As
    evaluated, γ(|W||h| + |b|) of either network is added to δ (Higham, Accuracy and Stability of Numerical
    Algorithms, 2002, §3.1), and ε|h| of either activation to e. Before the first converted layer the two
    networks have the same bits, and in it the same preactivations up to a power of two; so γ is not needed
    where x is not bounded. That fails only where a product underflows and so rounds a sum of larger ones to
    the other side: not among products that are all below 2⁻¹⁵⁰. All arithmetic is rounded upwards.
    """
    exact = _exact_difference(conversion)
    return Certificate(
        kind="bound" if exact is None else "exact",
        difference=_bound(conversion, sizes, evaluated=False) if exact is None else exact,
        evaluation_bound=_bound(conversion, sizes, evaluated=True),
        statement=_statement(conversion, exact is not None, everywhere=sizes is None),
    )


def _exact_difference(conversion: Conversion) -> Floats | None:
    """Return F − G where it is a known constant: one hidden layer, and only the last bias was rounded."""
    if len(conversion.network.layers) > 2:
        return None
    if any(one.inexact.any() or one.bias_inexact.any() for one in conversion.rewritings):
        return None
    *before, last = conversion.rewritings
    if any(one.remainder.any() for one in before):
        return None
    if last.remainder.any() and _name(last.old) != "identity":
        return None
    return last.remainder


@dataclass(frozen=True, slots=True, eq=False)
class _Gap:
    """What is known of the outputs h_F and h_G of a layer, in F's units (scale·g + shift for G's).

    `same`: nothing has been converted yet, so they are equal, as evaluated to the last bit. `error` bounds
    |h_F − h_G|; `given` and `converted` bound the size of what either network computes. Each (n,).
    """

    same: bool
    error: Floats
    given: Floats
    converted: Floats


def _bound(conversion: Conversion, sizes: Floats | None, *, evaluated: bool) -> Floats:
    inputs = conversion.rewritings[0].old.inputs
    anything = np.full(inputs, np.inf) if sizes is None else sizes
    gap = _Gap(True, np.zeros(inputs), anything, anything)
    with np.errstate(over="ignore"):
        for rewriting in conversion.rewritings:
            gap = _behind(rewriting, gap, evaluated=evaluated)
        if not (evaluated and conversion.appended):
            return gap.error
        # The appended layer multiplies by a power of two, adds zeros and adds the shift: one rounding.
        size = abs(conversion.appended.scale) * gap.converted + abs(conversion.appended.shift)
        return np.asarray((gap.error + 2 * UNIT * size + UNDERFLOW) * UPWARDS)


def _behind(rewriting: Rewriting, gap: _Gap, *, evaluated: bool) -> _Gap:
    """Return the gap behind a layer from the gap before it."""
    old, new, stretch = rewriting.old, rewriting.new, rewriting.stretch
    sums_given, sums_converted = preactivation_sizes(old, gap.given), preactivation_sizes(new, gap.converted)
    given, converted = sizes_behind(old, sums_given), sizes_behind(new, sums_converted)
    if gap.same and stretch == 1 and not rewriting.rounded.any():
        return _Gap(True, np.zeros(old.outputs), given, converted)
    delta = _delta(rewriting, gap)
    if evaluated:
        # Where a power of two is the only change both round alike; elsewhere each rounds for itself.
        alike = gap.same & ~rewriting.rounded
        roundings = gamma(old.inputs + 1) * (sums_given + sums_converted / stretch)
        delta += np.where(alike, _OF_TINY, roundings) + UNDERFLOW
    delta *= UPWARDS
    largest = np.minimum(sums_given + delta, np.maximum(sums_given, sums_converted / stretch))
    if isinstance(old.activation, Activation):
        error = output_gaps(old.activation, delta, -largest)
    else:
        error = softmax_gaps(delta)
    if evaluated and _name(old) != "identity":
        # What g is off by is scaled back to F's units, and scale is stretch: 2s(2z) − 1, ½tanh(z/2) + ½.
        error += RELATIVE_ERROR * (given + stretch * converted) + UNDERFLOW
    return _Gap(False, error * UPWARDS, given, converted)


def _delta(rewriting: Rewriting, gap: _Gap) -> Floats:
    """Return the bound on |z_F − z_G| as real functions of what the layers before give, in F's units."""
    old, stretch = rewriting.old, rewriting.stretch
    delta = weighted(old.weight, gap.error) + np.abs(rewriting.remainder) / stretch
    # Each number that rounding left among the subnormals is off by a spacing of theirs at most.
    delta += np.where(rewriting.rounded, UNDERFLOW, 0.0)
    if not rewriting.inexact.any():
        return np.asarray(delta)
    return np.asarray(delta + weighted(rewriting.lost, gap.converted) / stretch)


def _name(layer: Layer) -> str:
    return layer.activation.name if isinstance(layer.activation, Activation) else layer.activation


def _statement(conversion: Conversion, exact: bool, *, everywhere: bool) -> str:
    where = "ℝᵈ" if everywhere else "the box"
    last = conversion.rewritings[-1]
    if exact and not last.remainder.any():
        real = "the given and the converted network are the same function, exactly"
    elif exact:
        real = "the given minus the converted network is a constant: `difference`, correctly rounded"
    else:
        real = "the given and the converted network differ by at most `difference`"
    others = {_name(one.old) for one in conversion.rewritings if one.stretch == 1} - {
        "identity",
        "sigmoid",
        "tanh",
    }
    assumed = f"sigmoid and tanh are within {ULPS} ULP (checked at start-up)"
    if others:
        assumed += f", and so {'is' if len(others) == 1 else 'are'} {', '.join(sorted(others))}"
    return (
        f"As real functions of their stored weights, for every x in {where}, {real}. As evaluated here in "
        "float64, asked alone or in any batch, they differ by at most `evaluation_bound`, for every finite x "
        "whose evaluation overflows nowhere and in no unit adds a product of a weight and an input that "
        "underflows (is below 2⁻⁹⁶⁷ without being 0) to one above 2⁻¹⁵⁰, provided that "
        f"{assumed}. Both bounds are absolute: where the function is near 0 its relative error may be large."
    )
