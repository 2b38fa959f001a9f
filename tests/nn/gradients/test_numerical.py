"""Numerical differentiation agrees with the closed form within what each method says of itself."""

import numpy as np
import pytest
from hypothesis import given, settings

from app.nn.gradients import numerical
from app.nn.gradients.problem import Gradients, Problem, gradients
from app.nn.gradients.targets import Labels, prepare
from tests.nn.gradients.problems import REDUCTIONS, SEEDS, extreme_case, random_case


def wide(rows: int = 100) -> tuple[Problem, Labels]:
    """A problem with too many coordinates to try each."""
    random = np.random.default_rng(1)
    problem = Problem(
        random.normal(size=(30, 50)) / 7, random.normal(size=(30, 10)), random.normal(size=(rows, 50))
    )
    return problem, Labels(random.integers(0, 10, rows), np.ones(rows))


@given(SEEDS)
def test_each_method_agrees_within_its_own_floor(seed):
    case = random_case(seed)
    found = gradients(case.problem, case.targets, case.reduction)
    checks = numerical.check(case.problem, case.targets, found, case.reduction)
    assert [one.method for one in checks] == [
        "complex step",
        "central differences",
        "Richardson extrapolation",
    ]
    for one in checks:
        assert one.every_coordinate
        assert one.tried == case.problem.W.size + case.problem.Theta.size
        assert one.largest_error <= one.noise_floor


def test_the_floors_are_what_the_methods_can_do():
    random = np.random.default_rng(0)
    problem = Problem(random.normal(size=(4, 3)), random.normal(size=(4, 5)), random.normal(size=(6, 3)))
    targets = random.dirichlet(np.ones(5), 6)
    complex_step, central, richardson = numerical.check(
        problem, targets, gradients(problem, targets, "mean"), "mean"
    )
    assert complex_step.largest_error < 4e-15
    assert complex_step.noise_floor < 1e-12
    assert central.largest_error < 1e-9
    assert central.noise_floor < 1e-7
    assert richardson.largest_error < 1e-11
    assert richardson.noise_floor < 1e-7


@settings(max_examples=200)
@given(SEEDS)
def test_methods_agree_within_their_floor_at_any_magnitude(seed):
    """Each method agrees within its own floor at any magnitude."""
    case = extreme_case(seed)
    found = gradients(case.problem, case.targets, case.reduction)
    for one in numerical.check(case.problem, case.targets, found, case.reduction):
        assert one.largest_error <= one.noise_floor


@settings(max_examples=50)
@given(SEEDS)
def test_so_does_each_along_directions(seed):
    case = extreme_case(seed)
    found = gradients(case.problem, case.targets, case.reduction)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numerical, "_MOST_LOGITS", 0)
        checks = numerical.check(case.problem, case.targets, found, case.reduction)
    for one in checks:
        assert not one.every_coordinate
        assert one.largest_error <= one.noise_floor


@pytest.mark.parametrize(
    ("W", "Theta", "x", "targets"),
    [
        (1.0, [1.0, 2.0], 1e40, 0.0),
        (1.0, [1.0, 2.0], 1e200, 0.0),
        (1.0, [1.0, 2.0], 1.0, [1e-310, 1e-310]),
        (1.0, [1.0, 2.0], 1.0, [1e300, 1e300]),
        (1e100, [1e100, -1e100], 1e-200, 1.0),
        (1e150, [1e-150, -1e-150], 1.0, 1.0),
        (0.0, [1e290, 2.0], 1e-200, 0.0),
    ],
)
def test_the_complex_step_is_as_short_as_the_logits_are_fast(W, Theta, x, targets):
    problem = Problem(np.array([[W]]), np.array([Theta]), np.array([x]))
    y = prepare(np.array(targets), (1,), 2)
    found = gradients(problem, y)
    largest = max(np.abs(found.W).max(), np.abs(found.Theta).max())
    first, *others = numerical.check(problem, y, found, "mean")
    assert first.largest_error <= first.noise_floor <= 1e-13 * largest + 1e-320
    for one in others:  # what they say is no more than that all derivatives on the way are possible
        assert one.largest_error <= one.noise_floor <= 4 * largest


def test_a_method_that_leaves_float64_says_nothing():
    """Of a step in W, 6e-6, the logits move by 6e355."""
    problem = Problem(np.array([[1e-66]]), np.array([[1e124, 0.0]]), np.array([1e237]))
    y = prepare(np.array(0.0), (1,), 2)
    first, *others = numerical.check(problem, y, gradients(problem, y), "mean")
    assert first.largest_error <= first.noise_floor
    for one in others:
        assert one.largest_error == one.noise_floor == np.inf


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("part", ["W", "Theta"])
def test_a_wrong_entry_shows(reduction, part):
    for seed in range(20):
        case = random_case(seed, reductions=(reduction,))
        found = gradients(case.problem, case.targets, reduction)
        getattr(found, part)[..., 0, 0] += 1e-5
        assert all(
            one.largest_error > 9e-6 for one in numerical.check(case.problem, case.targets, found, reduction)
        )


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_many_coordinates_are_tried_along_several_directions(reduction):
    problem, targets = wide()
    assert not numerical.feasible(problem.W.shape, 10, 100)
    found = gradients(problem, targets, reduction)
    for one in numerical.check(problem, targets, found, reduction):
        assert (one.tried, one.every_coordinate) == (16, False)
        assert one.largest_error <= one.noise_floor
    # A sign that one direction misses by chance, not sixteen.
    found.W[..., 3, 7] += 1e-4
    found.W[..., 4, 7] += 1e-4
    first, *_ = numerical.check(problem, targets, found, reduction)
    assert first.largest_error > 1e-4
    assert isinstance(found, Gradients)


def test_the_directions_are_the_same_every_time():
    problem, targets = wide()
    found = gradients(problem, targets, "sum")
    assert numerical.check(problem, targets, found, "sum") == numerical.check(problem, targets, found, "sum")
