"""The smallest form: the same function, no unit too many, and an honest account of what it cost."""

from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.nn.errors import Overflow, UnsupportedNetwork
from app.nn.networks.canonical import canonical
from app.nn.networks.comparison import compare
from app.nn.networks.network import Layer, Network
from app.nn.networks.reduction import reduce, reduction_cost
from tests.oracles.networks import disguised, layer, random_network, two_layers, values_at

SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(1, 3))
KINDS = st.sampled_from(["tanh", "sigmoid"])
SEEDS = st.integers(0, 2**32 - 1)


@given(SHAPES, KINDS, SEEDS)
@settings(max_examples=60, deadline=None)
def test_a_disguise_is_taken_off(shape: tuple[int, int, int], kind: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    network = random_network(generator, shape, [kind, "identity"])
    other = disguised(generator, disguised(generator, network))
    reduction = reduce(other)
    assert (reduction.before, reduction.after) == (other.layers[0].outputs, shape[1])
    assert len(reduction.removed) == reduction.before - reduction.after
    assert reduction.network.layers[0].outputs == shape[1]
    assert reduction.network.layers[0].activation.name == kind  # type: ignore[union-attr]  # no softmax
    # Nothing had to be rounded: the result is the function itself.
    assert reduction.kind == "exact"
    assert not reduction.difference.any()
    assert compare(reduction.network, network).equal is True
    assert reduction.fingerprint == canonical(network).fingerprint()
    assert reduce(reduction.network).removed == ()


def test_what_needs_no_reduction_comes_back_as_it_is() -> None:
    network = random_network(np.random.default_rng(0), (3, 5, 2), ["sigmoid", "identity"], biases=False)
    reduced = reduce(network).network
    for one, other in zip(network.layers, reduced.layers, strict=True):
        assert one.weight.tobytes() == other.weight.tobytes()
        assert one.bias is other.bias is None


@pytest.mark.parametrize("kind", ["tanh", "sigmoid"])
def test_merged_weights_that_are_no_floats_cost_what_is_said(kind: str) -> None:
    network = two_layers(
        [[1.0], [-1.0], [1.0], [2.0]], [0.5, -0.5, 0.5, 0.0],
        [[1.0, 2.0**-60, 3 * 2.0**-70, 4.0], [1.0, 1.0, 1.0, 1.0]], [0.1, 0.2], kind,
    )  # fmt: skip
    reduction = reduce(network)
    assert (reduction.before, reduction.after, reduction.kind) == (4, 2, "bound")
    assert [removal.unit for removal in reduction.removed] == [1, 2]
    bound = [mp.mpf(float(number)) for number in reduction.difference]
    with mp.workdps(60):
        for x in (-50.0, -1.0, -0.5, 0.0, 0.3, 2.0, 50.0):
            pairs = zip(values_at(network, [x]), values_at(reduction.network, [x]), strict=True)
            apart = [abs(f - g) for f, g in pairs]
            assert all(a <= b for a, b in zip(apart, bound, strict=True))
    merged = Fraction(3, 2**70) - Fraction(1, 2**60)
    lost = abs(1 + merged - Fraction(float(1 + merged)))
    assert float(lost) <= reduction.difference[0] <= float(lost) + np.spacing(4.0)
    assert reduction.difference[1] <= np.spacing(1.0)


@pytest.mark.parametrize("kind", ["tanh", "sigmoid"])
def test_folded_constants_are_rounded_once(kind: str) -> None:
    network = two_layers(
        [[0.0], [0.0], [1.0]], [0.75, -1.5, 0.0], [[2.0, 3.0, 1.0], [1.0, 0.0, 1.0]], [0.1, 0.2], kind
    )
    reduction = reduce(network)
    assert (reduction.after, reduction.kind) == (1, "exact")
    assert [removal.unit for removal in reduction.removed] == [0, 1]
    bias = reduction.network.layers[1].bias
    assert bias is not None
    with mp.workdps(80):
        one = mp.tanh if kind == "tanh" else (lambda z: 1 / (1 + mp.exp(-z)))
        exact = [
            mp.mpf(0.1) + 2 * one(mp.mpf(0.75)) + 3 * one(mp.mpf(-1.5)),
            mp.mpf(0.2) + one(mp.mpf(0.75)),
        ]
        for got, value, rest in zip(bias, exact, reduction.difference, strict=True):
            assert abs(mp.mpf(float(got)) - value) <= mp.mpf(float(np.spacing(abs(got)))) / 2
            assert rest == pytest.approx(float(value - mp.mpf(float(got))), rel=1e-12)
    compared = compare(network, reduction.network)
    assert (compared.equal, compared.rounding_only) == (False, True)


@pytest.mark.parametrize("kind", ["tanh", "sigmoid"])
@pytest.mark.parametrize(
    ("beta", "coefficients", "bias"),
    [
        (1e-310, [[1.0], [3.0]], [1.0, -1e20]),  # what is folded in is far below the digits of the bias
        (5e-324, [[1e308]], [1e308]),
        (1e-200, [[1.0], [-1.0]], [1.0 + 2.0**-52, 2.0**-53]),
    ],
)
def test_rounding_of_a_constant_is_correct_to_the_last_bit(
    kind: str, beta: float, coefficients: list[list[float]], bias: list[float]
) -> None:
    """What rounding a constant left is correct to the last bit."""
    network = two_layers([[0.0]], [beta], coefficients, bias, kind)
    reduction = reduce(network)
    assert reduction.kind == "exact"
    (only,) = reduction.network.layers
    assert only.bias is not None
    with mp.workdps(800):
        for value, got, rest in zip(
            values_at(network, [0.0], 800), only.bias, reduction.difference, strict=True
        ):
            left = value - mp.mpf(float(got))
            assert abs(left) <= mp.mpf(float(np.spacing(abs(got)))) / 2
            assert abs(left - mp.mpf(float(rest))) <= mp.mpf(float(np.spacing(abs(rest)))) / 2


def test_a_rest_that_would_be_rounded_to_0_is_bounded() -> None:
    """5e-324 − tanh 5e-324 is about 4e-971, not nothing."""
    reduction = reduce(two_layers([[0.0]], [5e-324], [[1.0]], [0.0]))
    assert reduction.network.layers[0].bias == [5e-324]
    assert reduction.kind == "bound"
    assert 0 < reduction.difference[0] <= 1.5e-323


@pytest.mark.parametrize(("beta", "expected"), [(1e-300, 1.0 + 2.0**-52), (-1e-300, 1.0)])
def test_constant_next_to_half_way_is_rounded_right(beta: float, expected: float) -> None:
    """½ + s(β) + 2⁻⁵²·s(0) is 1 + 2⁻⁵³, half-way between two floats, but for β/4."""
    network = two_layers([[0.0], [0.0]], [beta, 0.0], [[1.0, 2.0**-52]], [0.5], "sigmoid")
    reduction = reduce(network)
    (only,) = reduction.network.layers
    assert only.bias == [expected]
    assert reduction.difference == [2.0**-53 if expected == 1.0 else -(2.0**-53)]


def test_a_rest_beyond_the_digits_that_are_computed_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.nn.networks.reduction.most_bits", lambda units: 192)
    network = two_layers([[0.0]], [1e-310], [[1.0]], [1.0])
    reduction = reduce(network)
    assert reduction.kind == "bound"
    assert 1e-310 < reduction.difference[0] < 1e-50


def test_a_constant_has_no_hidden_unit() -> None:
    network = two_layers([[1.0, 2.0], [-1.0, -2.0]], [0.5, -0.5], [[3.0, 3.0]], [0.25])
    reduction = reduce(network)
    assert (reduction.before, reduction.after) == (2, 0)
    (only,) = reduction.network.layers
    assert only.weight.tolist() == [[0.0, 0.0]]
    assert only.bias is not None and only.bias.tolist() == [0.25]
    again = reduce(reduction.network)
    assert (again.network, again.before, again.after) == (reduction.network, 0, 0)
    assert again.fingerprint == reduction.fingerprint
    assert again.difference.tolist() == [0.0]


def test_every_removal_has_its_reason() -> None:
    network = two_layers(
        [[1.0], [-1.0], [1.0], [2.0], [2.0], [0.0], [3.0]],
        [1.0, -1.0, 1.0, 0.0, 0.0, 5.0, 1.0],
        [[1.0, 2.0, 4.0, 1.0, -1.0, 7.0, 0.0]],
        [0.5],
    )
    assert [(removal.unit, removal.reason) for removal in reduce(network).removed] == [
        (1, "it is the negative of unit 0, which now stands for both"),
        (2, "it is the same as unit 0, which now stands for both"),
        (3, "together with unit 4 it comes to a constant"),
        (4, "together with unit 3 it comes to a constant"),
        (5, "its weights are all 0: a constant, now part of the output bias"),
        (6, "its output weights are all 0"),
    ]


@pytest.mark.parametrize(
    ("network", "place"),
    [
        (two_layers([[1.0], [1.0]], None, [[1.0, 1e308], [1.0, 1e308]], None), None),
        (two_layers([[1.0], [1.0]], None, [[1.0, 1.0], [1e308, 1e308]], None), ("layers", 1, "weight", 1, 0)),
        (two_layers([[0.0], [1.0]], [50.0, 0.0], [[1.7e308, 1.0]], [1.7e308]), ("layers", 1, "bias", 0)),
        (two_layers([[0.0], [0.0]], [50.0, 40.0], [[1.7e308, 1.7e308]], None), ("layers", 1, "weight", 0)),
    ],
)
def test_what_overflows_is_named(network: Network, place: tuple[str | int, ...] | None) -> None:
    if place is None:
        reduce(network)
        return
    with pytest.raises(Overflow) as caught:
        reduce(network)
    assert caught.value.at == place


def test_other_networks_are_refused() -> None:
    with pytest.raises(UnsupportedNetwork):
        reduce(Network([layer([[1.0]], None, "tanh")] * 3))


def test_the_cost_is_stated() -> None:
    network = random_network(np.random.default_rng(0), (100, 1000, 10), ["tanh", "identity"])
    stated = reduction_cost(network)
    assert stated.answer == 1000 * 101 + 10 * 1001
    assert stated.multiply_adds < 10**9


def test_folded_constants_are_counted_and_other_units_are_not() -> None:
    """Each is a tanh at extended precision: 50,000 take many seconds, which the limit of 10¹¹ stands for."""
    units = np.ones((50_000, 1))
    for weight, folded in ((0.0, True), (1.0, False)):
        cost = reduction_cost(two_layers(weight * units, units[:, 0], units.T, None))
        assert (cost.multiply_adds > 10**11) == folded
    alone = Network([layer(np.zeros((10_000, 1)), np.ones(10_000))])  # has no hidden units to be folded
    assert reduction_cost(alone).multiply_adds < 10**9


@pytest.mark.parametrize("output", ["identity", "sigmoid", "tanh", "softplus", "selu"])
@pytest.mark.parametrize("kind", ["tanh", "sigmoid"])
@pytest.mark.parametrize("affine", [False, True])
def test_a_network_is_its_reduction_but_for_rounding(kind: str, output: str, affine: bool) -> None:
    """Folded constants, too, are told to be rounding, and how far that is."""
    generator = np.random.default_rng(len(output))
    hidden, last = random_network(generator, (2, 4, 2), [kind, output]).layers
    assert hidden.bias is not None
    weight = hidden.weight.copy()
    weight[2], weight[3] = 0.0, weight[0]
    layers = [Layer(weight, [*hidden.bias[:3], hidden.bias[0]], kind), last]
    if affine:
        layers.insert(0, layer([[0.1, 0.0], [0.0, 0.3]], [0.7, -0.1]))
    network = Network(layers)
    found = reduce(network)
    assert (found.before, found.after) == (4, 2)
    for compared in (compare(network, found.network), compare(found.network, network)):
        assert compared.upper <= np.abs(found.difference).max() * (1 + 2.0**-20) < 1e-14
    weight[3] = hidden.weight[3]
    plain = Network([*layers[:-2], Layer(weight, hidden.bias, kind), last])
    once = reduce(plain)
    for compared in (compare(plain, once.network), compare(once.network, plain)):
        assert (compared.equal, compared.rounding_only) == (False, True)
