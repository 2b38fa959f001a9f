"""Numbers along an axis: exact, round, and there for any window."""

from bisect import bisect_left, bisect_right
from fractions import Fraction
from itertools import islice

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.plots.axes import LEFT
from app.plots.axis import Axis
from app.plots.lettering import NOTE, width
from app.plots.round_steps import largest_round_step, round_steps

LARGEST = float(np.finfo(np.float64).max)
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")

finite = st.floats(allow_nan=False, allow_infinity=False)


def number(text: str) -> Fraction:
    mantissa, _, exponent = text.replace("−", "-").partition("×10")
    power = Fraction(10) ** int(exponent.translate(SUPERSCRIPTS)) if exponent else 1
    return (Fraction(mantissa) if mantissa else Fraction(1)) * power


def read(label: str, note: str) -> Fraction:
    """Return the number that a label and its axis's note stand for."""
    factor, _, base = note.replace("− ", "+ −").partition("+ ")
    value = number(label)
    if factor.strip():
        value *= number(factor.strip())
    return value + (number(base) if base else 0)


@given(finite, finite)
def test_labels_say_exactly_where_they_stand(low: float, high: float) -> None:
    assume(low < high)
    ticks, note = Axis(low, high, 0.0, 500.0).ticks(60)
    assert 2 <= len(ticks) <= 12
    # The ends are taken as they are written.
    start, end = Fraction(repr(low)), Fraction(repr(high))
    for tick in ticks:
        value = read(tick.label, note)
        assert start <= value <= end
        assert tick.at == pytest.approx(float((value - start) / (end - start)), abs=1e-12)
    labels = [tick.label for tick in ticks]
    assert len(set(labels)) == len(labels)
    assert all(len(label) <= 9 for label in labels)


@pytest.mark.parametrize(
    ("low", "high", "labels", "note"),
    [
        (-6.0, 6.0, ["−6", "−4", "−2", "0", "2", "4", "6"], ""),
        (0.0, 1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"], ""),
        (0.0, 4e-14, ["0", "1", "2", "3", "4"], "×10⁻¹⁴"),
        (-1e308, 1e308, ["−1.0", "−0.5", "0.0", "0.5", "1.0"], "×10³⁰⁸"),
        (1e6, 1e6 + 1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"], "+ 1×10⁶"),
        (-1e6 - 0.4, -1e6 + 0.4, ["−0.4", "−0.2", "0.0", "0.2", "0.4"], "− 1×10⁶"),
    ],
)
def test_ordinary_windows_have_the_numbers_one_would_choose(
    low: float, high: float, labels: list[str], note: str
) -> None:
    ticks, seen = Axis(low, high, 0.0, 400.0).ticks(60)
    assert ([tick.label for tick in ticks], seen) == (labels, note)


@given(finite, finite, st.floats(1.0, 3000.0))
def test_wherever_two_numbers_fit_there_are_two(low: float, high: float, length: float) -> None:
    assume(low < high)
    ticks, _ = Axis(low, high, 0.0, length).ticks(40)
    assert len(ticks) >= (2 if length > 44 else 1)
    assert len(ticks) <= max(length / 20, 5)


def test_axis_of_one_number_has_one_that_gives_a_scale() -> None:
    """An axis with room for one number has one that gives a scale."""
    ticks, _ = Axis(-2.6, 2.6, 30.0, 0.0).ticks(40)
    assert [tick.label for tick in ticks] == ["2"]
    ticks, _ = Axis(-4.5, 0.5, 30.0, 0.0).ticks(40)
    assert [tick.label for tick in ticks] == ["−2"]


@given(finite, finite, st.lists(st.floats(allow_nan=False), min_size=1, max_size=20))
def test_positions_rise_with_the_values_and_stay_near_the_axis(
    low: float, high: float, values: list[float]
) -> None:
    assume(low < high)
    axis = Axis(low, high, 100.0, 500.0)
    pixels = axis.position(np.sort(np.array(values)))
    assert np.isfinite(pixels).all()
    assert (np.diff(pixels) >= 0).all()
    assert (axis.at(low), axis.at(high)) == (100.0, 500.0)
    assert (abs(pixels) < 10_000).all()


@given(finite, finite)
def test_shares_lead_back_to_the_ends_and_nowhere_beyond(low: float, high: float) -> None:
    assume(low < high)
    values = Axis(low, high, 0.0, 1.0).value(np.linspace(0, 1, 33))
    assert (values[0], values[-1]) == (low, high)
    assert ((values >= low) & (values <= high)).all()
    assert (np.diff(values) >= 0).all()


@pytest.mark.parametrize(
    ("low", "high"),
    [(1.0, 1.0), (0.0, -0.0), (2.0, 1.0), (np.nan, 1.0), (0.0, np.nan), (-np.inf, 1.0), (0.0, np.inf)],
)
def test_a_window_on_which_no_numbers_fit_is_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="expected finite low < high"):
        Axis(low, high, 0.0, 500.0)


ROUND = [Fraction(factor) * Fraction(10) ** power for power in range(-330, 330) for factor in (1, 2, 5)]


@given(st.floats(min_value=5e-324, allow_infinity=False))
def test_round_steps_begin_above_and_go_down_without_a_gap(number: float) -> None:
    least = Fraction(number)
    above = bisect_left(ROUND, least)
    assert list(islice(round_steps(least), 6)) == ROUND[above : above - 6 : -1]
    assert largest_round_step(least) == ROUND[bisect_right(ROUND, least) - 1]


@pytest.mark.parametrize("middle", [0.3, -0.3, 123.456, -99.9995, 0.0012345, -1e5, 7e-9, 0.0])
@pytest.mark.parametrize("exponent", range(-9, 4))
def test_labels_fit_into_the_margin_beside_an_axis(middle: float, exponent: int) -> None:
    """0.291320 was cut at the picture's left edge, and 0.300010 at its right."""
    labels = [
        tick.label for tick in Axis(middle - 10.0**exponent, middle + 2 * 10.0**exponent, 0, 400).ticks(60)[0]
    ]
    assert labels and max(width(label, NOTE) for label in labels) <= LEFT - 6
