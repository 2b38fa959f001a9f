"""Comparisons: right where they decide, honest where they do not, with witnesses that hold."""

import math
import tracemalloc
from dataclasses import replace
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.nn.activations.catalogue import create
from app.nn.activations.record import Activation
from app.nn.errors import ShapeMismatch
from app.nn.networks.comparison import compare, compare_cost
from app.nn.networks.comparison_result import Comparison
from app.nn.networks.conversion import Squashing, convert
from app.nn.networks.evaluation import evaluate
from app.nn.networks.far_points import far_points
from app.nn.networks.layer_comparison import agreement
from app.nn.networks.layerwise import gap
from app.nn.networks.network import Layer, Network
from app.nn.networks.reduction import reduce
from app.nn.networks.sampling import samples
from app.nn.networks.steps import as_steps
from tests.oracles.networks import (
    as_tanh,
    disguised,
    layer,
    one_ulp_off,
    random_network,
    two_layers,
    values_at,
)

SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(1, 3))
KINDS = st.sampled_from(["tanh", "sigmoid"])
TEMPERS = st.sampled_from(["plain", "mixed", "saturated", "tiny"])
SEEDS = st.integers(0, 2**32 - 1)
OTHER: dict[str, Squashing] = {"tanh": "sigmoid", "sigmoid": "tanh"}


def check_witness(first: Network, second: Network, found: Comparison) -> None:
    """Judge a witness by evaluating both networks anew, with more digits than it shows."""
    assert found.witness is not None
    shown = found.witness
    assert shown.first != shown.second
    digits = 50 + 2 * max(len(text) for text in (*shown.first, *shown.second))
    with mp.workdps(digits):
        for network, texts in ((first, shown.first), (second, shown.second)):
            for text, exact in zip(texts, values_at(network, shown.input.tolist(), digits), strict=True):
                known = len(text.split("e")[0].removesuffix(".0").strip("-").replace(".", "").lstrip("0"))
                assert abs(mp.mpf(text) - exact) <= abs(exact) * mp.mpf(10) ** (1 - max(known, 1)), text
        apart = [
            abs(f - g)
            for f, g in zip(
                values_at(first, shown.input.tolist(), digits),
                values_at(second, shown.input.tolist(), digits),
                strict=True,
            )
        ]
        # What is subtracted here is rounded; the bound may be the very number.
        assert 0 < max(apart) <= mp.mpf(found.upper) * (1 + mp.mpf(10) ** -(digits // 3))


@given(SHAPES, KINDS, st.sampled_from(["plain", "integers", "mixed"]), SEEDS)
@settings(max_examples=40, deadline=None)
def test_disguises_are_equal_and_their_units_matched(
    shape: tuple[int, int, int], kind: str, temper: str, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    network = random_network(generator, shape, [kind, "identity"], temper)
    other = disguised(generator, network)
    found = compare(network, other)
    assert (found.equal, found.rounding_only, found.method) == (True, False, "exact")
    assert found.lower == found.upper == 0.0
    assert found.witness is None
    rows = [np.column_stack([one.layers[0].weight, one.layers[0].bias]) for one in (network, other)]
    for i, j, sign in found.matching:
        assert (rows[0][i] == sign * rows[1][j]).all()
    assert len({i for i, _, _ in found.matching}) <= shape[1]
    if temper == "plain":  # every unit of the first is live, and none equals another
        assert sorted({i for i, _, _ in found.matching}) == list(range(shape[1]))


@given(SHAPES, KINDS, TEMPERS, SEEDS)
@settings(max_examples=60, deadline=None)
def test_a_change_of_one_ulp_is_seen_and_shown(
    shape: tuple[int, int, int], kind: str, temper: str, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    network = random_network(generator, shape, [kind, "identity"], temper)
    other, where = one_ulp_off(generator, network)
    found = compare(network, other)
    assert found.equal is False
    assert 0 <= found.lower <= found.upper
    assert found.upper > 0
    assert found.rounding_only == (where == "bias 1" and _half_ulp_apart(network, other))
    if found.witness is None:
        assert "no witness" in found.statement
        assert temper == "saturated"
    else:
        check_witness(network, other, found)


def _half_ulp_apart(first: Network, second: Network, layer: int = 1) -> bool:
    mine, other = first.layers[layer].bias, second.layers[layer].bias
    assert mine is not None and other is not None
    larger = np.maximum(np.abs(mine), np.abs(other))
    return bool((np.abs(mine - other) <= np.spacing(larger) / 2).all())


@given(SHAPES, KINDS, st.sampled_from(["plain", "mixed"]), SEEDS)
@settings(max_examples=40, deadline=None)
def test_a_converted_network_compares_as_what_it_is(
    shape: tuple[int, int, int], kind: str, temper: str, seed: int
) -> None:
    network = random_network(np.random.default_rng(seed), shape, [kind, "identity"], temper)
    conversion = convert(network, OTHER[kind])
    found = compare(network, conversion.network)
    rest = conversion.rewritings[1].remainder
    assert found.equal == (not rest.any())
    assert found.rounding_only == bool(rest.any())
    assert found.upper == pytest.approx(np.abs(rest).max(), rel=1e-15)
    assert found.lower <= np.abs(rest).max() <= found.upper
    assert found.matching == tuple((i, i, 1) for i in range(shape[1]))
    if found.rounding_only:
        assert "the same function but for the rounding" in found.statement
        check_witness(network, conversion.network, found)


def test_half_an_ulp_of_the_larger_bias_is_rounding() -> None:
    """Half an ulp of the larger bias is still rounding and not more."""
    units: tuple[object, ...] = ([[1.0]], [0.5], [[1.0]])
    just_below, one = two_layers(*units, [np.nextafter(1.0, 0.0)]), two_layers(*units, [1.0])  # type: ignore[arg-type]  # arrays
    assert compare(just_below, one).rounding_only  # half the spacing at 1, the larger
    above = two_layers(*units, [np.nextafter(1.0, 2.0)])  # type: ignore[arg-type]  # arrays
    assert not compare(one, above).rounding_only
    assert not compare(just_below, above).rounding_only
    # beside a folded constant: written down as a float, tanh ½ is off by less than half an ulp
    folded = two_layers([[1.0], [0.0]], [0.5, 0.5], [[1.0, 1.0]], [0.0])
    rounded = two_layers([[1.0]], [0.5], [[1.0]], [float(mp.tanh(0.5))])
    assert compare(folded, rounded).rounding_only
    # next to half an ulp: ½ + s(β) + 2⁻⁵²·s(0) is 1 + 2⁻⁵³ but for β/4
    one = two_layers([[1.0]], [0.5], [[1.0]], [1.0], "sigmoid")
    for beta, close in ((-1e-300, True), (1e-300, False)):
        weights, biases = [[1.0], [0.0], [0.0]], [0.5, beta, 0.0]
        other = two_layers(weights, biases, [[1.0, 1.0, 2.0**-52]], [0.5], "sigmoid")
        assert compare(other, one).rounding_only == close
    off = two_layers([[1.0]], [0.5], [[1.0]], [np.nextafter(float(mp.tanh(0.5)), 1.0)])
    assert not compare(folded, off).rounding_only


@pytest.mark.parametrize("kind", ["tanh", "sigmoid"])
def test_constant_equals_its_reduction_and_conversion(kind: str) -> None:
    """Neither has tanh or sigmoid units: one affine layer, and steps, of zero weights."""
    same, rounded = (
        two_layers([[0.0], [0.0]], [beta, -beta], [[3.0, 3.0]], [0.25], kind) for beta in (0.0, 0.5)
    )
    folded = two_layers([[0.0], [0.0]], [0.5, 1.5], [[3.0, 1.0]], [0.1], kind)
    for network, rounding in ((same, False), (rounded, False), (folded, True)):
        steps = as_steps(network).network
        assert steps is not None
        for other in (reduce(network).network, steps):
            for found in (compare(network, other), compare(other, network)):
                assert (found.equal, found.rounding_only) == (not rounding, rounding)
                assert found.method == "exact"
                assert found.upper <= 2.0**-52
        assert compare(steps, reduce(network).network).equal is True
    other = two_layers([[1.0]], [0.5], [[3.0]], [0.1], kind)
    assert compare(reduce(folded).network, other).equal is False


@given(st.integers(1, 3), st.integers(1, 3), st.sampled_from(["plain", "mixed", "tiny", "huge"]), SEEDS)
@settings(max_examples=40, deadline=None)
def test_affine_networks_are_decided_by_their_numbers(d: int, m: int, temper: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    first = random_network(generator, (d, m), ["identity"], temper)
    assert compare(first, first).equal is True
    for name in ("weight", "bias"):
        arrays = {"weight": first.layers[0].weight.copy(), "bias": np.array(first.layers[0].bias)}
        place = int(generator.integers(arrays[name].size))
        arrays[name].flat[place] = np.nextafter(arrays[name].flat[place], generator.choice([-np.inf, np.inf]))
        second = Network([Layer(arrays["weight"], arrays["bias"], first.layers[0].activation)])
        found = compare(first, second)
        assert (found.equal, found.method) == (False, "exact")
        assert found.lower == found.upper
        assert np.isinf(found.upper) == (name == "weight")
        assert found.rounding_only == (name == "bias" and _half_ulp_apart(first, second, layer=0))
        assert found.witness is not None
        for network, texts in ((first, found.witness.first), (second, found.witness.second)):
            exact = [
                sum(
                    (
                        Fraction(w) * Fraction(x)
                        for w, x in zip(row, found.witness.input.tolist(), strict=True)
                    ),
                    Fraction(b),
                )
                for row, b in zip(
                    network.layers[0].weight.tolist(),
                    network.layers[0].bias.tolist(),  # type: ignore[union-attr]  # it has one
                    strict=True,
                )
            ]
            for text, value in zip(texts, exact, strict=True):
                assert abs(Fraction(text) - value) <= abs(value) / 10**16
        assert found.witness.first != found.witness.second


def test_affine_networks_differ_at_a_negative_unit_vector() -> None:
    """Affine networks that agree at a unit vector differ at its negative."""
    first, second = Network([layer([[1.0]], [0.0])]), Network([layer([[0.5]], [0.5])])
    found = compare(first, second)
    assert found.witness is not None
    assert (found.witness.input.tolist(), found.witness.first, found.witness.second) == (
        [-1.0],
        ("-1",),
        ("0",),
    )
    assert compare(first, Network([layer([[1.0]])])).equal is True  # no bias is bias 0


def test_tanh_against_sigmoid() -> None:
    network = random_network(np.random.default_rng(1), (3, 4, 2), ["sigmoid", "identity"], "integers")
    assert compare(network, as_tanh(network)).equal is True


@given(st.integers(1, 4), st.integers(0, 4), SEEDS)
@settings(max_examples=40, deadline=None)
def test_the_bounds_enclose_the_true_distance(hidden: int, shared: int, seed: int) -> None:
    """In one dimension the supremum is seen on a grid that reaches into both limits."""
    generator = np.random.default_rng(seed)
    first = random_network(generator, (1, hidden + shared, 1), ["tanh", "identity"])
    second = random_network(generator, (1, hidden + shared, 1), ["tanh", "identity"])
    weight, bias = second.layers[0].weight.copy(), np.array(second.layers[0].bias)
    weight[:shared] = first.layers[0].weight[:shared]
    bias[:shared][1::2] = np.array(first.layers[0].bias)[:shared][1::2]
    second = Network([Layer(weight, bias, second.layers[0].activation), *second.layers[1:]])
    grid = np.concatenate([np.linspace(-30, 30, 4001), 10.0 ** np.arange(2, 9), -(10.0 ** np.arange(2, 9))])
    found = compare(first, second)
    assert found.witness is not None
    grid = np.append(grid, found.witness.input)  # where units are steep the largest may be between the others
    distance = np.abs(evaluate(first, grid[:, None]) - evaluate(second, grid[:, None])).max()
    assert found.lower <= distance * (1 + 1e-4) + 1e-12
    assert distance <= found.upper + 1e-12
    assert found.lower > 0.2 * distance


def test_a_change_of_bias_alone_has_a_tight_bound() -> None:
    """tanh moves by no more than its argument: Δβ·|c|, not 2·|c|."""
    first = two_layers([[1.0, 2.0]], [0.5], [[3.0]], [0.0])
    second = two_layers([[1.0, 2.0]], [0.5 + 2.0**-20], [[3.0]], [0.0])
    assert 0.9 * 3 * 2.0**-20 < compare(first, second).upper < 1.01 * 3 * 2.0**-20


def test_saturated_networks_have_a_proof_without_witness() -> None:
    """Where everything is saturated there is no witness but a proof."""
    first = two_layers([[0.25]], [1.7e308], [[1.0]], [0.0])
    second = two_layers([[0.125]], [1.7e308], [[1.0]], [0.0])
    found = compare(first, second)
    assert found.equal is False
    assert found.witness is None
    assert "no witness, since" in found.statement
    constants = [two_layers([[0.0]], [beta], [[1.0]], [0.0]) for beta in (1e300, 1e301)]
    found = compare(*constants)
    assert (found.equal, found.rounding_only, found.witness) == (False, True, None)
    assert "no witness, since the two constants agree to more than 8192 bits" in found.statement


@pytest.mark.parametrize("z", [300.0, 2500.0])
def test_a_witness_takes_as_many_digits_as_it_needs(z: float) -> None:
    """The inputs do not reach the transition: z stays where 1 − tanh z is e^−2z."""
    first = two_layers([[1e-310]], [z], [[1.0]], [0.0])
    second = two_layers([[1e-310]], [z + 1], [[1.0]], [0.0])
    found = compare(first, second)
    check_witness(first, second, found)
    assert found.witness is not None
    assert len(found.witness.first[0]) > z / np.log(10)


@pytest.mark.parametrize("kind", ["tanh", "sigmoid"])
def test_certificate_is_the_distance_to_the_last_bit(kind: str) -> None:
    """What the certificate says is the distance to the last bit."""
    network = two_layers([[1.0], [2.0]], [0.1, 0.2], [[0.3, 0.7]], [0.15], kind)
    conversion = convert(network, OTHER[kind])
    (rest,) = np.abs(conversion.rewritings[1].remainder)
    found = compare(network, conversion.network)
    assert found.lower == found.upper == rest > 0
    assert found.within(rest) is True
    assert found.within(np.nextafter(rest, 0.0)) is False


@pytest.mark.parametrize(
    ("kind", "scale", "rest"),
    [
        ("tanh", 1.0, []),
        ("tanh", 1e300, [0.2]),
        ("sigmoid", 1e-270, [5e-324, -0.3]),
        ("softsign", 1.0, [0.2]),
        ("hard_tanh", 1e300, []),
        ("heaviside", 1.0, [0.2]),
    ],
)
def test_rows_that_are_one_ulp_apart_differ_far_away(kind: str, scale: float, rest: list[float]) -> None:
    """However close the rows are, somewhere one unit is on and the other off: sup|F − G| is its range."""
    first, second = (
        Network([Layer([[0.3 * scale, w, *rest]], [0.3], kind), Layer([[-2.0]])])
        for w in (0.7 * scale, float(np.nextafter(0.7 * scale, 1e308)))
    )
    found, back = compare(first, second), compare(second, first)
    assert (found.equal, found.lower, found.upper) == (False, back.lower, back.upper)
    assert found.lower > 0.6 * found.upper
    assert found.within(1e-6) is False
    if kind in OTHER:
        check_witness(first, second, found)


def test_the_statement_gives_no_bound_that_is_too_small() -> None:
    first, second = (two_layers([[1.0]], [0.0], [[1.0]], [bias]) for bias in (0.0, 1.00001))
    assert "a constant, of at most 1.01" in compare(first, second).statement
    tiny = two_layers([[1.0]], [0.0], [[1.0]], [5e-324])
    assert "a constant, of at most 4.95×10⁻³²⁴" in compare(first, tiny).statement


def test_tolerance() -> None:
    first, second = (two_layers([[1.0]], [0.0], [[1.0]], [bias]) for bias in (0.0, 0.5))
    found = compare(first, second)
    assert (found.lower, found.upper) == pytest.approx((0.5, 0.5), rel=1e-15)
    assert found.within(0.0) is False
    assert found.within(0.6) is True
    assert found.within(found.upper) is True
    assert compare(first, first).within(0.0) is True
    far = compare(first, two_layers([[1.0], [2.0]], [0.5, -1.0], [[1.3, -0.4]], [0.1]))
    assert far.lower < far.upper
    assert far.within((far.lower + far.upper) / 2) is None


@pytest.mark.parametrize("to", ["sigmoid", "tanh"])
def test_deeper_conversions_are_decided_and_bounded(to: Squashing) -> None:
    other = {"sigmoid": "tanh", "tanh": "sigmoid"}[to]
    for kinds in (
        [other, other, "identity"],
        [other, other, other],
        [other, create("gelu"), other, "identity"],
    ):
        network = random_network(np.random.default_rng(1), [2, 3, 4, 2, 2][: len(kinds) + 1], kinds)
        found = compare(network, convert(network, to).network)
        assert (found.equal, found.rounding_only) == (False, True)
        assert 0 < found.lower <= found.upper < 1e-13
        assert found.witness is not None
        assert found.witness.first != found.witness.second
        assert found.within(1e-12) is True
        assert found.within(0.0) is False
        assert "but for the rounding of their stored numbers" in found.statement


def test_deeper_networks_with_nothing_between_them_are_equal() -> None:
    network = random_network(np.random.default_rng(0), (2, 3, 4, 1), ["tanh", "tanh", "identity"], "integers")
    assert compare(network, network).equal is True
    assert compare(network, convert(network, "sigmoid").network).equal is True
    single = Network([layer([[1.0, 2.0]], [0.1], "tanh")])
    assert compare(single, convert(single, "sigmoid").network).equal is True


@pytest.mark.parametrize("index", [0, 1, 2])
@pytest.mark.parametrize("name", ["weight", "bias"])
@pytest.mark.parametrize("to", ["sigmoid", "tanh"])
def test_the_smallest_number_is_not_nothing(to: Squashing, name: str, index: int) -> None:
    """Half of 5e-324 is no float: where one number is to be halved for the comparison it must not be lost."""
    none, half = [0.0, 0.0], [{"sigmoid": 1.0, "tanh": -0.5}[to]] * 2  # the new biases are all 0
    network = Network(
        [
            layer(np.eye(2), none, OTHER[to]),
            layer(np.eye(2), half, OTHER[to]),
            layer([[1.0, 0.0]], half[:1]),
        ]
    )
    other = convert(network, to).network
    assert compare(network, other).equal is True
    array = getattr(other.layers[index], name).copy()
    assert array.flat[-1 if index == 2 else 0 if name == "bias" else 1] == 0.0
    array.flat[-1 if index == 2 else 0 if name == "bias" else 1] = 5e-324
    layers = list(other.layers)
    layers[index] = replace(layers[index], **{name: array})
    other = Network(layers)
    for found in (compare(network, other), compare(other, network)):
        assert found.equal is False
        assert found.upper > 0


def test_numbers_too_large_to_be_doubled_are_compared() -> None:
    """∞ − ∞ is unknown, and behind a step what is unknown may be the whole step."""
    units = layer([[1.0], [2.0]], [0.0, 0.5], "tanh")
    step = create("heaviside")
    first, second = (
        Network([units, layer([[a, b]], None, step)]) for a, b in [(1.7e308, -1.6e308), (1.6e308, -1.7e308)]
    )
    found = compare(first, second)
    assert (found.equal, found.upper) == (False, 1.0)
    assert found.witness is not None
    assert compare(first, first).equal is True
    high, low = (Network([units, layer([[1.0, 1.0]], [bias], step)]) for bias in (1.7e308, 1.6e308))
    assert compare(high, low).equal is True  # the step's argument is never negative
    assert compare(high, high).equal is True


@pytest.mark.parametrize("kind", ["tanh", "relu", "gelu", "heaviside", "softplus"])
def test_deeper_networks_that_differ_show_where(kind: str) -> None:
    generator = np.random.default_rng(5)
    first, second = (
        random_network(generator, (3, 4, 4, 2), [create(kind), create(kind), "identity"]) for _ in range(2)
    )
    found = compare(first, second)
    assert (found.equal, found.method) == (False, "sampling")
    assert found.witness is not None
    for network, texts in ((first, found.witness.first), (second, found.witness.second)):
        np.testing.assert_allclose(
            [float(text) for text in texts], evaluate(network, found.witness.input), 1e-9
        )
    assert 0 < found.lower <= found.upper
    assert found.lower <= max(
        abs(float(a) - float(b)) for a, b in zip(found.witness.first, found.witness.second, strict=True)
    )
    assert np.isfinite(found.upper) == (kind in ("tanh", "heaviside"))


def test_deep_networks_of_other_widths_have_their_ranges_bound() -> None:
    """Deep networks of other widths have the bound of their ranges."""
    generator = np.random.default_rng(2)
    first = random_network(generator, (2, 3, 3, 1), ["tanh", "tanh", "tanh"])
    second = random_network(generator, (2, 5, 4, 1), ["tanh", "sigmoid", "tanh"])
    rows = 10 * generator.standard_normal((2000, 2))
    shallow = random_network(generator, (2, 5, 1), ["tanh", "identity"])
    sums = np.abs(shallow.layers[1].weight).sum() + np.abs(shallow.layers[1].bias).sum()  # type: ignore[arg-type]  # it has one
    for other, most in ((second, 2.0), (shallow, 1.0 + sums)):
        # the last tanh never sees all of ℝ, so that its own range is too wide
        seen = np.abs(evaluate(first, rows) - evaluate(other, rows)).max()
        assert seen <= compare(first, other).upper < most - 0.01


def test_the_layerwise_bound_is_never_below_what_is_seen() -> None:
    generator = np.random.default_rng(9)
    for trial in range(60):
        depth = int(generator.integers(1, 4))
        widths = [int(n) for n in generator.integers(1, 5, depth + 1)]
        kinds = [
            str(k) for k in generator.choice(["tanh", "sigmoid", "identity", "relu", "heaviside"], depth)
        ]
        first = random_network(generator, widths, [create(k) for k in kinds])
        layers = [
            Layer(
                one.weight,
                np.asarray(one.bias) + (trial % 3) * 1e-3 * generator.standard_normal(one.outputs),
                one.activation,
            )
            for one in first.layers
        ]
        second = Network(layers)
        found = compare(first, second)
        rows = generator.standard_normal((200, widths[0])) * 10.0 ** generator.integers(-1, 3, (200, 1))
        seen = np.abs(evaluate(first, rows) - evaluate(second, rows)).max()
        assert seen <= found.upper + 1e-9 * (1 + np.abs(evaluate(first, rows)).max())
        assert found.lower <= found.upper


@pytest.mark.parametrize("weight", [0.0, 1.0, 1.5e308])
@pytest.mark.parametrize("alpha", [-1.0, -1e300, -1.7976931348623157e308])
def test_a_bound_that_is_not_known_is_infinite_and_never_nan(weight: float, alpha: float) -> None:
    """A celu with a negative alpha is steeper than any line: 0·∞ and ∞ − ∞ lie on the way."""
    steep = Network([Layer(np.array([[weight]]), None, create("celu", alpha=alpha))])
    for other in (
        Network([Layer(np.array([[1.0]]), None, create("tanh"))]),
        Network([Layer(np.array([[-weight]]), np.ones(1), create("celu", alpha=alpha))]),
    ):
        for found in (compare(steep, other), compare(other, steep)):
            assert 0 <= found.lower <= found.upper


def test_no_agreement_is_claimed_where_nothing_could_be_judged() -> None:
    first, second = (
        Network([layer([[1.0]], [1e308], create("relu")), layer([[weight]])]) for weight in (10.0, 100.0)
    )
    found = compare(first, second)
    assert (found.equal, found.lower, found.upper) == (False, np.inf, np.inf)
    assert "units differ" in found.statement
    # 10³⁰⁷·|x| + 10³⁰⁸ overflows for some of the inputs, the largest
    first, second = (
        Network([layer([[1e307]], [bias], create("relu")), layer([[1.0]])])
        for bias in (1e308, float(np.nextafter(1e308, 0.0)))
    )
    with np.errstate(over="ignore"):
        finite = np.isfinite(1e307 * np.abs(samples(1)) + 1e308).sum()
    assert 0 < finite < 256
    assert gap(first, second).judged == finite
    assert f"at {finite} of 256 inputs they agree" in agreement(int(finite))
    assert "agree" not in agreement(0)
    assert compare(first, second).equal is False


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (create("relu"), create("leaky_relu", negative_slope=0.0)),
        (create("elu"), create("celu")),
        (create("relu6"), create("hard_tanh", min_val=0.0, max_val=6.0)),
        (create("identity"), create("leaky_relu", negative_slope=1.0)),
        (create("log_sigmoid"), create("softplus", beta=-1.0)),
    ],
    ids=lambda activation: activation.name,
)
def test_one_function_of_two_names_is_one_function(one: Activation, other: Activation) -> None:
    generator = np.random.default_rng(4)
    network = random_network(generator, (2, 3, 4, 2), [one, one, one])
    named = Network([Layer(each.weight, each.bias, other) for each in network.layers])
    assert compare(network, named).equal is compare(named, network).equal is True
    moved = Network(
        [*named.layers[:2], Layer(named.layers[2].weight, np.asarray(named.layers[2].bias) + 1e-9, other)]
    )
    assert 0 < compare(network, moved).upper < 1.1e-9
    alone = Network([layer([[2.0]], [1.0], one)])
    assert compare(alone, Network([layer([[2.0]], [1.0], other)])).equal is True


def test_a_line_of_another_name_is_affine() -> None:
    line = create("leaky_relu", negative_slope=1.0)
    found = compare(Network([layer([[2.0]], [1.0])]), Network([layer([[2.5]], [1.0], line)]))
    assert (found.equal, found.method, found.lower) == (False, "exact", np.inf)


@given(
    SHAPES,
    KINDS,
    st.sampled_from(["plain", "mixed", "huge", "tiny"]),
    st.sampled_from(["plain", "mixed", "tiny"]),
    SEEDS,
)
@settings(max_examples=40, deadline=None)
def test_an_affine_map_is_not_a_bounded_function(
    shape: tuple[int, int, int], kind: str, temper: str, other: str, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    bounded = random_network(generator, shape, [kind, "identity"], temper)
    affine = random_network(generator, (shape[0], shape[2]), ["identity"], other)
    for first, second in ((bounded, affine), (affine, bounded)):
        found = compare(first, second)
        assert (found.equal, found.method, found.lower, found.upper) == (False, "exact", np.inf, np.inf)
        if "no witness" in found.statement:
            assert "tiny" in (temper, other) or temper == "huge"
            assert found.witness is None
        else:
            check_witness(first, second, found)
    constant = Network([layer(np.zeros((shape[2], shape[0])), np.ones(shape[2]))])
    assert compare(constant, affine).equal is compare(affine, bounded).equal is False
    assert compare(constant, constant).equal is True


def test_no_float_is_large_enough_where_a_slope_is_tiny() -> None:
    found = compare(Network([layer([[5e-324]])]), two_layers([[1.0]], None, [[1e300]], None))
    assert (found.equal, found.witness, found.upper) == (False, None, np.inf)
    assert "no witness, since no float64 is large enough" in found.statement


@given(
    st.sampled_from([create("relu"), create("gelu"), create("heaviside"), create("celu", alpha=-1.0)]),
    st.lists(st.tuples(st.floats(-8e307, 8e307), st.floats(-8e307, 8e307)), min_size=1, max_size=3),
)
def test_networks_of_other_last_biases_differ_by_a_constant(
    kind: Activation, biases: list[tuple[float, float]]
) -> None:
    """Networks that differ in their last biases alone differ by a constant."""
    hidden, weight = layer([[1.0], [-0.3]], [0.1, 0.2], kind), np.ones((len(biases), 2))
    first, second = (Network([hidden, layer(weight, list(bias))]) for bias in zip(*biases, strict=True))
    apart = max(abs(Fraction(b) - Fraction(c)) for b, c in biases)
    found = compare(first, second)
    assert found.equal is (apart == 0)
    assert Fraction(found.lower) <= apart <= Fraction(found.upper)
    assert found.upper <= np.nextafter(found.lower, np.inf)
    assert found.rounding_only == (
        apart != 0
        and all(
            2 * abs(Fraction(b) - Fraction(c)) <= Fraction(math.ulp(max(abs(b), abs(c)))) for b, c in biases
        )
    )
    if apart:
        assert found.method == "exact"
        assert "by a constant" in found.statement
        assert (found.witness is None) == ("no witness, since" in found.statement)


def test_last_bias_one_bit_off_is_seen_in_deep_networks() -> None:
    """A last bias that is one bit off is seen in deep networks."""
    near = [0.7, float(np.nextafter(0.7, 1.0))]
    first, second = (two_layers([[1.0]], [0.0], [[1.0]], [bias], create("relu")) for bias in near)
    found = compare(first, second)
    assert (found.equal, found.lower, found.upper) == (False, near[1] - near[0], near[1] - near[0])
    # One of two outputs tells, whatever becomes of the other.
    steep = create("celu", alpha=-1.0)
    first, second = (
        Network([layer([[w], [1.0]], None, steep), layer([[1e-9, 0.0], [0.0, 1.0]], [0.0, bias])])
        for w, bias in zip((1.0, 1.0 + 2.0**-52), near, strict=True)
    )
    found = compare(first, second)
    assert (found.equal, found.upper) == (False, np.inf)
    assert found.lower >= near[1] - near[0]
    assert not found.rounding_only


@pytest.mark.parametrize("to", ["sigmoid", "tanh"])
def test_a_last_bias_that_a_conversion_rounds_is_the_distance(to: Squashing) -> None:
    network = random_network(np.random.default_rng(3), (2, 3, 4, 2), [create("gelu"), OTHER[to], "identity"])
    conversion = convert(network, to)
    rest = np.abs(conversion.rewritings[-1].remainder).max()
    for found in (compare(network, conversion.network), compare(conversion.network, network)):
        assert (found.equal, found.rounding_only, found.method) == (False, True, "exact")
        assert found.lower <= rest <= found.upper <= np.nextafter(found.lower, 1.0)
        assert "but for the rounding" in found.statement


@pytest.mark.parametrize("kind", [create("heaviside"), create("threshold", threshold=0.7, value=2.0)])
@given(st.sampled_from([0.0, 0.7, -1.0, 0.3, 5e-324]), st.sampled_from([0.0, 0.7, -1.0, 0.3, 5e-324]))
def test_a_constant_unit_is_evaluated_exactly_even_at_a_jump(
    kind: Activation, bias: float, other: float
) -> None:
    first, second = (Network([layer([[0.0]], [one], kind), layer([[1.0]], [0.3])]) for one in (bias, other))
    apart = abs(np.subtract(*kind.evaluate(np.array([bias, other]))))
    found = compare(first, second)
    assert (found.equal is False) == (apart != 0)
    assert apart * (1 - 1e-12) <= found.lower <= apart * (1 + 1e-12)


def test_an_exact_value_is_shown_with_all_its_digits() -> None:
    found = compare(one_relu(0.0), Network([layer([[0.0]], [0.123456789])]))
    assert found.witness is not None
    assert float(found.witness.second[0]) == 0.123456789


def one_relu(bias: float) -> Network:
    """x ↦ relu(x + bias + 1)."""
    return Network([layer([[1.0]], [bias], create("relu")), layer([[1.0]], [1.0])])


def test_other_inputs_or_outputs_cannot_be_compared() -> None:
    network = two_layers([[1.0, 2.0]], None, [[1.0]], None)
    with pytest.raises(ShapeMismatch) as caught:
        compare(network, two_layers([[1.0]], None, [[1.0]], None))
    assert caught.value.at == ("second", "layers", 0, "weight")
    with pytest.raises(ShapeMismatch) as caught:
        compare(network, two_layers([[1.0, 2.0]], None, [[1.0], [1.0]], None))
    assert caught.value.at == ("second", "layers", 1, "weight")


def test_the_cost_is_bounded_by_the_shapes() -> None:
    small = random_network(np.random.default_rng(0), (100, 1000, 10), ["tanh", "identity"])
    assert 10**8 < compare_cost(small, small).multiply_adds < 10**10
    huge = two_layers(np.ones((400_000, 1)), None, np.ones((1, 400_000)), None)
    assert compare_cost(huge, huge).multiply_adds > 10**11
    assert Fraction(compare_cost(small, small).answer) == 0


@pytest.mark.parametrize("narrow", [False, True])
def test_points_far_out_fill_no_memory(narrow: bool) -> None:
    """Neither a matrix of inputs by inputs, nor one of units by inputs behind an affine layer of one unit."""
    generator = np.random.default_rng(1)
    units, inputs = 3000, 3000
    widths = [(1, inputs), (units, 1)] if narrow else [(4, inputs)]
    first, second = (
        Network([Layer(generator.standard_normal(one), None, "tanh" if one == widths[-1] else "identity")
                 for one in widths])
        for _ in range(2)
    )  # fmt: skip
    tracemalloc.start()
    points = far_points(first, second)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * inputs * units / 4
    if not narrow:
        sums = [points @ network.layers[0].weight.T for network in (first, second)]
        assert len(points) and (np.abs(sums[0] - sums[1]).max(axis=1) > 7).all()
