"""The Gaussian tail: Mills' ratio without erf.

M(z) = Φ(−z)/φ(z) is smooth and falls like 1/z, so (z + 3)·M(z)/√(2π) varies little over 0 ≤ z < ∞. With
t = (z − 3)/(z + 3) it is a function on [−1, 1); segments of 1/32, a polynomial of degree 6 on each, by
interpolation at 7 Chebyshev nodes, relative error below 2⁻⁵⁷. The constant terms are kept as pairs.
"""

import numpy as np

from ..error_free import Floats, add_whole, fast_two_sum, square
from .mills_segments import SEGMENTS
from .polynomial import horner

SHIFT = 3.0

# COEFFICIENTS[i][k] belongs to uⁱ on segment k, with u in [−½, ½] there.
CONSTANT_LOW, *COEFFICIENTS = SEGMENTS.T.copy()


def mills(z: Floats) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return (z + 3)·M(z)/√(2π) and z + 3, both as pairs, for 0 ≤ z ≤ 39."""
    shifted = add_whole(z, SHIFT)
    position = z - SHIFT
    position /= shifted[0]
    position += 1.0
    position *= 32.0
    segment = position.astype(np.intp)
    position -= segment
    position -= 0.5
    rest = horner([row.take(segment) for row in COEFFICIENTS[1:]], position)
    rest *= position
    rest += CONSTANT_LOW.take(segment)
    return fast_two_sum(COEFFICIENTS[0].take(segment), rest), shifted


def gauss_exponent(z: Floats) -> tuple[Floats, Floats]:
    """Return −z²/2 as a pair."""
    high, low = square(z)
    return -0.5 * high, -0.5 * low
