"""Where a curve is sampled: finely where it bends, exactly at its kinks, on both sides of its jumps."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..nn.activations.record import Floats

Function = Callable[[Floats], Floats]
"""Takes points (N,), returns values (N,)."""

_FIRST = 33
_ROUNDS = 10
_NARROW = 0.25  # of a window, eight intervals of those with which a curve begins

_MOST_HALVINGS = 1100  # from any two floats to neighbours

MOST_POINTS = 20_000
"""Points of a curve, at most about so many."""

CHORD_TOLERANCE = 1 / 4096
"""How far the middle of an interval may lie from its chord, as a share of the curve's height: a tenth of a
pixel on 400."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A stretch of a curve without jumps: x increasing from end to end, and y there."""

    x: Floats
    y: Floats


@dataclass(frozen=True, slots=True)
class Break:
    """A jump: the limits on either side of `at`, and the value at it where that is known."""

    at: float
    left: float
    right: float
    value: float | None


def trace(
    function: Function,
    low: float,
    high: float,
    through: Iterable[float] = (),
    first: int = _FIRST,
    most: int = MOST_POINTS,
    shown: tuple[float, float] | None = None,
) -> Piece:
    """Return the curve over [low, high], points of `through` inside it included.

    It begins with `first` points and ends with `most` at most, unless it begins with more. Intervals are
    halved, each at least once, until the middle lies on the chord to within `CHORD_TOLERANCE` of the height
    seen, ten times at most, down to neighbouring floats. Infinite values are kept as they are.

    Where `shown`, a window of y, is less high than the curve, its height counts, and what lies outside of it
    stays coarse.
    """
    share = np.linspace(0.0, 1.0, first)
    x = np.unique(
        [*(low * (1 - share) + high * share), low, high, *(at for at in through if low < at < high)]
    )
    x = x[(x >= low) & (x <= high)]
    y = function(x)
    bent = np.ones(len(x) - 1, dtype=np.bool_)
    for _ in range(_ROUNDS):
        left = np.flatnonzero(bent)
        middle = x[left] / 2 + x[left + 1] / 2
        between = (middle > x[left]) & (middle < x[left + 1])  # neighbours have no middle
        left, middle = left[between], middle[between]
        if not middle.size or len(x) + middle.size > most:
            break
        value = function(middle)
        with np.errstate(over="ignore", invalid="ignore"):
            chord = y[left] / 2 + y[left + 1] / 2
            off = np.abs(value - chord)
            bends = ~(off <= CHORD_TOLERANCE * _height_seen(y, shown))
            if shown is not None:
                three = np.stack([y[left], value, y[left + 1]])
                # A parabola through the three turns at most a quarter of its depth beyond them.
                bends &= ~((three.min(axis=0) - off > shown[1]) | (three.max(axis=0) + off < shown[0]))
        x, y = np.insert(x, left + 1, middle), np.insert(y, left + 1, value)
        new = left + np.arange(1, len(left) + 1)
        bent = np.zeros(len(x) - 1, dtype=np.bool_)
        bent[new[bends] - 1] = bent[new[bends]] = True
    return Piece(x, y)


def bend(left: float, right: float, low: float, high: float) -> Floats:
    """Return points through which a curve that bends in [left, right] is to be traced over [low, high].

    None where the points with which every curve begins show it: each interval is halved at least once.
    """
    if not right / 2 - left / 2 < _NARROW * (high / 2 - low / 2):
        return np.empty(0)
    share = np.linspace(0.0, 1.0, 2 * _FIRST - 1)
    return left * (1 - share) + right * share


def height(y: Floats) -> float:
    """Return max − min of the finite values, half of float64's range at most; 1 where they are all equal."""
    finite = y[np.isfinite(y)]
    if not finite.size:
        return 1.0
    half = float(finite.max()) / 2 - float(finite.min()) / 2
    return min(2 * min(half, 2.0**1022), 2.0**1023) or 1.0


def _height_seen(y: Floats, shown: tuple[float, float] | None) -> float:
    return height(y) if shown is None else min(height(y), height(np.array(shown)))


def pieces(
    function: Function,
    low: float,
    high: float,
    through: Iterable[float] = (),
    jumps: Iterable[float] = (),
    shown: tuple[float, float] | None = None,
) -> tuple[list[Piece], list[Break]]:
    """Return the curve between its jumps, and the jumps strictly inside the window.

    A piece ends at the jump itself with the one-sided limit, which the neighbouring float takes.
    """
    inside = sorted({at for at in jumps if low <= at <= high})
    breaks = []
    for at in inside:
        before, after = np.nextafter(at, -np.inf), np.nextafter(at, np.inf)
        left, value, right = function(np.array([before, at, after]))
        breaks.append(Break(at, float(left), float(right), float(value)))
    edges = [low, *inside, high]
    found = []
    through = tuple(through)
    for start, end in pairwise(edges):
        begin = float(np.nextafter(start, np.inf)) if start in inside else start
        finish = float(np.nextafter(end, -np.inf)) if end in inside else end
        if begin > finish:
            continue
        piece = (
            trace(function, begin, finish, through, shown=shown)
            if begin < finish
            else _alone(function, begin)
        )
        x = piece.x.copy()
        x[0], x[-1] = start, end  # the limit stands at the jump, not one float beside it
        found.append(Piece(x, piece.y))
    return found, breaks


def _alone(function: Function, x: float) -> Piece:
    y = function(np.array([x]))
    return Piece(np.array([x, x]), np.repeat(y, 2))


def least_step(curve: Piece) -> Floats:
    """Return by how much neighbouring samples differ, at least, where a jump is sought, (N − 1,)."""
    return np.full(len(curve.x) - 1, 4 * CHORD_TOLERANCE * height(curve.y))


def split(
    function: Function, curve: Piece, most: int = MOST_POINTS, least: Floats | None = None
) -> tuple[list[Piece], list[Break]]:
    """Return the pieces of a sampled curve between its jumps, which are found by bisection.

    Wherever neighbouring samples still differ by more than `least`, by default `least_step`, the interval is
    halved down to neighbouring floats; what remains there of more is a jump. Values at jumps are not known.

    It takes at most `most` values: where there are so many jumps that these do not suffice, the widest
    intervals, still less than a pixel, keep theirs unfound as a steep line.
    """
    least = least_step(curve) if least is None else least
    suspects = np.flatnonzero(np.abs(np.diff(curve.y)) > least)
    suspects = _affordable(suspects, curve.x, most)
    low, high = curve.x[suspects], curve.x[suspects + 1]
    left, right = curve.y[suspects], curve.y[suspects + 1]
    for _ in range(_MOST_HALVINGS):
        middle = low / 2 + high / 2
        apart = np.flatnonzero((middle > low) & (middle < high))
        if not apart.size:
            break
        middle = middle[apart]
        value = function(middle)
        nearer = np.abs(value - left[apart]) <= np.abs(value - right[apart])
        low[apart[nearer]], left[apart[nearer]] = middle[nearer], value[nearer]
        high[apart[~nearer]], right[apart[~nearer]] = middle[~nearer], value[~nearer]
    jumps = np.abs(right - left) > least[suspects]
    places, befores, afters = high[jumps], left[jumps], right[jumps]
    breaks = [
        Break(float(at), float(before), float(after), None)
        for at, before, after in zip(places, befores, afters, strict=True)
    ]
    cuts = suspects[jumps] + 1
    x, y = np.split(curve.x, cuts), np.split(curve.y, cuts)
    for index, (at, before, after) in enumerate(zip(places, befores, afters, strict=True)):
        x[index], y[index] = np.append(x[index], at), np.append(y[index], before)
        x[index + 1], y[index + 1] = np.insert(x[index + 1], 0, at), np.insert(y[index + 1], 0, after)
    return [Piece(*part) for part in zip(x, y, strict=True)], breaks


def _affordable(suspects: npt.NDArray[np.intp], x: Floats, most: int) -> npt.NDArray[np.intp]:
    """Return those of the intervals, in order, that can be halved to neighbours with so many values."""
    low, high = x[suspects], x[suspects + 1]
    # Floats lie closest where they are smallest.
    nearest = np.where((low < 0) & (high > 0), 0.0, np.minimum(np.abs(low), np.abs(high)))
    with np.errstate(divide="ignore"):  # half of the smallest float is 0
        halvings = np.maximum(np.log2(high / 2 - low / 2) - np.log2(np.spacing(nearest)) + 2, 1)
    order = np.argsort(halvings, kind="stable")
    return np.sort(suspects[order[np.cumsum(halvings[order]) <= most]])
