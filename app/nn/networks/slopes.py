"""Between which numbers the slopes of an activation lie on an interval, and its values."""

import numpy as np

from ..activations.record import Activation, Floats
from .atoms import written
from .propagation import UPWARDS

_UNIMODAL = frozenset({"tanh", "sigmoid", "softsign"})


def slope_range(activation: Activation, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return bounds on (f(x) − f(y))/(x − y) for x, y in [low, high] between jumps, rounded outwards."""
    below, above = np.nextafter(low, -np.inf), np.nextafter(high, np.inf)
    left, right = activation.derivative(below), activation.derivative(above)
    form = written(activation)
    if form.atom is None:
        least = most = np.full(low.shape, float(form.factor))
    elif activation.convex and np.isfinite(activation.lipschitz):
        least, most = left, right
    elif activation.name in _UNIMODAL:
        top = activation.derivative(np.zeros(1))[0]
        most = np.where((below <= 0) & (above >= 0), top, np.maximum(left, right))
        least = np.minimum(left, right)
    elif form.atom.pieces is not None:
        least, most = np.minimum(left, right), np.maximum(left, right)
        for edge in (*activation.kinks, *(jump.at for jump in activation.jumps)):
            inside = (below <= edge) & (above >= edge)
            sides = np.array([np.nextafter(edge, -np.inf), np.nextafter(edge, np.inf)])
            around = activation.derivative(sides)
            least = np.where(inside, np.minimum(least, around.min()), least)
            most = np.where(inside, np.maximum(most, around.max()), most)
    else:
        most = np.full(low.shape, activation.lipschitz)
        least = np.zeros_like(most) if activation.monotone else -most
    return _outwards(least, -1.0), _outwards(most, 1.0)


def value_range(activation: Activation, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return bounds on f over [low, high], rounded outwards.

    If f is not monotone those of all of ℝ, or, L being its Lipschitz constant, what its values at both ends
    leave: f(x) ≤ f(low) + L(x − low) and f(high) + L(high − x), whose mean is the bound; so too from below.
    """
    least = np.full(low.shape, activation.range.infimum)
    most = np.full(low.shape, activation.range.supremum)
    if activation.monotone:
        least = np.maximum(least, _outwards(activation.evaluate(low), -1.0))
        most = np.minimum(most, _outwards(activation.evaluate(high), 1.0))
    elif np.isfinite(activation.lipschitz) and not activation.jumps:
        with np.errstate(invalid="ignore", over="ignore"):
            left, right = activation.evaluate(low) / 2, activation.evaluate(high) / 2
            rise = activation.lipschitz * (high / 2 - low / 2)
            off = (np.abs(left) + np.abs(right) + rise) * (UPWARDS - 1) + 2.0**-1000
            # NaN, of ∞ − ∞, tells nothing
            least = np.fmax(least, left + right - rise - off)
            most = np.fmin(most, left + right + rise + off)
    return least, most


def _outwards(numbers: Floats, direction: float) -> Floats:
    """Return the numbers moved by more than evaluating them can be off; beyond float64 they tell nothing."""
    with np.errstate(invalid="ignore"):
        moved = numbers + direction * ((UPWARDS - 1) * np.abs(numbers) + 2.0**-1000)
    return np.where(np.isnan(moved), direction * np.inf, moved)
