"""The Gaussian tail: Mills' ratio without erf.

M(z) = Φ(−z)/φ(z) is smooth and falls like 1/z, so (z + 3)·M(z)/√(2π) varies little over 0 ≤ z < ∞. With
t = (z − 3)/(z + 3) it is a function on [−1, 1); segments of 1/32, a polynomial of degree 6 on each, by
interpolation at 7 Chebyshev nodes, relative error below 2⁻⁵⁷. The constant terms are kept as pairs.
"""

import numpy as np

from ..error_free import Floats, add_whole, fast_two_sum, split
from .mills_segments import SEGMENTS
from .polynomial import horner

SHIFT = 3.0

# COEFFICIENTS[i][k] belongs to uⁱ on segment k, with u in [−½, ½] there.
CONSTANT_LOW, *COEFFICIENTS = SEGMENTS.T.copy()

# The middles m of the segments, as 64 − m and 3m.
_MIDDLES = np.arange(len(SEGMENTS)) + 0.5
_FACTORS, _OFFSETS = 64.0 - _MIDDLES, SHIFT * _MIDDLES


def mills(z: Floats) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return (z + 3)·M(z)/√(2π) and z + 3, both as pairs, for 0 ≤ z ≤ 39."""
    shifted = add_whole(z, SHIFT)
    position = z / shifted[0]
    position *= 64.0  # 32·(t + 1)
    segment = position.astype(np.intp)
    # 64·z/(z + 3) − m, without the digits that the difference would lose.
    u = z * _FACTORS.take(segment)
    u -= _OFFSETS.take(segment)
    u /= shifted[0]
    rest = horner([row.take(segment) for row in COEFFICIENTS[1:]], u)
    rest *= u
    rest += CONSTANT_LOW.take(segment)
    return fast_two_sum(COEFFICIENTS[0].take(segment), rest), shifted


def gauss_exponent(z: Floats) -> tuple[Floats, Floats]:
    """Return −z²/2 as two, the first of 52 bits, the second up to 2⁻²⁵ of it: −h²/2 and (h − z)·(h + z)/2.

    h is the first of the two into which `split` cuts z.
    """
    upper, lower = split(z)
    high = -0.5 * upper
    high *= upper
    low = upper + z
    low *= lower
    low *= -0.5
    return high, low
