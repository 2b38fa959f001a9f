"""Exact sums in limbs: Fractions are the judge, in any order, parts and scales."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.nn.errors import NotFinite, Overflow, ShapeMismatch
from app.nn.limbs import BITS, LEVELS, LimbSums, slices_of

LARGEST, SMALLEST = np.finfo(float).max, 5e-324

FINITE = st.floats(allow_nan=False, allow_infinity=False)
SCALED = st.builds(np.ldexp, st.floats(-1, 1), st.integers(-60, 60)).map(float)
EDGES = st.sampled_from([LARGEST, -LARGEST, SMALLEST, -SMALLEST, 2.0**-1022, 0.0, -0.0, 2.0**21, -(2.0**21)])
NUMBERS = st.one_of(FINITE, SCALED, EDGES)
COLUMNS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=30)


def exact(numbers):
    return sum(map(Fraction, numbers), Fraction(0))


def rounded(value):
    """Return a fraction as a float64; Python rounds the quotient of two whole numbers correctly."""
    return value.numerator / value.denominator


def value(sums, at=()):
    return sum(
        (Fraction(int(limb[at])) * Fraction(2) ** (BITS * level) for level, limb in sums.limbs.items()),
        Fraction(0),
    )


def summed(rows, shape):
    sums = LimbSums(shape)
    for row in rows:
        sums.add(np.asarray(row, dtype=float))
    return sums


@given(COLUMNS)
def test_sums_are_those_of_fractions(rows):
    sums = summed(rows, (2,))
    for column in (0, 1):
        assert value(sums, column) == exact(row[column] for row in rows)


@given(COLUMNS, st.integers(1, 10**12))
def test_rounding_is_once_of_the_quotient(rows, count):
    means = [exact(row[column] for row in rows) / count for column in (0, 1)]
    try:
        expected = [rounded(mean) for mean in means]
    except OverflowError:
        with pytest.raises(Overflow):
            summed(rows, (2,)).rounded(count)
        return
    assert summed(rows, (2,)).rounded(count).tolist() == expected


@settings(max_examples=40)
@given(COLUMNS, st.randoms(use_true_random=False), st.integers(1, 4))
def test_merging_commutes_limb_for_limb(rows, random, parts):
    shuffled = list(rows)
    random.shuffle(shuffled)
    merged = LimbSums((2,))
    for part in range(parts):
        merged.merge(summed(shuffled[part::parts], (2,)))
    assert merged == summed(rows, (2,))
    at_once = LimbSums((2,))
    at_once.add_rows(np.array(rows))
    assert at_once == merged


@given(COLUMNS)
def test_what_cancels_leaves_nothing(rows):
    sums = summed(rows, (2,))
    sums.add_rows(-np.array(rows))
    assert not sums.limbs and sums == LimbSums((2,))
    assert sums.rounded().tobytes() == bytes(16)


@given(COLUMNS)
def test_limbs_are_balanced_and_levels_known(rows):
    for level, limb in summed(rows, (2,)).limbs.items():
        assert level in LEVELS and limb.any() and limb.min() >= -(2**21) and limb.max() < 2**21


@settings(max_examples=40)
@given(st.lists(st.tuples(*[NUMBERS] * 5), min_size=1, max_size=12))
def test_sums_of_products_are_exact(rows):
    left, right = np.array(rows)[:, :2], np.array(rows)[:, 2:]
    sums = LimbSums((2, 3))
    sums.add_products(left, right)
    for i in range(2):
        for j in range(3):
            expected = sum(
                (Fraction(a) * Fraction(b) for a, b in zip(left[:, i], right[:, j], strict=True)), Fraction(0)
            )
            assert value(sums, (i, j)) == expected
    order = np.random.default_rng(len(rows)).permutation(len(rows))
    again = LimbSums((2, 3))
    again.add_products(left[order], right[order])
    assert again == sums


@pytest.mark.parametrize("number", [2.0**21, -(2.0**21), 2.0**43 + 2.0**21, LARGEST, SMALLEST, 1.5])
def test_sums_of_products_are_exact_for_many_equal_rows(number):
    """A digit of 2²¹ everywhere and more rows than one product may add: the largest sums that occur."""
    rows = 4097
    factors = np.full((rows, 1), number)
    sums = LimbSums((1, 1))
    sums.add_products(factors, factors)
    assert value(sums, (0, 0)) == rows * Fraction(number) ** 2


@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_slices_make_up_the_numbers(numbers):
    found = slices_of(np.array(numbers))
    for index, number in enumerate(numbers):
        assert exact(Fraction(one[index]) * Fraction(2) ** e for e, one in found) == Fraction(number)
    assert all(np.abs(one).max() <= 2**21 and (one == np.rint(one)).all() for _, one in found)
    assert all(e - after >= BITS or after == -1074 for (e, _), (after, _) in pairwise(found))


def test_sums_overflow_only_when_they_are_read():
    sums = summed([[LARGEST], [LARGEST]], (1,))
    with pytest.raises(Overflow) as caught:
        sums.rounded()
    assert caught.value.at == (0,)
    assert sums.rounded(2).tolist() == [LARGEST]
    sums.add(np.array([-LARGEST]))
    assert sums.rounded().tolist() == [LARGEST]


def test_sums_of_half_spacings_round_to_even():
    assert summed([1.0, 2.0**-53], ()).rounded() == 1.0
    assert summed([1.0, 2.0**-53, SMALLEST], ()).rounded() == 1.0 + 2.0**-52
    assert summed([SMALLEST], ()).rounded(2) == 0.0 and summed([3 * SMALLEST], ()).rounded(2) == 2 * SMALLEST


def test_sums_refuse_other_shapes_and_what_is_not_finite():
    sums = LimbSums((2,))
    for wrong in (np.nan, np.inf):
        with pytest.raises(NotFinite):
            sums.add(np.array([0.0, wrong]))
    with pytest.raises(ShapeMismatch):
        sums.add(np.zeros(3))
    with pytest.raises(ShapeMismatch):
        sums.add_rows(np.zeros((2, 3)))
    with pytest.raises(ShapeMismatch):
        sums.merge(LimbSums((3,)))
    with pytest.raises(ShapeMismatch):
        LimbSums((2, 2)).add_products(np.zeros((3, 2)), np.zeros((2, 2)))
    with pytest.raises(ShapeMismatch):
        LimbSums((2,), {0: np.zeros(3, dtype=np.int64)})
    assert not sums.limbs
