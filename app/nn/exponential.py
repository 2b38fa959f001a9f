"""The exponential as a sum of two numbers, right to about 2⁻⁶², from + − × and two tables alone.

eˣ = 2^k · 2^(i/1024) · eʳ with |r| ≤ ln2/2048. 2^(i/1024) is a number of 26 bits times e^δ, |δ| < 2⁻²⁵: δ is
added to r, and a polynomial of degree 4 gives e^(r + δ) − 1. Method: P. T. P. Tang 1989, *Table-driven
implementation of the exponential function in IEEE floating-point arithmetic*, and S. Gal and B. Bachelis
1991, *An accurate elementary mathematical library for the IEEE floating point standard*. The tests derive the
constants again.
"""

from math import isqrt

import numpy as np
import numpy.typing as npt

from .error_free import Floats, N, Pair, Real, fast_two_sum, multiply

Integers = npt.NDArray[np.int64]

STEPS_PER_UNIT = 1477.3197218702985  # 1024 / ln 2
STEP_HIGH = 0.0006769015433292225  # ln 2 / 1024 cut to multiples of 2⁻⁴²: k times it is exact for |k| < 2²²
STEP_LOW = 1.8634911418658083e-13  # ln 2 / 1024 − STEP_HIGH

# The three as arrays: NumPy looks at a Python float for as long as it multiplies some hundred numbers.
_STEPS_PER_UNIT, _STEP_HIGH, _STEP_LOW = map(np.array, (STEPS_PER_UNIT, STEP_HIGH, STEP_LOW))

# Adding 1.5·2⁵² to a number below 2⁵¹ leaves its nearest integer in the lowest bits of the sum.
TO_INTEGER = 1.5 * 2.0**52

# 2^(i/1024) is computed as a whole number of so many bits.
_BITS = 160


def _table() -> tuple[Floats, Floats]:
    """Return 2^(i/1024) cut to 26 bits, and the logarithm of what it was cut by, i = 0 … 1023."""
    step = 2 << _BITS
    for _ in range(10):
        step = isqrt(step << _BITS)
    power, upper, logarithms = 1 << _BITS, [], []
    for _ in range(1024):
        kept = power >> (_BITS - 25)
        whole = kept << (_BITS - 25)
        growth = (power - whole) / whole
        upper.append(kept / 2**25)
        logarithms.append(growth - growth * growth / 2)  # ln(1 + growth) to 2⁻⁷⁷
        power = power * step >> _BITS
    return np.array(upper), np.array(logarithms)


TABLE, TABLE_LOGARITHM = _table()

# Its bits, with 2^−(i/1024) taken out of the exponent: adding k·2⁴² for k = 1024·q + i leaves 2^q.
_TABLE_BITS = TABLE.view(np.int64) - (np.arange(1024) << 42)


def exp_terms(x: Floats, low: Real | None = None, shift: int = 0) -> tuple[Floats, Floats]:
    """Return (b, g) with 2^shift · e^(x + low) = b + g, b of 26 bits and |g| ≤ 2⁻¹¹·b.

    For −700 ≤ x + shift·ln 2 ≤ 700 and |low| ≤ 2⁻¹⁴: relative error below 2⁻⁶². `low` carries what
    rounding x left, for arguments that are themselves the result of a computation. Sums of exponentials that
    would end among the subnormals keep their digits with a shift.
    """
    integer, index, growth = _reduced(x, low, shift)
    # Of the integer's bits those of 1.5·2⁵² are shifted out.
    integer <<= 42
    integer += _TABLE_BITS.take(index)
    base = integer.view(np.float64)
    growth *= base
    return base, growth


def exp_double(x: Floats, low: Real | None = None, shift: int = 0) -> tuple[Floats, Floats]:
    """Return what `exp_terms` does as a pair."""
    return fast_two_sum(*exp_terms(x, low, shift))


def exp_parts(x: Floats, low: Real | None = None) -> tuple[Floats, Floats, Integers]:
    """Return (h, l, k) with e^(x + low) = (h + l)·2^k and h in [0.99, 2), for |x| ≤ 1600; see `exp_terms`."""
    integer, index, growth = _reduced(x, low, 0)
    base = TABLE.take(index)
    growth *= base
    high, rest = fast_two_sum(base, growth)
    # The lowest 51 bits hold the integer; the rest of them vanish in the difference.
    return high, rest, (integer - _TO_INTEGER_BITS) >> 10


def _reduced(x: Floats, low: Real | None, shift: int) -> tuple[Integers, Integers, Floats]:
    """Return 1024·(k + shift) + i in the lowest bits of an integer, i, and e^(r + δ) − 1."""
    to_integer = np.array(TO_INTEGER + 1024.0 * shift)
    shifted = x * _STEPS_PER_UNIT
    shifted += to_integer
    steps = shifted - to_integer
    r = steps * _STEP_HIGH
    np.subtract(x, r, out=r)
    steps *= _STEP_LOW
    if low is not None:
        np.subtract(low, steps, out=steps)
        r += steps
    else:
        r -= steps
    integer = shifted.view(np.int64)
    index = integer & 1023
    r += TABLE_LOGARITHM.take(index)
    return integer, index, growth_of(r)


def growth_of(r: N) -> N:
    """Return eʳ − 1 for |r| ≤ 2⁻¹¹: r + r²·(1/2 + r/6 + r²/24); r⁵/120 < 2⁻⁶⁴ is left out."""
    growth = r * (1 / 24)
    growth += 1 / 6
    growth *= r
    growth += 0.5
    growth *= r
    growth *= r
    growth += r
    return growth


def exp_times(factor: Pair, x: Floats, low: Real | None = None, power: int = 0) -> Floats:
    """Return factor · 2^power · e^(x + low) within 0.76 spacings, also where it ends among the subnormals.

    For any finite factor and x ≤ 1600; below −1600 every such product is zero and x is taken as that.
    The factor's exponent is kept apart until the end, so nothing under- or overflows on the way and the
    second rounding, into the subnormals, comes after 53 correct bits. Slower than `exp_double`: for tails.
    """
    high, rest, exponent = exp_parts(np.maximum(x, -1600.0), low)
    mantissa, scale = np.frexp(factor[0])
    product, error = multiply((mantissa, np.ldexp(factor[1], -scale)), (high, rest))
    result: Floats = np.ldexp(product + error, exponent.astype(np.int32) + scale + np.int32(power))
    return result


# The bits of 1.5·2⁵², to be taken from those of `shifted`.
_TO_INTEGER_BITS = np.float64(TO_INTEGER).view(np.int64)
