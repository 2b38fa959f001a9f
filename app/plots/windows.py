"""The stretch of an axis that is shown: as asked for, and of x as the function says."""

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import lru_cache

import numpy as np

from ..nn.activations.record import Activation, Floats, Line
from ..nn.errors import InvalidValue
from ..nn.networks.network import Network
from .round_steps import largest_round_step

# A curve has arrived at its asymptote where it is nearer than this share of its largest distance from it.
# One that arrives slowly, as 1/x does, is followed for so many times its half-way distance only.
_ARRIVED, _PATIENCE = 0.01, 8.0
_ALONE = 4.0  # half a window where nothing says how wide it should be
_MAGNITUDES = np.exp2(np.arange(-4080, 4081) / 4.0)
_LARGEST = 1e300


def window(
    low: float | None, high: float | None, suggest: Callable[[], tuple[float, float]], axis: str = ""
) -> tuple[float, float]:
    """Return the ends that are asked for, the others as suggested, moved where they would not fit.

    `axis` stands before the names of the ends: y_ for `y_low`. Raises `InvalidValue` where both are given and
    not low < high.
    """
    lower, upper = f"{axis}low", f"{axis}high"
    if low is not None and high is not None:
        if not low < high:
            raise InvalidValue(f"expected {lower} below {upper}, got one that is not", (lower,))
        return low, high
    default = suggest()
    span = default[1] - default[0]
    largest = float(np.finfo(np.float64).max)
    if low is not None:
        end = (
            default[1] if default[1] > low else max(low + max(span, abs(low)), math.nextafter(low, math.inf))
        )
        end = min(end, largest)
        if not low < end:
            raise InvalidValue(f"expected {lower} below the largest float64, got one that is not", (lower,))
        return low, end
    if high is not None:
        start = max(default[0] if default[0] < high else high - max(span, abs(high)), -largest)
        if not start < high:
            raise InvalidValue(f"expected {upper} above the smallest float64, got one that is not", (upper,))
        return start, high
    return default


def of_activations(activations: Iterable[Activation]) -> tuple[float, float]:
    """Return the smallest round window that shows every bend, kink and jump, and 0, with room beside them."""
    reaches = [_with_corners(activation) for activation in activations]
    return _round_window(min(low for low, _ in reaches), max(high for _, high in reaches))


def _with_corners(activation: Activation) -> tuple[float, float]:
    """Return the reach with room beyond the kinks and jumps, half of what lies between them."""
    corners = [0.0, *activation.kinks, *(jump.at for jump in activation.jumps)]
    low, high = min(corners), max(corners)
    room = min(high / 2 - low / 2, _LARGEST)
    reached = reach(activation)
    return min(reached[0], low - room), max(reached[1], high + room)


@lru_cache(maxsize=256)
def reach(activation: Activation) -> tuple[float, float]:
    """Return between which x the function does more than run along its asymptotes, 0 included."""
    corners = [0.0, *activation.kinks, *(jump.at for jump in activation.jumps)]
    low, high = min(corners), max(corners)
    for line, end in ((activation.left, -1.0), (activation.right, 1.0)):
        arrival = _arrival(activation, line, end)
        low, high = min(low, end * arrival), max(high, end * arrival)
    return low, high


def _arrival(activation: Activation, line: Line | None, end: float) -> float:
    """Return how far from 0 the curve has arrived at its asymptote, 0 where it never leaves it."""
    if line is None:
        return 0.0
    x = end * _MAGNITUDES
    y = activation.evaluate(x)
    with np.errstate(over="ignore", invalid="ignore"):
        expected = line.slope * x + line.intercept
        apart = np.abs(y - expected)
        noise = 8 * np.spacing(np.maximum(np.abs(y), np.abs(expected)))
    apart = np.where(np.isfinite(apart) & (apart > noise), apart, 0.0)
    largest = apart.max()
    if largest == 0:
        return 0.0
    arrived = _last_above(_ARRIVED * largest, apart)
    half = _last_above(largest / 2, apart)
    return float(min(arrived, _PATIENCE * half))


def _last_above(level: float, apart: Floats) -> float:
    """Return the magnitude at which the distance falls below `level` for good, between two of the grid."""
    last = int(np.flatnonzero(apart > level)[-1])
    if last + 1 == len(apart):
        return float(_MAGNITUDES[last])
    share = (apart[last] - level) / (apart[last] - apart[last + 1])
    return float(_MAGNITUDES[last] + share * (_MAGNITUDES[last + 1] - _MAGNITUDES[last]))


def of_networks(networks: Iterable[Network]) -> tuple[float, float]:
    """Return the window in which the units of the first layers bend, the same for every input.

    A unit w·x + b does so between (−b ± r)/w, r the reach of its activation; in several dimensions around
    the point of its hyperplane that is nearest to 0. Of more than ten units the outermost tenths are left
    out.
    """
    lows: list[Floats] = []
    highs: list[Floats] = []
    for network in networks:
        first = network.layers[0]
        if not isinstance(first.activation, Activation) or first.activation.name == "identity":
            continue
        left, right = reach(first.activation)
        bias = np.zeros(first.outputs) if first.bias is None else first.bias
        with np.errstate(over="ignore", divide="ignore", invalid="ignore", under="ignore"):
            sizes = np.linalg.norm(first.weight, axis=1)
            offsets = -bias / sizes  # along the unit's direction
            around = np.stack([offsets + left / sizes, offsets + right / sizes])
            ends = (around[:, :, np.newaxis] * (first.weight / sizes[:, np.newaxis])).reshape(2, -1)
        ends = ends[:, (np.abs(ends) < _LARGEST).all(axis=0)]
        lows.append(ends.min(axis=0))
        highs.append(ends.max(axis=0))
    low, high = np.concatenate([*lows, []]), np.concatenate([*highs, []])
    if not low.size:
        return -_ALONE, _ALONE
    share = 10 if low.size > 10 else 0
    return _round_window(
        min(0.0, float(np.percentile(low, share))), max(0.0, float(np.percentile(high, 100 - share)))
    )


def _round_window(low: float, high: float) -> tuple[float, float]:
    """Return round numbers around [low, high], with room; symmetric where that costs little."""
    if low == high == 0:
        return -_ALONE, _ALONE
    # Halved against overflow, which leaves nothing of the smallest float.
    span = max(min(high / 2 - low / 2, _LARGEST / 2) * 2, math.ulp(0.0))
    # Beyond 0 nothing may happen, but that is worth seeing too.
    low, high = low - (0.04 if low < 0 else 0.6) * span, high + (0.04 if high > 0 else 0.6) * span
    low, high = max(low, -_LARGEST), min(high, _LARGEST)
    if 0.5 <= -low / high <= 2:
        high = max(-low, high)
        low = -high
    step = largest_round_step((Fraction(high) - Fraction(low)) / 12)
    return float(Fraction(low) // step * step), float(-(-Fraction(high) // step) * step)
