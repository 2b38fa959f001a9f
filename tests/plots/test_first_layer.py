"""What the units of a first layer do is on the picture, however narrow it is."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.nn.activations.catalogue import CATALOGUE, create
from app.nn.networks.evaluation import evaluate
from app.nn.networks.network import Layer, Network
from app.plots.first_layer import places, tells_all
from app.plots.networks import NetworkPicture
from tests.plots.specs import drawn, network


def sums(weight: list[float], bias: list[float], last: list[float], kind: str) -> Network:
    """Return Σ last·activation(weight·x + bias)."""
    hidden = Layer(np.array(weight)[:, np.newaxis], np.array(bias), create(kind))
    return Network([hidden, Layer(np.array([last]), None, create("identity"))])


@given(
    st.floats(-2.9, 1.9),
    st.floats(-15.0, 0.0),
    st.floats(0.1, 100.0),
    st.sampled_from([1.0, -1.0]),
)
def test_a_pulse_of_steps_is_seen_however_narrow(at: float, power: float, size: float, sign: float) -> None:
    end = at + 10.0**power
    if (end - at) * size < 8 * math.ulp(max(abs(at), abs(end)) * size):
        return  # no float64 sum tells the two apart
    pulse = sums([1.0, sign * size, sign * size, 1.0], [3.0, -sign * size * at, -sign * size * end, -3.0],
                 [1.0, 3.0, -3.0, 1.0], "heaviside")  # fmt: skip
    scene = NetworkPicture(drawn(pulse), -4.0, 4.0).scene()
    levels = scene.table.rows[:, 1]
    inside = evaluate(pulse, np.array([[(at + end) / 2]]))[0, 0]
    assert inside in levels
    (stroke,) = [mark for mark in scene.marks if getattr(mark, "clip", None)]
    (frame,) = scene.frames
    assert np.nanmin(np.abs(stroke.points[:, 1] - frame.y.at(float(inside)))) < 1e-6
    assert "rising all the way" not in scene.words


def test_a_pulse_of_a_pixel_s_width_is_told() -> None:
    pulse = sums([1.0] * 4, [3.0, -0.455, -0.535, -3.0], [1.0, 3.0, -3.0, 1.0], "heaviside")
    words = NetworkPicture(drawn(pulse)).scene().words
    assert "F runs from 0 at the left edge to 2 at the right, with a maximum of 4 near x = 0.455" in words
    assert "from 1 to 4 at x = 0.455, from 4 to 1 at x = 0.535" in words


@pytest.mark.parametrize("make", CATALOGUE, ids=lambda make: make.__name__)
@pytest.mark.parametrize("steep", [1e2, 1e5, 1e9])
def test_two_steep_units_one_taken_from_the_other_are_seen(make, steep: float) -> None:
    """f(s·(x − c)) − f(s·(x − c) − 4) is as large on the picture as it is."""
    one = make()
    if one.name == "identity" or one.lipschitz > 1e3:
        return
    c = 0.4321
    bump = sums([steep, steep], [-steep * c, -steep * c - 4.0], [1.0, -1.0], one.name)
    x = c + np.linspace(-12.0, 12.0, 20001) / steep
    expected = evaluate(bump, x[:, np.newaxis])[:, 0]
    seen = NetworkPicture(drawn(bump), -4.0, 4.0).scene().table.rows[:, 1]
    height = np.ptp(expected)
    assert seen.max() >= expected.max() - 0.02 * height
    assert seen.min() <= expected.min() + 0.02 * height


@pytest.mark.parametrize("make", CATALOGUE, ids=lambda make: make.__name__)
@pytest.mark.parametrize("scale", [0.0, 5e-324, 1e-300, 1.0, 1e300])
def test_places_lie_inside_whatever_the_weights(make, scale: float) -> None:
    one = network([1, 40, 1], make.__name__)
    first = one.layers[0]
    other = Network([Layer(scale * first.weight, first.bias, first.activation), one.layers[1]])
    for low, high in ((-4.0, 4.0), (-1e308, 1.7e308), (0.0, 5e-324)):
        found = places(other, low, high)
        assert ((found > low) & (found < high)).all()
        assert (np.diff(found) > 0).all()


def test_very_many_units_have_a_bounded_number_of_points() -> None:
    """Very many units have not more points than can be evaluated."""
    for kind, most in (("relu", 8192), ("tanh", 257), ("heaviside", 8192)):
        many = network([1, 30_000, 1], kind)
        steep = Network([Layer(1e9 * many.layers[0].weight, many.layers[0].bias, many.layers[0].activation),
                         many.layers[1]])  # fmt: skip
        assert 100 < len(places(steep, -1e-6, 1e-6)) <= most
        assert not tells_all(steep)


def test_of_too_many_jumps_both_sides_are_kept_or_none() -> None:
    many = network([1, 6000, 1], "heaviside")
    found = places(many, -3.0, 3.0)
    values = evaluate(Network(many.layers[:1]), found[:, np.newaxis])
    passed = (values[1:] != values[:-1]).any(axis=1)
    close = np.diff(found) < 1e-9
    assert 1000 < close.sum() <= 4096
    assert passed[close].all()


@pytest.mark.parametrize("kind", ["heaviside", "hardshrink", "tanh", "gelu"])
@pytest.mark.parametrize("outputs", [1, 4])
def test_picture_of_a_wide_network_bounds_its_evaluations(
    kind: str, outputs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many jumps as there are units, far more than can each be halved to neighbouring floats."""
    random = np.random.default_rng(5)
    units = 8000
    weight = random.normal(size=(units, 1)) * 10 ** random.uniform(-2, 6, (units, 1))
    wide = Network([Layer(weight, random.normal(0, 3, units), create(kind)),
                    Layer(random.normal(size=(outputs, units)), None, create("identity"))])  # fmt: skip
    rows = 0

    def counted(one: Network, inputs: np.ndarray) -> np.ndarray:
        nonlocal rows
        rows += len(inputs)
        return np.repeat(np.floor(1e3 * np.sin(1e6 * inputs)), outputs, axis=1)  # it jumps everywhere

    for file in ("network_curves", "network_jumps"):
        monkeypatch.setattr(f"app.plots.{file}.evaluate", counted)
    NetworkPicture(drawn(wide), -3.0, 3.0).scene()
    assert rows * units <= 2.5e8


def test_first_layer_tells_all_where_only_sums_follow() -> None:
    """The first layer tells all where only sums stand behind it."""
    assert tells_all(network([1, 3, 2]))
    assert tells_all(Network(network([1, 3], "tanh").layers))
    assert not tells_all(network([1, 3, 3, 1]))
