"""Distances in ℚ: no bound beyond what ranges allow, none below what is seen, and exact where they can be."""

from fractions import Fraction

import numpy as np
import pytest

from app.nn.activations.catalogue import create, names
from app.nn.networks.comparison import compare
from app.nn.networks.evaluation import evaluate
from app.nn.networks.exact_distance import by_breakpoints, by_directions, by_ranges, outputs_range
from app.nn.networks.layerwise import distance_bounds
from app.nn.networks.network import SOFTMAX, Layer, Network
from app.nn.networks.normal_form import normal_form
from app.nn.networks.piecewise_linear import polyline
from app.nn.networks.ridge_sums import ridge_sum
from tests.oracles.networks import layer, random_network

BOUNDED = ["tanh", "sigmoid", "softsign", "relu6", "hard_tanh", "hard_sigmoid", "heaviside", SOFTMAX]


def points(generator: np.random.Generator, inputs: int, count: int = 3000) -> np.ndarray:
    return generator.standard_normal((count, inputs)) * 10.0 ** generator.integers(-3, 6, (count, 1))


def apart(first: Network, second: Network, rows: np.ndarray) -> float:
    return float(np.abs(evaluate(first, rows) - evaluate(second, rows)).max())


@pytest.mark.parametrize("last", BOUNDED)
@pytest.mark.parametrize("other", BOUNDED)
def test_no_bound_exceeds_what_the_ranges_allow(last: str, other: str) -> None:
    generator = np.random.default_rng(len(last))
    rows = np.clip(points(generator, 2), -50.0, 50.0)
    networks, ends = [], []
    for name in (last, other):
        network = random_network(generator, (2, 3, 2), [str(generator.choice(names())), name])
        bounds = (0.0, 1.0)
        if name != SOFTMAX:
            bounds = create(name).range.infimum, create(name).range.supremum
        between = outputs_range(normal_form(network))
        for low, high, seen in zip(*between, evaluate(network, rows).T, strict=True):
            assert low is not None and high is not None
            assert bounds[0] <= low <= seen.min() + 1e-12
            assert seen.max() - 1e-12 <= high <= bounds[1]
        networks.append(network)
        ends.append(bounds)
    (low, high), (other_low, other_high) = ends
    widest = max(high - other_low, other_high - low)
    found = compare(*networks)
    assert apart(*networks, rows) <= found.upper * (1 + 1e-12)
    assert found.upper <= widest
    assert distance_bounds(*networks).upper <= np.nextafter(widest, np.inf)


@pytest.mark.parametrize("seed", range(40))
def test_bounds_of_any_pair_hold_whatever_is_seen(seed: int) -> None:
    generator = np.random.default_rng(seed)
    depth, widths = int(generator.integers(1, 4)), generator.integers(1, 4, 5).tolist()
    pair = []
    for _ in range(2):
        kinds = [str(generator.choice(names())) for _ in range(depth)]
        inner = generator.integers(1, 4, depth - 1).tolist()
        pair.append(random_network(generator, (widths[0], *inner, widths[1]), kinds))
    found, back = compare(*pair), compare(*pair[::-1])
    assert (found.equal, found.upper) == (back.equal, back.upper)
    assert found.lower <= found.upper
    rows = np.clip(points(generator, widths[0]), -50.0, 50.0)
    assert apart(*pair, rows) <= found.upper * (1 + 1e-9) + 1e-12
    assert by_ranges(*map(normal_form, pair)) >= found.upper


def relus(generator: np.random.Generator, directions: int, kind: str) -> tuple[Network, Network]:
    """Return two sums of units that are apart by a bounded function: slopes that were added cancel."""
    rows = generator.integers(-3, 4, (directions, 3)) * 2.0 + np.eye(3)[:directions]
    steepness = np.array([1.0, 2.0, 1.0, 0.5])
    weight = np.concatenate([np.outer(steepness, row) for row in rows])
    bias = generator.integers(-9, 10, 4 * directions) / 4
    out = generator.integers(-9, 10, (1, 4 * directions)) / 8
    out[:, 3::4] = -2 * (out[:, 0::4] + 2 * out[:, 1::4] + out[:, 2::4])
    first = random_network(generator, (3, 5, 1), [kind, "identity"])
    one, two = first.layers
    assert one.bias is not None
    both = Layer(np.vstack([one.weight, weight]), np.concatenate([one.bias, bias]), kind)
    return first, Network([both, Layer(np.hstack([two.weight, out]), two.bias)])


@pytest.mark.parametrize("kind", ["relu", "softplus", "leaky_relu"])
@pytest.mark.parametrize("directions", [1, 2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_parallel_units_are_bounded_by_their_edges(kind: str, directions: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    first, second = relus(generator, directions, kind)
    sums = ridge_sum(normal_form(first)), ridge_sum(normal_form(second))
    assert sums[0] is not None and sums[1] is not None
    lower, upper = by_directions(*sums)
    assert np.isfinite(upper)
    seen = apart(first, second, points(generator, 3, 20_000) / 1e3)
    assert seen <= upper * (1 + 1e-9)
    if kind != "softplus":
        assert bool(upper <= np.nextafter(lower, np.inf)) == (directions == 1)
        assert seen > 0.5 * upper
    found = compare(first, second)
    assert found.lower <= found.upper <= upper
    steeper = Network([second.layers[0], Layer(second.layers[1].weight * 1.5)])
    assert compare(first, steeper).lower == np.inf


@pytest.mark.parametrize("seed", range(12))
def test_functions_of_one_number_have_exact_distances(seed: int) -> None:
    """Judged at every edge in ℚ, and from both of its sides."""
    generator = np.random.default_rng(seed)
    kinds = [str(generator.choice(["hard_tanh", "relu6", "heaviside", "hardshrink"])) for _ in range(2)]
    first, second = (
        random_network(generator, (1, 3, 2, 1), [kinds[0], kinds[1], "hard_tanh"]) for _ in range(2)
    )
    lines = [polyline(normal_form(network)) for network in (first, second)]
    assert lines[0] is not None and lines[1] is not None
    found = compare(first, second)
    lower, upper = by_breakpoints(*lines)
    assert lower <= upper <= np.nextafter(lower, np.inf)
    assert (found.lower, found.upper) == (lower, upper)
    edges = [float(edge) for line in lines for edge in line.edges]
    near = np.array([at * (1 + step) for at in [*edges, 1e6, -1e6] for step in (0.0, 1e-12, -1e-12)])
    assert apart(first, second, near[:, None]) == pytest.approx(upper, rel=1e-9, abs=1e-9)


def test_a_sixth_that_was_rounded_is_all_that_is_between() -> None:
    """Hard sigmoid against relu6(x + 3)/6."""
    first = Network([layer([[1.0]], None, create("hard_sigmoid"))])
    second = Network([layer([[1.0]], [3.0], create("relu6")), layer([[1 / 6]])])
    exact = float(abs(1 - 6 * Fraction(1 / 6)))
    for found in (compare(first, second), compare(second, first)):
        assert (found.equal, found.lower, found.upper) == (False, exact, exact)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus", "selu", "elu", "leaky_relu", SOFTMAX])
@pytest.mark.parametrize("behind", [1.0, -3.0])
def test_what_is_close_stays_close_behind_an_output(name: str, behind: float) -> None:
    """Parallel units before an injective output: its steepness times their distance, not its whole range."""
    generator = np.random.default_rng(3)
    hidden, last = random_network(generator, (2, 3, 2), ["tanh", "identity"], "integers").layers
    moved = Layer(hidden.weight[::-1] * (1 + 2.0**-40), np.array(hidden.bias)[::-1], "tanh")
    pair = []
    for one, weight in ((hidden, last.weight), (moved, last.weight[:, ::-1])):
        layers = [one, Layer(weight, last.bias, name)]
        pair.append(Network(layers if name == SOFTMAX else [*layers, layer(behind * np.eye(2), [0.5, 0.5])]))
    found = compare(*pair)
    assert found.equal is False
    rows = points(generator, 2)
    sums = np.abs(last.weight).sum()
    assert apart(*pair, rows) <= found.upper * (1 + 1e-9) + 1e-14
    assert found.upper < 2 * sums * 2.0**-40 * abs(behind) * 1.8
