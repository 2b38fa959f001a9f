"""The stretch of the x-axis that shows what a function does, derived from the function."""

from collections.abc import Iterable

import numpy as np

from app.nn.activations.record import Activation, Floats, Line
from app.nn.errors import InvalidValue, Overflow

_CANDIDATES = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_CLOSE = 0.01
_WITHOUT_LINE = 5.0  # where there is no asymptote to arrive at


FARTHEST = 1e100
"""Largest |x| of a window: beyond, the axis's own arithmetic overflows."""

_HIGHEST = 1e300
_MARGIN = 0.06  # of the height, above and below the curves

NARROWEST = 1e-12
"""Smallest width, as a share of the larger end: below, ticks can no longer be told apart as floats."""


def window(low: float | None, high: float | None, default: tuple[float, float]) -> tuple[float, float]:
    """Return the ends of the x-axis: those asked for; where one is, the other keeps the default width.

    Raises `InvalidValue` for a window that no axis can show, at `low` or at `high`.
    """
    width = default[1] - default[0]
    start = low if low is not None else default[0] if high is None or high > default[0] else high - width
    end = high if high is not None else default[1] if start < default[1] else start + width
    for value, name in ((start, "low"), (end, "high")):
        if abs(value) > FARTHEST:
            raise InvalidValue(f"expected a number of size at most {FARTHEST:g}", (name,))
    if not end - start > NARROWEST * max(abs(start), abs(end)):
        raise InvalidValue(f"expected low < high, further apart than {NARROWEST:g} of their size", ("low",))
    return start, end


def height(values: Floats) -> tuple[float, float]:
    """Return the ends of a y-axis that shows all finite values with a margin.

    Raises `Overflow` where no value is finite, or one is too large for an axis.
    """
    finite = values[np.isfinite(values)]
    if not finite.size or np.abs(finite).max() > _HIGHEST:
        raise Overflow(f"expected values of size at most {_HIGHEST:g} in the window", ("low",))
    low, high = float(finite.min()), float(finite.max())
    margin = _MARGIN * (high - low) or 0.5
    return low - margin, high + margin


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
