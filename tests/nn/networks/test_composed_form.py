"""Affine layers before and behind one hidden layer change nothing: reductions, fingerprints, steps."""

from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest

from app.nn.activations.catalogue import create
from app.nn.errors import Overflow, UnsupportedNetwork
from app.nn.networks.canonical import canonical
from app.nn.networks.comparison import compare
from app.nn.networks.composed_form import canonical_of_composition, composition
from app.nn.networks.evaluation import evaluate
from app.nn.networks.network import SOFTMAX, Layer, Network
from app.nn.networks.reduction import Reduction, reduce, reduction_cost
from app.nn.networks.steps import as_steps
from tests.oracles.networks import disguised, layer, random_network, two_layers, values_at


def taken_apart(generator: np.random.Generator, network: Network) -> Network:
    """Return the same function with affine layers before and behind, all of them exact."""
    hidden, output = network.layers
    assert hidden.bias is not None and output.bias is not None
    layers = []
    weight, bias = hidden.weight, hidden.bias
    if generator.random() < 0.7:
        scales = 2.0 ** generator.integers(-2, 3, network.inputs)
        shift = generator.integers(-3, 4, network.inputs).astype(float)
        order = generator.permutation(network.inputs)
        layers.append(layer(np.diag(scales)[order], (scales * shift)[order]))
        weight, bias = (weight / scales)[:, order], bias - weight @ shift
    layers.append(Layer(weight, bias, hidden.activation))
    scales = 2.0 ** generator.integers(-2, 3, network.outputs)
    shift = generator.integers(-3, 4, network.outputs).astype(float)
    layers.append(layer(output.weight * scales[:, None], (output.bias + shift) * scales))
    layers.append(layer(np.diag(1 / scales), -shift))
    if generator.random() < 0.5:
        layers.append(Layer(np.eye(network.outputs), None, create("leaky_relu", negative_slope=1.0)))
    return Network(layers)


@pytest.mark.parametrize("kind", ["tanh", "sigmoid"])
@pytest.mark.parametrize("seed", range(12))
def test_affine_layers_about_it_change_nothing(kind: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    widths = generator.integers(1, 5, 3).tolist()
    plain = random_network(generator, widths, [kind, "identity"], "integers")
    whole = disguised(generator, plain)
    network = taken_apart(generator, whole)
    assert compare(plain, network).equal is True
    one, other = reduce(whole), reduce(network)
    assert (one.before, one.after, one.removed) == (other.before, other.after, other.removed)
    assert (one.fingerprint, one.kind) == (other.fingerprint, other.kind)
    assert (one.difference == other.difference).all()
    assert len(other.network.layers) == min(1 + one.after, 2)  # nothing had to be rounded
    for mine, theirs in zip(one.network.layers, other.network.layers, strict=True):
        np.testing.assert_array_equal(mine.weight, theirs.weight)
    steps, others = as_steps(whole), as_steps(network)
    assert (steps.exists, steps.at_most) == (others.exists, others.at_most)


def test_canonical_forms_are_those_of_two_layers() -> None:
    """Whole or composed: the same units, keys and constants; duplicates, dead and cancelling units too."""
    for seed in range(40):
        generator = np.random.default_rng(seed)
        kind = str(generator.choice(["tanh", "sigmoid"]))
        network = disguised(generator, random_network(generator, (2, 3, 2), [kind, "identity"], "mixed"))
        one = canonical(network)
        behind = composition(Network([*network.layers, layer(np.eye(2))]))
        assert behind is not None
        other = canonical_of_composition(behind)
        assert other is not None
        assert one.fingerprint() == other.fingerprint()
        assert (one.dead, one.constants) == (other.dead, other.constants)
        assert sorted(one.cancelled) == sorted(other.cancelled)
        assert {key: unit.members for key, unit in one.units.items()} == {
            key: unit.members for key, unit in other.units.items()
        }


def scaled(kind: str, repeated: bool) -> Network:
    """A network with its inputs and outputs scaled by numbers whose products are no floats."""
    rows = [[0.3, -1.7], [1.1, 0.2], [0.3, -1.7] if repeated else [0.4, 0.6]]
    return Network(
        [
            layer([[0.1, 0.0], [0.0, 0.7]], [-1.0, 0.3]),
            layer(rows, [0.1, 0.2, 0.1], kind),
            layer([[0.3, 1.3, 0.7]], [0.1]),
            layer([[1.9]], [0.7]),
        ]
    )


def check_distance(network: Network, found: Reduction) -> None:
    bound = [mp.mpf(float(number)) for number in np.abs(found.difference)]
    with mp.workdps(60):
        for x in ([0.0, 0.0], [1.0, -2.0], [1e8, 3.0], [-5.0, 1e-9], [1e300, -1e300]):
            pairs = zip(values_at(network, x, 700), values_at(found.network, x, 700), bound, strict=True)
            assert all(abs(f - g) <= most for f, g, most in pairs)


@pytest.mark.parametrize("kind", ["tanh", "sigmoid"])
def test_scaled_inputs_stay_a_layer_where_products_are_no_floats(kind: str) -> None:
    network = scaled(kind, True)
    found = reduce(network)
    assert (found.before, found.after) == (3, 2)
    assert [one.unit for one in found.removed] == [2]
    assert len(found.network.layers) == 3
    assert found.network.layers[0] == network.layers[0]
    assert (found.difference < 1e-15).all()
    check_distance(network, found)
    compared = compare(network, found.network)
    assert compared.upper <= np.abs(found.difference).max() * (1 + 2.0**-20)
    again = reduce(Network([*found.network.layers, layer([[1.0]])]))
    assert again.fingerprint == reduce(found.network).fingerprint
    rows = np.random.default_rng(1).standard_normal((100, 2))
    np.testing.assert_allclose(evaluate(network, rows), evaluate(found.network, rows), rtol=0, atol=1e-14)


def test_fingerprints_need_no_more_digits_than_what_is_left() -> None:
    """2⁻¹²⁰⁰ and −2⁻¹²⁰⁰ of one unit leave nothing: no trace of such fine numbers is hashed."""
    small = 2.0**-600
    hidden = layer([[1.0], [2.0]], [0.5, 0.25], "tanh")
    one = Network([hidden, layer([[small, 0.0], [1.0, 1.0]]), layer([[small, 1.0]])])
    other = Network(
        [
            layer([[1.0], [2.0], [1.0]], [0.5, 0.25, 0.5], "tanh"),
            layer([[small, 0.0, small], [1.0, 1.0, 0.0]]),
            layer([[small / 2, 1.0]]),
        ]
    )
    third = Network([hidden, layer([[0.0, 0.0], [1.0, 1.0]]), layer([[small, 1.0]])])
    assert compare(one, other).equal is True
    assert reduce(one).fingerprint == reduce(other).fingerprint != reduce(third).fingerprint
    assert reduce(third).fingerprint == reduce(Network([hidden, layer([[1.0, 1.0]])])).fingerprint


@pytest.mark.parametrize("kind", ["tanh", "sigmoid"])
def test_steps_see_through_affine_layers(kind: str) -> None:
    moving = as_steps(scaled(kind, False))
    assert (moving.exists, moving.at_most) == (False, 7)
    assert moving.witness is not None
    for x, texts in zip(moving.witness.inputs, moving.witness.outputs, strict=True):
        with mp.workdps(60):
            exact = values_at(scaled(kind, False), x, 60)[0]
            assert abs(exact - mp.mpf(texts[0])) <= abs(exact) * mp.mpf(10) ** -15
    still = Network(
        [
            layer([[0.1, 0.3], [0.1, 0.3]], [0.7, 0.7]),
            layer([[0.3, -0.3], [1.3, -1.3]], [0.5, 1.5], kind),
            layer([[0.3, 1.3]], [0.1]),
            layer([[1.9], [0.1]], [0.7, -1.0]),
        ]
    )
    found = as_steps(still)
    assert found.exists is True
    assert found.network is not None and found.certificate is not None
    assert [one.weight.shape for one in found.network.layers] == [(2, 2), (2, 2)]
    rows = np.random.default_rng(0).standard_normal((200, 2)) * 10.0 ** np.arange(-5, 20).repeat(8)[:, None]
    apart = np.abs(evaluate(still, rows) - evaluate(found.network, rows))
    assert (apart <= found.certificate.evaluation_bound).all()
    assert apart.max() > 1e-3  # far away 0.3·(0.1x) and −0.3·(0.1x), evaluated, leave a unit moving
    with mp.workdps(60):
        assert abs(values_at(still, [0.0, 0.0], 60)[0] - mp.mpf(found.network.layers[1].bias[0])) < 1e-15  # type: ignore[index]


def test_an_output_behind_affine_layers_is_seen_through_too() -> None:
    for name in ("sigmoid", "softplus"):
        network = scaled("tanh", True)
        last = network.layers[-1]
        behind = Network([*network.layers[:-1], Layer(last.weight, last.bias, name)])
        found = reduce(behind)
        assert (found.before, found.after) == (3, 2)
        assert compare(behind, found.network).upper < 1e-14
        assert as_steps(behind).exists is False


def test_what_is_no_such_composition_is_refused_as_before() -> None:
    line = layer([[2.0]])
    for layers in (
        [line, layer([[1.0]], None, "relu"), line],
        [line, line],
        [line, layer([[1.0]], None, "tanh"), layer([[1.0]], None, "sigmoid"), line],
        [line, layer([[1.0]], None, "tanh"), Layer([[1.0]], None, SOFTMAX)],
    ):
        network = Network(layers)
        assert composition(network) is None
        assert as_steps(network).exists is None
        with pytest.raises(UnsupportedNetwork):
            reduce(network)


def test_merged_weights_beyond_floats_are_told_by_their_place() -> None:
    network = Network([layer([[1.0], [1.0]], None, "tanh"), layer([[1e200, 1e200]]), layer([[1e200]])])
    with pytest.raises(Overflow) as caught:
        reduce(network)
    assert caught.value.at == ("layers", 2, "weight", 0, 0)
    before = Network([layer([[1e200]]), layer([[1e200], [-1e200]], None, "tanh"), layer([[1.0, -2.0]])])
    found = reduce(before)
    assert (found.after, found.network.layers[0]) == (1, before.layers[0])
    exact = composition(two_layers([[1.0]], None, [[1.0]], None))
    assert exact is not None and exact.last.bias == (Fraction(0),)


def test_the_cost_of_composing_is_stated() -> None:
    wide = Network(
        [layer(np.ones((300, 300))), layer(np.ones((300, 300)), None, "tanh"), layer(np.ones((1, 300)))]
    )
    assert reduction_cost(wide).multiply_adds > 4_000 * 300**3
    assert reduction_cost(wide).answer >= 300 * 300 + 300
