"""How far two functions in ℚ are apart at most: by their ranges, their parallel units, their breakpoints."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import mpmath as mp

from ..precision import as_mpf, extended_precision
from .atoms import ONE, ZERO
from .distance import downwards, rise_of_parallel, upwards
from .enclosed_values import as_fraction
from .exact_ranges import End, ExactRanges, anything, range_behind, reach
from .normal_form import NormalForm
from .piecewise_linear import Polyline, refined
from .ridge_sums import RidgeSum


class Bounds(NamedTuple):
    """`lower` ≤ sup|F − G| ≤ `upper` over all inputs, the largest of the outputs."""

    lower: float
    upper: float


UNKNOWN = Bounds(0.0, float("inf"))
INFINITE = Bounds(float("inf"), float("inf"))

_BITS = 288
_LN2 = Fraction(7, 10)
"""More than softplus(z) − relu(z) is for any z."""


def outputs_range(form: NormalForm) -> ExactRanges:
    """Return between which numbers each output lies."""
    if form.softmax:
        return ExactRanges((ZERO,) * form.outputs, (ONE,) * form.outputs)
    before = anything(form.inputs)
    for stage in form.stages:
        before = range_behind(stage.atom, stage.map, before)
    return reach(form.last, before)


def by_ranges(first: NormalForm, second: NormalForm) -> float:
    """Return how far apart the ranges of the outputs let two values be."""
    mine, theirs = outputs_range(first), outputs_range(second)
    widths = [
        _farther(_width(low, other_high), _width(other_low, high))
        for low, high, other_low, other_high in zip(*mine, *theirs, strict=True)
    ]
    return max(float("inf") if width is None else upwards(width) for width in widths)


def _width(low: End, high: End) -> End:
    return None if low is None or high is None else max(high - low, ZERO)


def _farther(one: End, other: End) -> End:
    return None if one is None or other is None else max(one, other)


def by_breakpoints(first: Polyline, second: Polyline) -> Bounds:
    """Return the distance of two piecewise linear functions of one number: exactly, but for one rounding.

    |F − G| is largest at an edge, from one of its sides, or has no bound where the last lines are apart.
    """
    edges = sorted({*first.edges, *second.edges})
    one, other = refined(first, edges), refined(second, edges)
    apart = [
        [(a - c, b - d) for (a, b), (c, d) in zip(mine, theirs, strict=True)]
        for mine, theirs in zip(one.lines, other.lines, strict=True)
    ]
    if any(slope for slope, _ in (*apart[0], *apart[-1])):
        return INFINITE
    largest = max(abs(intercept) for _, intercept in apart[0])
    for edge, mine, theirs, sides in zip(edges, one.values, other.values, pairwise(apart), strict=True):
        there = [a - b for a, b in zip(mine, theirs, strict=True)]
        there += [slope * edge + intercept for side in sides for slope, intercept in side]
        largest = max(largest, *map(abs, there))
    return Bounds(downwards(largest), upwards(largest))


class _Term(NamedTuple):
    """A unit coefficient·kind(steepness·s + β), s = w·x being the same for all of one direction."""

    kind: str
    steepness: Fraction
    beta: Fraction
    coefficient: Fraction


def by_directions(first: RidgeSum, second: RidgeSum) -> Bounds:
    """Return bounds for two sums of units, from what those of each direction come to.

    Along a ray tv the difference grows as t·(A·v + Σ C·relu(w·v)), C the sum of steepness·c of the relus and
    softplus of one direction. Different directions are linearly independent, so that there is no bound
    unless A and every C are 0. Then the relus of a direction are constant outside their edges; softplus is
    relu but for ln 2, and tanh is bounded as in `distance`. What relus of one direction come to is exact.
    """
    ratio = first.unit / second.unit
    if (first.linear * ratio.numerator != second.linear * ratio.denominator).any():
        return INFINITE
    zero = (ZERO,) * len(first.constant)
    units: dict[tuple[int, ...], list[tuple[str, Fraction, Fraction, list[Fraction]]]] = defaultdict(list)
    for key in first.units.keys() | second.units.keys():
        apart = [a - b for a, b in zip(first.units.get(key, zero), second.units.get(key, zero), strict=True)]
        if any(apart):
            kind, whole, steepness, beta = key
            units[whole].append((kind, steepness, beta, apart))
    found = []
    for output, (low, high) in enumerate(constants_apart(first, second)):
        directions = [
            [_Term(kind, steepness, beta, apart[output]) for kind, steepness, beta, apart in terms]
            for terms in units.values()
        ]
        if any(map(_slope, directions)):
            return INFINITE
        for terms in directions:
            least, most = _range_of(terms)
            low, high = low + least, high + most
        found.append((low, high))
    upper = upwards(max(max(-low, high) for low, high in found))
    if not units:
        return Bounds(downwards(max(max(low, -high, ZERO) for low, high in found)), upper)
    exact = len(units) == 1 and not first.folded and not second.folded
    exact = exact and all(kind == "relu" for terms in units.values() for kind, _, _, _ in terms)
    return Bounds(downwards(max(max(-low, high) for low, high in found)) if exact else 0.0, upper)


def constants_apart(first: RidgeSum, second: RidgeSum) -> list[tuple[Fraction, Fraction]]:
    """Return for each output between which numbers the difference of the two constants lies.

    Constants that are folded in, tanh β and ln(1 + e^β), are enclosed to some eighty digits.
    """
    zero = (ZERO,) * len(first.constant)
    ends = [(mine - theirs,) * 2 for mine, theirs in zip(first.constant, second.constant, strict=True)]
    for key in first.folded.keys() | second.folded.keys():
        mine, theirs = first.folded.get(key, zero), second.folded.get(key, zero)
        if mine == theirs:
            continue
        least, most = _folded(*key)
        for output, (low, high) in enumerate(ends):
            factor = mine[output] - theirs[output]
            products = factor * least, factor * most
            ends[output] = low + min(products), high + max(products)
    return ends


def _folded(kind: str, beta: Fraction) -> tuple[Fraction, Fraction]:
    """Return rational numbers between which tanh β, or softplus of β, lies."""
    with extended_precision(_BITS):
        z = as_mpf(beta)
        value = mp.tanh(z) if kind == "tanh" else mp.log1p(mp.exp(-abs(z))) + max(z, mp.mpf(0))
        middle, off = as_fraction(value), abs(beta) + 1
    off = (min(off, ONE) if kind == "tanh" else off) / 2 ** (_BITS - 16)
    return middle - off, middle + off


def _slope(terms: Iterable[_Term]) -> Fraction:
    """Return the slope that a direction's units have together far to the right; to the left it is 0."""
    return sum((one.steepness * one.coefficient for one in terms if one.kind != "tanh"), ZERO)


def _range_of(terms: Sequence[_Term]) -> tuple[Fraction, Fraction]:
    """Return between which numbers the sum of a direction's units lies, whose slopes add up to 0."""
    least, most = _between_edges([one for one in terms if one.kind != "tanh" and one.coefficient])
    for one in terms:
        if one.kind == "softplus":
            least += min(one.coefficient * _LN2, ZERO)
            most += max(one.coefficient * _LN2, ZERO)
    steps = [(one.steepness, one.beta, one.coefficient) for one in terms if one.kind == "tanh"]
    rise = rise_of_parallel(steps) if steps else ZERO
    return least - rise, most + rise


def _between_edges(terms: Iterable[_Term]) -> tuple[Fraction, Fraction]:
    """Return the least and the largest value of Σ c·relu(a·s + β), a > 0, whose slopes add up to 0."""
    edges = sorted((-one.beta / one.steepness, one.steepness * one.coefficient) for one in terms)
    value = slope = least = most = ZERO
    for (edge, rises), (following, _) in pairwise(edges):
        slope += rises
        value += slope * (following - edge)
        least, most = min(least, value), max(most, value)
    return least, most
