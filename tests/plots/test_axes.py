"""Windows of y: around any values, with room, and numbers along them."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.nn.activations.catalogue import create
from app.nn.networks.network import Layer, Network
from app.plots.activation_curves import ActivationCurves
from app.plots.axes import Frame, padded
from app.plots.canvas import Rectangle
from app.plots.networks import NetworkPicture
from tests.plots.specs import drawn

TINY = math.ulp(0.0)
LARGEST = float(np.finfo(np.float64).max)

extreme = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-9, 9).map(lambda times: times * TINY),
    st.sampled_from([LARGEST, -LARGEST, 2.0**-1022, -(2.0**-1022), 0.0, 1.0]),
)


@given(extreme, extreme, st.floats(1.0, 3000.0), st.floats(0.0, 30.0))
@example(TINY, TINY, 400.0, 26.0)
@example(-TINY, -TINY, 400.0, 26.0)
@example(0.0, TINY, 400.0, 26.0)
@example(-TINY, TINY, 40.0, 8.0)
@example(LARGEST, LARGEST, 400.0, 26.0)
def test_any_values_have_a_window_with_numbers(one: float, other: float, height: float, room: float) -> None:
    values = sorted([one, other])
    bottom, top = padded(*values, height, room)
    assert -LARGEST <= bottom < top <= LARGEST
    frame = Frame(Rectangle(0.0, 0.0, 500.0, height), 0.0, 1.0, bottom, top)
    pixels = frame.y.position(np.array(values))
    assert ((pixels >= -1e-9) & (pixels <= height + 1e-9)).all()
    ticks, _ = frame.y.ticks(40.0)
    assert 1 <= len(ticks) <= max(5.0, height / 20)
    assert all(0 <= tick.at <= 1 for tick in ticks)


@pytest.mark.parametrize(
    ("name", "parameters", "low", "high"),
    [
        ("sigmoid", {}, -745.0, -744.5),
        ("softplus", {}, -744.9, -744.6),
        ("threshold", {"value": TINY}, -2.0, -1.0),
        ("threshold", {"value": -TINY}, -2.0, -1.0),
        ("elu", {"alpha": TINY}, -2.0, -1.0),
        ("hard_tanh", {"min_val": TINY}, -2.0, -1.0),
    ],
)
def test_a_function_that_is_the_smallest_float_has_a_picture(
    name: str, parameters: dict[str, float], low: float, high: float
) -> None:
    scene = ActivationCurves((create(name, **parameters),), low, high).scene()
    (frame,) = scene.frames
    assert frame.bottom < frame.top
    assert scene.backdrop()


def test_a_network_that_is_the_smallest_float_has_a_picture() -> None:
    constant = Network([Layer(np.array([[0.0]]), np.array([TINY]), create("identity"))])
    assert NetworkPicture(drawn(constant)).scene().backdrop()
    assert NetworkPicture(drawn(constant, constant)).scene().backdrop()
