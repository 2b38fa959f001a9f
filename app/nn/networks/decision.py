"""Whether two normal forms are one function, where a theorem says so both ways."""

from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Literal

import numpy as np

from ..activations.catalogue import create
from .atoms import ZERO, Atom
from .distance import upwards
from .exact_distance import UNKNOWN, Bounds, by_breakpoints, by_directions, constants_apart
from .exact_map import ExactMap
from .normal_form import NormalForm
from .piecewise_linear import difference, polyline
from .ridge_sums import ridge_sum

Reason = Literal[
    "normal_form",
    "constant",
    "affine",
    "ridge_sum",
    "folded_constants",
    "pieces",
    "moved_biases",
    "slopes",
    "undecided",
]

_INJECTIVE = frozenset({"tanh", "softplus", "softsign", "celu", "tanhshrink", "exponential"})


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether F = G, `equal` None if no theorem tells; and by what.

    `constant` is F − G, for each output, where that is known to be constant. `point` is an input at which
    the two differ, for functions of one number. `bounds` are what the theorem tells of sup|F − G|, and
    `rounding` that nothing but what rounding the stored biases may have cost is between the two.
    `stripped` counts output activations taken off before; what is left `open` are two forms that are one
    function iff the given ones are.
    """

    equal: bool | None
    reason: Reason
    constant: tuple[Fraction, ...] | None = None
    point: Fraction | None = None
    bounds: Bounds = UNKNOWN
    rounding: bool = False
    stripped: int = 0
    open: tuple[NormalForm, NormalForm] | None = None


def decide(first: NormalForm, second: NormalForm) -> Decision:
    """Tell whether two normal forms of as many inputs and outputs are one function of x ∈ ℝᵈ.

    Equal ones are. Of a last affine map alone the biases tell. Softmax f = softmax g iff f − g is a multiple
    of 1, that is iff the differences to the last output agree. g(f) = g(f′), g injective, iff f = f′. With
    one stage at most, of tanh, softplus or continuous piecewise linear units, the linear independence of
    `ridge_sums` decides; and for one input and any number of piecewise linear stages their breakpoints. For
    deeper tanh networks no theorem is used: nothing but an input at which they differ tells them apart.
    """
    if first.softmax != second.softmax:
        return Decision(None, "undecided", open=(first, second))
    constant: tuple[Fraction, ...]
    if first.softmax:
        # outputs move by at most half of what the logits do
        return _behind(decide(_logits(first), _logits(second)), Fraction(1, 2))
    if first.same_stages(second) and first.last.same_weights(second.last):
        constant = tuple(a - b for a, b in zip(first.last.bias, second.last.bias, strict=True))
        return Decision(not any(constant), "constant" if any(constant) else "normal_form", constant)
    one, other = ridge_sum(first), ridge_sum(second)
    if one is not None and other is not None:
        reason: Reason = "ridge_sum" if one.units or other.units else "affine"
        if not one.same_but_for_constants(other):
            return Decision(False, reason, bounds=by_directions(one, other))
        rounding = _is_rounding(constants_apart(one, other), first.last, second.last)
        if one.folded == other.folded:
            constant = tuple(a - b for a, b in zip(one.constant, other.constant, strict=True))
            return Decision(
                not any(constant), "constant" if any(constant) else reason, constant, rounding=rounding
            )
        bounds = by_directions(one, other)
        if all(kind == "tanh" for kind, _ in (*one.folded, *other.folded)):
            return Decision(False, "folded_constants", bounds=bounds, rounding=rounding)
        return Decision(None, "undecided", bounds=bounds, rounding=rounding, open=(first, second))
    lines = [polyline(form) for form in (first, second)] if first.inputs == 1 else [None, None]
    if lines[0] is not None and lines[1] is not None:
        point = difference(lines[0], lines[1])
        bounds = UNKNOWN if point is None else by_breakpoints(lines[0], lines[1])
        return Decision(point is None, "pieces", point=point, bounds=bounds)
    inner = _stripped(first, second)
    if inner is not None:
        *forms, weight = inner
        return _behind(decide(*forms), _steepness(first.stages[-1].atom, weight))
    return Decision(None, "undecided", open=(first, second))


def _behind(found: Decision, steepness: Fraction | None) -> Decision:
    """Return the decision about two functions from that about what is before their last, injective function.

    They are apart by at most `steepness` times what these are, if that is known.
    """
    upper = found.bounds.upper
    if found.constant:
        upper = upwards(max(map(abs, found.constant)))
    bounds = UNKNOWN
    if steepness is not None and isfinite(upper):
        bounds = Bounds(0.0, upwards(steepness * Fraction(upper)))
    return Decision(
        found.equal,
        found.reason,
        point=found.point,
        bounds=bounds,
        rounding=found.rounding,
        stripped=found.stripped + 1,
        open=found.open,
    )


def _steepness(atom: Atom, weight: Fraction) -> Fraction | None:
    """Return a bound on the slope of weight·g."""
    lipschitz = create(atom.name, **dict(atom.parameters)).lipschitz
    if not isfinite(lipschitz):
        return None
    return weight * Fraction(lipschitz if lipschitz == 1 else lipschitz * (1 + 2.0**-50))


def _is_rounding(apart: list[tuple[Fraction, Fraction]], last: ExactMap, other: ExactMap) -> bool:
    """Tell whether constants are apart by no more than what rounding the stored biases may have cost."""
    return all(
        max(-low, high) <= max(slack, other_slack)
        for (low, high), slack, other_slack in zip(apart, last.slack, other.slack, strict=True)
    )


def _logits(form: NormalForm) -> NormalForm:
    """Return the differences of the outputs to the last one, as a network without softmax."""
    last = form.last
    final = last.outputs - 1
    numbers = last.numbers - last.numbers[final]
    bias = tuple(b - last.bias[final] for b in last.bias)
    slack = tuple(s + last.slack[final] for s in last.slack)
    return NormalForm(form.inputs, form.stages, ExactMap(numbers, last.unit, bias, slack), softmax=False)


def _before_last(form: NormalForm) -> NormalForm:
    """Return the arguments of the last stage as a network."""
    return NormalForm(form.inputs, form.stages[:-1], form.stages[-1].map, softmax=False)


def is_injective(atom: Atom) -> bool:
    """Tell whether the function takes no value twice."""
    parameters = dict(atom.parameters)
    if atom.name == "leaky_relu":
        return parameters["negative_slope"] > 0
    if atom.name == "elu":
        return parameters["alpha"] > 0
    if atom.name == "selu":
        return parameters.get("alpha", 1.0) > 0 and parameters.get("gamma", 1.0) != 0
    if atom.name == "squareplus":
        return parameters["b"] > 0  # with b = 0 it is relu
    return atom.name in _INJECTIVE


def _stripped(first: NormalForm, second: NormalForm) -> tuple[NormalForm, NormalForm, Fraction] | None:
    """Return the two without their last stage if F = G iff these agree, None if that is not known.

    Beside them stands how much of what the stage puts out an output sees at most. The functions of the last
    stages must be injective and the same on both sides. Either the affine map behind them is one that is
    injective too, or every output is b·g(z) + a with the same a and b.
    """
    if not first.stages or not second.stages or first.stages[-1].atom != second.stages[-1].atom:
        return None
    atom = first.stages[-1].atom
    if not is_injective(atom) or first.last.bias != second.last.bias:
        return None
    if first.last.same_weights(second.last) and _has_full_column_rank(first.last):
        return _before_last(first), _before_last(second), _most_seen(first.last)
    mine, theirs = _single_units(first.last), _single_units(second.last)
    if mine is None or theirs is None:
        return None
    signs = [1 if a[1] * b[1] >= 0 else -1 for a, b in zip(mine, theirs, strict=True)]
    for (unit, factor), (other, other_factor), sign in zip(mine, theirs, signs, strict=True):
        if (unit is None) != (other is None):
            return None
        if atom.homogeneous:
            if sign < 0:
                return None
        elif factor != other_factor * sign or (sign < 0 and not atom.odd):
            return None
    flips = [1] * len(signs)
    return (
        _inner(first, mine, flips, scaled=atom.homogeneous),
        _inner(second, theirs, signs, scaled=atom.homogeneous),
        Fraction(1) if atom.homogeneous else _most_seen(first.last),
    )


def _most_seen(last: ExactMap) -> Fraction:
    """Return the largest of the sums of a row's weights, in size."""
    return last.unit * max(map(int, np.abs(last.numbers).sum(axis=1).tolist()))


_PRIME = 2**61 - 1
_WIDEST = 64


def _has_full_column_rank(last: ExactMap) -> bool:
    """Tell whether the columns are linearly independent: they are if they are so modulo a prime.

    The chance that only the prime makes them dependent, and nothing is said, is nil. Not tried for many.
    """
    if last.inputs > min(last.outputs, _WIDEST):
        return False
    rows = last.numbers % _PRIME
    for column in range(last.inputs):
        pivots = np.flatnonzero(rows[column:, column] != 0)
        if not len(pivots):
            return False
        pivot = column + int(pivots[0])
        rows[[column, pivot]] = rows[[pivot, column]]
        inverse = pow(int(rows[column, column]), -1, _PRIME)
        factors = rows[column + 1 :, column] * inverse % _PRIME
        rows[column + 1 :] = (rows[column + 1 :] - factors[:, np.newaxis] * rows[column]) % _PRIME
    return True


_Single = tuple[int | None, Fraction]


def _single_units(last: ExactMap) -> list[_Single] | None:
    """Return for each output the only unit that it sees, None if there is none, and its weight."""
    singles: list[_Single] = []
    for row in last.numbers:
        seen = np.flatnonzero(row != 0).tolist()
        if len(seen) > 1:
            return None
        singles.append((seen[0], last.unit * int(row[seen[0]])) if seen else (None, ZERO))
    return singles


def _inner(form: NormalForm, outputs: list[_Single], signs: list[int], *, scaled: bool) -> NormalForm:
    """Return what is before the last stage, with the sign of each output, and its weight where `scaled`."""
    rows = form.stages[-1].map
    units = [0 if unit is None else unit for unit, _ in outputs]
    factors = [
        ZERO if unit is None else sign * (abs(weight) if scaled else Fraction(1))
        for (unit, weight), sign in zip(outputs, signs, strict=True)
    ]
    denominator = int(np.lcm.reduce([factor.denominator for factor in factors], dtype=object))
    whole = np.array([int(factor * denominator) for factor in factors], dtype=object)
    picked = (
        rows.rows(units)
        if rows.outputs
        else ExactMap(
            np.zeros((len(units), rows.inputs), dtype=object),
            Fraction(1),
            (ZERO,) * len(units),
            (ZERO,) * len(units),
        )
    )
    last = ExactMap(
        picked.numbers * whole[:, np.newaxis],
        picked.unit / denominator,
        tuple(factor * b for factor, b in zip(factors, picked.bias, strict=True)),
        tuple(abs(factor) * s for factor, s in zip(factors, picked.slack, strict=True)),
    )
    return NormalForm(form.inputs, form.stages[:-1], last, softmax=False)
