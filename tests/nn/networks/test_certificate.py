"""Certificates: true for every network tried, and of use."""

from fractions import Fraction
from itertools import permutations

import mpmath as mp
import numpy as np
import pytest

from app.nn.activations.catalogue import create
from app.nn.errors import Overflow
from app.nn.networks import certificate
from app.nn.networks.certificate import certify
from app.nn.networks.conversion import Squashing, convert
from app.nn.networks.evaluation import evaluate
from app.nn.networks.network import Network
from app.nn.products import rows_times
from tests.oracles.networks import TEMPERS, fractions_of, layer, random_network, two_layers, values_at

OTHER: dict[Squashing, Squashing] = {"sigmoid": "tanh", "tanh": "sigmoid"}
MIXED = ("tanh", "sigmoid", "identity", "relu", "gelu", "hard_swish", "softsign", "heaviside")


def observed(network: Network, converted: Network, rows: np.ndarray) -> np.ndarray | None:
    """Return max |F̂ − Ĝ| per output over the rows, F in one batch and G in others; None if one overflows."""
    try:
        given = evaluate(network, rows)
        cut = len(rows) // 3
        other = np.concatenate(
            [evaluate(converted, rows[:1]), evaluate(converted, rows[1:cut]), evaluate(converted, rows[cut:])]
        )
    except Overflow:
        return None
    return np.abs(given - other).max(axis=0)


def sample(generator: np.random.Generator, inputs: int) -> np.ndarray:
    """Return rows of every size, zeros and saturating ones among them."""
    rows = generator.standard_normal((24, inputs)) * 10.0 ** generator.integers(-12, 13, (24, 1))
    rows[0] = 0.0
    rows[1:8] = generator.standard_normal((7, inputs))
    rows[8] *= generator.random(inputs) < 0.5
    return rows


def violations(count: int, seed: int) -> tuple[int, list[float]]:
    """Return how many of `count` random conversions break their bound, and observed/bound of all."""
    generator = np.random.default_rng(seed)
    broken, ratios = 0, []
    for _ in range(count):
        to: Squashing = ("sigmoid", "tanh")[generator.integers(2)]
        depth = int(generator.choice([1, 2, 2, 2, 2, 3, 4]))
        widths = [int(n) for n in generator.integers(1, 12, depth + 1)]
        if depth == 2 and generator.random() < 0.3:
            widths[1] = int(generator.integers(12, 101))
        kinds = [
            OTHER[to] if generator.random() < 0.7 else str(generator.choice(MIXED)) for _ in range(depth)
        ]
        if generator.random() < 0.7:
            kinds[-1] = "identity"
        temper = str(generator.choice(TEMPERS))
        network = random_network(
            generator, widths, [create(kind) for kind in kinds], temper, biases=bool(generator.random() < 0.7)
        )
        try:
            conversion = convert(network, to)
        except Overflow:
            continue
        seen = observed(network, conversion.network, sample(generator, widths[0]))
        if seen is None:
            continue
        bound = certify(conversion).evaluation_bound
        broken += bool((seen > bound).any())
        finite = np.isfinite(bound) & (bound > 0)
        ratios.extend((seen[finite] / bound[finite]).tolist())
    return broken, ratios


def test_the_evaluation_bound_is_never_violated() -> None:
    broken, ratios = violations(800, 1)
    assert broken == 0
    assert len(ratios) > 800


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 20))
def test_the_evaluation_bound_is_never_violated_at_length(seed: int) -> None:
    broken, ratios = violations(11_000, seed)
    assert broken == 0
    assert len(ratios) > 10_000


def test_underflow_moves_a_sum_of_tiny_products_little() -> None:
    """A sum half-way between two floats goes the way of the last subnormal bit, which doubling changes."""
    for scale in (2.0**-210, 2.0**-400, 2.0**-900):
        point = np.array([[0.4, 2.0**26 + 1, 1 + 2.0**-26 + 2.0**-27]])
        weights = np.array([5e-324, (2.0**27 + 1) * scale, -(2.0**53) * scale])
        for order in map(list, permutations(range(3))):
            weight, row = weights[np.newaxis, order], point[:, order]
            assert np.abs(weight * row).max() < 2.0**-150
            apart = np.abs(rows_times(row, 2 * weight) / 2 - rows_times(row, weight))
            assert apart <= certificate._OF_TINY


@pytest.mark.parametrize("hidden", [1, 3, 10, 30, 100])
@pytest.mark.parametrize("to", ["sigmoid", "tanh"])
def test_the_bound_is_of_use(hidden: int, to: Squashing) -> None:
    """Median observed/bound ≥ 10⁻³: no bound is worth much that lies a million times too high."""
    generator = np.random.default_rng(hidden)
    ratios = []
    for _ in range(15):
        network = random_network(generator, (4, hidden, 3), [OTHER[to], "identity"])
        conversion = convert(network, to)
        seen = observed(network, conversion.network, generator.standard_normal((200, 4)))
        assert seen is not None
        ratios.extend(seen / certify(conversion).evaluation_bound)
    assert np.median(ratios) >= 1e-3


def test_a_bound_a_hundred_times_too_small_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = certificate._bound
    monkeypatch.setattr(certificate, "_bound", lambda *a, **k: honest(*a, **k) / 100)
    broken, _ = violations(300, 1)
    assert broken > 10


def test_plain_products_would_break_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """BLAS rounds a row alone otherwise than in a batch: with x unbounded no bound survives that."""
    monkeypatch.setattr("app.nn.networks.evaluation.rows_times", lambda rows, weight: rows @ weight.T)
    generator = np.random.default_rng(0)
    broken = 0
    for _ in range(50):
        network = random_network(generator, (40, 5, 1), ["tanh", "identity"], "cancelling")
        conversion = convert(network, "sigmoid")
        rows = np.ones((64, 40)) * 1e15 + generator.standard_normal((64, 40))
        seen = np.abs(evaluate(network, rows)[:1] - evaluate(conversion.network, rows[:1])).max(axis=0)
        broken += bool((seen > certify(conversion).evaluation_bound).any())
    assert broken > 0


@pytest.mark.parametrize("temper", ["plain", "cancelling", "mixed", "tiny", "integers"])
@pytest.mark.parametrize("to", ["sigmoid", "tanh"])
def test_with_one_hidden_layer_the_difference_is_exact(temper: str, to: Squashing) -> None:
    generator = np.random.default_rng(len(temper))
    for _ in range(10):
        network = random_network(generator, (2, 7, 2), [OTHER[to], "identity"], temper)
        conversion = convert(network, to)
        given = certify(conversion)
        if any(one.inexact.any() or one.bias_inexact.any() for one in conversion.rewritings):
            assert given.kind == "bound"
            continue
        assert given.kind == "exact"
        output, new = network.layers[1], conversion.network.layers[1]
        assert output.bias is not None and new.bias is not None
        shift = -1 if to == "sigmoid" else Fraction(1, 2)
        for unit in range(2):
            exact = Fraction(float(output.bias[unit])) + shift * sum(fractions_of(output.weight[unit]))
            assert given.difference[unit] == float(exact - Fraction(float(new.bias[unit])))
        point = generator.standard_normal(2)
        with mp.workdps(700):
            pairs = zip(
                values_at(network, point, 700), values_at(conversion.network, point, 700), strict=True
            )
            for unit, (f, g) in enumerate(pairs):
                assert (
                    abs(f - g - mp.mpf(given.difference[unit])) <= mp.mpf(2) ** -1074 + abs(f - g) * 2.0**-52
                )


def test_a_naive_output_bias_would_not_have_that_difference() -> None:
    network = random_network(np.random.default_rng(3), (2, 50, 1), ["tanh", "identity"])
    conversion = convert(network, "sigmoid")
    output = network.layers[1]
    assert output.bias is not None
    naive = output.bias - output.weight @ np.ones(50)
    rest = Fraction(float(output.bias[0])) - sum(fractions_of(output.weight)) - Fraction(float(naive[0]))
    assert certify(conversion).difference[0] != float(rest)


@pytest.mark.parametrize("to", ["sigmoid", "tanh"])
def test_the_real_bound_holds_for_deeper_networks(to: Squashing) -> None:
    generator = np.random.default_rng(11)
    for trial in range(40):
        widths = [int(n) for n in generator.integers(1, 6, 4)]
        kinds = [str(kind) for kind in generator.choice(["tanh", "sigmoid", "identity"], 3)]
        temper = ("plain", "cancelling", "mixed")[trial % 3]
        network = random_network(generator, widths, kinds, temper)
        conversion = convert(network, to)
        given = certify(conversion)
        for _ in range(3):
            point = generator.standard_normal(widths[0])
            with mp.workdps(150):
                pairs = zip(
                    values_at(network, point, 150), values_at(conversion.network, point, 150), strict=True
                )
                for unit, (f, g) in enumerate(pairs):
                    assert (
                        abs(f - g)
                        <= abs(mp.mpf(given.difference[unit])) * (1 + mp.mpf(2) ** -52) + mp.mpf(10) ** -100
                    )


def test_deeper_networks_without_rounding_have_bound_zero() -> None:
    network = random_network(np.random.default_rng(0), (2, 3, 4, 1), ["tanh", "tanh", "identity"], "integers")
    given = certify(convert(network, "sigmoid"))
    assert given.kind == "bound"
    assert given.difference.tolist() == [0.0]


def test_a_halving_that_rounds_turns_exact_into_a_bound() -> None:
    network = two_layers([[5e-324]], [0.0], [[3.0]], [0.0], "sigmoid")
    conversion = convert(network, "tanh")
    given = certify(conversion)
    assert conversion.network.layers[0].weight.tolist() == [[0.0]]
    assert given.kind == "bound"
    # s(5e-324·x) goes from 0 to 1 over all x, its conversion is constant ½: 3·½ is the true distance.
    assert 1.5 <= given.difference[0] <= 3.0 * (1 + 1e-8)


def test_a_converted_last_layer_keeps_its_bounds() -> None:
    network = random_network(np.random.default_rng(2), (3, 2), ["tanh"])
    given = certify(convert(network, "sigmoid"))
    assert given.kind == "exact"
    assert given.difference.tolist() == [0.0, 0.0]
    assert (given.evaluation_bound < 1e-14).all()


def test_layer_of_unbounded_slope_is_certified_silently() -> None:
    """A celu with negative alpha is steeper than any line: 0·∞ behind zero weights is no difference."""
    steep = create("celu", alpha=-0.5)
    network = Network([layer([[1.0]], [0.5], "tanh"), layer([[0.0]], [1.0], steep), layer([[1.0]], [0.0])])
    given = certify(convert(network, "sigmoid"))
    assert given.difference.tolist() == [0.0]
    assert given.evaluation_bound[0] < 1e-13
    steepest = create("celu", alpha=-1e-3)  # up to e³⁰⁰⁰
    network = Network([layer([[1.0]], [0.5], "tanh"), layer([[3.0]], [0.1], steepest), layer([[1.0]], [0.0])])
    assert certify(convert(network, "sigmoid")).evaluation_bound.tolist() == [np.inf]


def test_nothing_converted_is_no_difference() -> None:
    network = random_network(np.random.default_rng(2), (3, 4, 2), [create("gelu"), "identity"])
    given = certify(convert(network, "sigmoid"))
    assert given.difference.tolist() == given.evaluation_bound.tolist() == [0.0, 0.0]


def test_the_statement_names_what_is_assumed() -> None:
    plain = certify(convert(two_layers([[1.0]], None, [[1.0]], [0.1]), "sigmoid")).statement
    assert "sigmoid and tanh are within 4 ULP (checked at start-up)" in plain
    assert "gelu" not in plain
    assert "overflows nowhere and in no unit adds a product of a weight and an input that underflows" in plain
    deep = Network([layer([[1.0]], None, "tanh"), layer([[1.0]], None, create("gelu"))])
    assert "and so is gelu" in certify(convert(deep, "sigmoid")).statement
