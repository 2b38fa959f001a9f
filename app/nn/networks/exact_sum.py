"""Sums of float64 with one rounding, and what that rounding left."""

from collections.abc import Sequence
from fractions import Fraction
from math import copysign, fsum

# Every finite float64 is a whole multiple of 2⁻¹⁰⁷⁴.
_SPACING_EXPONENT = 1074
_SMALLEST = 2.0**-_SPACING_EXPONENT


def rounded_sum(terms: Sequence[float], factor: float = 1.0) -> tuple[float, float]:
    """Return factor·Σterms correctly rounded, and the correctly rounded rest factor·Σterms − that.

    `factor` is a power of two. Half an ulp bounds the rest, which is not rounded to 0: where it is below
    the smallest float64, that one with its sign stands for it. Partial sums may overflow.

    Raises `OverflowError` if the exact value is beyond the largest float64.
    """
    try:
        total = fsum(terms)
        rest = fsum((*terms, -total))
    except OverflowError:  # a partial sum did; the value may still be finite
        return _rounded_in_integers(terms, factor)
    scaled, scaled_rest = factor * total, factor * rest
    if scaled / factor == total and scaled_rest / factor == rest:
        return scaled, scaled_rest
    return _rounded_in_integers(terms, factor)  # among the subnormals scaling would round once more


def _rounded_in_integers(terms: Sequence[float], factor: float) -> tuple[float, float]:
    units = sum(_in_smallest_units(term) for term in terms)
    value = Fraction(units, 1 << _SPACING_EXPONENT) * Fraction(factor)
    rounded = float(value)
    rest = value - Fraction(rounded)
    return rounded, float(rest) or (copysign(_SMALLEST, rest) if rest else 0.0)


def _in_smallest_units(number: float) -> int:
    numerator, denominator = number.as_integer_ratio()
    return numerator * ((1 << _SPACING_EXPONENT) // denominator)
