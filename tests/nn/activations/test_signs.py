"""The sign of a zero: that of the number which it stands for, alike for functions that are the same."""

from itertools import combinations

import numpy as np
import pytest
from mpmath import mp

from app.nn.activations.catalogue import create
from app.nn.activations.sameness import same_function
from tests.oracles.activations import CASES, Case, label, reference

FAR = (-1.7976931348623157e308, -1e300, -1e5, -800.0, -40.0, 40.0, 800.0, 1e5, 1e300, 1.7976931348623157e308)
NEAR = (-1e-300, -5e-324, 5e-324, 1e-300)


@pytest.mark.parametrize("derivative", [False, True], ids=["value", "derivative"])
@pytest.mark.parametrize("case", CASES, ids=label)
def test_a_zero_by_underflow_has_the_sign_of_the_number(case: Case, derivative: bool) -> None:
    name, parameters = case
    activation = create(name, **parameters)
    points = np.array([*FAR, *NEAR])
    computed = (activation.derivative if derivative else activation.evaluate)(points)
    with mp.workprec(2400):  # e^(−x²/2) of the largest float asks for its square to the unit
        exact = reference(name, dict(activation.parameters), derivative)
        for x, y in zip(points.tolist(), computed.tolist(), strict=True):
            true = exact(x)
            if y == 0 and true != 0:
                assert bool(np.signbit(y)) == (true < 0), x


@pytest.mark.parametrize("case", CASES, ids=label)
def test_zero_keeps_its_sign_where_the_function_rises(case: Case) -> None:
    """A zero keeps its sign where the function rises through it."""
    name, parameters = case
    activation = create(name, **parameters)
    with mp.workprec(240):
        exact = reference(name, dict(activation.parameters), False)
        rises = exact(0.0) == 0 and all(exact(x) / x > 0 for x in (-1e-200, 1e-200))
    if rises:
        zeros = activation.evaluate(np.array([-0.0, 0.0]))
        assert zeros.tolist() == [0.0, 0.0]
        assert np.signbit(zeros).tolist() == [True, False]


@pytest.mark.parametrize("derivative", [False, True], ids=["value", "derivative"])
@pytest.mark.parametrize("case", CASES, ids=label)
def test_limit_of_zero_has_the_sign_of_its_approach(case: Case, derivative: bool) -> None:
    """A limit of zero has the sign with which it is approached."""
    activation = create(case[0], **case[1])
    function = activation.derivative if derivative else activation.evaluate
    ends, far = function(np.array([-np.inf, np.inf])), function(np.array([FAR[0], FAR[-1]]))
    zero = (ends == 0) & (far == 0)
    assert np.signbit(ends[zero]).tolist() == np.signbit(far[zero]).tolist()


def test_zeros_of_the_same_function_have_the_same_sign() -> None:
    points = np.array([-np.inf, *FAR, -6.0, -1.0, *NEAR, -0.0, 0.0, 1.0, 6.0, np.inf])
    extra = [("softplus", {"beta": -1.0}), ("threshold", {"threshold": 0.0, "value": 0.0})]
    activations = [create(name, **parameters) for name, parameters in [*CASES, *extra]]
    pairs = 0
    for first, second in combinations(activations, 2):
        if not same_function(first, second):
            continue
        pairs += first.name != second.name
        for one, other in (
            (first.evaluate(points), second.evaluate(points)),
            (first.derivative(points), second.derivative(points)),
        ):
            zeros = one == 0
            assert (zeros == (other == 0)).all()
            assert (np.signbit(one[zeros]) == np.signbit(other[zeros])).all(), (first.name, second.name)
    assert pairs >= 20
