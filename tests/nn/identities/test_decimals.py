"""Numbers are written with six digits at any size, and read back as they are written."""

from fractions import Fraction

import numpy as np
import pytest

from app.nn.identities.decimals import decimal, is_meant, matrix, read


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (-0.25, "-0.25"),
        (1 / 3, "0.333333"),
        (1e6, r"1\times 10^{6}"),
        (123456.0, "123456"),
        (-2.6503965530043107e-261, r"-2.6504\times 10^{-261}"),
        (5e-324, r"4.94066\times 10^{-324}"),
        (0.0001, "0.0001"),
        (0.00001, r"1\times 10^{-5}"),
        (999999.5, r"1\times 10^{6}"),
        (Fraction(-(10**400), 3), r"-3.33333\times 10^{399}"),
        (Fraction(1, 10**400), r"1\times 10^{-400}"),
    ],
)
def test_numbers_have_six_digits(value, text):
    assert decimal(value) == text


def test_numbers_are_read_as_they_are_written():
    values = np.array([[1 / 3, 0.1], [-2.0, 0.0]])
    assert matrix(values) == r"\begin{pmatrix} 0.333333 & 0.1 \\ -2 & 0 \end{pmatrix}"
    assert read(values).tolist() == [[Fraction(333333, 10**6), Fraction(1, 10)], [-2, 0]]


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (0.1, True),
        (1 / 3, False),
        (0.1 + 0.2, False),
        (Fraction(0.1) + Fraction(0.2), True),  # the sum of what 0.1 and 0.2 stand for
        (Fraction(1, 3), False),
        (Fraction(10**400), True),
    ],
)
def test_six_digits_are_all_there_are_or_not(value, meant):
    assert is_meant(value) is meant
