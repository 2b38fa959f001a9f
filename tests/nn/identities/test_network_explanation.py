"""Backpropagation with numbers in: its last lines are the gradients, and lines follow as they are written."""

import re
from fractions import Fraction
from itertools import pairwise

import latex2mathml.converter
import numpy as np
import pytest

from app.nn.activations.catalogue import create, names
from app.nn.errors import LimitExceeded, Overflow
from app.nn.gradients.targets import prepare
from app.nn.identities.network_explanation import explain_network, refuse_unreadable_network
from app.nn.networks.backpropagation import backpropagate, with_penalty
from app.nn.networks.network import SOFTMAX, Layer, Network
from tests.nn.identities.test_explanation import decimals, last, matrices

LASTS = ("softmax", "identity", "own")
LOSSES = ("cross_entropy", "squared_error")


def drawn(name, seed, *, last="softmax", biased=True):
    """Return a network of one to three layers with one input row and one row of targets."""
    random = np.random.default_rng(seed)
    count = seed % 3 + 1
    sizes = random.integers(1, 5, count + 1)
    layers = []
    for index, (inputs, outputs) in enumerate(pairwise(sizes)):
        activation = create(name)
        if index == count - 1 and last != "own":
            activation = SOFTMAX if last == "softmax" else create("identity")
        bias = random.normal(size=outputs).round(2) if biased or index else None
        layers.append(Layer(random.normal(size=(outputs, inputs)).round(2), bias, activation))
    network = Network(layers)
    x, y = random.normal(size=sizes[0]).round(2), random.uniform(0, 1, network.outputs).round(2)
    return network, x, prepare(y, x.shape, network.outputs)


def ends_with(steps, formula):
    """Return the last matrix of the line that begins with a formula."""
    (line,) = (step.latex for step in steps if step.latex.startswith(formula + " ="))
    return matrices(line)[-1]


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("last_one", LASTS)
@pytest.mark.parametrize("loss", LOSSES)
def test_the_last_lines_are_the_gradients_of_every_activation(name, last_one, loss):
    for seed in range(3):
        network, x, targets = drawn(name, seed, last=last_one, biased=seed != 1)
        l2 = 0.25 * (seed % 2)
        plain = backpropagate(network, x, targets, loss)
        right = with_penalty(network, plain, l2)
        steps = explain_network(network, x, targets, loss, l2)
        J = "J" if l2 else r"\ell"
        for index, gradient in enumerate(right.layers, 1):
            by = rf"\partial W_{{{index}}}"
            close(ends_with(steps, rf"\frac{{\partial {J}}}{{{by}}}"), gradient.weight)
            if gradient.bias is not None:
                by = rf"\partial b_{{{index}}}"
                close(ends_with(steps, rf"\frac{{\partial \ell}}{{{by}}}"), gradient.bias[:, None])
        close(ends_with(steps, r"\frac{\partial \ell}{\partial x}"), right.inputs[:, None])
        (said,) = (step.latex for step in steps if step.latex.startswith(r"\ell = "))
        assert last(said) == pytest.approx(float(plain.loss), rel=6e-6, abs=1e-12)
        if l2:
            (whole,) = (step.latex for step in steps if step.latex.startswith("J = "))
            assert last(whole) == pytest.approx(float(right.loss), rel=6e-6)


def close(got, expected):
    np.testing.assert_allclose(got, expected, rtol=6e-6, atol=1e-15)


@pytest.mark.parametrize("name", ["relu", "tanh", "hard_swish", "softshrink", "leaky_relu"])
def test_products_follow_from_what_is_written(name):
    """W h + b and Wᵀδ come to what is said, with = only where they do to the last digit."""
    exact = 0
    for seed in range(24):
        network, x, targets = drawn(name, seed, last=LASTS[seed % 3])
        for step in explain_network(network, x, targets, LOSSES[seed % 2]):
            if not re.match(r"z_|\\frac\{\\partial \\ell\}\{\\partial (h|x|W)", step.latex):
                continue
            *given, value = (np.array(one, dtype=object) for one in decimals(step.latex))
            product, size = given[0] @ given[1], abs(given[0]) @ abs(given[1])
            if len(given) == 3:
                product, size = product + given[2], size + abs(given[2])
            assert (abs(product - value) <= Fraction(1, 50_000) * size).all()
            if r"\approx" not in step.latex:
                assert (product == value).all()
                exact += 1
    assert exact > 24


def test_whole_numbers_and_relu_are_equal_to_the_end():
    network = Network(
        [Layer([[1.0, -1.0], [2.0, 1.0]], [0.5, 0.0], "relu"), Layer([[1.0, 3.0]], None, "identity")]
    )
    x = np.array([1.0, 2.0])
    steps = explain_network(network, x, prepare(np.array([10.0]), (2,), 1), "squared_error")
    assert not any(r"\approx" in step.latex for step in steps)
    assert ends_with(steps, r"\frac{\partial \ell}{\partial W_{1}}").tolist() == [[0.0, 0.0], [6.0, 12.0]]


def test_slope_at_a_rounded_kink_is_the_gradients():
    """0.1 + 0.2 − 0.3 is 5.6e-17, 2.8e-17 or 0, as it is added up."""
    for order in ([0.1, 0.2, -0.3], [0.2, -0.3, 0.1], [-0.3, 0.1, 0.2], [0.1, -0.3, 0.2]):
        network = Network([Layer([order], None, "relu"), Layer([[2.0]], None, "identity")])
        x, targets = np.ones(3), prepare(np.array([1.0]), (3,), 1)
        right = backpropagate(network, x, targets, "squared_error")
        steps = explain_network(network, x, targets, "squared_error")
        close(ends_with(steps, r"\frac{\partial \ell}{\partial W_{1}}"), right.layers[0].weight)


def test_a_confident_row_loses_no_digit():
    network = Network([Layer([[60.0], [0.0]], None, SOFTMAX)])
    x, targets = np.array([1.0]), prepare(np.array([1.0, 0.0]), (1,), 2)
    for loss in LOSSES:
        right = backpropagate(network, x, targets, loss)
        steps = explain_network(network, x, targets, loss)
        got = ends_with(steps, r"\frac{\partial \ell}{\partial W_{1}}")
        np.testing.assert_allclose(got, right.layers[0].weight, rtol=6e-6)
        assert got.all()


@pytest.mark.parametrize("name", names())
def test_every_line_reads_as_mathml(name):
    for seed, loss in enumerate(LOSSES, 1):
        network, x, targets = drawn(name, seed)
        for step in explain_network(network, x, targets, loss, 0.5):
            mathml = latex2mathml.converter.convert(step.latex, display="block")
            assert mathml.startswith("<math")
            assert "\\" not in mathml
            assert step.reason


def of_sizes(*sizes):
    return Network([Layer(np.ones((o, i)), None, "tanh") for i, o in pairwise(sizes)])


@pytest.mark.parametrize(
    ("network", "inputs", "at"),
    [
        (of_sizes(1, 1, 1, 1, 1), (1,), ("network", "layers")),
        (of_sizes(2, 7, 1), (2,), ("network", "layers", 0, "weight")),
        (of_sizes(7, 2), (7,), ("network", "layers", 0, "weight")),
        (of_sizes(2, 2, 7), (2,), ("network", "layers", 1, "weight")),
        (of_sizes(2, 2), (2, 2), ("inputs",)),
    ],
)
def test_what_cannot_be_read_of_a_network_is_refused(network, inputs, at):
    with pytest.raises(LimitExceeded) as caught:
        refuse_unreadable_network(network, inputs)
    assert (caught.value.limit, caught.value.at) == ("explain", at)


def test_three_layers_of_six_are_explained():
    network = of_sizes(6, 6, 6, 6)
    refuse_unreadable_network(network, (1, 6))
    steps = list(explain_network(network, np.ones((1, 6)), np.ones((1, 6)), "squared_error", 0.0))
    assert steps and all(step.latex and step.reason for step in steps)


def test_a_loss_beyond_float64_is_refused():
    network = Network([Layer([[1e200]], None, "identity")])
    with pytest.raises(Overflow):
        explain_network(network, np.array([1e100]), prepare(np.array([0.0]), (1,), 1), "squared_error")
