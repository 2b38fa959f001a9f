"""Numbers in sentences: what is read back is the number, and no reader meets Python's E notation."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.nn.activations.catalogue import CATALOGUE, create
from app.nn.activations.comparison import compare_activations
from app.nn.words import distinct, linear, short, shortest

_E_NOTATION = re.compile(r"\de[+-]?\d")
_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def read(text: str) -> float:
    """Return the number that a text says."""
    return float(text.translate(_LOWERED).replace("×10", "e"))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_shortest_reads_back_as_the_same_number(value: float) -> None:
    assert read(shortest(value)) == value
    assert "-" not in shortest(value)
    assert not _E_NOTATION.search(shortest(value))


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 17))
def test_short_is_the_number_rounded_to_so_many_digits(value: float, digits: int) -> None:
    assert read(short(value, digits)) == float(f"{value:.{digits}g}")
    assert not _E_NOTATION.search(short(value, digits))


@pytest.mark.parametrize(
    ("value", "text"),
    [(-0.25, "−0.25"), (1.5e-7, "1.5×10⁻⁷"), (1e22, "1×10²²"), (-0.0, "0"), (5e-324, "5×10⁻³²⁴"), (3.0, "3")],
)
def test_shortest_writes_numbers_as_people_do(value: float, text: str) -> None:
    assert shortest(value) == text


def test_short_names_what_is_no_finite_number() -> None:
    assert [short(one) for one in (math.inf, -math.inf, math.nan)] == ["∞", "−∞", "not a number"]


def test_linear_writes_a_line() -> None:
    lines = [(2.0, -1.0), (-1.0, 0.0), (0.0, 0.5), (1.5e-7, 1.0), (1.0, -1.5e-7), (0.1234567, 0.0)]
    assert [linear(*line, 6) for line in lines] == [
        "2x − 1", "−x", "0.5", "1.5×10⁻⁷·x + 1", "x − 1.5×10⁻⁷", "0.123457x"
    ]  # fmt: skip


def test_distinct_tells_neighbouring_floats_apart() -> None:
    one, other = distinct(1.0, math.nextafter(1.0, 2.0))
    assert one != other


def test_no_sentence_about_activations_has_e_notation() -> None:
    small = [
        create("leaky_relu", negative_slope=1.5e-7),
        create("elu", alpha=1e-9),
        create("hardshrink", lambd=1e-8),
        create("hard_tanh", min_val=-1e-7, max_val=1e22),
        create("threshold", threshold=-2.5e-10, value=1e7),
    ]
    for one in small:
        assert not _E_NOTATION.search(one.conventions)
        for other in (*(make() for make in CATALOGUE), *small):
            found = compare_activations(one, other)
            for told in (*found.similarities, *found.differences):
                assert not _E_NOTATION.search(told.statement), told.statement
