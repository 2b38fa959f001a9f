"""Rounding: what is honest is right, and what keeps too few digits, or is another number, is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.nn.gradients.parts import Rules, judge
from app.nn.gradients.rounding import Rounding, as_written, right_as_written

STRICT = Rules(1e-9)


def written(numbers, digits):
    return np.vectorize(lambda number: float(f"{number:.{digits - 1}e}"))(numbers)


def verdict(given, right, rules=STRICT):
    given, right = np.array(given, dtype=float), np.array(right, dtype=float)
    return judge(given, right, np.full(right.shape, 1e-15), rules)


RIGHT = [[0.2384058440442351, 0.4768116880884702], [-0.2384058440442351, -0.4768116880884702]]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([[0.24, 0.48], [-0.24, -0.48]], Rounding("decimals", 2)),
        ([[0.238, 0.477], [-0.238, -0.477]], Rounding("decimals", 3)),
        ([[0.2384058, 0.4768117], [-0.2384058, -0.4768117]], Rounding("decimals", 7)),
    ],
)
def test_rounded_numbers_are_right_and_say_so(given, told):
    one = verdict(given, RIGHT)
    assert (one.correct, one.rounded) == (True, told)
    assert not verdict(given, RIGHT, Rules(1e-9, rounding=False)).correct


@pytest.mark.parametrize(
    "given",
    [
        [[0.2, 0.5], [-0.2, -0.5]],  # one digit each
        [[0.0, 0.0], [0.0, 0.0]],
        [[0.24, 0.48], [-0.24, -0.47]],  # one of them is another number
        [[0.24, 0.4768116880884702], [-0.24, -0.48]],  # written in full beside it
        [[0.23, 0.47], [-0.23, -0.47]],  # cut off, not rounded
        [[0.3, 0.3], [0.3, 0.3]],
        [[1.0, 1.0], [1.0, 1.0]],
    ],
)
def test_other_numbers_are_wrong_however_short(given):
    one = verdict(given, RIGHT)
    assert (one.correct, one.rounded) == (False, None)


def test_only_the_entry_that_is_no_rounding_is_wrong():
    assert np.argwhere(verdict([[0.24, 0.48], [-0.24, -0.49]], RIGHT).wrong).tolist() == [[1, 1]]


def test_a_large_wrong_entry_does_not_make_one_digit_enough():
    assert verdict([[0.2, 50.0], [-0.2, -0.5]], RIGHT).wrong.all()


def test_small_entries_may_round_to_zero_beside_a_large_one():
    one = verdict([0.25, 0.0, -0.13], [0.2479, -0.00308886, -0.1299])
    assert (one.correct, one.rounded) == (True, Rounding("decimals", 2))


def test_significant_digits_count_where_decimals_do_not():
    one = verdict([0.00012, 34.0, -1200.0], [0.000123, 34.4, -1234.0])
    assert (one.correct, one.rounded) == (True, Rounding("significant", 2))
    assert not verdict([0.00012, 34.0, -1300.0], [0.000123, 34.4, -1234.0]).correct


def test_a_tie_is_right_either_way():
    assert verdict([0.12, 0.12], [0.125, 0.125]).correct
    assert verdict([0.13, 0.13], [0.125, 0.125]).correct


@given(st.integers(0, 2**32 - 1), st.integers(2, 12), st.integers(-12, 12))
def test_whatever_is_rounded_honestly_is_right(seed, digits, exponent):
    random = np.random.default_rng(seed)
    right = random.normal(size=(random.integers(1, 6), random.integers(1, 6))) * 10.0**exponent
    assert verdict(written(right, digits), right).correct
    decimals = digits - exponent
    if 0 <= decimals <= 20 and np.abs(right).max() * 10.0**decimals >= 10:
        rounded = np.array([float(f"{number:.{decimals}f}") for number in right.ravel()]).reshape(right.shape)
        assert verdict(rounded, right).correct


@pytest.mark.parametrize(
    ("given", "right", "told"),
    [
        ([5.0], [4.99999954975], Rounding("decimals", 1)),
        ([0.3, -0.1], [0.2996, -0.1013], Rounding("decimals", 2)),
        ([-40.0, 700.0], [-39.8, 704.0], Rounding("significant", 2)),
        ([0.1, 0.02], [0.0996, 0.0199], Rounding("decimals", 2)),
    ],
)
def test_noughts_that_are_lost_count_as_digits(given, right, told):
    """5.0 is 5 in JSON."""
    one = verdict(given, right)
    assert (one.correct, one.rounded) == (True, told)
    assert not verdict(1.04 * np.array(given), right).correct


@pytest.mark.parametrize(("given", "right"), [(0.098, 0.1), (0.102, 0.0999), (9.8, 10.04), (-0.98, -1.0)])
def test_numbers_beside_a_power_of_ten_are_no_coarser(given, right):
    assert not verdict([given], [right]).correct


@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_one_entry_that_is_two_units_off_is_wrong(seed, digits):
    random = np.random.default_rng(seed)
    right = random.uniform(0.1, 0.99, size=6)
    rounded = np.round(right, digits)
    rounded[3] = np.round(rounded[3] + 2 * 10.0**-digits, digits)
    one = verdict(rounded, right)
    assert one.wrong[3]
    assert not one.correct


def test_float32_counts_by_its_own_digits():
    given = np.array([0.24, 0.48], dtype=np.float32)
    assert Rounding("decimals", 2) in as_written(given)
    assert judge(given, np.array([0.2384, 0.4768]), np.zeros(2), STRICT).correct


@pytest.mark.parametrize("numbers", [[np.nan, 0.25], [np.inf, 0.25], [], [0.1234567890123456, 0.25]])
def test_what_is_not_short_is_not_rounded(numbers):
    assert as_written(np.array(numbers)) == ()


def test_rules_refuse_tolerances_that_are_none():
    for name in ("tolerance", "absolute_tolerance"):
        with pytest.raises(Exception, match="finite tolerance"):
            Rules(**{"tolerance": 0.0, name: -1.0})


def test_an_absolute_tolerance_is_beside_the_relative_one():
    assert verdict([0.2479, -0.0031], [0.2479, -0.00308886], Rules(1e-3, 5e-5, rounding=False)).correct
    assert not verdict([0.2479, -0.0031], [0.2479, -0.00308886], Rules(1e-3, rounding=False)).correct


@pytest.mark.parametrize("number", [1e308, -1.7e308, 5e-324, 1e-300])
def test_numbers_at_both_ends_are_judged_as_others(number: float) -> None:
    """10 to the places of the largest is beyond every float64."""
    given = np.array([[number, -number], [0.0, number]])
    assert right_as_written(given, given, np.zeros(given.shape))
    assert not right_as_written(given, np.ones(given.shape), np.zeros(given.shape))
