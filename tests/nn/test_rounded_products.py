"""Products with exact sums, rounded once: Fractions judge."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.nn.errors import Overflow, ShapeMismatch
from app.nn.limbs import LimbSums
from app.nn.rounded_products import rounded_products


def sums_of(*factors):
    made = LimbSums((factors[0].shape[1], factors[1].shape[1]))
    made.add_products(*factors)
    return made


def exactly(rows, left, right):
    """Return rows·(leftᵀ·right), each entry rounded once."""
    rows, left, right = (np.vectorize(Fraction, otypes=[object])(one) for one in (rows, left, right))
    whole = rows @ (left.T @ right)
    return np.vectorize(lambda one: one.numerator / one.denominator, otypes=[float])(whole)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(-500, 400), st.sampled_from(range(6)))
def test_products_are_those_of_fractions_rounded_once(seed, depth, size, kind):
    generator = np.random.default_rng(seed)
    left, right = generator.standard_normal((3, depth)), generator.standard_normal((3, 4))
    rows = generator.standard_normal((6, depth))
    if kind == 1:  # whole numbers: many sums lie in the middle between two float64, or are zero
        left, right = np.rint(left * 2**20), np.rint(right * 2**20)
        rows = np.rint(rows * 2**14)
    elif kind == 2:  # numbers of many sizes
        left *= 2.0 ** generator.integers(-60, 60, left.shape)
        rows *= 2.0 ** generator.integers(-60, 60, rows.shape)
    elif kind == 3:  # rows that cancel but for the last of them
        rows[:, depth // 2 :] = 0.0
        rows[1] = -rows[0]
        left[:, -1] = -left[:, 0]
        rows[:, -1] = rows[:, 0] * (1 + 2.0**-52)
    elif kind == 4:  # more kinds of numbers than are cut at once
        rows[::2] *= 2.0**-300
        right[0] *= 2.0**-200
    elif kind == 5:  # float32, and zeros
        rows = rows.astype(np.float32).astype(float)
        rows[3] = 0.0
    rows *= 2.0**size
    assert (rounded_products(rows, sums_of(left, right)) == exactly(rows, left, right)).all()


@pytest.mark.parametrize("seed", range(8))
def test_products_in_the_middle_round_to_even(seed):
    """1 + 2⁻⁵³ is in the middle; what is below by any power of two decides."""
    for power in (*range(-60, -150, -7), -400, -1000):
        for sign in (1.0, -1.0, 0.0):
            rows = np.array([[1.0, 2.0**-53, sign * 2.0**power]]) * (1 + 2 * seed)
            ones = np.eye(3), np.ones((3, 1))
            assert (rounded_products(rows, sums_of(*ones)) == exactly(rows, *ones)).all()
            # The same where the sums, not the rows, hold it: among the limbs that are left out at first.
            turned = np.eye(3), rows.T
            assert (
                rounded_products(np.ones((1, 3)), sums_of(*turned)) == exactly(np.ones((1, 3)), *turned)
            ).all()


def test_products_of_more_columns_than_a_slice_adds():
    generator = np.random.default_rng(0)
    rows, left = generator.integers(-(2**21), 2**21, (3, 5000)) * 1.0, np.full((1, 5000), 2.0**21 + 1)
    assert (
        rounded_products(rows, sums_of(left, np.ones((1, 2)))) == exactly(rows, left, np.ones((1, 2)))
    ).all()


def test_products_of_nothing_are_zero():
    assert (
        rounded_products(np.zeros((2, 3)), sums_of(np.ones((1, 3)), np.ones((1, 2)))).tolist() == [[0, 0]] * 2
    )
    assert rounded_products(np.ones((2, 3)), LimbSums((3, 1))).tolist() == [[0], [0]]
    assert rounded_products(np.ones((0, 3)), sums_of(np.ones((1, 3)), np.ones((1, 2)))).shape == (0, 2)


def test_products_beyond_the_largest_float_name_the_entry():
    rows = np.ones((3, 2))
    rows[1] = 1e308
    with pytest.raises(Overflow) as caught:
        rounded_products(rows, sums_of(np.eye(2) * 9, np.array([[0.0, 1.0], [0.0, 1.0]])))
    assert caught.value.at == (1, 1)
    with pytest.raises(ShapeMismatch):
        rounded_products(np.ones((1, 3)), LimbSums((2, 1)))


def test_subnormal_products_are_rounded_once():
    generator = np.random.default_rng(1)
    rows = generator.standard_normal((50, 3)) * 2.0**-800
    left, right = generator.standard_normal((2, 3)) * 2.0**-262, generator.standard_normal((2, 3))
    found = rounded_products(rows, sums_of(left, right))
    assert (found == exactly(rows, left, right)).all() and found.any()
