"""Samples follow the function: fine where it bends, exact at kinks, never across a jump."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.nn.activations.catalogue import CATALOGUE
from app.plots import sampling, windows
from app.plots.network_curves import output
from app.plots.network_jumps import value_at_jump
from app.plots.sampling import CHORD_TOLERANCE, Piece, pieces, split, trace
from tests.plots.specs import network


def drawn_at(parts: list[Piece], x: np.ndarray) -> np.ndarray:
    """Return what the drawn polylines show at x."""
    values = np.full(x.shape, np.nan)
    for part in parts:
        inside = (x > part.x[0]) & (x < part.x[-1])
        values[inside] = np.interp(x[inside], part.x, part.y)
    return values


@pytest.mark.parametrize("make", CATALOGUE, ids=lambda make: make.__name__)
@pytest.mark.parametrize("slope", [False, True], ids=["value", "derivative"])
def test_straight_lines_between_samples_look_like_the_curve(make, slope: bool) -> None:
    one = make()
    low, high = windows.of_activations([one])
    function = one.derivative if slope else one.evaluate
    jumps = [jump.at for jump in one.jumps] + (list(one.kinks) if slope else [])
    parts, breaks = pieces(function, low, high, () if slope else one.kinks, jumps)
    x = np.random.default_rng(0).uniform(low, high, 4000)
    values = function(x)
    off = np.abs(drawn_at(parts, x) - values) / sampling.height(values)
    assert np.nanmax(off) <= 2 * CHORD_TOLERANCE
    assert sum(len(part.x) for part in parts) < 2000
    assert {jump.at for jump in breaks} == {at for at in jumps if low <= at <= high}
    for kink in () if slope else one.kinks:
        assert any((part.x == kink).any() for part in parts)


@pytest.mark.parametrize("make", CATALOGUE, ids=lambda make: make.__name__)
def test_no_piece_crosses_a_jump_and_its_ends_are_the_limits(make) -> None:
    one = make()
    if not one.jumps:
        return
    low, high = windows.of_activations([one])
    parts, breaks = pieces(one.evaluate, low, high, one.kinks, [jump.at for jump in one.jumps])
    assert [part.x[-1] for part in parts[:-1]] == [jump.at for jump in one.jumps]
    for jump, claimed, before, after in zip(breaks, one.jumps, parts, parts[1:], strict=False):
        assert (before.y[-1], after.y[0]) == (jump.left, jump.right)
        assert jump.right - jump.left == pytest.approx(claimed.height, rel=1e-12)
        assert jump.value == one.evaluate(np.array([jump.at]))[0]


@pytest.mark.parametrize("seed", range(8))
def test_jumps_of_step_networks_are_found_to_the_last_bit(seed: int) -> None:
    steps = network([1, 5, 1], "heaviside", seed)
    first = steps.layers[0]
    places = np.sort(-first.bias / first.weight[:, 0])
    low, high = places[0] - 1, places[-1] + 1
    function = output(steps, 0)
    parts, breaks = split(function, trace(function, low, high))
    np.testing.assert_allclose([jump.at for jump in breaks], places, rtol=1e-15)
    for jump, part, after in zip(breaks, parts, parts[1:], strict=False):
        assert np.ptp(part.y) == 0
        assert (part.y[-1], after.y[0]) == (jump.left, jump.right)
        # At the place itself the unit is 1: on the right where its weight is positive.
        unit = int(np.argmin(np.abs(-first.bias / first.weight[:, 0] - jump.at)))
        value = value_at_jump(steps, 0, float(np.nextafter(jump.at, -np.inf)), jump.at)
        expected = jump.right if first.weight[unit, 0] > 0 else jump.left
        assert value == pytest.approx(expected, rel=1e-12)


def test_a_steep_but_continuous_curve_has_no_jump() -> None:
    steep = network([1, 1, 1], "tanh")
    function = output(steep, 0)
    _, breaks = split(lambda x: function(1e12 * x), trace(lambda x: function(1e12 * x), -1.0, 1.0))
    assert breaks == []


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(CATALOGUE),
)
def test_any_window_is_sampled(low: float, high: float, make) -> None:
    if low >= high:
        return
    one = make()
    parts, _ = pieces(one.evaluate, low, high, one.kinks, [jump.at for jump in one.jumps])
    x = np.concatenate([part.x for part in parts])
    assert (x[0], x[-1]) == (low, high)
    assert (np.diff(x) >= 0).all()
    assert len(x) <= 2 * sampling.MOST_POINTS
