"""Where an activation turns and a function is largest, in any window."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

import numpy as np

from ..nn.activations.record import Activation, Floats
from .axis import Axis
from .sampling import Function
from .windows import reach


def points(one: Activation, low: float, high: float) -> Floats:
    """Return points of [low, high] between which the function does nothing unseen, however wide that is.

    They are everywhere, densely where the function is more than its asymptotes, at 0, and at its corners with
    the floats beside them: there the derivative jumps, and its limits on both sides may be extremes.
    """
    share = np.linspace(0.0, 1.0, 513)
    left, right = reach(one)
    corners = [*one.kinks, *(jump.at for jump in one.jumps)]
    x = np.concatenate(
        [
            Axis(low, high, 0.0, 1.0).value(share),
            left * (1 - share) + right * share,
            [0.0, *corners],
            np.nextafter(corners, -np.inf),
            np.nextafter(corners, np.inf),
        ]
    )
    return np.unique(x[(x >= low) & (x <= high)])


@lru_cache(maxsize=256)
def straight(one: Activation) -> bool:
    """Tell whether the function is made of lines: it has no more slopes than pieces and corners."""
    corners = [*one.kinks, *(jump.at for jump in one.jumps)]
    around = points(one, min([0.0, *corners]) - 1, max([0.0, *corners]) + 1)
    return len(np.unique(one.derivative(around))) <= 2 * len(corners) + 1


def largest(function: Function, x: Floats) -> tuple[float, float]:
    """Return where the function is largest and its value there: of increasing points x, then between them.

    Of equal values the one nearest to 0 counts.
    """
    y = function(x)
    best = int(np.where(y == y.max(), np.abs(x), np.inf).argmin())
    at, value = float(x[best]), float(y[best])
    share = np.linspace(0.0, 1.0, 65)
    for _ in range(5):  # each time 32 times as near, and the value a thousand times
        left, right = x[max(best - 1, 0)], x[min(best + 1, len(x) - 1)]
        x = left * (1 - share) + right * share
        y = function(x)
        best = int(y.argmax())
        if y[best] > value:
            at, value = float(x[best]), float(y[best])
    return at, value


def turning_points(one: Activation, low: float, high: float) -> list[tuple[float, str]]:
    """Return where the function turns inside (low, high), "minimum" or "maximum", found by its derivative.

    Every change of the derivative's sign between two points is bisected, to a kink where there is one.
    """
    x = points(one, low, high)
    signs = np.sign(one.derivative(x))
    moving = np.flatnonzero(signs)
    found = []
    for before, after in pairwise(moving):
        if signs[before] == signs[after]:
            continue
        left, right = float(x[before]), float(x[after])
        for _ in range(60):
            middle = left / 2 + right / 2
            if not left < middle < right:
                break
            if np.sign(one.derivative(np.array([middle]))[0]) == signs[before]:
                left = middle
            else:
                right = middle
        if _is_jump(one, right, left):
            continue
        at = next((kink for kink in one.kinks if left <= kink <= right), right)
        found.append((at, "minimum" if signs[before] < 0 else "maximum"))
    return found


def _is_jump(one: Activation, *places: float) -> bool:
    jumps: Iterable[float] = (jump.at for jump in one.jumps)
    return any(abs(at - place) <= 1e-9 * max(1.0, abs(at)) for at in jumps for place in places)
