"""Between which numbers units lie whatever the inputs are, in ℚ and rounded outwards."""

from bisect import bisect_left, bisect_right
from fractions import Fraction
from math import inf, isfinite, nextafter, tanh
from typing import NamedTuple

import numpy as np

from ..activations.catalogue import create
from .atoms import ZERO, Atom, Pieces
from .exact_map import ExactMap, dot, nearest_float
from .slopes import value_range

End = Fraction | None
"""None for ±∞."""
_OF_HARD_SWISH = Pieces((Fraction(-3),), ((ZERO, ZERO), (Fraction(1), ZERO)), (ZERO,))
_WIDER = Fraction(1, 2**45)
"""More than a tanh in float64 is off by."""


class ExactRanges(NamedTuple):
    """Between which numbers each of some values lies, (n,)."""

    low: tuple[End, ...]
    high: tuple[End, ...]


def range_behind(atom: Atom, rows: ExactMap, before: ExactRanges) -> ExactRanges:
    """Return the ranges of g(W·h + b) from those of h."""
    arguments = reach(rows, before)
    if atom.name != "tanh" and not atom.pieces:
        return _range_of_values(atom, arguments)
    ends = [_ends_behind(atom, low, high) for low, high in zip(*arguments, strict=True)]
    return ExactRanges(tuple(low for low, _ in ends), tuple(high for _, high in ends))


def _range_of_values(atom: Atom, arguments: ExactRanges) -> ExactRanges:
    """Return the ranges of units of other functions, by floats rounded outwards."""
    low = np.array([_rounded(end, -inf) for end in arguments.low])
    high = np.array([_rounded(end, inf) for end in arguments.high])
    ends = value_range(create(atom.name, **dict(atom.parameters)), low, high)
    least, most = ([Fraction(end) if isfinite(end) else None for end in one.tolist()] for one in ends)
    return ExactRanges(tuple(least), tuple(most))


def _rounded(end: End, towards: float) -> float:
    """Return the end as a float, moved towards ±∞ by its rounding; None is that ±∞."""
    return towards if end is None else nextafter(nearest_float(end), towards)


def flat_pieces(atom: Atom) -> Pieces | None:
    """Return pieces that tell where the function is constant, so that ranges may make units constants.

    None where it is so nowhere. Of hard_swish, which is 0 up to −3, the piece behind is no line.
    """
    if atom.name == "hard_swish":
        return _OF_HARD_SWISH
    flat = atom.pieces is not None and any(not slope for slope, _ in atom.pieces.lines)
    return atom.pieces if flat else None


def anything(count: int) -> ExactRanges:
    """Return the range of so many numbers that may be any."""
    return ExactRanges((None,) * count, (None,) * count)


def _ends_behind(atom: Atom, low: End, high: End) -> tuple[End, End]:
    """Return between which numbers g(z) lies for z from `low` to `high`."""
    if atom.pieces is None:
        least = ZERO - 1 if low is None else max(_tanh(low) - _WIDER, ZERO - 1)
        return least, ZERO + 1 if high is None else min(_tanh(high) + _WIDER, ZERO + 1)
    first = 0 if low is None else bisect_left(atom.pieces.edges, low)
    last = len(atom.pieces.edges) if high is None else bisect_right(atom.pieces.edges, high)
    lines = atom.pieces.lines[first : last + 1]
    ends = [*atom.pieces.values[first:last]]
    for place, (slope, intercept) in enumerate(lines, first):
        left = low if place == first else atom.pieces.edges[place - 1]
        right = high if place == last else atom.pieces.edges[place]
        ends += [slope * end + intercept for end in (left, right) if end is not None]
        ends += [intercept] * (not slope)
    falls = (low is None and lines[0][0] > 0) or (high is None and lines[-1][0] < 0)
    rises = (low is None and lines[0][0] < 0) or (high is None and lines[-1][0] > 0)
    return None if falls or not ends else min(ends), None if rises or not ends else max(ends)


def _tanh(z: Fraction) -> Fraction:
    return Fraction(tanh(float(max(min(z, Fraction(40)), Fraction(-40)))))


def reach(rows: ExactMap, before: ExactRanges) -> ExactRanges:
    """Return the ranges of W·h + b from those of h."""
    if not any(end is not None for end in (*before.low, *before.high)):
        moved = (rows.numbers != 0).any(axis=1).tolist()
        ends_alike = tuple(None if moves else b for moves, b in zip(moved, rows.bias, strict=True))
        return ExactRanges(ends_alike, ends_alike)
    rising, falling = np.maximum(rows.numbers, 0), np.minimum(rows.numbers, 0)
    ends: list[tuple[End, ...]] = []
    for one, other in ((before.low, before.high), (before.high, before.low)):
        open_ones, open_others = (np.array([end is None for end in each]) for each in (one, other))
        unbounded = (rising[:, open_ones] != 0).any(axis=1) | (falling[:, open_others] != 0).any(axis=1)
        sums = dot(rising, [end or ZERO for end in one])
        more = dot(falling, [end or ZERO for end in other])
        ends.append(
            tuple(
                None if none else b + rows.unit * (s + m)
                for none, b, s, m in zip(unbounded.tolist(), rows.bias, sums, more, strict=True)
            )
        )
    return ExactRanges(*ends)


def flat_value(pieces: Pieces, low: End, high: End) -> Fraction | None:
    """Return the one value that the function has from `low` to `high`, None if there are others."""
    first = 0 if low is None else bisect_left(pieces.edges, low)
    last = len(pieces.edges) if high is None else bisect_right(pieces.edges, high)
    lines = pieces.lines[first : last + 1]
    if low is not None and first < last and pieces.edges[first] == low:
        lines = lines[1:]  # it starts at the edge
    if high is not None and first < last and pieces.edges[last - 1] == high:
        lines = lines[:-1]
    values = {*(intercept for _, intercept in lines), *pieces.values[first:last]}
    return values.pop() if len(values) == 1 and not any(slope for slope, _ in lines) else None
