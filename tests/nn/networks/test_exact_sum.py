"""One rounding of a sum, judged by rational arithmetic."""

import functools
import math
import operator
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.nn.networks.exact_sum import rounded_sum

FLOATS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-2, 2),
    st.sampled_from([5e-324, -5e-324, 1.5e-323, 2.0**-1022, 1.7e308, -1.7e308, 2.0**-53, 1.0]),
)


@given(st.lists(FLOATS, min_size=1, max_size=12), st.sampled_from([1.0, 2.0, 0.5, 0.25]))
@example([1e308, 1e308, -1e308], 1.0)
@example([1.7e308, 1.7e308, -1.7e308, -1.7e308, 1.0], 2.0)
@example([5e-324], 0.5)
@example([1.5e-323, 2.0**-1021], 0.25)
@example([1.0, 2.0**-53, 2.0**-106], 1.0)
@example([0.1, 0.2, 0.3, -0.6], 1.0)
def test_the_sum_and_its_rest_are_correctly_rounded(terms: list[float], factor: float) -> None:
    value = sum(map(Fraction, terms)) * Fraction(factor)
    try:
        expected = float(value)
    except OverflowError:
        with pytest.raises(OverflowError):
            rounded_sum(terms, factor)
        return
    rounded, rest = rounded_sum(terms, factor)
    assert rounded == expected
    exact = value - Fraction(expected)
    assert rest == float(exact) or (
        abs(exact) <= Fraction(5e-324) / 2 and rest == math.copysign(5e-324, exact)
    )
    assert (rest == 0) == (exact == 0)


def test_a_naive_sum_would_not_do() -> None:
    terms = [1.0, 2.0**-53, 2.0**-53, -1.0]
    naive = functools.reduce(operator.add, terms)  # `sum` compensates, from Python 3.12 on
    assert naive != rounded_sum(terms)[0] == 2.0**-52
