"""Bounds that hold however small the numbers are: what underflows may be multiplied by 10³⁰⁸ later on.

Networks of straight lines are judged in Fractions, those of tanh, sigmoid and gelu with thousands of bits.
"""

import math
from fractions import Fraction
from itertools import pairwise

import mpmath as mp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.nn.activations.catalogue import create
from app.nn.activations.record import Activation
from app.nn.errors import Overflow
from app.nn.networks.certificate import certify
from app.nn.networks.comparison import compare
from app.nn.networks.conversion import Squashing, convert
from app.nn.networks.layerwise import distance_bounds
from app.nn.networks.network import Layer, Network
from app.nn.networks.reduction import reduce
from tests.oracles.activations import reference
from tests.oracles.networks import exact, layer

# Three layers multiply by up to 2³¹⁰⁰, and differences down to 2⁻¹⁰⁷⁵ must be seen.
BITS = 6500
NOISE = mp.ldexp(1, -2500)

NUMBERS = st.one_of(
    st.just(0.0),
    st.builds(
        lambda mantissa, power: float(np.ldexp(mantissa, power)),
        st.sampled_from([1.0, -1.0, 1.25, -1.5, 1.1]),
        st.one_of(st.integers(-1074, 1020), st.integers(-1074, -1060), st.integers(-3, 3)),
    ),
)
POINTS = [0.0, 1.0, -1.0, 5e-324, -1e-300, 1e300, 0.05]
LINES: list[Activation | str] = [
    create("relu"),
    create("identity"),
    create("hard_tanh", min_val=-0.1, max_val=0.1),
    create("hard_tanh", min_val=0.0, max_val=5e-324),
    create("leaky_relu", negative_slope=0.25),
]


@st.composite
def networks(draw: st.DrawFn, kinds: list[Activation | str]) -> Network:
    """Networks of one input and one to three layers of one or two units, the last one affine."""
    widths = [1, *draw(st.lists(st.integers(1, 2), min_size=1, max_size=3))]
    layers = []
    for index, (inputs, outputs) in enumerate(pairwise(widths)):
        last = len(widths) > 2 and index == len(widths) - 2
        layers.append(
            layer(
                draw(
                    st.lists(
                        st.lists(NUMBERS, min_size=inputs, max_size=inputs),
                        min_size=outputs,
                        max_size=outputs,
                    )
                ),
                draw(st.lists(NUMBERS, min_size=outputs, max_size=outputs)),
                "identity" if last else draw(st.sampled_from(kinds)),
            )
        )
    return Network(layers)


@st.composite
def pairs(draw: st.DrawFn, kinds: list[Activation | str]) -> tuple[Network, Network]:
    """Two networks, alike but for some numbers."""
    first = draw(networks(kinds))
    layers = []
    for one in first.layers:
        arrays = []
        for array in (one.weight, one.bias):
            assert array is not None
            array = array.copy()
            for place in range(array.size):
                match draw(st.sampled_from(["same", "same", "same", "next", "other"])):
                    case "next":
                        array.flat[place] = np.nextafter(array.flat[place], 0.5)
                    case "other":
                        array.flat[place] = draw(NUMBERS)
            arrays.append(array)
        layers.append(Layer(arrays[0], arrays[1], one.activation))
    return first, Network(layers)


def straight(activation: Activation, z: Fraction) -> Fraction:
    match activation.name:
        case "relu":
            return max(z, Fraction(0))
        case "hard_tanh":
            low, high = (Fraction(activation.parameters[name]) for name in ("min_val", "max_val"))
            return min(max(z, low), high)
        case "leaky_relu":
            return z if z > 0 else Fraction(activation.parameters["negative_slope"]) * z
    return z


def in_fractions(network: Network, x: float) -> list[Fraction]:
    values = [Fraction(x)]
    for one in network.layers:
        assert isinstance(one.activation, Activation)
        assert one.bias is not None
        values = [
            straight(
                one.activation,
                sum((Fraction(w) * h for w, h in zip(row, values, strict=True)), Fraction(b)),
            )
            for row, b in zip(one.weight.tolist(), one.bias.tolist(), strict=True)
        ]
    return values


def with_bits(network: Network, x: float) -> list[mp.mpf]:
    values = [exact(x)]
    for one in network.layers:
        assert isinstance(one.activation, Activation)
        function = reference(one.activation.name, dict(one.activation.parameters), False)
        bias = np.zeros(one.outputs) if one.bias is None else one.bias
        values = [
            function(sum((exact(w) * h for w, h in zip(row, values, strict=True)), exact(b)))
            for row, b in zip(one.weight, bias, strict=True)
        ]
    return values


@given(pairs(LINES))
@settings(max_examples=400)
def test_networks_of_lines_are_within_the_bound(pair: tuple[Network, Network]) -> None:
    """No two networks of lines are farther apart than the bound."""
    first, second = pair
    bound, found = distance_bounds(first, second).upper, compare(first, second)
    for x in POINTS:
        apart = [abs(f - g) for f, g in zip(in_fractions(first, x), in_fractions(second, x), strict=True)]
        assert np.isinf(bound) or max(apart) <= Fraction(bound)
        assert np.isinf(found.upper) or max(apart) <= Fraction(found.upper)
        assert not (found.equal and any(apart))
    assert distance_bounds(first, first).upper == 0


@given(pairs(["tanh", "sigmoid", create("gelu"), create("softplus")]))
@settings(max_examples=60)
def test_nor_are_two_of_smooth_units(pair: tuple[Network, Network]) -> None:
    first, second = pair
    bound, found = distance_bounds(first, second).upper, compare(first, second)
    with mp.workprec(BITS):
        for x in (0.0, 1.0, -1e-300):
            apart = max(abs(f - g) for f, g in zip(with_bits(first, x), with_bits(second, x), strict=True))
            assert apart <= mp.mpf(bound) + NOISE
            assert apart <= mp.mpf(found.upper) * (1 + mp.mpf(2) ** -50) + NOISE
            assert not (found.equal and apart > NOISE)


@pytest.mark.parametrize("to", ["sigmoid", "tanh"])
@given(networks(["tanh", "sigmoid", create("relu"), create("hard_tanh", min_val=-0.1, max_val=0.1)]))
@settings(max_examples=80)
def test_no_conversion_is_farther_off_than_its_certificate(to: Squashing, network: Network) -> None:
    try:
        conversion = convert(network, to)
    except Overflow:
        assume(False)
    certificate = certify(conversion)
    with mp.workprec(BITS):
        for x in (0.0, 1.0, -1e-300):
            values = zip(with_bits(network, x), with_bits(conversion.network, x), strict=True)
            for unit, (f, g) in enumerate(values):
                difference = mp.mpf(float(certificate.difference[unit]))
                if certificate.kind == "exact":
                    off = abs(f - g - difference)
                    assert off <= mp.mpf(math.ulp(certificate.difference[unit])) / 2 + NOISE
                    assert (difference == 0) == (abs(f - g) <= NOISE)
                else:
                    assert abs(f - g) <= abs(difference) + NOISE


def scaled(activation: Activation | str, bias: float, *weights: float) -> Network:
    """x ↦ wₙ·…·w₁·f(x + bias)."""
    return Network([layer([[1.0]], [bias], activation), *(layer([[weight]]) for weight in weights)])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            scaled(create("gelu"), 0.0, 1e-30, 1e300, 1e300),
            scaled(create("gelu"), 1e-300, 1e-30, 1e300, 1e300),
        ),
        *(
            (scaled(kind, 0.0, 5e-324, *more), scaled(kind, 0.0, 1e-323, *more))
            for kind in (create("relu"), create("hard_tanh", min_val=-0.1, max_val=0.1))
            for more in ((), (1e308,))
        ),
        (
            Network([layer([[1.0]], [1e-300], "tanh"), layer([[1e-30]], None, "tanh"), layer([[1.0]])]),
            Network([layer([[1.0]], [2e-300], "tanh"), layer([[1e-30]], None, "tanh"), layer([[1.0]])]),
        ),
    ],
)
def test_what_underflows_is_not_nothing(first: Network, second: Network) -> None:
    for found in (compare(first, second), compare(second, first)):
        assert found.equal is not True
        assert found.upper > 0
    assert compare(first, first).equal is True


@pytest.mark.parametrize(
    ("to", "layers", "least"),
    [
        ("sigmoid", [layer([[1.0]], [0.0], "tanh"), layer([[1.0]], [5e-324], "sigmoid")], 1.2e-16),
        (
            "tanh",
            [
                layer([[1.0]], None, create("hard_tanh", min_val=-0.1, max_val=0.1)),
                layer([[5e-324]], [0.0], "sigmoid"),
            ],
            1.2e-17,
        ),
        ("tanh", [layer([[1.0]], [5e-324], "sigmoid")], 1.2e-16),
    ],
)
def test_conversion_loss_among_subnormals_is_multiplied_too(
    to: Squashing, layers: list[Layer], least: float
) -> None:
    """What a conversion loses among the subnormals is multiplied too."""
    alone, multiplied = Network(layers), Network([*layers, layer([[1e308]])])
    assert certify(convert(alone, to)).difference[0] >= 5e-324
    assert certify(convert(multiplied, to)).difference[0] >= least


def test_deeper_sigmoids_halved_exactly_differ_by_nothing() -> None:
    """Deeper layers of sigmoid that are halved exactly differ by nothing."""
    whole, odd = (
        Network([layer([[1.0]], [0.0], "sigmoid"), layer([[4.0]], [bias], "sigmoid"), layer([[1e308]])])
        for bias in (-2.0, 5e-324)
    )
    assert certify(convert(whole, "tanh")).difference[0] == 0
    assert compare(whole, convert(whole, "tanh").network).equal is True
    # Half of the smallest number is none: what is lost is less than any float, but not 0.
    near = Network([layer([[1.0]], [0.0], "sigmoid"), layer([[0.0]], [5e-324], "sigmoid"), layer([[1e308]])])
    conversion = convert(near, "tanh")
    assert conversion.rewritings[1].new.bias == [0.0]
    assert certify(conversion).difference[0] >= 1.2e-16
    assert certify(convert(odd, "tanh")).difference[0] > 0


def test_half_the_smallest_number_left_is_not_nothing() -> None:
    """5e-324·s(0) is folded into a bias of 0, which cannot hold the half of it."""
    network = Network([layer([[0.0], [1.0]], [0.0, 0.0], "sigmoid"), layer([[5e-324, 1.0]], [0.0])])
    reduction = reduce(network)
    assert (reduction.after, reduction.network.layers[-1].bias) == (1, [0.0])
    assert (reduction.kind, reduction.difference > 0) == ("bound", [True])
    assert compare(network, reduction.network).equal is False
