"""Same function iff same canonical form iff same fingerprint, without tolerance."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.nn.activations.catalogue import create
from app.nn.errors import UnsupportedNetwork
from app.nn.networks.canonical import CanonicalForm, canonical, canonical_cost, quanta
from app.nn.networks.evaluation import evaluate
from app.nn.networks.network import Network
from tests.oracles.networks import as_tanh, disguised, layer, one_ulp_off, random_network, two_layers

SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 8), st.integers(1, 3))
KINDS = st.sampled_from(["tanh", "sigmoid"])
# Halves, and sums of small integers, must be floats for a disguise to be exact.
TEMPERS = st.sampled_from(["plain", "integers", "mixed", "saturated"])
SEEDS = st.integers(0, 2**32 - 1)


def content(form: CanonicalForm) -> object:
    """Return all that a function is made of, in its canonical form."""
    units = {key: unit.coefficients for key, unit in form.units.items()}
    return form.inputs, form.outputs, form.bits, form.constant, form.folded, units


def same(first: Network, second: Network) -> bool:
    """Tell whether two networks are exactly the same function, as their fingerprints must say too."""
    equal = content(canonical(first)) == content(canonical(second))
    assert (canonical(first).fingerprint() == canonical(second).fingerprint()) == equal
    return equal


def check_a_disguise(shape: tuple[int, int, int], kind: str, temper: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    network = random_network(generator, shape, [kind, "identity"], temper)
    assert same(network, disguised(generator, disguised(generator, network)))


def check_one_ulp(shape: tuple[int, int, int], kind: str, temper: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    network = random_network(generator, shape, [kind, "identity"], temper)
    other, _ = one_ulp_off(generator, network)
    assert not same(network, disguised(generator, other))


@given(SHAPES, KINDS, TEMPERS, SEEDS)
@settings(max_examples=150, deadline=None)
def test_disguises_are_seen_through(shape: tuple[int, int, int], kind: str, temper: str, seed: int) -> None:
    check_a_disguise(shape, kind, temper, seed)


@given(SHAPES, KINDS, st.sampled_from(["plain", "mixed", "saturated"]), SEEDS)
@settings(max_examples=150, deadline=None)
def test_one_ulp_in_any_live_parameter_is_another_function(
    shape: tuple[int, int, int], kind: str, temper: str, seed: int
) -> None:
    check_one_ulp(shape, kind, temper, seed)


@pytest.mark.long
@pytest.mark.parametrize("temper", ["plain", "mixed", "saturated"])
def test_a_thousand_disguises_and_a_thousand_changes(temper: str) -> None:
    generator = np.random.default_rng(7)
    for seed in range(1000):
        shape = (
            int(generator.integers(1, 30)),
            int(generator.integers(1, 40)),
            int(generator.integers(1, 5)),
        )
        kind = ("tanh", "sigmoid")[seed % 2]
        check_a_disguise(shape, kind, temper, seed)
        check_one_ulp(shape, kind, temper, seed)


@given(SHAPES, SEEDS)
@settings(max_examples=50, deadline=None)
def test_tanh_and_sigmoid_networks_compare_exactly(shape: tuple[int, int, int], seed: int) -> None:
    generator = np.random.default_rng(seed)
    network = random_network(generator, shape, ["sigmoid", "identity"], "integers")
    assert same(network, as_tanh(network))
    assert same(disguised(generator, network), disguised(generator, as_tanh(network)))


def test_sampling_would_not_tell_them_apart() -> None:
    """The wrong variant: equal wherever anybody looks, and yet not the same function."""
    network = two_layers([[1.0, 2.0], [3.0, -1.0]], [0.5, 40.0], [[1.0, 1.0]], [0.25])
    other = two_layers([[1.0, 2.0], [3.0, -1.0]], [0.5, np.nextafter(40.0, 50.0)], [[1.0, 1.0]], [0.25])
    points = np.random.default_rng(0).standard_normal((10_000, 2))
    assert evaluate(network, points).tobytes() == evaluate(other, points).tobytes()
    assert not same(network, other)


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        # the sign of zero is no difference
        (([[0.0, 1.0]], [0.0], [[1.0]], [0.0]), ([[-0.0, 1.0]], [-0.0], [[1.0]], [-0.0]), True),
        (([[-0.0, -1.0]], [0.0], [[1.0]], [0.0]), ([[0.0, 1.0]], [0.0], [[-1.0]], [0.0]), True),
        # −0 first, then a negative number: still flipped by the number
        (([[-0.0, 2.0]], [-1.0], [[1.0]], None), ([[0.0, -2.0]], [1.0], [[-1.0]], None), True),
        # no bias is bias 0
        (([[1.0]], None, [[1.0]], None), ([[1.0]], [0.0], [[1.0]], [0.0]), True),
        # sums beyond float64, and below its precision
        (
            ([[1.0], [1.0], [1.0]], None, [[1e308, 1e308, -1e308]], None),
            ([[1.0]], None, [[1e308]], None),
            True,
        ),
        (([[1.0], [1.0]], None, [[1.0, 2.0**-60]], None), ([[1.0]], None, [[1.0]], None), False),
        (
            ([[1.0], [1.0]], None, [[1.0, 2.0**-60]], None),
            ([[1.0], [1.0]], None, [[2.0**-60, 1.0]], None),
            True,
        ),
        # subnormal weights
        (([[5e-324]], None, [[1.0]], None), ([[0.0]], None, [[1.0]], None), False),
        (([[5e-324]], None, [[5e-324]], None), ([[-5e-324]], None, [[-5e-324]], None), True),
        # constants as formal sums: tanh 1 + tanh 2 in any order, and never a rational number
        (
            ([[0.0], [0.0]], [1.0, 2.0], [[1.0, 1.0]], None),
            ([[0.0], [0.0]], [2.0, -1.0], [[1.0, -1.0]], None),
            True,
        ),
        (([[0.0]], [1.0], [[1.0]], [0.0]), ([[0.0]], [1.0], [[0.0]], [float(np.tanh(1.0))]), False),
        (([[0.0]], [1.0], [[0.0]], [0.5]), ([[3.0]], [1.0], [[0.0]], [0.5]), True),
        # one output weight alone
        (([[1.0]], [0.0], [[1.0], [2.0]], None), ([[1.0]], [0.0], [[1.0], [3.0]], None), False),
        # other numbers of inputs and outputs are other functions
        (([[1.0]], None, [[1.0]], None), ([[1.0, 0.0]], None, [[1.0]], None), False),
        (([[1.0]], None, [[1.0]], None), ([[1.0]], None, [[1.0], [1.0]], None), False),
    ],
)
def test_the_edges(first: tuple[object, ...], second: tuple[object, ...], equal: bool) -> None:
    assert same(two_layers(*first), two_layers(*second)) == equal  # type: ignore[arg-type]  # four arrays each


@pytest.mark.parametrize(
    ("sigmoid", "tanh", "equal"),
    [
        (([[2.0]], [0.0], [[2.0]], [-1.0]), ([[1.0]], [0.0], [[1.0]], [0.0]), True),
        # a half that is no float: no tanh network has this function
        (([[5e-324]], [0.0], [[2.0]], [-1.0]), ([[5e-324]], [0.0], [[1.0]], [0.0]), False),
        (([[5e-324]], [0.0], [[2.0]], [-1.0]), ([[0.0]], [0.0], [[1.0]], [0.0]), False),
        (([[1e-323]], [0.0], [[2.0]], [-1.0]), ([[5e-324]], [0.0], [[1.0]], [0.0]), True),
        # a double that is no float
        (([[1.7e308]], [0.0], [[2.0]], [-1.0]), ([[1.7e308]], [0.0], [[1.0]], [0.0]), False),
        (([[1.7e308]], [0.0], [[2.0]], [-1.0]), ([[0.85e308]], [0.0], [[1.0]], [0.0]), True),
        # coefficients of half the smallest float
        (([[2.0]], [0.0], [[5e-324]], [0.0]), ([[1.0]], [0.0], [[5e-324]], [0.0]), False),
        (([[2.0], [2.0]], [0.0] * 2, [[5e-324] * 2], [-5e-324]), ([[1.0]], [0.0], [[5e-324]], [0.0]), True),
        # s(z) + s(−z) = 1
        (([[2.0], [-2.0]], [1.0, -1.0], [[3.0, 3.0]], [0.0]), ([[1.0]], [0.0], [[0.0]], [3.0]), True),
    ],
)
def test_tanh_against_sigmoid_at_the_edges(
    sigmoid: tuple[object, ...], tanh: tuple[object, ...], equal: bool
) -> None:
    first, second = two_layers(*sigmoid, "sigmoid"), two_layers(*tanh)  # type: ignore[arg-type]  # four arrays each
    assert same(first, second) == equal


def test_what_is_not_there_is_told_apart() -> None:
    form = canonical(
        two_layers(
            [[1.0], [-1.0], [2.0], [2.0], [0.0], [3.0]],
            [1.0, -1.0, 0.0, 0.0, 5.0, 1.0],
            [[1.0, 2.0, 1.0, -1.0, 7.0, 0.0]],
            [0.5],
        )
    )
    assert [unit.members for unit in form.units.values()] == [((0, 1), (1, -1))]
    assert [unit.coefficients for unit in form.units.values()] == [(quanta(-1.0),)]
    assert form.cancelled == (((2, 1), (3, 1)),)
    assert form.constants == (4,)
    assert form.dead == (5,)
    assert form.folded == {Fraction(5): (quanta(7.0),)}
    assert form.constant == (quanta(0.5),)


@pytest.mark.parametrize("number", [0.0, 5e-324, -5e-324, 1.0, -1.5, 1.7976931348623157e308, 2.0**-1022, 0.1])
def test_quanta_are_exact(number: float) -> None:
    assert Fraction(quanta(number), 2**1075) == Fraction(number)


@pytest.mark.parametrize(
    ("network", "place"),
    [
        (Network([layer([[1.0]], None, "tanh")]), ("layers",)),
        (Network([layer([[1.0]], None, "tanh")] * 3), ("layers",)),
        (two_layers([[1.0]], None, [[1.0]], None, create("relu")), ("layers", 0, "activation")),
        (Network([layer([[1.0]], None, "tanh")] * 2), ("layers", 1, "activation")),
    ],
)
def test_other_networks_are_refused(network: Network, place: tuple[str | int, ...]) -> None:
    with pytest.raises(UnsupportedNetwork) as caught:
        canonical(network)
    assert caught.value.at == place


def test_the_cost_grows_with_the_numbers_made_exact() -> None:
    small = random_network(np.random.default_rng(0), (10, 10, 1), ["tanh", "identity"])
    large = random_network(np.random.default_rng(0), (10, 1000, 10), ["tanh", "identity"])
    assert canonical_cost(large).multiply_adds > 500 * canonical_cost(small).multiply_adds
    assert canonical_cost(large).multiply_adds < 10**9
