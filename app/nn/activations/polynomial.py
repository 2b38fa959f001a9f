"""Polynomials."""

from collections.abc import Sequence

from ..error_free import Floats


def horner(coefficients: Sequence[float | Floats], t: Floats) -> Floats:
    """Return Σ coefficients[i]·tⁱ; a coefficient may be an array of t's shape."""
    result = t * coefficients[-1]
    result += coefficients[-2]
    for coefficient in coefficients[-3::-1]:
        result *= t
        result += coefficient
    return result
