"""Each theorem: disguised pairs are one function, and what is one ulp off is another, both ways round."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from app.nn.activations.catalogue import create, names
from app.nn.networks.atoms import RELU
from app.nn.networks.comparison import compare
from app.nn.networks.conversion import convert
from app.nn.networks.decision import decide
from app.nn.networks.difference_search import find_difference
from app.nn.networks.enclosed_values import ExactPoint, apart, can_be_enclosed, enclosed
from app.nn.networks.evaluation import evaluate
from app.nn.networks.moved_biases import surely_differ
from app.nn.networks.network import SOFTMAX, Layer, Network
from app.nn.networks.normal_form import normal_form
from tests.oracles.networks import layer, random_network

Pair = tuple[Network, Network, Network]
"""A network, the same function, and another one."""


def whole(generator: np.random.Generator, *shape: int) -> np.ndarray:
    """Return whole numbers other than 0."""
    return generator.integers(1, 9, shape) * generator.choice([-1.0, 1.0], shape)


def ulp_off(array: np.ndarray, place: tuple[int, ...]) -> np.ndarray:
    moved = array.copy()
    moved[place] = np.nextafter(moved[place], np.inf)
    return moved


def rectified(generator: np.random.Generator, kind: str = "relu") -> Pair:
    """relu(z) = relu(−z) + z, and so for softplus: some units are turned, and the line is added by others."""
    d, n = int(generator.integers(1, 4)), int(generator.integers(1, 5))
    weight, bias, out = whole(generator, n, d), whole(generator, n), whole(generator, 2, n)
    turned = generator.random(n) < 0.5
    slope, offset = out[:, turned] @ weight[turned], out[:, turned] @ bias[turned]
    signs = np.where(turned, -1.0, 1.0)
    # Σ over inputs of a·x = a·f(x) − a·f(−x)
    rows = np.vstack([weight * signs[:, None], np.eye(d), -np.eye(d)])
    columns = np.hstack([out, slope, -slope])
    activation = create(kind)
    first = Network([Layer(weight, bias, activation), layer(out)])
    hidden = Layer(rows, np.concatenate([bias * signs, np.zeros(2 * d)]), activation)
    second = Network([hidden, Layer(columns, offset, create("identity"))])
    third = Network([Layer(weight, bias, activation), layer(ulp_off(out, (0, 0)))])
    return first, second, third


def smooth(generator: np.random.Generator) -> Pair:
    return rectified(generator, "softplus")


def leaky(generator: np.random.Generator) -> Pair:
    """A leaky relu of slope ¼ is ¾·relu(z) + ¼·z, and the line is ¼·(relu(z) − relu(−z))."""
    d, n = int(generator.integers(1, 4)), int(generator.integers(1, 5))
    weight, bias, out = whole(generator, n, d), whole(generator, n), whole(generator, 2, n)
    kind = create("leaky_relu", negative_slope=0.25)
    first = Network([Layer(weight, bias, kind), layer(out)])
    rows, shifts = np.vstack([weight, -weight]), np.concatenate([bias, -bias])
    second = Network([Layer(rows, shifts, create("relu")), layer(np.hstack([out, -0.25 * out]))])
    third = Network([Layer(ulp_off(weight, (0, 0)), bias, kind), layer(out)])
    return first, second, third


def clipped(generator: np.random.Generator) -> Pair:
    """relu6 is the difference of two relus, and hard_tanh moved."""
    d = int(generator.integers(1, 4))
    weight, bias, out = whole(generator, 1, d), whole(generator, 1), whole(generator, 1, 1)
    first = Network([Layer(weight, bias, create("relu6")), layer(out)])
    rows = np.vstack([weight, weight])
    relus = Layer(rows, np.concatenate([bias, bias - 6.0]), create("relu"))
    second = Network([relus, layer(np.hstack([out, -out]))])
    moved = create("hard_tanh", min_val=-3.0, max_val=3.0)
    third = Network([Layer(weight, bias - 3.0, moved), layer(out, np.nextafter(3.0 * out[0], np.inf))])
    return first, second, third


def one_input(generator: np.random.Generator) -> Pair:
    """Piecewise linear in one input: relu(f) + relu(−f) = |f|, and f = relu(f) − relu(−f) on the way."""
    n = int(generator.integers(1, 4))
    weight, bias, out = whole(generator, n, 1), whole(generator, n), whole(generator, 1, n)
    step, absolute = create("hard_tanh"), create("leaky_relu", negative_slope=-1.0)
    hidden = Layer(weight / 8, bias / 8, step)
    first = Network([hidden, Layer(out, np.ones(1), absolute), layer([[2.0]])])
    relus = Layer(np.vstack([out, -out]), np.array([1.0, -1.0]), create("relu"))
    second = Network([hidden, relus, layer([[2.0, 2.0]])])
    third = Network([hidden, relus, layer(np.nextafter([[2.0, 2.0]], 3.0))])
    return first, second, third


def injective(generator: np.random.Generator) -> Pair:
    """The pairs of rectified units, behind an injective function."""
    name = str(
        generator.choice(["tanh", "sigmoid", "softplus", "log_sigmoid", "softsign", "elu", "selu", "celu"])
    )
    return tuple(  # type: ignore[return-value]  # three of three
        Network([*one.layers[:-1], Layer(one.layers[-1].weight, one.layers[-1].bias, create(name))])
        for one in rectified(generator)
    )


def softmaxed(generator: np.random.Generator) -> Pair:
    """Softmax of a tanh network, and with one function added to every logit."""
    d, n, m = (int(generator.integers(1, 4)) for _ in range(3))
    hidden = Layer(whole(generator, n, d), whole(generator, n), create("tanh"))
    out, bias, more = whole(generator, m + 1, n), whole(generator, m + 1), whole(generator, n)
    first = Network([hidden, Layer(out, bias, SOFTMAX)])
    second = Network([hidden, Layer(out + more, bias + 5.0, SOFTMAX)])
    third = Network([hidden, Layer(ulp_off(out + more, (0, 0)), bias + 5.0, SOFTMAX)])
    return first, second, third


THEOREMS: list[Callable[[np.random.Generator], Pair]] = [
    rectified,
    smooth,
    leaky,
    clipped,
    one_input,
    injective,
    softmaxed,
]


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda one: one.__name__)
def test_theorems_decide_both_ways(theorem: Callable[[np.random.Generator], Pair]) -> None:
    check_theorem(theorem, range(25))


@pytest.mark.long
@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda one: one.__name__)
def test_theorems_decide_a_thousand_pairs(theorem: Callable[[np.random.Generator], Pair]) -> None:
    check_theorem(theorem, range(100, 1100))


def check_theorem(theorem: Callable[[np.random.Generator], Pair], seeds: range) -> None:
    for seed in seeds:
        first, second, third = (normal_form(one) for one in theorem(np.random.default_rng(seed)))
        assert decide(first, second).equal is decide(second, first).equal is True, seed
        for one in (first, second):
            assert decide(one, third).equal is decide(third, one).equal is False, seed


def test_deep_tanh_networks_are_told_apart_by_inputs() -> None:
    """No theorem is used for them, so that what is not seen is left open."""
    for seed in range(20):
        generator = np.random.default_rng(seed)
        network = random_network(generator, (2, 3, 3, 2), [create("tanh"), create("sigmoid"), "identity"])
        index = int(generator.integers(3))
        one = network.layers[index]
        layers = list(network.layers)
        layers[index] = Layer(ulp_off(one.weight, (0, 0)), one.bias, one.activation)
        pair = network, Network(layers)
        assert decide(*map(normal_form, pair)).equal is None
        shown = find_difference(*map(normal_form, pair), pair)
        assert shown is not None
        assert shown.size > 0
        assert compare(network, Network(layers)).equal is False


def test_exponentials_of_exponentials_fill_no_memory() -> None:
    """exp(exp(1e9)) has more digits before the point than any machine can hold."""
    exponential = create("exponential")
    hidden = layer([[1.0]], [0.1], "tanh")
    first = Network([hidden, layer([[1e9]], [1e12], exponential), layer([[1.0]], None, exponential)])
    second = convert(first, "sigmoid").network
    with pytest.raises(OverflowError):
        enclosed(normal_form(first), ExactPoint.of(np.zeros(1)), 192)
    found = compare(first, second)
    assert found.equal or found.rounding_only


@pytest.mark.parametrize("name", [*names(), SOFTMAX])
def test_enclosures_hold_what_evaluation_gives(name: str) -> None:
    generator = np.random.default_rng(2)
    network = random_network(generator, (3, 4, 2), [create("tanh"), "identity"])
    last = Layer(
        network.layers[1].weight, network.layers[1].bias, SOFTMAX if name == SOFTMAX else create(name)
    )
    network = Network([network.layers[0], last])
    form = normal_form(network)
    assert can_be_enclosed(form)
    for x in generator.standard_normal((10, 3)):
        values = enclosed(form, ExactPoint.of(x), 192)
        narrow = enclosed(form, ExactPoint.of(x), 1024)
        for value, exact, seen in zip(values, narrow, evaluate(network, x), strict=True):
            assert abs(value.value - exact.value) <= value.radius + exact.radius
            assert value.radius < 1e-40
            assert float(value.value) == pytest.approx(float(seen), rel=1e-12, abs=1e-13)


def test_a_difference_between_neighbouring_floats_is_found() -> None:
    """Both step at −b, which are apart by less than the spacing of the inputs there."""
    step = create("heaviside")
    hidden = layer([[1.0]], [0.0], "tanh")
    first, second = (
        Network([hidden, layer([[1.0]], [bias], step)]) for bias in (-0.5, float(np.nextafter(-0.5, 0.0)))
    )
    forms = normal_form(first), normal_form(second)
    assert decide(*forms).equal is None
    shown, back = find_difference(*forms, (first, second)), find_difference(*forms[::-1], (second, first))
    assert shown is not None and back is not None
    assert shown.size == back.size == pytest.approx(1.0)
    assert shown.first[0].value == back.second[0].value != shown.second[0].value


RISING = ["tanh", "softsign", "elu", "softplus", "leaky_relu"]


def test_moved_biases_reach_an_output_wherever_it_is_said() -> None:
    """Judged by values at some inputs; where two moves may cancel, or a relu may be off, nothing is said."""
    said = 0
    for seed in range(60):
        generator = np.random.default_rng(seed)
        widths = [int(n) for n in generator.integers(1, 4, 4)]
        network = random_network(generator, widths, [create(str(generator.choice(RISING))) for _ in range(3)])
        moves = [(one, place) for one in range(3) for place in range(widths[one + 1])]
        biases = [
            np.zeros(n) if one.bias is None else one.bias.copy()
            for n, one in zip(widths[1:], network.layers, strict=True)
        ]
        for move in generator.choice(len(moves), int(generator.integers(1, 3))).tolist():
            index, place = moves[move]
            biases[index][place] += generator.choice([-1.0, 1.0])
        pairs = zip(network.layers, biases, strict=True)
        other = Network([Layer(one.weight, bias, one.activation) for one, bias in pairs])
        forms = normal_form(network), normal_form(other)
        if not surely_differ(*forms):
            continue
        said += 1
        assert surely_differ(*forms[::-1])
        for x in generator.standard_normal((4, widths[0])):
            values = (enclosed(form, ExactPoint.of(x), 192) for form in forms)
            assert any(value.nonzero for value in apart(*values)), seed
    assert 10 < said < 60
    for kind, last, sure in (("tanh", 1.0, True), ("tanh", -1.0, False), ("relu", 1.0, False)):
        hidden = (layer([[1.0], [2.0]], [moved, moved], create(kind)) for moved in (0.25, 0.5))
        pair = (Network([one, layer([[1.0, last]])]) for one in hidden)
        assert surely_differ(*map(normal_form, pair)) is sure


def test_a_relu_keeps_its_sign_and_its_bias() -> None:
    """What a scale below 0, or an order that ignores the bias, would take for one function."""
    assert RELU.homogeneous and not RELU.odd
    up, down = (Network([layer([[w]], [0.0], create("relu"))]) for w in (1.0, -1.0))
    assert decide(normal_form(up), normal_form(down)).equal is False
    first, second = (
        Network([layer([[1.0], [1.0]], bias, create("relu")), layer([[1.0, -2.0]])])
        for bias in ([0.0, 1.0], [1.0, 0.0])
    )
    assert decide(normal_form(first), normal_form(second)).equal is False
    assert Fraction(1) == normal_form(up).stages[0].map.unit
