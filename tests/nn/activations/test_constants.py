"""Every constant of the activations, derived again from its recipe."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

from app.nn.activations import elu, gelu, gelu_tanh, hard, mills, mish, silu, tanhshrink
from app.nn.activations.catalogue import create
from tests.oracles.activations import ZEROS_OF_DERIVATIVES, gate, reference, selu_constants


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(90):
        yield


def upwards(value: Any) -> float:
    rounded = float(value)
    return rounded if mpf(rounded) >= value else float(np.nextafter(rounded, np.inf))


def rest(value: Any) -> float:
    return float(value - mpf(float(value)))


def interpolation(function: Callable[[Any], Any], low: Any, high: Any, count: int) -> list[Any]:
    """The monomial coefficients of the polynomial through `count` Chebyshev nodes of [low, high]."""
    nodes = [
        (low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * count)) for i in range(count)
    ]
    vandermonde = mp.matrix(count, count)
    for i, node in enumerate(nodes):
        for j in range(count):
            vandermonde[i, j] = node**j
    return list(mp.lu_solve(vandermonde, mp.matrix([function(node) for node in nodes])))


def floats(values: list[Any]) -> list[float]:
    return [float(value) for value in values]


def test_series_of_tanhshrink() -> None:
    def shrinkage(s: Any) -> Any:
        z = mp.sqrt(s)
        return ((z - mp.tanh(z)) / z**3 - mpf(1) / 3) / s

    def square(s: Any) -> Any:
        return (1 - mp.tanh(mp.sqrt(s)) ** 2 / s) / s

    high = mpf(26) / 100
    assert floats(interpolation(shrinkage, mpf(0), high, 11)) == list(tanhshrink.P)
    assert floats(interpolation(square, mpf(0), high, 12)) == list(tanhshrink.Q)
    assert rest(mpf(1) / 3) == tanhshrink.THIRD_LOW


def test_mills_ratio() -> None:
    def shifted_ratio(t: Any) -> Any:
        z = 3 * (1 + t) / (1 - t)
        return (z + 3) * mp.exp(z * z / 2) * mp.erfc(z / mp.sqrt(2)) / 2

    half = mpf(1) / 2
    assert mills.COEFFICIENTS[0].size == 60  # z = 39 lies at t = 6/7, on segment 59
    for segment in range(60):
        centre = -1 + (segment + half) / 32
        found = interpolation(
            lambda u, centre=centre: shifted_ratio(centre + u / 32), -mpf(1) / 2, mpf(1) / 2, 7
        )
        assert floats(found) == [float(row[segment]) for row in mills.COEFFICIENTS]
        assert rest(found[0]) == mills.CONSTANT_LOW[segment]


def test_density_at_zero() -> None:
    density = 1 / mp.sqrt(2 * mp.pi)
    assert gelu.DENSITY_AT_ZERO == (float(density), rest(density))


def test_gelu_tanh_s_scale() -> None:
    scale = gate(mpf(0))[1]
    assert (float(scale), rest(scale)) == gelu_tanh.SCALE
    assert "0.134145" in gelu_tanh.gelu_tanh().derivative_latex
    assert 3 * mpf("0.044715") == mpf("0.134145")


@pytest.mark.parametrize(
    ("module", "lowest", "steepest"),
    [
        (silu, "-1.278", "2.399"),
        (mish, "-1.192", "1.49"),
        (gelu, "-0.7518", "1.414"),
        (gelu_tanh, "-0.7525", "1.4185"),
    ],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_minimum_and_steepest_slope(module: Any, lowest: str, steepest: str) -> None:
    name = module.__name__.rpartition(".")[2]
    defaults = dict(create(name).parameters)
    value, slope = (reference(name, defaults, derivative) for derivative in (False, True))
    assert float(value(mp.findroot(slope, mpf(lowest)))) == module.MINIMUM
    place = mp.findroot(lambda x: mp.diff(slope, x), mpf(steepest))
    assert upwards(slope(place)) == module.STEEPEST


def test_selu_and_sixths() -> None:
    scale, product = selu_constants(mpf(elu.SELU_ALPHA), mpf(elu.SELU_SCALE))
    assert float(scale) == elu.SELU_SCALE
    assert float(product / scale) == elu.SELU_ALPHA
    assert (float(product), rest(product)) == elu.SELU_PRODUCT
    assert upwards(product) == elu.selu().lipschitz
    assert upwards(mpf(1) / 6) == hard.hard_sigmoid().lipschitz


@pytest.mark.parametrize("name", ZEROS_OF_DERIVATIVES)
def test_zeros_of_derivatives(name: str) -> None:
    kernels = {"gelu": gelu, "gelu_tanh": gelu_tanh, "mish": mish, "silu": silu}
    slope = reference(name, dict(create(name).parameters), derivative=True)
    at = mp.findroot(slope, ZEROS_OF_DERIVATIVES[name])
    assert (float(at), rest(at), float(mp.diff(slope, at))) == kernels[name]._ZERO
