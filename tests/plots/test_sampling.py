"""Where curves are sampled: the chords lie on the function, the special points are there exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.nn.activations.catalogue import CATALOGUE
from app.plots.sampling import TOLERANCE, pieces, sample


@pytest.mark.parametrize("make", CATALOGUE, ids=lambda make: make.__name__)
def test_chords_lie_on_the_function(make):
    one = make()
    jumps = [jump.at for jump in one.jumps]
    for x, y in pieces(one.evaluate, -6.0, 6.0, one.kinks, jumps):
        assert (np.diff(x) > 0).all()
        fine = np.linspace(x[0], x[-1], 5001)
        off = np.abs(np.interp(fine, x, y) - one.evaluate(fine))
        assert off.max() <= 2 * TOLERANCE * (np.ptp(y) or 1)


@pytest.mark.parametrize("make", CATALOGUE, ids=lambda make: make.__name__)
def test_kinks_are_sampled_exactly_and_no_piece_crosses_a_jump(make):
    one = make()
    jumps = [jump.at for jump in one.jumps]
    found = pieces(one.evaluate, -8.0, 8.0, one.kinks, jumps)
    assert len(found) == len(jumps) + 1
    for x, _ in found:
        assert not any(x[0] <= at <= x[-1] for at in jumps)
    sampled = np.concatenate([x for x, _ in found])
    assert set(one.kinks) <= set(sampled)


def test_a_steep_bend_gets_its_points_where_it_bends():
    x, _ = sample(lambda t: np.tanh(200 * (t - 1)), -10.0, 10.0)
    near = np.abs(x - 1) < 0.05
    assert near.sum() > 20
    assert (~near).sum() < 200


@given(low=st.floats(-1e308, 1e308), width=st.floats(0, 1e308))
def test_hostile_windows_end(low, width):
    high = low + width
    if not low < high < np.inf:
        return
    x, y = sample(np.tanh, low, high)
    assert x[0] == low and x[-1] == high
    assert len(x) == len(y) <= 65 * 2**10


def test_a_window_of_two_neighbouring_floats_is_sampled_at_both():
    x, y = sample(np.tanh, 1.0, float(np.nextafter(1.0, 2.0)))
    assert x[0] == 1.0 and x[-1] == np.nextafter(1.0, 2.0)
    np.testing.assert_array_equal(y, np.tanh(x))
