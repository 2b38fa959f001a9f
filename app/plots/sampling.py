"""Where a curve is sampled: finely where it bends, exactly at its kinks and jumps."""

from collections.abc import Callable, Iterable

import numpy as np

from app.nn.activations.record import Floats

Function = Callable[[Floats], Floats]

FIRST = 65
ROUNDS = 10
TOLERANCE = 1 / 4000
"""Largest deviation from the chord, as a share of the curve's height: a quarter of a pixel of a thousand."""


def sample(function: Function, low: float, high: float, kinks: Iterable[float] = ()) -> tuple[Floats, Floats]:
    """Return (x, y) with x rising from `low` to `high`, dense enough that straight lines look curved.

    `function` maps (n,) to (n,) or to (n, m); where it is finite, halving goes on until the middle of each
    interval lies on its chord to within `TOLERANCE` of the height seen, at most 2¹⁰ times. `kinks` are
    sampled exactly.
    """
    x = np.union1d(np.linspace(low, high, FIRST), [at for at in kinks if low < at < high])
    y = function(x)
    wanting = np.ones(len(x) - 1, dtype=np.bool_)
    for _ in range(ROUNDS):
        left = np.flatnonzero(wanting)
        middle = x[left] + (x[left + 1] - x[left]) / 2
        # Neighbouring floats have no middle.
        between = (middle > x[left]) & (middle < x[left + 1])
        left, middle = left[between], middle[between]
        if not middle.size:
            break
        value = function(middle)
        with np.errstate(over="ignore", invalid="ignore"):
            off = np.abs(value - (y[left] + (y[left + 1] - y[left]) / 2))
            bends = off > TOLERANCE * _height(y)
        bends = bends if bends.ndim == 1 else bends.any(axis=1)
        x, y = np.insert(x, left + 1, middle), np.insert(y, left + 1, value, axis=0)
        # Both halves of an interval that bent are looked at again.
        new = left + np.arange(1, len(left) + 1)
        wanting = np.zeros(len(x) - 1, dtype=np.bool_)
        wanting[new[bends] - 1] = True
        wanting[new[bends]] = True
    return x, y


def _height(y: Floats) -> float:
    finite = y[np.isfinite(y)]
    return float(np.ptp(finite)) or 1.0 if finite.size else 1.0


def pieces(
    function: Function, low: float, high: float, kinks: Iterable[float], jumps: Iterable[float]
) -> list[tuple[Floats, Floats]]:
    """Return a sample for each stretch between jumps, so that no line is drawn across one.

    The ends of a stretch at a jump are the neighbouring floats inside it, which are the one-sided limits.
    """
    edges = [low, *sorted(at for at in jumps if low < at < high), high]
    stretches = []
    for index in range(len(edges) - 1):
        start = edges[index] if index == 0 else float(np.nextafter(edges[index], np.inf))
        end = edges[index + 1] if index == len(edges) - 2 else float(np.nextafter(edges[index + 1], -np.inf))
        if start < end:
            stretches.append(sample(function, start, end, kinks))
    return stretches
