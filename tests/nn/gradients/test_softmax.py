"""Softmax against mpmath, at their limits, and row by row."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from mpmath import mp

from app.nn.activations.record import Floats
from app.nn.gradients.softmax import compensated_sum, softmax
from tests.oracles import gradients as oracle


def kinds_of_rows(rows: int) -> dict[str, Floats]:
    random = np.random.default_rng(20)
    third = np.arange(10) == 3
    return {
        **{f"normal-{s:g}": random.normal(0, s, (rows, 10)) for s in (1e-8, 1, 30, 300, 1e4)},
        **{
            f"confident-{gap}": random.normal(0, 1, (rows, 10)) + gap * third
            for gap in (30, 37, 300, 690, 710, 744)
        },
        "one-sided": random.uniform(-745, -690, (rows, 10)) * ~third,
        "integers": np.round(random.normal(0, 3, (rows, 10))),
        "far-from-zero": 1e4 + random.normal(0, 1, (rows, 10)),
        "all-magnitudes": random.normal(0, 1, (rows, 10)) * 10.0 ** random.uniform(-300, 300, (rows, 1)),
        "two": random.normal(0, 20, (rows, 2)),
        "one": random.normal(0, 20, (2, 1)),
        "ties": np.zeros((1, 7)),
        "many": random.normal(0, 5, (max(1, rows // 100), 1000)),
    }


def demand_two_ulp(rows: Floats) -> None:
    for row, values in zip(rows, softmax(rows), strict=True):
        worst = max(map(oracle.ulps, values, oracle.softmax(row)))
        assert worst <= 2, f"{worst} ulp at {row.tolist()}"


@pytest.mark.parametrize("kind", kinds_of_rows(1))
def test_values_are_within_two_ulp(kind):
    demand_two_ulp(kinds_of_rows(12)[kind])


@pytest.mark.long
@pytest.mark.parametrize("kind", kinds_of_rows(1))
def test_values_are_within_two_ulp_on_many_rows(kind):
    demand_two_ulp(kinds_of_rows(400)[kind])


LOGITS = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 70), st.integers(1, 9)),
    elements=st.floats(-1e308, 1e308) | st.floats(-50, 50) | st.sampled_from([-np.inf, np.inf, np.nan, 0.0]),
)


@given(logits=LOGITS, data=st.data())
def test_a_row_has_the_same_bits_alone_and_in_any_batch(logits, data):
    whole = softmax(logits)
    row = data.draw(st.integers(0, len(logits) - 1))
    cut = data.draw(st.integers(0, len(logits)))
    assert softmax(logits[row]).tobytes() == whole[row].tobytes()
    assert softmax(logits[row : row + 1]).tobytes() == whole[row].tobytes()
    split = np.concatenate([softmax(logits[:cut]), softmax(logits[cut:])])
    assert split.tobytes() == whole.tobytes()


def test_wide_rows_have_the_same_bits_alone_and_in_a_batch():
    logits = np.random.default_rng(3).normal(0, 4, (40, 700))
    whole = softmax(logits)
    assert all(softmax(row).tobytes() == values.tobytes() for row, values in zip(logits, whole, strict=True))
    assert softmax(np.asfortranarray(logits)).tobytes() == whole.tobytes()
    assert softmax(logits.reshape(4, 10, 700)).shape == (4, 10, 700)


INF, NAN = np.inf, np.nan


@pytest.mark.parametrize(
    ("logits", "probabilities"),
    [
        ([5.0], [1.0]),
        ([-INF, 1.0], [0.0, 1.0]),
        ([INF, 1.0], [1.0, 0.0]),
        ([-INF, INF, 3.0], [0.0, 1.0, 0.0]),
        ([INF, INF, 1.0], [NAN] * 3),
        ([-INF, -INF], [NAN] * 2),
        ([1.0, NAN], [NAN] * 2),
        ([INF, NAN], [NAN] * 2),
        ([1e308, -1e308, 0.0], [1.0, 0.0, 0.0]),
    ],
)
def test_limits(logits, probabilities):
    beside = np.zeros(len(logits))
    got = softmax(np.array([logits, beside]))
    np.testing.assert_array_equal(got[0], probabilities)
    np.testing.assert_array_equal(got[1], softmax(beside))


def test_a_row_wider_than_a_block_is_as_right():
    width = 2**15 + 3
    assert set(softmax(np.zeros(width)).tolist()) == {1 / width}
    alternating = np.where(np.arange(width) % 2 == 0, 0.0, -1.0)
    with mp.workdps(oracle.DIGITS):
        exact = -(-width // 2) + width // 2 * mp.exp(-1)
        for place, share in ((0, 1 / exact), (1, mp.exp(-1) / exact), (width - 2, mp.exp(-1) / exact)):
            assert oracle.ulps(softmax(alternating)[place], share) <= 2


def test_no_rows_give_no_rows():
    assert softmax(np.empty((0, 4))).shape == (0, 4)


@given(
    hnp.arrays(np.float64, (3, 11), elements=st.floats(-1e200, 1e200)),
    hnp.arrays(np.float64, (3, 11), elements=st.floats(-1e-17, 1e-17)),
)
def test_compensated_sum_keeps_a_hundred_bits(high, relative):
    low = high * relative
    for row, tail, (total,), (rest,) in zip(high, low, *compensated_sum(high, low), strict=True):
        exact = sum(map(Fraction, map(float, row)), Fraction()) + sum(
            map(Fraction, map(float, tail)), Fraction()
        )
        largest = Fraction(float(np.abs(row).max()))
        assert abs(Fraction(float(total)) + Fraction(float(rest)) - exact) <= largest / 2**90 + Fraction(
            5e-324
        )
