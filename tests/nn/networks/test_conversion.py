"""The rewriting of Problem 2a: the same function, judged by extended precision and by Fractions."""

from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.nn.activations.catalogue import create
from app.nn.activations.record import Activation
from app.nn.errors import Overflow
from app.nn.networks.certificate import certify
from app.nn.networks.conversion import SUBSTITUTIONS, Rewriting, Squashing, convert
from app.nn.networks.evaluation import evaluate
from app.nn.networks.network import Network
from tests.oracles.networks import fractions_of, layer, random_network, two_layers, values_at

OTHER: dict[Squashing, Squashing] = {"sigmoid": "tanh", "tanh": "sigmoid"}


def test_the_sheets_network_gets_the_sheets_weights() -> None:
    network = two_layers([[1.0, -2.0], [0.5, 3.0]], [0.25, -1.0], [[1.5, -0.75]], [0.125])
    hidden, output = convert(network, "sigmoid").network.layers
    assert hidden.weight.tolist() == [[2.0, -4.0], [1.0, 6.0]]
    assert hidden.bias is not None and hidden.bias.tolist() == [0.5, -2.0]
    assert output.weight.tolist() == [[3.0, -1.5]]
    assert output.bias is not None and output.bias.tolist() == [0.125 - 1.5 + 0.75]
    assert [one.activation.name for one in (hidden, output)] == ["sigmoid", "identity"]  # type: ignore[union-attr]  # no softmax here


@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=5),
    st.data(),
    st.sampled_from(["plain", "cancelling", "integers", "mixed"]),
    st.sampled_from(["sigmoid", "tanh"]),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None)
def test_any_depth_and_mix_computes_the_same_function(
    widths: list[int], data: st.DataObject, temper: str, to: Squashing, biases: bool, seed: int
) -> None:
    """Any depth and mix computes the same function but for the biases rounding."""
    kinds = data.draw(
        st.lists(
            st.sampled_from(["tanh", "sigmoid", "identity"]),
            min_size=len(widths) - 1,
            max_size=len(widths) - 1,
        )
    )
    generator = np.random.default_rng(seed)
    network = random_network(generator, widths, kinds, temper, biases=biases)
    conversion = convert(network, to)
    converted = conversion.network
    # With what the roundings left put back into the biases the two are the same function, exactly.
    point = generator.standard_normal(widths[0])
    with mp.workdps(120):
        rest = [_what_rounding_left(one) for one in conversion.rewritings]
        expected = values_at(network, point, 120)
        got = _values_with(converted, point, rest)
        for f, g in zip(expected, got, strict=True):
            assert abs(f - g) <= mp.mpf(10) ** -60 * (1 + abs(f))
    names = [one.activation.name for one in converted.layers]  # type: ignore[union-attr]  # no softmax here
    assert OTHER[to] not in names
    assert len(names) == len(kinds) + (kinds[-1] == OTHER[to])


def _what_rounding_left(one: Rewriting) -> list[mp.mpf]:
    """Return exact bias − new bias, of which `remainder` is the nearest float."""
    rest = []
    for unit in range(one.old.outputs):
        old = Fraction(0) if one.old.bias is None else Fraction(float(one.old.bias[unit]))
        new = Fraction(0) if one.new.bias is None else Fraction(float(one.new.bias[unit]))
        exact = (
            Fraction(one.stretch) * (old + Fraction(one.shift) * sum(fractions_of(one.old.weight[unit])))
            - new
        )
        assert one.remainder[unit] == float(exact)
        rest.append(mp.mpf(exact.numerator) / exact.denominator)
    return rest


def _values_with(network: Network, point: np.ndarray, rest: list[list[mp.mpf]]) -> list[mp.mpf]:
    values = [mp.mpf(float(x)) for x in point]
    for index, one in enumerate(network.layers):
        sums = []
        for unit, row in enumerate(one.weight):
            total = mp.fdot([(mp.mpf(float(w)), v) for w, v in zip(row, values, strict=True)])
            total += 0 if one.bias is None else mp.mpf(float(one.bias[unit]))
            sums.append(total + (rest[index][unit] if index < len(rest) else 0))
        match one.activation.name:  # type: ignore[union-attr]  # no softmax here
            case "tanh":
                values = [mp.tanh(z) for z in sums]
            case "sigmoid":
                values = [1 / (1 + mp.exp(-z)) for z in sums]
            case _:
                values = sums
    return values


@given(
    st.integers(1, 200), st.integers(0, 2**32 - 1), st.sampled_from(["plain", "cancelling", "mixed", "tiny"])
)
@settings(max_examples=60, deadline=None)
def test_new_output_bias_is_correctly_rounded(hidden: int, seed: int, temper: str) -> None:
    """The new output bias is correctly rounded and the rest is known."""
    network = random_network(np.random.default_rng(seed), (1, hidden, 2), ["tanh", "identity"], temper)
    conversion = convert(network, "sigmoid")
    old, new = network.layers[1], conversion.network.layers[1]
    assert old.bias is not None and new.bias is not None
    for unit in range(2):
        exact = Fraction(float(old.bias[unit])) - sum(fractions_of(old.weight[unit]))
        assert new.bias[unit] == float(exact)
        assert conversion.rewritings[1].remainder[unit] == float(exact - Fraction(float(new.bias[unit])))


def test_a_naive_output_bias_would_be_wrong() -> None:
    network = two_layers([[1.0]] * 3, [0.0] * 3, [[-1.0, 2.0**53, -(2.0**53)]], [2.0**53])
    output = convert(network, "sigmoid").network.layers[1]
    assert output.bias is not None
    assert output.bias[0] == float(2**53 + 1 - 2**53 + 2**53) != network.layers[1].weight.sum()


def test_partial_sums_of_the_new_bias_may_overflow() -> None:
    network = two_layers([[1.0]] * 3, [0.0] * 3, [[-7e307, -7e307, 7e307]], [1e308])
    output = convert(network, "sigmoid").network.layers[1]
    assert output.bias is not None
    assert output.bias[0] == float(Fraction(1e308) + Fraction(7e307))
    swapped = two_layers([[1.0]] * 3, [0.0] * 3, [[-7e307, -7e307, 7e307]], [-1e308])
    assert convert(swapped, "sigmoid").network.layers[1].bias == pytest.approx([-3e307], rel=1e-15)


@pytest.mark.parametrize(
    ("network", "place"),
    [
        (two_layers([[1.0, 1e308]], [0.0], [[1.0]], [0.0]), ("layers", 0, "weight", 0, 1)),
        (two_layers([[1.0], [2.0]], [0.0, -1e308], [[1.0, 1.0]], [0.0]), ("layers", 0, "bias", 1)),
        (two_layers([[1.0], [1.0]], None, [[1.0, 0.0], [0.0, 9e307]], None), ("layers", 1, "weight", 1, 1)),
        (two_layers([[1.0], [1.0]], None, [[8e307, 8e307]], [-8e307]), ("layers", 1, "bias", 0)),
        (two_layers([[1.0], [1.0], [1.0]], None, [[8e307] * 3], None), ("layers", 1, "weight", 0)),
        (
            Network([layer([[1.0]], None, "tanh"), layer([[5e307]], None, "tanh")]),  # interior: fourfold
            ("layers", 1, "weight", 0, 0),
        ),
    ],
)
def test_what_cannot_be_doubled_is_named(network: Network, place: tuple[str | int, ...]) -> None:
    with pytest.raises(Overflow) as caught:
        convert(network, "sigmoid")
    assert caught.value.at == place


def test_converted_last_layer_gets_an_affine_one_behind() -> None:
    """A converted last layer is followed by an affine one and noted."""
    network = Network([layer([[1.0], [2.0]], [0.5, 0.0], "tanh")])
    conversion = convert(network, "sigmoid")
    last = conversion.network.layers[-1]
    assert last.weight.tolist() == [[2.0, 0.0], [0.0, 2.0]]
    assert last.bias is not None and last.bias.tolist() == [-1.0, -1.0]
    assert [note.at for note in conversion.notes] == [("layers", 0, "activation")]
    back = convert(Network([layer([[1.0]], None, "sigmoid")]), "tanh")
    assert back.network.layers[0].weight.tolist() == [[0.5]]
    assert back.network.layers[1].weight.tolist() == [[0.5]]


def test_other_activations_stay_and_see_the_same_numbers() -> None:
    network = Network(
        [
            layer([[1.0]], [1.0], create("relu")),
            layer([[2.0]], None, "tanh"),
            layer([[3.0]], [1.0], create("relu")),
        ]
    )
    conversion = convert(network, "sigmoid")
    assert [one.activation.name for one in conversion.network.layers] == ["relu", "sigmoid", "relu"]  # type: ignore[union-attr]  # no softmax here
    assert [one.weight.tolist() for one in conversion.network.layers] == [[[1.0]], [[4.0]], [[6.0]]]
    assert conversion.network.layers[1].bias is None
    assert not conversion.notes


@pytest.mark.parametrize("to", ["sigmoid", "tanh"])
@pytest.mark.parametrize("depth", range(1, 6))
@pytest.mark.parametrize("last", ["replaced", "identity", "relu", "softmax"])
def test_there_and_back_is_the_same_where_nothing_rounds(to: Squashing, depth: int, last: str) -> None:
    """There and back is the same network where nothing was rounded, whatever the last layer is."""
    replaced = SUBSTITUTIONS[to].replaced
    kinds: list[Activation | str] = [replaced] * (depth - 1) + [replaced if last == "replaced" else last]
    network = random_network(np.random.default_rng(depth), (3, 4, 2, 4, 1, 2)[: depth + 1], kinds, "integers")
    there = convert(network, to)
    back = convert(there.network, OTHER[to])
    assert len(there.network.layers) == depth + (last == "replaced")
    assert [one.activation for one in network.layers] == [one.activation for one in back.network.layers]
    for one, other in zip(network.layers, back.network.layers, strict=True):
        assert one.weight.tobytes() == other.weight.tobytes()
        assert one.bias is not None and other.bias is not None
        assert (one.bias == other.bias).all()
    assert [note.at for note in back.notes if "left out" in note.detail] == (
        [("layers", depth)] if last == "replaced" else []
    )
    certificate = certify(back)
    rows = np.random.default_rng(1).standard_normal((200, 3))
    apart = np.abs(evaluate(there.network, rows) - evaluate(back.network, rows))
    assert (certificate.difference == 0).all()
    assert (apart <= certificate.evaluation_bound).all()


def test_an_identity_layer_that_was_given_stays() -> None:
    network = Network([layer([[2.0]], None, "tanh"), layer([[1.0]], [0.0])])
    assert [one.weight.tolist() for one in convert(network, "tanh").network.layers] == [[[2.0]], [[1.0]]]
    assert len(convert(network, "sigmoid").network.layers) == 2
    halved = Network([layer([[2.0], [1.0]], None, "tanh"), layer([[0.5, 0.0], [0.5, 0.5]], [0.5, 0.5])])
    assert len(convert(halved, "sigmoid").network.layers) == 2


def test_a_halving_that_rounds_is_noted_at_its_entry() -> None:
    network = two_layers([[1.0, 5e-324], [1.5e-323, 2.0]], [5e-324, 0.0], [[1.0, 1.0]], [0.0], "sigmoid")
    conversion = convert(network, "tanh")
    assert [note.at for note in conversion.notes] == [("layers", 0, "weight", 0, 1), ("layers", 0, "bias", 0)]
    assert conversion.rewritings[0].inexact.tolist() == [True, True]
    assert conversion.rewritings[0].bias_inexact.tolist() == [True, False]
    exact = two_layers([[1e-323]], [2e-323], [[1.0]], [0.0], "sigmoid")
    assert not convert(exact, "tanh").notes


def test_nothing_to_convert_is_noted() -> None:
    conversion = convert(two_layers([[1.0]], [0.0], [[1.0]], [0.0], "sigmoid"), "sigmoid")
    assert [note.at for note in conversion.notes] == [("layers",)]
    assert conversion.network.layers[0].weight.tolist() == [[1.0]]
