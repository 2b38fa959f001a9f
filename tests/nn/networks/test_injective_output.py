"""An injective output activation hides nothing: reductions, fingerprints and steps see through it."""

import numpy as np
import pytest

from app.nn.activations.catalogue import create
from app.nn.errors import UnsupportedNetwork
from app.nn.networks.comparison import compare
from app.nn.networks.evaluation import evaluate
from app.nn.networks.network import Layer, Network
from app.nn.networks.reduction import reduce
from app.nn.networks.steps import as_steps
from tests.oracles.networks import disguised, random_network, two_layers

INJECTIVE = ["tanh", "sigmoid", "softplus", "log_sigmoid", "softsign", "elu", "selu", "celu", "leaky_relu"]


def behind(network: Network, name: str) -> Network:
    last = network.layers[-1]
    return Network([*network.layers[:-1], Layer(last.weight, last.bias, create(name))])


@pytest.mark.parametrize("name", INJECTIVE)
def test_reductions_see_through_an_injective_output(name: str) -> None:
    generator = np.random.default_rng(3)
    plain = random_network(generator, (2, 4, 2), ["tanh", "identity"], "integers")
    network, other = behind(plain, name), behind(disguised(generator, plain), name)
    found, same = reduce(network), reduce(other)
    assert found.after == reduce(plain).after == same.after
    assert found.fingerprint == same.fingerprint != reduce(plain).fingerprint
    moved = behind(two_layers(plain.layers[0].weight, None, plain.layers[1].weight, None), name)
    assert reduce(moved).fingerprint != found.fingerprint
    assert compare(network, found.network).equal or compare(network, found.network).rounding_only
    assert compare(other, found.network).equal or compare(other, found.network).rounding_only
    rows = generator.standard_normal((50, 2))
    np.testing.assert_allclose(evaluate(network, rows), evaluate(found.network, rows), rtol=1e-12)


@pytest.mark.parametrize("name", INJECTIVE)
def test_steps_see_through_an_injective_output(name: str) -> None:
    moving = behind(two_layers([[1.0], [-2.0]], [0.5, 0.0], [[1.0, 1.0]], [0.1]), name)
    found = as_steps(moving)
    assert found.exists is False
    assert found.witness is not None
    one, other = found.witness.outputs
    assert one != other
    for x, texts in zip(found.witness.inputs, (one, other), strict=True):
        assert float(texts[0]) == pytest.approx(float(evaluate(moving, x)[0]), rel=1e-12)
    still = behind(two_layers([[0.0], [0.0]], [0.5, 1.5], [[1.0, 1.0]], [0.1]), name)
    decided = as_steps(still)
    assert decided.exists is True
    assert decided.network is not None and decided.certificate is not None
    rows = np.linspace(-5.0, 5.0, 11)[:, None]
    apart = np.abs(evaluate(still, rows) - evaluate(decided.network, rows))
    assert (apart <= decided.certificate.evaluation_bound).all()
    assert (decided.certificate.evaluation_bound < 1e-14).all()


def test_other_outputs_are_refused_or_left_open_as_before() -> None:
    for name in ("relu", "gelu", "hard_tanh"):
        network = behind(two_layers([[1.0]], None, [[1.0]], None), name)
        assert as_steps(network).exists is None
        with pytest.raises(UnsupportedNetwork):
            reduce(network)
