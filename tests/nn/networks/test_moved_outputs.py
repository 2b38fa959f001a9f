"""Slopes are enclosed however flat a function is, and differences that they prove are ones."""

import mpmath as mp
import numpy as np
import pytest

from app.nn.activations.catalogue import create, names
from app.nn.networks.atoms import Atom, written
from app.nn.networks.enclosed_values import ExactPoint, apart, as_fraction, enclosed
from app.nn.networks.extended_activations import value_of
from app.nn.networks.moved_outputs import differ_at, same_but_for_biases
from app.nn.networks.network import Network
from app.nn.networks.normal_form import normal_form
from app.nn.networks.slope_enclosures import slopes_between
from app.nn.precision import extended_precision
from tests.oracles.networks import layer, random_network

ATOMS = {atom: None for name in names() if (atom := written(create(name)).atom) is not None}
ATOMS |= {written(create(*one[:1], **one[1])).atom: None for one in (
    ("elu", {"alpha": 3.0}), ("elu", {"alpha": 0.25}), ("celu", {"alpha": -2.0}), ("squareplus", {"b": 0.01}),
    ("leaky_relu", {"negative_slope": -0.5}),
)}  # fmt: skip


def judged(atom: Atom, z: mp.mpf) -> mp.mpf:
    """Return g(z) by formulas that other tests judge, at far more bits than slopes are worked out with."""
    if atom.pieces:
        exact = atom.pieces.at(as_fraction(z))
        return mp.mpf(exact.numerator) / exact.denominator
    return value_of(atom, z)


@pytest.mark.parametrize("atom", ATOMS, ids=lambda atom: f"{atom.name} {dict(atom.parameters)}")
def test_slopes_hold_every_difference_quotient(atom: Atom) -> None:
    generator = np.random.default_rng(4)
    for _ in range(60):
        with extended_precision(192):
            middle = mp.mpf(generator.normal() * 10.0 ** generator.uniform(-3, 1.7))
            reach = mp.mpf(10) ** generator.uniform(-40, 1)
            low, high = middle - reach, middle + reach
            slopes = slopes_between(atom, low, high)
        if slopes is None:
            assert atom.pieces is not None
            assert not atom.pieces.continuous
            continue
        assert slopes[0] <= slopes[1]
        with extended_precision(1500):
            for _ in range(3):
                x, y = (low + (high - low) * mp.mpf(generator.random()) for _ in range(2))
                if x != y:
                    quotient = (judged(atom, x) - judged(atom, y)) / (x - y)
                    slack = mp.mpf(2) ** -1200
                    assert slopes[0] - slack <= quotient <= slopes[1] + slack, (low, high)


@pytest.mark.parametrize(
    "name", ["tanh", "sigmoid", "softplus", "exponential", "elu", "gelu", "silu", "mish"]
)
def test_slopes_far_out_are_small_and_not_zero(name: str) -> None:
    atom = written(create(name)).atom
    assert atom is not None
    with extended_precision(192):
        z = mp.mpf(-30_000)
        slopes = slopes_between(atom, z, z + mp.mpf(2) ** -150)
        assert slopes is not None
        low, high = sorted(map(abs, slopes))
        assert 0 < low <= high < low * (1 + mp.mpf(2) ** -100)
        assert high < mp.mpf(10) ** -10_000


@pytest.mark.parametrize("name", names())
def test_differences_by_slopes_are_those_of_the_values(name: str) -> None:
    """Where enclosed values show a difference, slopes do as well, and never where there is none."""
    generator = np.random.default_rng(6)
    shown = 0
    for _ in range(12):
        first = random_network(generator, (2, 3, 2, 1), [create("tanh"), create(name), "identity"])
        moved = [layer(one.weight, one.bias, one.activation) for one in first.layers]
        assert first.layers[1].bias is not None
        off = first.layers[1].bias + np.array([2.0**-40, 0.0])
        moved[1] = layer(first.layers[1].weight, off, first.layers[1].activation)
        form, other = normal_form(first), normal_form(Network(moved))
        assert not differ_at(form, form, ExactPoint.of(np.zeros(2)), 192)
        if not same_but_for_biases(form, other):
            continue  # an identity is composed, what is constant is folded
        for x in generator.standard_normal((3, 2)):
            point = ExactPoint.of(x)
            apart_there = apart(enclosed(form, point, 256), enclosed(other, point, 256))[0].nonzero
            if differ_at(form, other, point, 192):
                assert apart_there
                shown += 1
    assert shown or name in ("heaviside", "identity", "hard_threshold")


def test_what_a_unit_that_is_off_lets_through_is_nothing() -> None:
    first, second = (
        normal_form(
            Network(
                [
                    layer([[1.0]], [b], create("softplus")),
                    layer([[2.0], [3.0]], [-50.0, -60.0], create("relu")),
                    layer([[1.0, -1.0]], None, "tanh"),
                    layer([[1.0]]),
                ]
            )
        )
        for b in (0.25, 0.25 + 2.0**-40)
    )
    assert same_but_for_biases(first, second)
    found = [differ_at(first, second, ExactPoint.of(np.array([x])), 192) for x in (-1.0, 2.0, 22.0, 100.0)]
    assert found == [False, False, True, True]
