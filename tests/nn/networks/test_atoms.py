"""Activations with the parameters of file formats, written in terms of the same atom where they are one."""

import numpy as np
import pytest

from app.nn.activations.catalogue import create
from app.nn.networks.comparison import compare
from app.nn.networks.network import Layer, Network

W, B = np.array([[0.5, -1.0], [2.0, 0.25]]), np.array([0.5, -0.75])
LAST = Layer(np.array([[1.5, -0.5]]), np.array([0.25]), create("identity"))


def network(name: str, parameters: dict[str, float]) -> Network:
    return Network([Layer(W, B, create(name, **parameters)), LAST])


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        (("selu", {"alpha": 0.5, "gamma": 1.0}), ("elu", {"alpha": 0.5}), True),
        (("selu", {"alpha": 1.0, "gamma": 1.0}), ("celu", {}), True),
        (("selu", {"alpha": 0.0, "gamma": 1.0}), ("relu", {}), True),
        (("softshrink", {"lambd": 0.5, "bias": 0.25}), ("hardshrink", {"lambd": 0.5, "bias": 0.25}), True),
        (
            ("hard_sigmoid", {"alpha": 1.0, "beta": 0.0}),
            ("hard_tanh", {"min_val": 0.0, "max_val": 1.0}),
            True,
        ),
        (("silu", {"beta": 1.0}), ("silu", {}), True),
        (("selu", {}), ("elu", {}), False),
        (("silu", {"beta": 1.702}), ("silu", {}), False),
        (("exponential", {}), ("elu", {}), False),
        (("squareplus", {}), ("relu", {}), False),
        (("squareplus", {"b": 1.0}), ("squareplus", {}), False),
    ],
    ids=str,
)
def test_networks_of_one_function_are_never_called_different(first, second, equal: bool) -> None:
    found = compare(network(*first), network(*second))
    if equal:
        assert found.equal is True
    else:
        assert found.equal is not True
