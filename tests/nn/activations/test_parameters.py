"""Any finite parameter, any finite number: still 2 ulp."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, reject, settings
from hypothesis import strategies as st
from mpmath import mp

from app.nn.activations.catalogue import CATALOGUE, create, parameters_of
from app.nn.errors import InvalidValue
from tests.oracles.activations import reference
from tests.oracles.ulp import ulps

finite = st.floats(allow_nan=False, allow_infinity=False)
# Arguments that matter are those of the exponential's order: a ratio of x and the parameter, or a product.
ratio = st.one_of(st.floats(-1500, 1500), st.floats(-2, 2), finite)

PARAMETRISED = [make for make in CATALOGUE if parameters_of(make)]


@st.composite
def parameters_and_points(draw: Any, make: Any) -> tuple[dict[str, float], float]:
    parameters = {}
    for one in parameters_of(make):
        value = draw(finite)
        parameters[one.name] = abs(value) if one.minimum == 0 else value
        assume(not ((one.nonzero or one.exclusive) and value == 0))
    if make.__name__ == "hard_tanh":
        low, high = sorted(parameters.values())
        assume(low < high)
        parameters = {"min_val": low, "max_val": high}
    try:
        create(make.__name__, **parameters)
    except InvalidValue:  # several that do not go together: a product beyond float64, kinks that coincide
        reject()
    first = next(iter(parameters.values()))
    t = draw(ratio)
    with np.errstate(all="ignore"):
        candidates = [t, float(np.float64(t) * first), float(np.float64(t) / np.float64(first or 1.0))]
    x = draw(st.sampled_from([one for one in candidates if math.isfinite(one)]))
    return parameters, x


@pytest.mark.parametrize("make", PARAMETRISED, ids=lambda make: make.__name__)
def test_two_ulp_whatever_the_parameters(make: Any) -> None:
    @settings(max_examples=400, deadline=None)
    @given(parameters_and_points(make))
    def judge(question: tuple[dict[str, float], float]) -> None:
        parameters, x = question
        activation = create(make.__name__, **parameters)
        with mp.workprec(300):
            for derivative, function in ((False, activation.evaluate), (True, activation.derivative)):
                true = reference(make.__name__, parameters, derivative)(x)
                got = float(function(np.array([x]))[0])
                error = ulps(got, true)
                if make.__name__ == "silu" and derivative:  # absolute near its zero
                    error = min(error, float(abs(got - true) * 2**52))
                assert error <= 2, (parameters, x, derivative, got)

    judge()


@given(st.floats(allow_nan=False, allow_infinity=False).filter(bool), st.floats(-800, 800))
@example(5e-324, 1.0)
@example(-5e-324, 0.0)
@example(1.7976931348623157e308, 1e-308)
def test_softplus_never_gives_nan(beta: float, x: float) -> None:
    softplus = create("softplus", beta=beta)
    points = np.array([x, x / abs(beta) if abs(beta) > 1e-300 else x, 0.0, -1e308, 1e308])
    assert not np.isnan(softplus.evaluate(points)).any()
    assert not np.isnan(softplus.derivative(points)).any()
