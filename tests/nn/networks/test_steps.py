"""Problem 2b, decided: constants in disguise are step networks, everything else is refused with a proof."""

from decimal import Decimal
from fractions import Fraction
from math import comb

import mpmath as mp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.nn.activations.catalogue import create
from app.nn.networks.box import Box
from app.nn.networks.canonical import canonical
from app.nn.networks.evaluation import evaluate
from app.nn.networks.extended import Point
from app.nn.networks.network import Network
from app.nn.networks.steps import as_steps, as_steps_cost, regions
from tests.oracles.networks import disguised, layer, random_network, two_layers, values_at

KINDS = st.sampled_from(["tanh", "sigmoid"])
SEEDS = st.integers(0, 2**32 - 1)


@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 3), KINDS, SEEDS)
@settings(max_examples=50, deadline=None)
def test_constants_in_disguise_are_step_networks(d: int, n: int, m: int, kind: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    units = generator.standard_normal((n, d))
    units[generator.random(n) < 0.3] = 0.0
    coefficients = generator.standard_normal((m, n)) * generator.integers(0, 2, (m, n))
    bias = generator.standard_normal(n)
    flip = -1.0 if kind == "tanh" else 1.0
    weight = np.concatenate([units, flip * units])
    network = disguised(
        generator,
        two_layers(
            weight,
            np.concatenate([bias, flip * bias]),
            np.concatenate([coefficients, -flip * coefficients], axis=1),
            generator.standard_normal(m),
            kind,
        ),
    )
    decision = as_steps(network)
    assert decision.exists is True
    assert decision.network is not None and decision.certificate is not None
    hidden, output = decision.network.layers
    assert hidden.activation.name == "heaviside"  # type: ignore[union-attr]  # no softmax
    assert hidden.weight.shape == network.layers[0].weight.shape
    assert output.weight.shape == network.layers[1].weight.shape
    assert not hidden.weight.any() and not output.weight.any()
    rows = generator.standard_normal((20, d)) * 10.0 ** generator.integers(-2, 3, (20, 1))
    seen = np.abs(evaluate(network, rows) - evaluate(decision.network, rows))
    assert (seen <= decision.certificate.evaluation_bound).all()
    with mp.workdps(60):
        exact = values_at(network, rows[0].tolist(), 60)
        for f, constant, rest in zip(exact, output.bias, decision.certificate.difference, strict=True):  # type: ignore[arg-type]  # it has one
            assert abs(f - mp.mpf(float(constant))) <= mp.mpf(float(np.spacing(abs(constant)))) / 2
            assert abs(f - mp.mpf(float(constant)) - mp.mpf(float(rest))) <= mp.mpf(10) ** -30 * (1 + abs(f))


@given(
    st.integers(1, 4), st.integers(1, 5), st.integers(1, 3), KINDS,
    st.sampled_from(["plain", "mixed", "tiny", "saturated"]), SEEDS,
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_everything_else_is_refused_with_a_witness(
    d: int, n: int, m: int, kind: str, temper: str, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    network = random_network(generator, (d, n, m), [kind, "identity"], temper)
    decision = as_steps(network)
    assert decision.exists is False
    assert decision.network is None and decision.certificate is None
    assert decision.at_most == sum(comb(n, k) for k in range(d + 1))
    assert decision.reason is not None
    assert "intermediate value theorem" in decision.reason.text
    assert decision.witness is not None
    check_witness(network, decision.witness.inputs, decision.witness.outputs)


def check_witness(
    network: Network, inputs: np.ndarray, outputs: tuple[tuple[str, ...], ...], least: int = 40
) -> None:
    assert inputs.shape == (2, network.inputs)
    assert outputs[0] != outputs[1]
    digits = least + 2 * max(len(text) for row in outputs for text in row)
    with mp.workdps(digits):
        for point, texts in zip(inputs.tolist(), outputs, strict=True):
            for text, exact in zip(texts, values_at(network, point, digits), strict=True):
                unit = mp.mpf(10) ** int(Decimal(text).as_tuple().exponent)
                assert abs(mp.mpf(text) - exact) <= unit


def test_the_reason_is_about_an_output_and_says_how_many_values() -> None:
    one = as_steps(two_layers([[1.0, 2.0]], [0.5], [[-3.0]], None))
    assert one.reason is not None and one.witness is not None
    assert one.reason.text.startswith("The function takes two different values")
    assert "with 1 hidden unit as here, at most 2." in one.reason.text
    assert one.reason.latex.startswith(r"F(\mathbb{R}^d) \supseteq [F(x_1), F(x_2)]")
    several = as_steps(random_network(np.random.default_rng(1), (2, 5, 3), ["tanh", "identity"]))
    assert several.reason is not None
    assert several.reason.text.startswith("An output of the function takes two different values")
    assert "with 5 hidden units as here, at most 16." in several.reason.text
    assert r"[F_i(x_1), F_i(x_2)]" in several.reason.latex
    large = as_steps(random_network(np.random.default_rng(1), (9, 90, 1), ["tanh", "identity"]))
    assert large.reason is not None
    assert "at most `values.at_most`." in large.reason.text


@given(st.integers(1, 5), KINDS, SEEDS)
@example(1, "tanh", 3670907)  # weights of 1e-6 and 1e19: one ulp of the second input is all of a transition
@example(1, "sigmoid", 435)
@example(1, "tanh", 480)
@settings(max_examples=20, deadline=None)
def test_the_interval_between_the_two_values_is_written_upwards(n: int, kind: str, seed: int) -> None:
    """[F(x₁), F(x₂)] would be empty otherwise."""
    decision = as_steps(random_network(np.random.default_rng(seed), (2, n, 1), [kind, "identity"], "mixed"))
    assert decision.witness is not None
    (low,), (high,) = decision.witness.outputs
    assert Decimal(low) < Decimal(high)


@given(st.integers(1, 4), st.integers(1, 4), KINDS, SEEDS, st.floats(1e-6, 10.0))
@settings(max_examples=25, deadline=None)
def test_the_two_inputs_are_of_the_box_that_is_asked_for(
    d: int, n: int, kind: str, seed: int, width: float
) -> None:
    generator = np.random.default_rng(seed)
    low = generator.uniform(-2.0, 2.0, d)
    box = Box(low, low + width)
    for output in ("identity", "sigmoid"):
        network = random_network(generator, (d, n, 2), [kind, output])
        decision = as_steps(network, box)
        assert decision.exists is False
        assert decision.witness is not None and decision.reason is not None
        assert "box" in decision.reason.text
        inputs = decision.witness.inputs
        assert ((box.low <= inputs) & (inputs <= box.high)).all()
        check_witness(network, inputs, decision.witness.outputs)


def test_one_live_unit_among_cancelling_ones_is_found() -> None:
    network = two_layers([[1.0], [-1.0], [2.0]], [0.5, -0.5, 0.0], [[3.0, 3.0, 5e-324]], [0.25])
    decision = as_steps(network)
    assert decision.exists is False
    assert decision.witness is not None
    check_witness(network, decision.witness.inputs, decision.witness.outputs)


def test_no_output_is_called_0_for_want_of_digits() -> None:
    """Beside 1e308 the first digits that are computed leave open what the second output is."""
    network = two_layers(
        [[-5e-324], [-5e-324], [1.0]],
        [0.0, 5e-324, -5e-324],
        [[0.0, 1e308, -1e308], [1e308, -1e308, -1e308]],
        [1e308, 1.0],
    )
    decision = as_steps(network)
    assert decision.witness is not None
    check_witness(network, decision.witness.inputs, decision.witness.outputs, least=700)


def test_output_that_may_be_0_is_written_in_its_known_unit() -> None:
    """Two units cancel where x₁ = x₂, which no number of digits shows."""
    point = Point(np.array([1.0, 1.0]), 192)
    form = canonical(two_layers([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0], [[1.0, -1.0]], [0.0]))
    (value,) = point.values(form)
    text = value.decimal(17)
    assert text.startswith("0e-")
    unit = Fraction(10) ** int(Decimal(text).as_tuple().exponent)
    assert 0 < value.ends[1] <= unit < 1000 * value.ends[1]


def test_a_variation_beyond_all_digits_is_still_a_proof() -> None:
    decision = as_steps(two_layers([[0.25]], [1.7e308], [[1.0]], [0.0]))
    assert (decision.exists, decision.witness) == (False, None)
    assert decision.reason is not None
    assert "canonical form" in decision.reason.text


def test_folded_constants_are_rounded_correctly() -> None:
    decision = as_steps(two_layers([[0.0]], [0.5], [[3.0]], [0.1]))
    assert decision.network is not None and decision.certificate is not None
    with mp.workdps(50):
        exact = mp.mpf(0.1) + 3 * mp.tanh(mp.mpf(0.5))
        assert decision.network.layers[1].bias == [float(mp.nstr(exact, 40))]
    assert decision.certificate.kind == "exact"


@pytest.mark.parametrize(
    "network",
    [
        Network([layer([[1.0]], [0.0], create("heaviside"))]),
        two_layers([[1.0], [2.0]], [0.0, 1.0], [[1.0, 1.0]], None, create("heaviside")),
        Network(
            [
                layer([[1.0]], None, create("heaviside")),
                layer([[1.0]], None, create("heaviside")),
                layer([[2.0]]),
            ]
        ),
        Network([layer([[0.0, 0.0]], [1.5])]),  # of no steps: a constant, as `reduce` leaves it
    ],
)
def test_what_is_made_of_steps_is_returned(network: Network) -> None:
    decision = as_steps(network)
    assert decision.exists is True
    assert decision.network is network
    assert decision.certificate is not None
    assert not decision.certificate.difference.any()


@pytest.mark.parametrize(
    "network",
    [
        Network([layer([[1.0]])]),
        Network([layer([[1.0]], None, "tanh")]),
        two_layers([[1.0]], None, [[1.0]], None, create("relu")),
        Network([layer([[1.0]], None, create("heaviside")), layer([[1.0]], None, "tanh")]),
        Network([layer([[1.0]], None, "tanh"), layer([[1.0]], None, "tanh"), layer([[1.0]])]),
    ],
)
def test_other_networks_are_left_open(network: Network) -> None:
    decision = as_steps(network)
    assert decision.exists is None
    assert decision.reason is not None
    assert "No theorem decides" in decision.reason.text
    names = ", ".join(one.activation.name for one in network.layers)  # type: ignore[union-attr]  # no softmax
    assert f"The layers of this network are: {names}." in decision.reason.text


@pytest.mark.parametrize(("steps", "inputs"), [(1, 1), (3, 2), (5, 5), (4, 9), (30, 3), (200, 150)])
def test_regions_are_counted_exactly(steps: int, inputs: int) -> None:
    assert regions(steps, inputs) == sum(comb(steps, k) for k in range(inputs + 1))


def test_the_cost_is_stated() -> None:
    network = random_network(np.random.default_rng(0), (100, 1000, 10), ["tanh", "identity"])
    assert 10**8 < as_steps_cost(network).multiply_adds < 10**10
