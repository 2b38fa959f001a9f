"""Sums and products without loss: each result comes with its own rounding error.

A *pair* (high, low) of float64 arrays stands for the unevaluated sum high + low, about 106 bits. The
first group of functions is exact; the second works on pairs with a relative error of some 2⁻¹⁰⁴; the
last rounds once. Only + − × ÷ and bit masks are used, so every CPU gives the same bits.

All arguments are finite. Exact results are meant where no intermediate overflows and no error term falls
below the smallest subnormal; callers clip or scale first.

Sources: Møller 1965 and Knuth, TAOCP 2, §4.2.2 (two_sum); Dekker 1971, *A floating-point technique for
extending the available precision* (fast_two_sum, two_product and the arithmetic of pairs).
"""

from typing import Any, TypeVar, overload

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Real = Floats | float
Pair = tuple[Real, Real]
N = TypeVar("N", Floats, float)

# The upper 26 significant bits (the hidden one included) of a float64: 64 − 27 bits are kept, of which
# 12 are sign and exponent. The lower part then has 27 bits, and products of two upper parts are exact.
# As an array: NumPy looks at a number for longer than it takes to mask a hundred.
_UPPER = np.array(-1 << 27, dtype=np.int64)


@overload
def two_sum(a: Floats, b: Real) -> tuple[Floats, Floats]: ...
@overload
def two_sum(a: float, b: Floats) -> tuple[Floats, Floats]: ...
@overload
def two_sum(a: float, b: float) -> tuple[float, float]: ...
def two_sum(a: Any, b: Any) -> tuple[Any, Any]:
    """Return (s, e) with s = fl(a + b) and s + e = a + b exactly, whatever the magnitudes."""
    s = a + b
    t = a - s
    error = a - (s + t)
    t += b
    error += t
    return s, error


@overload
def fast_two_sum(a: Floats, b: Real) -> tuple[Floats, Floats]: ...
@overload
def fast_two_sum(a: float, b: Floats) -> tuple[Floats, Floats]: ...
@overload
def fast_two_sum(a: float, b: float) -> tuple[float, float]: ...
def fast_two_sum(a: Any, b: Any) -> tuple[Any, Any]:
    """Return (s, e) with s = fl(a + b) and s + e = a + b exactly, where |a| ≥ |b| or a = 0."""
    s = a + b
    return s, b - (s - a)


def fast_two_difference(a: Real, b: Floats) -> tuple[Floats, Floats]:
    """Return (s, e) with s = fl(a − b) and s + e = a − b exactly, where |a| ≥ |b|: without negating b."""
    s: Floats = a - b
    e: Floats = a - s
    e -= b
    return s, e


def add_whole(a: Floats, whole: Real) -> tuple[Floats, Floats]:
    """Return (s, e) with s = fl(a + n) and s + e = a + n exactly, for whole numbers n and |a| < 2⁵³.

    In half the steps of `two_sum`: s − n is exact, since n ends no further down than s does; where a ends
    no further down than s, s is exact itself.
    """
    s = a + whole
    error = s - whole
    np.subtract(a, error, out=error)
    return s, error


def moderate_upper(a: N) -> N:
    """Return a rounded to 26 bits, for |a| < 2^990: by Veltkamp's product, which plain numbers know too."""
    shifted = a * (2.0**27 + 1.0)
    return shifted - (shifted - a)


def upper(a: Real) -> Floats:
    """Return a with all but its 26 leading significant bits cleared.

    By mask rather than by Veltkamp's product with 2²⁷ + 1, which overflows above 1.3e300.
    """
    a = np.asarray(a, dtype=np.float64)
    masked: Floats = (a.view(np.int64) & _UPPER).view(np.float64)
    return masked


def split(a: Real) -> tuple[Floats, Floats]:
    """Return (h, l) with h + l = a exactly, h of 26 and l of at most 27 significant bits."""
    h = upper(a)
    return h, np.subtract(a, h)


def two_product(a: Real, b: Real) -> tuple[Floats, Floats]:
    """Return (p, e) with p = fl(a·b) and p + e = a·b to within 2⁻¹⁰⁴.

    Not always exactly: lower parts cut by mask have 27 bits rather than 26 and a sign, the price of a
    split that cannot overflow. It is far below what the arithmetic of pairs keeps.
    """
    p = np.multiply(a, b)
    a_high, a_low = split(a)
    b_high, b_low = split(b)
    error = a_high * b_high
    error -= p
    a_high *= b_low
    error += a_high
    b_high *= a_low
    error += b_high
    a_low *= b_low
    error += a_low
    return p, error


def product_with(a: Real, b: float) -> tuple[Floats, Floats]:
    """Return (p, e) with p = fl(a·b) and p + e = a·b exactly, for one number b below 2^990 in size.

    b is cut by Veltkamp's rounding, so that both its parts have 26 bits and every partial product is exact.
    """
    b_high = moderate_upper(b)
    b_low = b - b_high
    p = np.multiply(a, b)
    a_high, a_low = split(a)
    return p, ((a_high * b_high - p) + a_low * b_high + a_high * b_low) + a_low * b_low


def square(a: Real) -> tuple[Floats, Floats]:
    """Return (p, e) with p = fl(a²) and p + e = a², as `two_product`, with one split."""
    p = np.multiply(a, a)
    high, low = split(a)
    error = high * high
    error -= p
    high *= 2.0
    high *= low
    error += high
    low *= low
    error += low
    return p, error


def add(a: Pair, b: Pair) -> tuple[Floats, Floats]:
    """Return a + b as a pair: error ≤ 2⁻¹⁰⁴ of |a| + |b|, so relative only where they do not cancel."""
    s, e = two_sum(np.asarray(a[0]), b[0])
    e += a[1]
    e += b[1]
    return fast_two_sum(s, e)


def add_smaller(a: Pair, b: Pair) -> tuple[Floats, Floats]:
    """Return a + b as a pair, for |a| ≥ |b| or a = 0: not normalised, its high part is fl(a[0] + b[0])."""
    s, e = fast_two_sum(np.asarray(a[0]), b[0])
    return s, e + a[1] + b[1]


def choose(condition: npt.NDArray[np.bool_], a: Pair, b: Pair) -> tuple[Floats, Floats]:
    """Return a where `condition` holds, else b: by bits, since signs at random make `np.where` mispredict."""
    keep = condition.astype(np.int64)
    np.negative(keep, out=keep)
    return _select(keep, a[0], b[0]), _select(keep, a[1], b[1])


def _select(keep: npt.NDArray[np.int64], a: Real, b: Real) -> Floats:
    other = np.asarray(b, dtype=np.float64).view(np.int64)
    bits = np.asarray(a, dtype=np.float64).view(np.int64) ^ other
    bits = bits & keep
    bits ^= other
    chosen: Floats = bits.view(np.float64)
    return chosen


def one_minus_where(condition: npt.NDArray[np.bool_], a: Pair) -> Floats:
    """Return 1 − a where `condition` holds, else a, rounded to one float64 as (1 − a[0]) − a[1] is."""
    sign = condition.astype(np.float64)
    result = sign.copy()
    sign *= -2.0
    sign += 1.0
    result += sign * a[0]
    sign *= a[1]
    result += sign
    return result


def multiply(a: Pair, b: Pair) -> tuple[Floats, Floats]:
    """Return a·b as a pair."""
    p, e = two_product(a[0], b[0])
    e += a[0] * b[1]
    e += a[1] * b[0]
    return fast_two_sum(p, e)


def square_pair(a: Pair) -> tuple[Floats, Floats]:
    """Return a² as a pair, not normalised: high is fl(a[0]²)."""
    p, e = square(a[0])
    return p, e + 2.0 * a[0] * a[1]


def quotient(a: Pair, b: Pair) -> tuple[Floats, Floats]:
    """Return a/b as (q, r): q holds 26 bits, r the rest, correct to about 2⁻⁷⁸ of a/b.

    q has so few bits that q·b is exact in three products; the remainder a − q·b is then divided by b.
    """
    q = upper(np.divide(a[0], b[0]))
    b_high, b_low = split(b[0])
    remainder = a[0] - q * b_high
    remainder -= q * b_low
    remainder -= q * b[1]
    remainder += a[1]
    return q, remainder / b[0]


def divide(a: Pair, b: Pair) -> Floats:
    """Return a/b as one float64, rounded once: within 0.51 ulp of the quotient of the pairs."""
    q, r = quotient(a, b)
    return np.add(q, r)


def quick_divide(a: Pair, b: Pair) -> Floats:
    """Return a/b as one float64 within 1.01 ulp, at half the cost of `divide`.

    The quotient of the upper parts, corrected for the lower ones; its own rounding stays.
    """
    q = np.divide(a[0], b[0])
    return np.add(q, (a[1] - q * b[1]) / b[0])
