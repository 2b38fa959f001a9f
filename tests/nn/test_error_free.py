"""The primitives against exact rational arithmetic."""

from fractions import Fraction

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from app.nn import error_free

# Exponents such that no product overflows and no error term leaves the normal range.
moderate = st.builds(
    lambda sign, mantissa, exponent: sign * float(np.ldexp(mantissa, exponent)),
    st.sampled_from([-1.0, 1.0]),
    st.floats(1.0, 2.0),
    st.integers(-200, 200),
)
anything = st.floats(-1e307, 1e307)


def exact(pair: tuple[np.ndarray, np.ndarray]) -> Fraction:
    return Fraction(float(pair[0])) + Fraction(float(pair[1]))


def as_pair(high: float, fraction: float) -> tuple[float, float]:
    """A pair whose low part is at most half an ulp of the high one."""
    return high, fraction * float(np.spacing(abs(high))) / 2


pairs = st.builds(as_pair, moderate, st.floats(-1.0, 1.0))


@given(anything, anything)
def test_two_sum_is_exact_for_any_magnitudes(a: float, b: float) -> None:
    s, e = error_free.two_sum(a, b)
    assert s == a + b
    assert exact((s, e)) == Fraction(a) + Fraction(b)


@given(st.floats(-(2.0**53), 2.0**53, exclude_min=True, exclude_max=True), st.integers(-(2**53), 2**53))
@example(3.0, 3)
@example(5e-324, 1)
@example(-0.5, 1)
@example(2.0**52 + 1, 2**53 - 1)
def test_add_whole_is_exact(a: float, whole: int) -> None:
    high, low = error_free.add_whole(np.array([a]), float(whole))
    assert high[0] == a + whole
    assert exact((high[0], low[0])) == Fraction(a) + whole


@given(anything, anything)
def test_fast_two_sum_is_exact_where_the_first_is_larger(a: float, b: float) -> None:
    a, b = (a, b) if abs(a) >= abs(b) else (b, a)
    s, e = error_free.fast_two_sum(a, b)
    assert s == a + b
    assert exact((s, e)) == Fraction(a) + Fraction(b)


@given(anything, anything)
def test_fast_two_difference_is_exact_as_fast_two_sum(a: float, b: float) -> None:
    a, b = (a, b) if abs(a) >= abs(b) else (b, a)
    s, e = error_free.fast_two_difference(a, np.array([b]))
    assert s[0] == a - b
    assert exact((s[0], e[0])) == Fraction(a) - Fraction(b)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_split_loses_nothing_and_its_upper_part_has_26_bits(a: float) -> None:
    high, low = error_free.split(a)
    assert Fraction(float(high)) + Fraction(float(low)) == Fraction(a)
    numerator = Fraction(float(high)).numerator
    assert abs(numerator).bit_length() <= 26 or numerator % 2 ** (abs(numerator).bit_length() - 26) == 0
    assert abs(low) <= abs(a) * 2.0**-25 or abs(a) < 2.0**-1022


@given(moderate, moderate)
def test_products_keep_104_bits(a: float, b: float) -> None:
    for (p, e), factor in ((error_free.two_product(a, b), b), (error_free.square(a), a)):
        true = Fraction(a) * Fraction(factor)
        assert p == a * factor
        assert abs(exact((p, e)) - true) <= abs(true) / 2**104


@given(pairs, pairs)
def test_sums_of_pairs_keep_100_bits_of_the_terms(a: tuple[float, float], b: tuple[float, float]) -> None:
    terms = abs(Fraction(a[0])) + abs(Fraction(b[0]))
    assert (
        abs(exact(error_free.add(a, b)) - (sum(map(Fraction, a)) + sum(map(Fraction, b)))) <= terms / 2**103
    )


@given(pairs, pairs)
def test_products_of_pairs_keep_100_bits(a: tuple[float, float], b: tuple[float, float]) -> None:
    true = sum(map(Fraction, a)) * sum(map(Fraction, b))
    assert abs(exact(error_free.multiply(a, b)) - true) <= abs(true) / 2**101
    squared = sum(map(Fraction, a)) ** 2
    assert abs(exact(error_free.square_pair(a)) - squared) <= squared / 2**101


@given(pairs, pairs)
def test_quotients_round_once(a: tuple[float, float], b: tuple[float, float]) -> None:
    true = sum(map(Fraction, a)) / sum(map(Fraction, b))
    assert abs(exact(error_free.quotient(a, b)) - true) <= abs(true) / 2**75
    result = float(error_free.divide(a, b))
    assert abs(Fraction(result) - true) <= Fraction(float(np.spacing(abs(result)))) * Fraction(51, 100)
    quick = float(error_free.quick_divide(a, b))
    assert abs(Fraction(quick) - true) <= Fraction(float(np.spacing(abs(quick)))) * Fraction(101, 100)


def test_arrays_and_scalars_mix_and_arguments_stay_as_they_were() -> None:
    a = np.array([1.0, 1e-20, -3.0])
    before = a.copy()
    for function in (error_free.two_sum, error_free.two_product):
        high, low = function(a, 0.1)
        assert high.shape == low.shape == (3,)
    error_free.divide((a, 0.0), (3.0, 0.0))
    assert (a == before).all()
    strided = np.arange(12.0).reshape(3, 4)[:, ::2]
    assert (np.add(*error_free.split(strided)) == strided).all()


@given(moderate, moderate)
@example(1.0 + 2.0**-52, 1.0 + 2.0**-52)
@example(2.0 - 2.0**-52, 2.0 - 2.0**-52)
def test_product_with_one_number_is_exact(a: float, b: float) -> None:
    product = error_free.product_with(np.array([a]), b)
    assert product[0] == a * b
    assert exact((product[0][0], product[1][0])) == Fraction(a) * Fraction(b)
