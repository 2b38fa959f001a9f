"""The stretch of the x-axis that shows what a function does, derived from the function."""

from collections.abc import Iterable

import numpy as np

from app.nn.activations.record import Activation, Line

_CANDIDATES = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_CLOSE = 0.01
_WITHOUT_LINE = 5.0  # where there is no asymptote to arrive at


def default_window(activations: Iterable[Activation]) -> tuple[float, float]:
    """Return the smallest symmetric window that shows every bend of the given functions.

    At its ends each function is within 1 % of its asymptotes, if it is so anywhere before ±10, and its
    kinks and jumps stand well inside.
    """
    width = max(_half_width(activation) for activation in activations)
    return -width, width


def _half_width(activation: Activation) -> float:
    special = [abs(at) for at in (*activation.kinks, *(jump.at for jump in activation.jumps))]
    least = 1.5 * max(special, default=0.0)
    for width in _CANDIDATES:
        if width >= max(least, 2.0) and _arrived(activation, width):
            return width
    return max(least, 10.0)


def _arrived(activation: Activation, width: float) -> bool:
    left, right = activation.evaluate(np.array([-width, width]))
    return _near(activation.left, -width, left) and _near(activation.right, width, right)


def _near(line: Line | None, x: float, y: float) -> bool:
    if line is None:
        return abs(x) >= _WITHOUT_LINE
    expected = line.slope * x + line.intercept
    return abs(y - expected) <= _CLOSE * max(1.0, abs(y))
