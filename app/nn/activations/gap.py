"""How far two activations are apart, and where."""

import math
from dataclasses import dataclass

import numpy as np

from ..errors import InvalidValue, Overflow
from .record import Activation, Floats, Line
from .sameness import same_function

# From a bracket of any two floats to neighbours: some 1,100 halvings towards 0, and 53 more.
_BISECTIONS = 1200


@dataclass(frozen=True, slots=True)
class LimitsOfDifference:
    """What first − second tends to at −∞ and at +∞."""

    left: float
    right: float


@dataclass(frozen=True, slots=True)
class LargestGap:
    """The supremum of |first − second| over ℝ, the x where it lies, ±∞ allowed, and whether it is attained.

    `value` has the absolute error of the two functions, a few units in the last place of the larger one.
    """

    value: float
    at: float
    attained: bool


def limits_of_difference(first: Activation, second: Activation) -> LimitsOfDifference:
    """Return the limits of first − second at both ends, from the asymptotes; 0 for the same function.

    Raises `InvalidValue` where neither of two others has an asymptote at the same end, `Overflow` where two
    parallel ones are apart by more than the largest float64.
    """
    if same_function(first, second):
        return LimitsOfDifference(0.0, 0.0)
    return LimitsOfDifference(
        _limit((first, first.left), (second, second.left), -math.inf),
        _limit((first, first.right), (second, second.right), math.inf),
    )


def largest_gap(first: Activation, second: Activation) -> LargestGap:
    """Return the supremum of |first − second| and the place where it is taken or approached.

    Between corners the difference is smooth, so its extrema are at corners, at ±∞, or where its derivative
    changes sign: every such change on a grid over all magnitudes is bisected to neighbouring floats. Of
    equal gaps the one at a corner wins, an attained one first, then an end, then the x nearest to 0, positive
    before negative. The same function has the gap 0 at 0, by `same_function`; of two others that differ
    nowhere by more than their rounding the corners and the ends are asked alone, where parameters show.

    Raises `InvalidValue` where the limits are not known, and `Overflow` where a limit is beyond the largest
    float64, or both functions are at some x, or they are apart by more than that.
    """
    limits = limits_of_difference(first, second)
    if same_function(first, second):
        return LargestGap(0.0, 0.0, True)
    ends = [
        LargestGap(abs(limit), end, False)
        for limit, end in ((limits.right, math.inf), (limits.left, -math.inf))
    ]
    infinite = next((end for end in ends if math.isinf(end.value)), None)
    if infinite:
        return infinite
    sure = [*_at_corners(first, second), *ends]
    found = [*sure, *_at_turning_points(first, second)]
    best = max(found, key=lambda gap: gap.value)
    noise = _noise(first, second, best.at)
    if best.value <= noise:
        best, found, noise = max(sure, key=lambda gap: gap.value), sure, 0.0
    equal = [gap for gap in found if gap.value >= best.value - noise]
    corners = {*_corners(first), *_corners(second)}
    return min(equal, key=lambda gap: _preference(gap, corners))


def _limit(
    first: tuple[Activation, Line | None], second: tuple[Activation, Line | None], end: float
) -> float:
    (one, own), (other, others) = first, second
    if own and others:
        line = Line(own.slope - others.slope, own.intercept - others.intercept)
        if not line.slope and math.isinf(line.intercept):
            raise _overflow()
        return line.limit(end)
    if own is None and others is None:
        raise InvalidValue("expected an asymptote of at least one of the two, got none")
    # What has none leaves every line behind: a celu with a negative alpha falls, an exponential rises.
    far = one if own is None else other
    limit = float(far.evaluate(np.array([end]))[0])
    return limit if own is None else -limit


def _preference(gap: LargestGap, corners: set[float]) -> tuple[int, float, bool]:
    if math.isinf(gap.at):
        return 2, 0.0, gap.at < 0
    kind = 3 if gap.at not in corners else 0 if gap.attained else 1
    # Mirrored places come out equal but for the last bits.
    return kind, float(f"{abs(gap.at):.9e}"), gap.at < 0


def _noise(first: Activation, second: Activation, x: float) -> float:
    """Return what the rounding of the two functions can do to their difference at x."""
    size = [abs(float(one.evaluate(np.array([x]))[0])) for one in (first, second)]
    return 4.0 * sum(float(np.spacing(value)) for value in size if math.isfinite(value))


def _apart(first: Activation, second: Activation, places: Floats) -> Floats:
    """Return |first − second| at places between which both limits of the difference are finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        gaps: Floats = np.abs(first.evaluate(places) - second.evaluate(places))
    if not np.isfinite(gaps).all():
        raise _overflow()
    return gaps


def _overflow() -> Overflow:
    return Overflow("expected values and a difference below 1.8×10³⁰⁸ in size, got one beyond that")


def _corners(activation: Activation) -> tuple[float, ...]:
    return (*activation.kinks, *(jump.at for jump in activation.jumps))


def _at_corners(first: Activation, second: Activation) -> list[LargestGap]:
    corners = np.array([0.0, *_corners(first), *_corners(second)])
    places = np.concatenate([corners, np.nextafter(corners, -np.inf), np.nextafter(corners, np.inf)])
    gaps = _apart(first, second, places).reshape(3, -1)
    # The neighbours stand for the limits from either side, which count but are not attained.
    return [
        LargestGap(float(gaps[:, i].max()), float(x), bool(gaps[0, i] == gaps[:, i].max()))
        for i, x in enumerate(corners)
    ]


def _at_turning_points(first: Activation, second: Activation) -> list[LargestGap]:
    grid = _grid(first, second)
    slopes = first.derivative(grid) - second.derivative(grid)
    moving = np.flatnonzero(slopes)
    if moving.size == 0:
        return []
    signs = np.sign(slopes[moving])
    turns = np.flatnonzero(signs[:-1] != signs[1:])
    # On this grid the gap changes little from point to point: brackets far below the largest cannot hold it,
    # and where the two functions nearly agree there are thousands, from rounding alone.
    gaps = _apart(first, second, grid)[moving]
    turns = turns[np.maximum(gaps[turns], gaps[turns + 1]) >= 0.5 * gaps.max()]
    low, high = grid[moving[turns]], grid[moving[turns + 1]]
    rising = signs[turns]
    for _ in range(_BISECTIONS):
        middle = low + (high - low) / 2
        if np.all((middle == low) | (middle == high)):
            break
        before = np.sign(first.derivative(middle) - second.derivative(middle)) == rising
        low, high = np.where(before, middle, low), np.where(before, high, middle)
    places = np.concatenate([low, high])
    gaps = _apart(first, second, places)
    return [LargestGap(float(gap), float(x), True) for gap, x in zip(gaps, places, strict=True)]


def _grid(first: Activation, second: Activation) -> Floats:
    """Return increasing points: 128 a binade about 1 and about every parameter, 4 over all others."""
    units = {1.0}
    for parameter in (*first.parameters.values(), *second.parameters.values()):
        if parameter:
            units |= {abs(parameter), min(1 / abs(parameter), np.finfo(np.float64).max)}
    fine = np.exp2(np.arange(-40, 10, 1 / 128))
    with np.errstate(over="ignore", under="ignore"):
        positive = np.concatenate(
            [np.ldexp(np.array([1.0, 1.19, 1.41, 1.68]), np.arange(-1074, 1024)[:, None]).ravel()]
            + [unit * fine for unit in units]
        )
    corners = np.array([0.0, *_corners(first), *_corners(second)])
    around = [corners, np.nextafter(corners, -np.inf), np.nextafter(corners, np.inf)]
    points: Floats = np.unique(np.concatenate([positive, -positive, *around]))
    return points[np.isfinite(points)]
