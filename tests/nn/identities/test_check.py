"""The live check sees errors, and looks where they are."""

import numpy as np

from app.nn.activations.catalogue import create
from app.nn.identities.check import against_each_other, against_exact, hard_places


def test_the_grid_reaches_all_magnitudes_and_both_sides() -> None:
    points = hard_places()
    assert points.size == 227
    assert (np.diff(points) > 0).all()
    assert (points == -points[::-1]).all()
    assert {0.0, 5e-324, 800.0} <= set(points.tolist())
    assert ((np.abs(points) > 708) & (np.abs(points) < 746)).sum() > 8


def test_a_textbook_form_is_found_out() -> None:
    def textbook(x: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            s = 1 / (1 + np.exp(-x))
            return s * (1 - s)

    def exact(mp, x):
        s = 1 / (1 + mp.exp(-x))
        return s * (1 - s)

    assert against_exact(textbook, exact).largest_error_ulp > 1e14
    assert against_exact(create("sigmoid").derivative, exact).largest_error_ulp < 2


def test_a_wrong_number_is_counted_in_its_own_units() -> None:
    check = against_exact(lambda x: np.nextafter(x, np.inf), lambda mp, x: x)
    assert check.largest_error_ulp == 1.0
    assert check.points == hard_places().size
    assert np.isnan(against_exact(lambda x: np.full_like(x, np.nan), lambda mp, x: x).largest_error_ulp)


def test_two_curves_against_each_other() -> None:
    check = against_each_other(np.zeros_like, lambda x: np.where(x == 0.5, 2.0**-50, 0.0), 1.0)
    assert (check.largest_error_ulp, check.at) == (4.0, 0.5)
