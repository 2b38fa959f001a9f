"""Every claim of every record, as a law over the catalogue; what is not claimed has a witness."""

import math
from itertools import pairwise

import numpy as np
import pytest
from mpmath import mp, mpf

from app.nn.activations.catalogue import create
from app.nn.activations.record import Activation, Floats
from tests.oracles.activations import CASES, Case, label, reference
from tests.oracles.points import unit

# Parameters near the ends of float64 are judged for accuracy, where their unit of length fits no common grid.
MODERATE = [
    case
    for case in CASES
    if 1e-6 < unit(case[1]) < 1e6 and all(value == 0 or 1e-6 < abs(value) < 1e6 for value in case[1].values())
]


@pytest.fixture(params=MODERATE, ids=label)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


@pytest.fixture
def activation(case: Case) -> Activation:
    return create(case[0], **case[1])


@pytest.fixture
def grid(case: Case, activation: Activation) -> Floats:
    """Increasing points: fine near the origin, wide at the ends, with every corner and its two neighbours."""
    scale = unit(case[1])
    fine = np.linspace(-12, 12, 48_001)
    wide = np.geomspace(12, 1e5, 500)
    corners = np.array([*activation.kinks, *(jump.at for jump in activation.jumps)])
    around = [corners, np.nextafter(corners, np.inf), np.nextafter(corners, -np.inf)]
    points = np.unique(np.concatenate([-wide * scale, fine * scale, wide * scale, *around, fine]))
    return points[np.isfinite(activation.evaluate(points))]


def slack(values: Floats) -> Floats:
    """What two neighbours, each within 2 ulp, may be out of order by."""
    return 4 * np.spacing(np.abs(values))


def test_monotone(activation: Activation, grid: Floats) -> None:
    values = activation.evaluate(grid)
    falls = np.diff(values) < -slack(values)[1:]
    assert falls.any() != activation.monotone
    if activation.monotone:
        assert (activation.derivative(grid) >= 0).all()
    else:
        assert (np.diff(values) < -1e-9 * max(1.0, np.abs(values[np.abs(grid) < 3]).max())).any()


def test_convex(activation: Activation, grid: Floats) -> None:
    slopes = activation.derivative(grid)
    falls = np.diff(slopes) < -slack(slopes)[1:] - 2.0**-50
    if activation.convex:
        assert activation.continuous
        assert not falls.any()
    else:
        # A jump is reason enough: a convex function on ℝ is continuous.
        assert falls.any() or activation.jumps


def test_odd_and_even(activation: Activation, grid: Floats) -> None:
    inside = grid[~np.isin(np.abs(grid), [abs(jump.at) for jump in activation.jumps])]
    right, left = activation.evaluate(inside), activation.evaluate(-inside)
    assert bool((left == -right).all()) == activation.odd
    assert bool((left == right).all()) == activation.even


def test_range(case: Case, activation: Activation, grid: Floats) -> None:
    values = activation.evaluate(grid)
    claimed = activation.range
    assert claimed.infimum < claimed.supremum
    for bound, attained, sign, line_ends in (
        (claimed.infimum, claimed.infimum_attained, 1, True),
        (claimed.supremum, claimed.supremum_attained, -1, False),
    ):
        if math.isinf(bound):
            assert not attained
            assert bound == -math.inf if line_ends else bound == math.inf
            ends = activation.evaluate(np.array([-np.inf, np.inf]))
            assert bound in ends
            continue
        distance = sign * (values - bound)
        assert (distance >= -slack(values)).all()
        near = grid[np.abs(grid) < 100 * unit(case[1])]
        near = np.unique(np.concatenate([near[:: len(near) // 400], [jump.at for jump in activation.jumps]]))
        with mp.workprec(400):
            exact = reference(case[0], dict(activation.parameters), False)
            distances = [sign * (exact(float(x)) - mpf(bound)) for x in near]
        least = int(np.argmin(distances))
        if attained:
            # By a corner or a plateau exactly, or by a smooth extremum, which the grid only surrounds.
            assert distance.min() <= 1e-7 * max(1.0, abs(bound))
            assert distances[least] == 0 or 0 < least < len(near) - 1
        else:
            # selu's bound is the double nearest to −λα.
            assert distances[least] > (-1e-16 if case[0] == "selu" else 0)
            ends = [activation.evaluate(np.array([x]))[0] for x in (-np.inf, np.inf)]
            assert bound in (*ends, *(jump.at for jump in activation.jumps))


def test_asymptotes(case: Case, activation: Activation) -> None:
    name, parameters = case
    with mp.workprec(400):
        exact = reference(name, dict(activation.parameters), False)
        for line, sign in ((activation.left, -1), (activation.right, 1)):
            far = [sign * mpf(10) ** power * unit(parameters) for power in (1, 2, 3, 6)]
            if line is None:
                steepness = [abs(exact(x) / x) for x in far[:3]]
                assert steepness[0] * 1000 < steepness[1] < steepness[2]
                continue
            # selu's and its like are the doubles nearest to the true numbers.
            slope, intercept = mpf(line.slope), mpf(line.intercept)
            gaps = [abs(exact(x) - (slope * x + intercept)) for x in far]
            tolerance = abs(slope) * abs(far[-1]) * mpf(2) ** -50 + abs(intercept) * mpf(2) ** -52
            # The rate: exponentially fast (then 1e-9 at a thousand), or as 1/|x| like softsign.
            assert gaps[-1] <= max(2 * mpf(unit(parameters)) ** 2 / abs(far[-1]), tolerance)
            if name not in ("softsign", "squareplus"):
                assert gaps[2] <= mpf("1e-9") + tolerance
            assert all(later <= earlier + tolerance for earlier, later in pairwise(gaps))


def test_kinks_and_jumps_are_exactly_where_they_are_claimed(activation: Activation, grid: Floats) -> None:
    places = np.unique(
        np.concatenate([grid[:: len(grid) // 4000], [0.0, *activation.kinks], np.arange(-7, 8) / 2])
    )
    places = np.unique(np.concatenate([places, [jump.at for jump in activation.jumps]]))
    below, above = np.nextafter(places, -np.inf), np.nextafter(places, np.inf)
    rise = activation.evaluate(above) - activation.evaluate(below)
    bend = activation.derivative(above) - activation.derivative(below)
    steepest = min(activation.lipschitz, np.abs(activation.derivative(places)).max())
    jumping = np.abs(rise) > 1e-9 * np.maximum(1.0, np.abs(activation.evaluate(places)) + steepest)
    bending = np.abs(bend) > 1e-9 * max(1.0, steepest)
    assert places[jumping].tolist() == sorted(jump.at for jump in activation.jumps)
    for jump in activation.jumps:
        assert rise[places == jump.at][0] == pytest.approx(jump.height, rel=1e-12)
    at_jumps = [jump.at for jump in activation.jumps]
    bends = [x for x in places[bending].tolist() if x not in at_jumps]
    # A kink that is no float lies between two, and both their neighbourhoods hold it.
    assert sorted({min(activation.kinks, key=lambda kink: abs(kink - x)) for x in bends}) == sorted(
        activation.kinks
    )
    assert all(any(abs(kink - x) <= np.spacing(abs(x)) for kink in activation.kinks) for x in bends)
    assert activation.continuous == (not at_jumps)
    assert activation.differentiable == (not at_jumps and not activation.kinks)
    assert bool(activation.conventions) == (not activation.differentiable)


def test_lipschitz(activation: Activation, grid: Floats) -> None:
    steepness = np.abs(activation.derivative(grid))
    if math.isinf(activation.lipschitz):
        assert steepness.max() > 1e6
        return
    assert (steepness <= activation.lipschitz * (1 + 2.0**-51)).all()
    # It is the smallest: the grid comes near it, for a smooth maximum by the square of its width.
    assert steepness.max() >= activation.lipschitz * (1 - 1e-6)


def test_bounded(activation: Activation, grid: Floats) -> None:
    assert activation.bounded == bool(np.isfinite(activation.evaluate(np.array([-np.inf, np.inf]))).all())


@pytest.mark.parametrize(
    ("name", "parameters", "at", "derivative"),
    [
        ("relu", {}, 0.0, 0.0),
        ("leaky_relu", {"negative_slope": 0.3}, 0.0, 0.3),
        ("elu", {"alpha": 2.5}, 0.0, 2.5),
        ("elu", {}, 0.0, 1.0),
        ("celu", {"alpha": 2.5}, 0.0, 1.0),
        ("selu", {}, 0.0, 1.7580993408473768),
        ("relu6", {}, 0.0, 0.0),
        ("relu6", {}, 6.0, 0.0),
        ("hard_sigmoid", {}, -3.0, 0.0),
        ("hard_sigmoid", {}, 3.0, 0.0),
        ("hard_tanh", {}, -1.0, 0.0),
        ("hard_tanh", {}, 1.0, 0.0),
        ("hard_swish", {}, -3.0, 0.0),
        ("hard_swish", {}, 3.0, 1.0),
        ("softshrink", {}, 0.5, 0.0),
        ("softshrink", {}, -0.5, 0.0),
        ("hardshrink", {}, 0.5, 0.0),
        ("hardshrink", {}, -0.5, 0.0),
        ("threshold", {"threshold": 1.0}, 1.0, 0.0),
        ("heaviside", {}, 0.0, 0.0),
    ],
)
def test_derivatives_at_corners(
    name: str, parameters: dict[str, float], at: float, derivative: float
) -> None:
    assert create(name, **parameters).derivative(np.array([at])).tolist() == [derivative]


@pytest.mark.parametrize(
    ("name", "at", "value"), [("heaviside", 0.0, 1.0), ("heaviside", -0.0, 1.0), ("hardshrink", 0.5, 0.0)]
)
def test_values_at_jumps(name: str, at: float, value: float) -> None:
    assert create(name).evaluate(np.array([at])).tolist() == [value]
