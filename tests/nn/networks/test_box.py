"""Bounds on a box: never below what is seen there, and near it where that can be had."""

import numpy as np
import pytest

from app.nn.activations.catalogue import create
from app.nn.activations.record import Activation
from app.nn.errors import InvalidValue, ShapeMismatch
from app.nn.networks.box import Box
from app.nn.networks.box_distance import box_distance
from app.nn.networks.comparison import compare, compare_cost
from app.nn.networks.enclosed_values import ExactPoint, enclosed
from app.nn.networks.evaluation import evaluate
from app.nn.networks.network import SOFTMAX, Layer, Network
from app.nn.networks.normal_form import normal_form
from app.nn.networks.slopes import slope_range, value_range
from tests.oracles.networks import layer, random_network, two_layers

KINDS = ["tanh", "sigmoid", "relu", "gelu", "softplus", "hard_tanh", "heaviside", "softsign", "selu", "silu"]


def box(low: object, high: object, inputs: int) -> Box:
    return Box.of(np.array(low, dtype=float), np.array(high, dtype=float), inputs)


def random_pair(seed: int) -> tuple[Network, Network]:
    """Two networks of 1–3 layers: every third pair nearly the same, every seventh with a softmax."""
    generator = np.random.default_rng(seed)
    depth = int(generator.integers(1, 4))
    widths = [int(n) for n in generator.integers(1, 5, depth + 1)]
    kinds = [create(str(generator.choice(KINDS))) for _ in range(depth)]
    first, second = (random_network(generator, widths, kinds) for _ in range(2))
    if seed % 3 == 0:
        layers = [
            Layer(
                one.weight * (1 + 1e-6 * generator.standard_normal(one.weight.shape)),
                one.bias,
                one.activation,
            )
            for one in first.layers
        ]
        second = Network(layers)
    if seed % 7 == 0:
        first, second = (
            Network([*n.layers[:-1], Layer(n.layers[-1].weight, n.layers[-1].bias, SOFTMAX)])
            for n in (first, second)
        )
    return first, second


@pytest.mark.parametrize("seed", range(30))
def test_bounds_hold_whatever_is_seen(seed: int) -> None:
    check_bounds(seed, 2_000)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 300))
def test_bounds_hold_for_a_hundred_thousand_samples(seed: int) -> None:
    check_bounds(seed, 100_000)


def check_bounds(seed: int, samples: int) -> None:
    first, second = random_pair(seed)
    generator = np.random.default_rng(seed)
    low = generator.uniform(-3, 1, first.inputs)
    inside = box(low, low + generator.uniform(0.1, 4, first.inputs), first.inputs)
    found = box_distance(first, second, inside)
    rows = inside.at(generator.random((samples, first.inputs)))
    apart = np.abs(evaluate(first, rows) - evaluate(second, rows)).max(axis=1)
    best = rows[int(np.argmax(apart))]
    near = np.clip(best + 0.01 * generator.standard_normal((200, first.inputs)), inside.low, inside.high)
    seen = max(apart.max(), np.abs(evaluate(first, near) - evaluate(second, near)).max())
    assert seen <= found.upper * (1 + 1e-9) + 1e-14
    assert found.lower <= found.upper
    assert found.lower >= 0.9 * seen - 1e-13
    point = found.seen.best.input
    assert ((point >= inside.low) & (point <= inside.high)).all()
    compared = compare(first, second, inside)
    assert compared.lower <= compared.upper


def test_a_function_of_one_number_is_bounded_to_a_percent() -> None:
    generator = np.random.default_rng(4)
    for kind in ("tanh", "relu", "softplus"):
        first, second = (random_network(generator, (1, 5, 1), [create(kind), "identity"]) for _ in range(2))
        found = box_distance(first, second, box(-2.0, 2.0, 1))
        assert found.upper <= 1.011 * found.lower


def test_close_networks_are_close_in_a_box_and_not_outside() -> None:
    first, second = (two_layers([[1.0, w]], None, [[1.0]], None) for w in (0.0, 1e-9))
    everywhere, inside = compare(first, second), compare(first, second, box(-1.0, 1.0, 2))
    assert 1.99 < everywhere.lower <= everywhere.upper == 2.0
    assert everywhere.within(1e-3) is False
    assert 0.9e-9 < inside.lower <= inside.upper < 1.1e-9
    assert inside.within(1e-3) is True
    assert (inside.equal, everywhere.equal) == (False, False)
    assert inside.witness is not None
    assert (np.abs(inside.witness.input) <= 1).all()
    assert everywhere.witness is not None
    outputs = [evaluate(network, everywhere.witness.input)[0] for network in (first, second)]
    assert abs(outputs[0] - outputs[1]) > 1.99


def test_a_float32_copy_is_far_away_and_near() -> None:
    network = random_network(np.random.default_rng(8), (5, 8, 1), ["tanh", "identity"])
    copy = Network(
        [
            Layer(
                one.weight.astype(np.float32).astype(float),
                np.asarray(one.bias).astype(np.float32).astype(float),
                one.activation,
            )
            for one in network.layers
        ]
    )
    assert compare(network, copy).within(1e-6) is False
    inside = compare(network, copy, box(-1.0, 1.0, 5))
    assert inside.within(1e-5) is True
    assert inside.upper < 10 * inside.lower


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize(
    ("steep", "size", "height"),
    [
        (create("heaviside"), 1.0, 1.0),
        (create("hardshrink", lambd=0.25), 1.0, 0.25),
        (create("tanh"), 1e12, 2.0),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
def test_a_step_between_two_networks_is_seen_in_a_box(
    steep: Activation, size: float, height: float, depth: int
) -> None:
    """Both take it within 10⁻⁹ of each other, so that no sample lies between the two."""
    generator = np.random.default_rng(depth)
    weight, *others = (generator.standard_normal((3, 3)) for _ in range(depth))
    before = [Layer(other, None, "softsign") for other in others]
    first, second = (
        Network([*before, Layer(size * (weight + moved), None, steep), Layer([[1.0, 2.0, 4.0]])])
        for moved in (0.0, 1e-9)
    )
    found = box_distance(first, second, box(-3.0, 3.0, 3))
    assert found.lower > 0.99 * 4.0 * height


def test_equal_networks_have_no_distance_in_a_box() -> None:
    first, second = random_pair(1)
    assert compare(first, first, box(-1.0, 1.0, first.inputs)).upper == 0.0
    assert second.inputs == first.inputs


def test_a_box_is_one_of_inputs() -> None:
    for low, high, at in (([0.0], [1.0], ("low",)), (0.0, [1.0, 1.0, 1.0], ("high",))):
        with pytest.raises(ShapeMismatch) as caught:
            box(low, high, 2)
        assert caught.value.at == at
    for low, high, place in (
        (1.0, 1.0, ("high",)),
        ([0.0, 2.0], [1.0, 1.0], ("high", 1)),
        (1.0, 0.0, ("high",)),
    ):
        with pytest.raises(InvalidValue) as refused:
            box(low, high, 2)
        assert refused.value.at == place


@pytest.mark.parametrize("name", [*KINDS, "leaky_relu", "elu", "mish", "softshrink", "threshold"])
def test_slopes_and_values_lie_where_they_are_said_to(name: str) -> None:
    activation = create(name)
    generator = np.random.default_rng(1)
    low = generator.uniform(-8, 8, 400)
    high = low + 10.0 ** generator.uniform(-6, 1, 400)
    least, most = slope_range(activation, low, high)
    bottom, top = value_range(activation, low, high)
    jumps = np.array([jump.at for jump in activation.jumps])
    for share in (0.0, 0.3, 0.7, 1.0):
        x = low + share * (high - low)
        value = activation.evaluate(x)
        assert ((value >= bottom - 1e-15) & (value <= top + 1e-15)).all()
        near = x + 1e-7 * (high - low)
        crossed = ((x[:, None] <= jumps) & (near[:, None] >= jumps)).any(axis=1)
        slope = activation.derivative(x)
        assert (crossed | ((slope >= least) & (slope <= most))).all()


def test_values_beyond_float64_keep_the_bounds_of_the_range() -> None:
    ends = np.array([-1000.0, 1000.0]), np.array([1000.0, 2000.0])
    bottom, top = value_range(create("exponential"), *ends)
    assert (bottom.tolist(), top.tolist()) == ([0.0, 0.0], [np.inf, np.inf])
    slopes = slope_range(create("exponential"), *ends)
    assert not np.isnan(slopes).any()


def test_the_first_bounds_of_a_large_box_come_at_once() -> None:
    generator = np.random.default_rng(0)
    first, second = (random_network(generator, (10, 100, 1), ["tanh", "identity"]) for _ in range(2))
    assert compare_cost(first, second, box=True).multiply_adds < 10**11
    found = box_distance(first, second, box(-1.0, 1.0, 10))
    assert 0 < found.lower < found.upper < np.abs(first.layers[1].weight).sum() * 4


def test_the_smallest_box_lets_something_through() -> None:
    """Half a subnormal number times a weight is no float: it was taken for nothing."""
    first, second = (two_layers([[1.0, 2.0], [3.0, w]], [0.1, 0.2], [[1.0, -1.0]], None) for w in (4.0, 4.5))
    inside = compare(first, second, box(0.0, 5e-324, 2))
    assert (inside.equal, inside.lower) == (False, 0.0)
    assert 5e-324 <= inside.upper < 1e-300


@pytest.mark.parametrize("size", [1e308, 1.7e308])
def test_the_largest_box_is_looked_at_where_things_happen(size: float) -> None:
    first, second = (two_layers([[1.0, 2.0], [3.0, w]], [0.1, 0.2], [[1.0, -1.0]], None) for w in (4.0, 4.5))
    inside = compare(first, second, box(-size, size, 2))
    assert inside.upper == 2.0
    assert inside.lower > 1.5
    assert inside.witness is not None
    apart = abs(float(inside.witness.first[0]) - float(inside.witness.second[0]))
    assert apart == pytest.approx(inside.lower)


def test_weights_near_the_largest_float_are_bounded_in_a_box() -> None:
    first, second = (two_layers([[w, -1.0]], None, [[1.0]], None) for w in (1.7e308, 1.6e308))
    found = compare(first, second, box(-1.0, 1.0, 2))
    assert 0 <= found.lower <= found.upper <= 2.0


def test_products_of_layers_beyond_float64_are_bounded_in_a_box() -> None:
    first, second = (
        Network([layer([[1e200]]), layer([[w]], None, "tanh"), layer([[1.0]])]) for w in (1e200, -1e200)
    )
    found = compare(first, second, box(-1.0, 1.0, 1))
    assert (found.equal, found.upper) == (False, 2.0)


def scaled_pair(kind: str) -> tuple[Network, Network]:
    """A network with its inputs and outputs scaled by layers of their own, and folded by hand."""
    generator = np.random.default_rng(4)
    hidden, last = random_network(generator, (5, 8, 1), [kind, "identity"]).layers
    assert hidden.bias is not None and last.bias is not None
    gain, shift = 1 / generator.uniform(1.0, 50.0, 5), generator.uniform(-5.0, 5.0, 5)
    layers = [Layer(np.diag(gain), shift), hidden, last, Layer([[3.7]], [1.2])]
    folded = Layer(hidden.weight * gain, hidden.bias + hidden.weight @ shift, kind)
    return Network(layers), Network([folded, Layer(3.7 * last.weight, 3.7 * last.bias + 1.2)])


@pytest.mark.parametrize("kind", ["tanh", "relu"])
def test_scaling_layers_against_folded_ones_are_close_in_a_box(kind: str) -> None:
    """Layers do not correspond until the affine ones are composed, and what rounds is counted."""
    first, second = scaled_pair(kind)
    whole = box(-50.0, 50.0, 5)
    found, back = compare(first, second, whole), compare(second, first, whole)
    assert (found.equal, found.lower, found.upper) == (back.equal, back.lower, back.upper)
    assert found.equal is False
    assert 1e-17 < found.upper < 1e-11
    assert found.lower > found.upper / 50
    assert found.witness is not None
    assert (np.abs(found.witness.input) <= 50).all()
    exact = [
        abs(one.value - other.value)
        for x in whole.points(20, 1)
        for one, other in zip(
            *(enclosed(normal_form(n), ExactPoint.of(x), 192) for n in (first, second)), strict=True
        )
    ]
    assert 0 < max(exact) <= found.upper


def test_a_folded_network_is_far_from_its_layers_far_away() -> None:
    """Its weights are rounded, so that its hyperplanes are not quite parallel to the given ones."""
    first, second = scaled_pair("tanh")
    found, back = compare(first, second), compare(second, first)
    assert (found.lower, found.upper) == (back.lower, back.upper)
    assert found.upper / 4 < found.lower <= found.upper
    assert found.within(1e-6) is False
    assert found.witness is not None
    point = ExactPoint.of(found.witness.input)
    one, other = (enclosed(normal_form(network), point, 1024)[0].value for network in (first, second))
    assert found.lower <= abs(one - other)
    assert found.lower == pytest.approx(float(abs(one - other)))


@pytest.mark.parametrize("seed", range(12))
def test_bounds_on_a_box_are_those_of_the_pair_turned_round(seed: int) -> None:
    first, second = random_pair(seed)
    inside = box(-1.0, 1.5, first.inputs)
    one, other = box_distance(first, second, inside), box_distance(second, first, inside)
    assert (one.lower, one.upper) == (other.lower, other.upper)
