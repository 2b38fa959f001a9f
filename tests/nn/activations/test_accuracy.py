"""Values and first derivatives against mpmath, to the last bits."""

import numpy as np
import pytest
from mpmath import mp, mpf

from app.nn.activations.catalogue import create
from tests.oracles.activations import CASES, ZEROS_OF_DERIVATIVES, Case, label, reference
from tests.oracles.points import adversarial, plus, unit
from tests.oracles.ulp import ulps

GOAL, GOAL_BESIDE_ZEROS = 2.0, 4.0


def misses(case: Case, derivative: bool, count: int) -> list[tuple[float, float]]:
    """The points where the goal is missed, each with its error in units of the goal."""
    name, parameters = case
    activation = create(name, **parameters)
    points = adversarial(count, unit(parameters), seed=count + derivative)
    if parameters:
        points = np.concatenate([points, adversarial(count // 3, seed=count)])
    points = plus(points, [*activation.kinks, *(jump.at for jump in activation.jumps)])
    computed = activation.derivative(points) if derivative else activation.evaluate(points)
    zero = ZEROS_OF_DERIVATIVES.get(name) if derivative else None
    missed = []
    with mp.workprec(240):
        exact = reference(name, dict(activation.parameters), derivative)
        for x, y in zip(points.tolist(), computed.tolist(), strict=True):
            true = exact(x)
            beta = activation.parameters.get("beta", 1)  # silu′ is a function of βx
            beside = zero is not None and abs(x * beta - zero) <= 0.125
            error = ulps(y, true) / (GOAL_BESIDE_ZEROS if beside else GOAL)
            if error > 1 and beside and beta != 1:
                error = float(abs(mpf(y) - true) * mpf(2) ** 51)
            if not error <= 1:
                missed.append((x, error))
    return missed


@pytest.mark.parametrize("derivative", [False, True], ids=["value", "derivative"])
@pytest.mark.parametrize("case", CASES, ids=label)
def test_two_ulp(case: Case, derivative: bool) -> None:
    assert misses(case, derivative, 800) == []


@pytest.mark.long
@pytest.mark.parametrize("derivative", [False, True], ids=["value", "derivative"])
@pytest.mark.parametrize("case", CASES, ids=label)
def test_two_ulp_on_many_points(case: Case, derivative: bool) -> None:
    assert misses(case, derivative, 12_000) == []


@pytest.mark.parametrize(
    ("name", "derivative"), [("sigmoid", False), ("softplus", True), ("log_sigmoid", True)]
)
def test_the_sigmoid_where_an_error_of_e_to_the_x_counts_double(name: str, derivative: bool) -> None:
    # e^x just above a power of two and s(x) just below it: its unit is half as large there.
    places = [
        *(-2.738561009776765, -3.445705448821666, -4.143851901061754, -4.144255887902855, -4.849441489934097),
        *(-4.849856703063166, -5.542808771716219, -5.543049388905551, -6.236576472739795, -6.930554567639450),
    ]
    random = np.random.default_rng(8).uniform(0, 1, 100)
    near = np.concatenate([random * 2.0**-k - k * np.log(2) for k in range(3, 11)])
    points = np.concatenate([places, near]) * (-1 if name == "log_sigmoid" else 1)
    activation = create(name)
    computed = activation.derivative(points) if derivative else activation.evaluate(points)
    with mp.workprec(240):
        exact = reference(name, dict(activation.parameters), derivative)
        errors = [ulps(y, exact(x)) for x, y in zip(points.tolist(), computed.tolist(), strict=True)]
    assert max(errors) <= GOAL


@pytest.mark.parametrize("case", CASES, ids=label)
def test_the_judge_agrees_with_itself(case: Case) -> None:
    # Its derivative is the limit of its differences, so a slip in a formula would show.
    name, parameters = case
    activation = create(name, **parameters)
    corners = [*activation.kinks, *(jump.at for jump in activation.jumps)]
    with mp.workprec(400):
        value, slope = (reference(name, dict(activation.parameters), one) for one in (False, True))
        for x in np.random.default_rng(3).normal(0, 2, 12) * min(unit(parameters), 1e307):
            if any(abs(x - corner) < 1e-6 for corner in corners):
                continue
            step = mpf(abs(x)) * mpf(2) ** -120
            difference = (value(mpf(float(x)) + step) - value(mpf(float(x)) - step)) / (2 * step)
            scale = max(abs(slope(float(x))), mpf(2) ** -100)
            assert abs(difference - slope(float(x))) < scale * mpf(2) ** -100


@pytest.mark.parametrize("case", CASES, ids=label)
def test_float32_is_the_float64_answer_rounded_once(case: Case) -> None:
    name, parameters = case
    activation = create(name, **parameters)
    with np.errstate(over="ignore", under="ignore"):
        points = adversarial(1500, seed=11).astype(np.float32)
    points = np.concatenate([points, np.array([np.nan, np.inf, -np.inf], np.float32)])
    for function in (activation.evaluate, activation.derivative):
        single = function(points)
        assert single.dtype == np.float32
        with np.errstate(over="ignore", under="ignore"):
            rounded = function(points.astype(np.float64)).astype(np.float32)
        np.testing.assert_array_equal(single, rounded)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus", "gelu", "mish"])
def test_float32_is_within_half_a_unit(name: str) -> None:
    activation = create(name)
    points = np.concatenate(
        [np.linspace(-90, 20, 1000, dtype=np.float32), np.float32(2.0) ** np.arange(-40, 5, dtype=np.float32)]
    )
    with mp.workprec(240):
        for derivative, function in ((False, activation.evaluate), (True, activation.derivative)):
            exact = reference(name, dict(activation.parameters), derivative)
            for x, y in zip(points.tolist(), function(points).tolist(), strict=True):
                true = exact(x)
                spacing = mpf(2) ** max(mp.mag(true) - 24, -149)
                assert abs(mpf(y) - true) <= spacing * mpf("0.5000001")
