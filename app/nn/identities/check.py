"""The live check of an identity: the service's float64 on one side, exact arithmetic on the other."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from mpmath import MPContext

from ..activations.record import Floats
from .record import IdentityCheck

# The other side may cancel down to the smallest subnormal, 2⁻¹⁰⁷⁴; 100 bits are left then.
_BITS = 1174

CHECKED = "Our value of the left side is compared with the right side to 350 digits."


def hard_places() -> Floats:
    """Return 227 points: all magnitudes up to 800, the ends of the exponential, saturation edges."""
    powers = np.ldexp(1.0, np.arange(-1074, 10, 21))
    edges = np.array([0.5, 36.04365338911715, 36.7368005696771, 354.891356446692, 708.3964185322641])
    edges = np.concatenate([edges, [709.782712893384, 744.4400719213812, 745.1332191019411, 800.0]])
    positive = [powers, edges, np.nextafter(edges, 0), np.nextafter(edges, 900), np.linspace(0.3, 39.9, 34)]
    points = np.unique(np.concatenate(positive))
    return np.concatenate([-points[::-1], [0.0], points])


def against_exact(computed: Callable[[Floats], Floats], exact: Callable[[Any, Any], Any]) -> IdentityCheck:
    """Return the largest |computed(x) − exact(mp, x)| in units in the last place of exact(mp, x).

    `exact` is given an mpmath context of its own, since mpmath's common one is not safe among threads.
    """
    mp = MPContext()
    mp.prec = _BITS
    places = hard_places()
    largest, at = -1.0, 0.0
    for x, value in zip(places.tolist(), computed(places).tolist(), strict=True):
        true = exact(mp, mp.mpf(x))
        exponent = -1074 if true == 0 else max(mp.mag(true) - 53, -1074)
        error = float(mp.ldexp(abs(mp.mpf(value) - true), -exponent))
        if not error <= largest:
            largest, at = error, x
    return IdentityCheck(places.size, largest, at)


def against_each_other(
    first: Callable[[Floats], Floats], second: Callable[[Floats], Floats], size: float
) -> IdentityCheck:
    """Return the largest |first(x) − second(x)| in units in the last place of `size`."""
    places = hard_places()
    errors = np.abs(first(places) - second(places)) / math.ulp(size)
    worst = int(errors.argmax())
    return IdentityCheck(places.size, float(errors[worst]), float(places[worst]))
