"""The tabulated polynomials against mpmath, and the bits that come of them."""

import numpy as np
import pytest
from mpmath import mp, mpf

from app.nn.activations import gelu, gelu_tanh, mish, silu
from app.nn.activations.catalogue import create
from tests.oracles.activations import ZEROS_OF_DERIVATIVES, reference
from tests.oracles.ulp import ulps

KERNELS = {module.__name__.rpartition(".")[2]: module._KERNELS for module in (gelu, gelu_tanh, mish, silu)}


@pytest.mark.parametrize("name", KERNELS)
def test_polynomials_are_the_function_to_56_bits(name: str) -> None:
    kernels = KERNELS[name]
    value, slope = (
        reference(name, dict(create(name).parameters), derivative) for derivative in (False, True)
    )
    per_unit, count = int(kernels._per_unit), kernels._tables[0].shape[1]
    first = int(kernels._low * per_unit)
    assert first + count - 1 == kernels._high * per_unit
    beside = np.flatnonzero(kernels._points != np.rint(kernels._points)).tolist()
    assert len(beside) == 2  # where the zero of f′ stands
    with mp.workprec(240):
        for index in {*range(0, count, 11), -first, count - 1, *beside}:
            for position in (first + index + mpf(share) for share in ("-0.5", "-0.31", "0.2", "0.5")):
                x, v = position / per_unit, position - mpf(float(kernels._points[index]))
                for table, true in zip(kernels._tables, (value(x) / x, slope(x)), strict=True):
                    high, c0, c4, c2, c6, c1, c5, c3, c7 = map(mpf, table[:, index].tolist())
                    terms = (c0, c1, c2, c3, c4, c5, c6, c7)
                    error = high + sum(c * v**k for k, c in enumerate(terms)) - true
                    # f′ has a zero, beside which it loses digits.
                    assert abs(error) <= abs(true) / 2**56 + (table is kernels._tables[1]) * mpf(2) ** -59


@pytest.mark.parametrize("name", KERNELS)
def test_bits_do_not_depend_on_the_numbers_beside(name: str) -> None:
    kernels = KERNELS[name]
    x = np.random.default_rng(4).normal(0, 12, 20_000)
    for function in (kernels.value, kernels.slope):
        together = function(x)
        assert together.tobytes() == function(x[::-1].copy())[::-1].tobytes()
        alone = np.array([function(one)[0] for one in x[::40, np.newaxis]])
        assert together[::40].tobytes() == alone.tobytes()
    assert [one.tobytes() for one in kernels.both(x)] == [kernels.value(x).tobytes(), together.tobytes()]


@pytest.mark.parametrize("name", KERNELS)
def test_ends_of_the_polynomials_join_what_lies_beyond(name: str) -> None:
    kernels, parameters = KERNELS[name], dict(create(name).parameters)
    low, high = float(kernels._low), float(kernels._high)
    with mp.workprec(240):
        for derivative, function in ((False, kernels.value), (True, kernels.slope)):
            exact = reference(name, parameters, derivative)
            for end in (low, high):
                x = np.array([np.nextafter(end, -np.inf), end, np.nextafter(end, np.inf)])
                for point, got in zip(x.tolist(), function(x).tolist(), strict=True):
                    assert abs(mpf(got) - exact(point)) <= 0.7 * float(np.spacing(abs(got)))
    assert kernels.value(np.array([high + 1, 1e300])).tolist() == [high + 1, 1e300]
    assert kernels.slope(np.array([high, 1e300])).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("name", KERNELS)
def test_slope_keeps_its_digits_beside_its_zero(name: str) -> None:
    """It was right to 2⁻⁵¹ only, so that at the zero itself not even its first digit was."""
    zero, step = ZEROS_OF_DERIVATIVES[name], 1 / float(KERNELS[name]._per_unit)
    random = np.random.default_rng(7)
    near = [scale * random.uniform(-1, 1, 60) for scale in (1e-13, 1e-9, 1e-5, step, 4 * step, 0.125)]
    points = zero + np.concatenate([np.arange(-6.0, 7.0) * np.spacing(zero), *near])
    activation = create(name)
    with mp.workprec(240):
        exact = reference(name, dict(activation.parameters), derivative=True)
        for x, slope in zip(points.tolist(), activation.derivative(points).tolist(), strict=True):
            assert ulps(slope, exact(x)) <= 4, x
