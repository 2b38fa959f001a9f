"""Inputs so far away that units whose rows differ in their last bits are at opposite ends there."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import numpy as np

from ..activations.record import Floats
from .exact_map import ExactMap, nearest_float
from .normal_form import NormalForm

_PAIRS = 8
_LOOKED = 32
_NEAR = Fraction(1, 2**30)  # of rows that are farther apart `far_points` tells as much, at less cost
_FAR = 128
_STEPS = range(-4, 5)


def exact_far_points(first: NormalForm, second: NormalForm) -> Iterator[Floats]:
    """Yield inputs (d,) at which a first-layer unit of one network is far on, and its like far off or at 0.

    Where the rows w and v of two such units are not parallel x is taken across w: w·x is 0, or nearly, and
    v·x is large. A further input then moves both by half of that. Units are paired by where they stand.
    """
    if not (first.stages and second.stages) or first.inputs == 1:
        return
    mine, theirs = first.stages[0], second.stages[0]
    if mine.atom != theirs.atom:
        return
    places = {members[0][0]: row for row, members in enumerate(theirs.members)}
    likes = [(row, places.get(members[0][0])) for row, members in enumerate(mine.members)]
    pairs = [(row, like) for row, like in likes if like is not None]
    if not pairs:
        return
    near = 0
    for row, like in _apart(mine.map, theirs.map, pairs)[:_LOOKED]:
        one = _row(mine.map, row)
        other = _as_large(_row(theirs.map, like), one[0])
        if one[0] != other[0] and _is_near(one[0], other[0]):
            near += 1
            yield from _across(*one, *other)
            yield from _across(*other, *one)
        if near == _PAIRS:
            return


def _apart(mine: ExactMap, theirs: ExactMap, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the pairs of rows that are not the same."""
    ratio = mine.unit / theirs.unit
    own = mine.numbers[[row for row, _ in pairs]] * ratio.numerator
    others = theirs.numbers[[like for _, like in pairs]] * ratio.denominator
    differ = (own != others).any(axis=1)
    return [pair for pair, different in zip(pairs, differ.tolist(), strict=True) if different]


_Row = tuple[list[Fraction], Fraction]


def _row(rows: ExactMap, index: int) -> _Row:
    return [rows.unit * int(number) for number in rows.numbers[index].tolist()], rows.bias[index]


def _as_large(row: _Row, w: list[Fraction]) -> _Row:
    """Return a row times a positive factor, as large as w where w is largest: steps tell no sizes apart."""
    p = max(range(len(w)), key=lambda i: abs(w[i]))
    v, c = row
    factor = abs(w[p]) / abs(v[p]) if v[p] else Fraction(1)
    return [factor * number for number in v], factor * c


def _is_near(w: list[Fraction], v: list[Fraction]) -> bool:
    largest = max(map(abs, w))
    return all(abs(a - b) <= _NEAR * largest for a, b in zip(w, v, strict=True))


def _across(w: list[Fraction], b: Fraction, v: list[Fraction], c: Fraction) -> Iterator[Floats]:
    """Yield finite inputs to either side, at which w·x + b and v·x + c are as far apart as is asked for."""
    p = max(range(len(w)), key=lambda i: abs(w[i]))
    q = max(range(len(w)), key=lambda i: abs(w[p] * v[i] - w[i] * v[p]))
    turn = w[p] * v[q] - w[q] * v[p]
    if not turn:
        return
    further = [i for i in range(len(w)) if i not in (p, q) and w[i]]
    goal = _FAR + 2 * (abs(b) + abs(c))
    for sign in (1, -1):
        size = sign * Fraction(2) ** _exponent(goal / abs(turn))
        x = np.zeros(len(w))
        x[p], x[q] = nearest_float(-w[q] * size), nearest_float(w[p] * size)
        if further:
            r = max(further, key=lambda i: abs(w[i]))
            x[r] = nearest_float((-turn * size / 2 - b) / w[r])
        elif np.isfinite(x).all():
            x = _best_near(x, w, v)
        if np.isfinite(x).all():
            yield x


def _exponent(number: Fraction) -> int:
    """Return an e with number ≤ 2^e < 4·number."""
    return number.numerator.bit_length() - number.denominator.bit_length() + 1


def _best_near(x: Floats, w: list[Fraction], v: list[Fraction]) -> Floats:
    """Return of x and the floats around it the one whose w·x and v·x lie farthest to either side of 0."""

    def between(near: Floats) -> Fraction:
        at = [Fraction(number) for number in near.tolist()]
        sums = [sum((a * b for a, b in zip(row, at, strict=True)), Fraction(0)) for row in (w, v)]
        return min(map(abs, sums)) if sums[0] * sums[1] < 0 else -min(map(abs, sums))

    moves = [x + np.spacing(x) * np.array(steps) for steps in product(_STEPS, repeat=2)]
    return max((near for near in moves if np.isfinite(near).all()), key=between)
