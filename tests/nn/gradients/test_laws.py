"""Right gradients keep both laws at any magnitude, wrong ones break them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings

from app.nn.gradients.laws import laws
from app.nn.gradients.problem import Gradients, Problem, gradients
from app.nn.gradients.targets import prepare
from tests.nn.gradients.problems import SEEDS, big, extreme_case, random_case


@given(SEEDS)
def test_both_laws_hold_within_their_bounds(seed):
    case = random_case(seed)
    for law in laws(
        case.problem, case.targets, gradients(case.problem, case.targets, case.reduction), case.reduction
    ):
        assert law.residual <= law.bound
        assert law.bound < 1e-9


@given(SEEDS)
def test_a_wrong_gradient_breaks_a_law(seed):
    case = random_case(seed, reductions=("mean", "sum"))
    right = gradients(case.problem, case.targets, case.reduction)
    wrong = Gradients(right.forward, right.residuals, right.loss, right.W, right.Theta + 1e-3)
    first, _ = laws(case.problem, case.targets, wrong, case.reduction)
    assert first.residual > first.bound


def test_assuming_that_targets_sum_to_one_breaks_the_first_law():
    random = np.random.default_rng(0)
    problem = Problem(random.normal(size=(3, 4)), random.normal(size=(3, 2)), random.normal(size=(5, 4)))
    y = random.uniform(0, 2, (5, 2))
    right = gradients(problem, y, "sum")
    slip = (problem.rows @ problem.W.T).T @ (right.forward.probabilities - y)
    wrong = Gradients(right.forward, right.residuals, right.loss, right.W, slip)
    broken, _ = laws(problem, y, wrong, "sum")
    assert broken.residual > 1e9 * broken.bound
    kept, _ = laws(problem, y, right, "sum")
    assert kept.residual <= kept.bound


@pytest.mark.parametrize("place", [(0, 0), (150, 3), (299, 7)])
def test_a_wrong_gradient_by_w_breaks_the_second_law(place):
    problem, targets = big(300, 8, 4, 6)
    right = gradients(problem, targets, "sum")
    right.W[place] += 1e-6
    _, second = laws(problem, targets, right, "sum")
    assert second.residual > second.bound


@pytest.mark.parametrize("reduction", ["sum", "none"])
def test_the_laws_hold_where_there_are_many_hidden_units(reduction):
    problem, targets = big(3000, 8, 4, 5)
    for law in laws(problem, targets, gradients(problem, targets, reduction), reduction):
        assert 0 < law.residual <= law.bound < 1e-8


@settings(max_examples=300)
@given(SEEDS)
def test_right_gradients_keep_both_laws_at_any_magnitude(seed):
    case = extreme_case(seed)
    found = gradients(case.problem, case.targets, case.reduction)
    for law in laws(case.problem, case.targets, found, case.reduction):
        assert law.residual <= law.bound


@pytest.mark.parametrize(
    ("W", "theta", "x", "label", "bounds"),
    [
        # Wx is 0 in float64, and the gradient by W is 5e99 all the same.
        (1e-200, 1e300, 1e-200, 1, (1e-320, 1e-20)),
        # Wx is beyond float64, and what rounding of y·Wx may leave with it.
        (1e200, 1e-300, 1e200, 0, (math.inf, 1e80)),
        (1e-100, 1e-100, 1e-200, 0, (1e-300, 1e-300)),
        (1e200, 1e100, 1e-300, 0, (1e-90, 1e-14)),
    ],
)
def test_what_underflow_takes_is_allowed_and_no_more(W, theta, x, label, bounds):
    problem = Problem(np.array([[W]]), np.array([[theta, 0.0]]), np.array([x]))
    targets = prepare(np.array(float(label)), (1,), 2)
    for law, bound in zip(laws(problem, targets, gradients(problem, targets), "mean"), bounds, strict=True):
        assert law.residual <= law.bound <= bound


@pytest.mark.parametrize("exponents", [(300, -300, 0), (-600, 900, -300), (400, 400, -400), (-900, 100, 800)])
def test_a_wrong_gradient_breaks_the_second_law_at_any_magnitude(exponents):
    case = random_case(3, reductions=("sum",))
    W, Theta, x = map(np.ldexp, (case.problem.W, case.problem.Theta / 8, case.problem.inputs / 8), exponents)
    problem = Problem(W, Theta, x)
    right = gradients(problem, case.targets, "sum")
    for part in ("W", "Theta"):
        wrong = {"W": right.W, "Theta": right.Theta, part: 1.001 * getattr(right, part)}
        found = Gradients(right.forward, right.residuals, right.loss, wrong["W"], wrong["Theta"])
        _, second = laws(problem, case.targets, found, "sum")
        assert second.residual > second.bound


def test_law_beyond_float64_is_infinite_on_both_sides():
    """A law beyond the largest float64 is infinite on both sides."""
    problem = Problem(np.array([[1e230]]), np.array([[1e155, 2e155]]), np.array([1e-155]))
    targets = prepare(np.array(0.0), (1,), 2)
    found = gradients(problem, targets)
    wrong = Gradients(found.forward, found.residuals, found.loss, found.W, np.array([[1e308, 1e308]]))
    for law in laws(problem, targets, wrong, "mean"):
        assert law.residual == math.inf
