"""The pair exponential against mpmath, and its constants against their recipe."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

from app.nn import exponential


@pytest.fixture(autouse=True)
def digits():
    with mp.workprec(300):
        yield


def test_the_constants_follow_their_recipe() -> None:
    step = mp.log(2) / 1024
    assert float(1 / step) == exponential.STEPS_PER_UNIT
    assert float(mp.floor(step * 2**42) / mpf(2) ** 42) == exponential.STEP_HIGH
    assert float(step - mpf(exponential.STEP_HIGH)) == exponential.STEP_LOW
    for i in range(1024):
        power = mpf(2) ** (mpf(i) / 1024)
        upper = mp.floor(power * 2**25) / 2**25
        assert float(upper) == exponential.TABLE[i]
        assert abs(mp.log(power / upper) - mpf(float(exponential.TABLE_LOGARITHM[i]))) < mpf(2) ** -76


def arguments(low: float, high: float) -> np.ndarray:
    """Points over [low, high]: uniform, all exponents, and both sides of the switches between table rows."""
    random = np.random.default_rng(7)
    exponents = np.ldexp(random.uniform(1, 2, 500), random.integers(-1074, 10, 500))
    switches = (random.integers(-1000000, 1000000, 500) + 0.5) * np.log(2) / 1024
    points = np.concatenate(
        [
            random.uniform(low, high, 1000),
            exponents,
            -exponents,
            switches,
            np.nextafter(switches, 9e9),
            [0.0, -0.0],
        ]
    )
    return points[(points >= low) & (points <= high)]


@pytest.mark.parametrize("function", [exponential.exp_terms, exponential.exp_double])
def test_exp_is_right_to_62_bits(function: Callable[..., Any]) -> None:
    x = arguments(-700.0, 700.0)
    share = np.random.default_rng(8).uniform(-1, 1, x.size)
    for tail in (None, share * np.spacing(np.abs(x)), share * 2.0**-14):
        high, rest = function(x, tail)
        for i, value in enumerate(x):
            true = mp.exp(mpf(float(value)) + (0 if tail is None else mpf(float(tail[i]))))
            assert abs((mpf(float(high[i])) + mpf(float(rest[i]))) / true - 1) < mpf(2) ** -62


def test_exp_terms_have_26_bits_and_little_else() -> None:
    base, growth = exponential.exp_terms(arguments(-700.0, 700.0))
    assert not (base.view(np.int64) & (2**27 - 1)).any()
    assert (np.abs(growth) <= 2.0**-11 * base).all()


def test_a_shift_keeps_the_digits_of_what_would_be_subnormal() -> None:
    x = np.linspace(-745.2, 0.0, 300)
    high, rest = exponential.exp_double(x, shift=300)
    for i, value in enumerate(x):
        true = mp.exp(mpf(float(value))) * mpf(2) ** 300
        assert abs((mpf(float(high[i])) + mpf(float(rest[i]))) / true - 1) < mpf(2) ** -62


@pytest.mark.parametrize("factor", [1.0, -3.7, 1.7e308, 5e-324, 2.3e-310, 1e-5])
@pytest.mark.parametrize("power", [0, -3])
def test_exp_times_stays_within_a_spacing_everywhere(factor: float, power: int) -> None:
    shift = float(mp.log(abs(factor)))
    x = np.concatenate([np.linspace(-760, -690, 400) - shift, np.linspace(-1600, -700, 200), [-1e300]])
    result = exponential.exp_times((np.full_like(x, factor), np.zeros_like(x)), x, power=power)
    for value, got in zip(x, result, strict=True):
        true = mpf(factor) * mpf(2) ** power * mp.exp(mpf(float(value)))
        assert abs(mpf(float(got)) - true) <= mpf(float(np.spacing(abs(float(got))))) * mpf("0.76")


def test_nan_passes_through_silently() -> None:
    h, _ = exponential.exp_double(np.array([np.nan, 1.0]))
    assert np.isnan(h[0])
    assert h[1] == np.e
