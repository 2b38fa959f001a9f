"""Weights as they are stored: rounded once, told where, and the certificate still holds."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.nn.activations.catalogue import create
from app.nn.errors import Overflow
from app.nn.networks.certificate import certify
from app.nn.networks.comparison import compare
from app.nn.networks.conversion import Squashing, convert
from app.nn.networks.evaluation import evaluate
from app.nn.networks.network import Layer, Network
from app.nn.networks.steps import as_steps
from app.nn.networks.storage import STORAGES, Storage, StoredAs
from app.nn.networks.stored_steps import stored_steps
from tests.oracles.networks import layer, random_network, two_layers

NARROW: list[StoredAs] = ["float32", "float16", "bfloat16"]
ANY = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("name", ["float32", "float16"])
@given(st.lists(st.one_of(ANY, st.floats(-1e5, 1e5), st.floats(-1e-4, 1e-4)), min_size=1, max_size=20))
def test_rounding_is_numpys(name: str, numbers: list[float]) -> None:
    array = np.array(numbers)
    with np.errstate(over="ignore", under="ignore"):
        expected = array.astype(name).astype(np.float64)
    np.testing.assert_array_equal(STORAGES[name].rounded(array), expected)  # type: ignore[index]  # a name


@pytest.mark.parametrize("storage", STORAGES.values(), ids=lambda one: one.name)
@given(st.one_of(ANY, st.floats(-1e5, 1e5)))
def test_rounding_is_to_the_nearest_even(storage: Storage, number: float) -> None:
    rounded = float(storage.rounded(np.array([number]))[0])
    if not np.isfinite(rounded):
        with pytest.raises(OverflowError):
            storage.rounded_fraction(Fraction(number))
        return
    assert storage.rounded_fraction(Fraction(number)) == rounded
    spacing = storage.spacing(Fraction(number))
    assert 2 * abs(Fraction(rounded) - Fraction(number)) <= spacing
    assert storage.holds(np.array([rounded]))
    assert Fraction(rounded) % storage.spacing(Fraction(rounded)) == 0


def float32_network(generator: np.random.Generator, widths: tuple[int, ...], kinds: list[str]) -> Network:
    network = random_network(generator, widths, [create(kind) for kind in kinds])
    return Network(
        [
            Layer(
                one.weight.astype(np.float32).astype(np.float64),
                np.asarray(one.bias).astype(np.float32).astype(np.float64),
                one.activation,
            )
            for one in network.layers
        ]
    )


@pytest.mark.parametrize("seed", range(12))
def test_a_float32_network_is_stored_with_a_known_difference(seed: int) -> None:
    network = float32_network(np.random.default_rng(seed), (3, 5, 2), ["tanh", "identity"])
    conversion = convert(network, "sigmoid", "float32")
    given_certificate = certify(conversion)
    assert given_certificate.kind == "exact"
    last, new = network.layers[1], conversion.network.layers[1]
    assert new.bias is not None and last.bias is not None
    for unit in range(2):
        exact = Fraction(last.bias[unit]) - sum(map(Fraction, last.weight[unit].tolist()))
        assert given_certificate.difference[unit] == float(exact - Fraction(new.bias[unit]))
        assert new.bias[unit] == STORAGES["float32"].rounded_fraction(exact)
    found = compare(network, conversion.network)
    assert found.equal or found.rounding_only
    assert found.upper == pytest.approx(np.abs(given_certificate.difference).max(), rel=1e-12)


@pytest.mark.parametrize("stored_as", NARROW)
@pytest.mark.parametrize(
    "kinds", [["tanh", "identity"], ["sigmoid", "tanh", "identity"], ["tanh", "gelu", "tanh"]]
)
@pytest.mark.parametrize("to", ["sigmoid", "tanh"])
def test_the_certificate_holds_for_what_is_stored(
    to: Squashing, kinds: list[str], stored_as: StoredAs
) -> None:
    generator = np.random.default_rng(len(kinds))
    network = random_network(generator, (3, 4, 4, 2)[: len(kinds) + 1], [create(kind) for kind in kinds])
    conversion = convert(network, to, stored_as)
    for one in conversion.network.layers:
        assert STORAGES[stored_as].holds(one.weight) and STORAGES[stored_as].holds(one.bias)
    assert any(stored_as in note.detail for note in conversion.notes)
    rows = generator.uniform(-2.0, 2.0, (2000, 3))
    apart = np.abs(evaluate(network, rows) - evaluate(conversion.network, rows)).max(axis=0)
    everywhere, inside = certify(conversion), certify(conversion, np.full(3, 2.0))
    assert (apart <= inside.evaluation_bound).all()
    assert (inside.evaluation_bound <= everywhere.evaluation_bound).all()
    assert (apart > 0).any()
    found = compare(network, conversion.network)
    assert (found.equal, found.rounding_only) == (False, True)


def test_what_a_type_cannot_hold_is_told_by_its_place() -> None:
    network = two_layers([[1.0, 1e39], [0.5, 2.0]], None, [[1.0, 1.0]], None)
    with pytest.raises(Overflow) as caught:
        convert(network, "sigmoid", "float32")
    assert caught.value.at == ("layers", 0, "weight", 0, 1)
    assert "float32" in caught.value.detail
    with pytest.raises(Overflow) as caught:
        convert(two_layers([[1.0]] * 2, None, [[4e4, 4e4]], [0.0]), "sigmoid", "float16")
    assert caught.value.at == ("layers", 1, "weight", 0, 0)
    notes = convert(two_layers([[1e-9, 1.0]], None, [[0.1]], None), "sigmoid", "float16").notes
    assert [(note.at, "to 0" in note.detail) for note in notes] == [
        (("layers", 0, "weight", 0, 0), True),
        (("layers", 1, "weight", 0, 0), False),
        (("layers", 1, "weight", 0), False),
    ]
    whole = convert(two_layers([[1.0]], None, [[2.0]], None), "sigmoid", "float16")
    assert whole.notes == ()


def test_softmax_stays_where_a_network_is_converted() -> None:
    generator = np.random.default_rng(3)
    network = random_network(generator, (2, 4, 3), ["tanh", "identity"])
    network = Network([network.layers[0], Layer(network.layers[1].weight, network.layers[1].bias, "softmax")])
    conversion = convert(network, "sigmoid")
    assert [
        one.activation if isinstance(one.activation, str) else one.activation.name
        for one in conversion.network.layers
    ] == ["sigmoid", "softmax"]
    given_certificate = certify(conversion)
    rows = generator.standard_normal((500, 2)) * 3
    apart = np.abs(evaluate(network, rows) - evaluate(conversion.network, rows)).max(axis=0)
    assert (apart <= given_certificate.evaluation_bound).all()
    assert (given_certificate.evaluation_bound < 1e-14).all()
    assert "softmax" in given_certificate.statement
    found = compare(network, conversion.network)
    assert found.equal or found.rounding_only
    assert found.upper <= max(given_certificate.difference.max(), 1e-15)


def test_constant_steps_are_stored_too() -> None:
    network = two_layers([[0.0]], [0.5], [[1.0]], [0.1])
    exact, stored = (stored_steps(as_steps(network), name) for name in ("float64", "float32"))
    assert stored.network is not None and stored.certificate is not None and exact.certificate is not None
    value = stored.network.layers[-1].bias
    assert value is not None and STORAGES["float32"].holds(value)
    apart = abs(float(np.tanh(0.5)) + 0.1 - float(value[0]))
    assert abs(stored.certificate.difference[0]) >= apart - 1e-16
    assert "float32" in stored.certificate.statement
    assert stored_steps(as_steps(Network([layer([[1.0]])])), "float16").network is None
