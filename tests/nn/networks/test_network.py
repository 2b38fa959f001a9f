"""A network is a value: equal by its numbers and its activations, and it can be sent to another process."""

import pickle
from typing import Any

import numpy as np
import pytest

from app.library.activation_function import activation
from app.nn.activations.catalogue import create
from app.nn.errors import InvalidValue
from app.nn.networks.network import SOFTMAX, Layer, Network
from tests.oracles.activations import CASES


def layer(**changed: object) -> Layer:
    given = {"weight": np.array([[1.5, 0.0], [-2.0, 5e-324]]), "bias": np.array([0.0, 1.0])}
    return Layer(**{**given, "activation": create("elu", alpha=0.5), **changed})  # type: ignore[arg-type]


def test_pickle_gives_an_equal_network() -> None:
    for name, parameters in CASES:
        last = Layer(np.array([[2.0, -1.0]]), None, SOFTMAX)
        one = Network([layer(activation=create(name, **parameters)), last])
        again = pickle.loads(pickle.dumps(one))
        assert again == one
        assert hash(again) == hash(one)
        for before, after in zip(one.layers, again.layers, strict=True):
            assert before.weight.tobytes() == after.weight.tobytes()


@pytest.mark.parametrize(
    "layers", [3, Layer([[1.0]]), [Layer([[1.0]]), {"weight": [[1.0]]}], [None]], ids=str
)
def test_a_network_is_made_of_layers_alone(layers: Any) -> None:
    with pytest.raises(InvalidValue, match="layer"):
        Network(layers)


def test_equal_layers_have_equal_numbers_and_activation() -> None:
    one = layer()
    assert one == layer()
    assert hash(one) == hash(layer())
    others = [
        layer(weight=np.array([[1.5, 0.0], [-2.0, 0.0]])),
        layer(weight=np.array([[1.5], [-2.0]])),
        layer(bias=np.array([5e-324, 1.0])),
        layer(bias=None),
        layer(activation=create("elu")),
        layer(activation=SOFTMAX),
    ]
    for other in others:
        assert other != one
        assert Network([other]) != Network([one])
    assert len({one, *others}) == len(others) + 1
    assert layer(bias=None) != layer(bias=np.zeros(2))
    assert one != "layer"


def test_a_layer_s_zeros_are_equal_whatever_their_sign() -> None:
    minus = layer(weight=np.array([[1.5, -0.0], [-2.0, 5e-324]]), bias=np.array([-0.0, 1.0]))
    assert minus == layer()
    assert hash(minus) == hash(layer())


def test_a_layer_s_layout_in_memory_does_not_count() -> None:
    other = layer(weight=np.asfortranarray(layer().weight))
    assert other == layer()
    assert hash(other) == hash(layer())


def test_a_network_shows_the_parameters_of_its_activations() -> None:
    """Also those that the library makes, which can be called; defaults are left out of the formula."""
    made = (activation("elu", alpha=0.5), create("leaky_relu", negative_slope=2.0), "leaky_relu", "softmax")
    one = Network([layer(activation=given) for given in made])
    lines = str(one).splitlines()
    assert lines[0] == "layer 0: elu(alpha=0.5), 2 → 2"
    assert lines[2:] == ["layer 2: leaky_relu(negative_slope=0.01), 2 → 2", "layer 3: softmax, 2 → 2"]
    formula = one._repr_latex_()
    assert r"\operatorname{elu}_{\mathrm{alpha} = 0.5}\left(" in formula
    assert r"\operatorname{leaky\_relu}_{\mathrm{negative\_slope} = 2}\left(" in formula
    assert formula.count(r"\operatorname{leaky\_relu}\left(") == 1
