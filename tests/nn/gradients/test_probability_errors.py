"""Tests of how far softmax may move where its logits are off."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.nn.gradients.grading import grade
from app.nn.gradients.probability_errors import probability_errors
from app.nn.gradients.problem import Problem, gradients
from app.nn.gradients.softmax import softmax
from app.nn.gradients.targets import Labels
from app.nn.networks.backpropagation import backpropagate
from app.nn.networks.gradient_grading import NetworkCheck
from app.nn.networks.network import Layer, Network

ROUNDOFF = 2.0**-24


@given(st.integers(0, 2**32 - 1))
def test_probability_errors_hold_logits_moved_any_way(seed):
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 6))
    logits = random.normal(size=(1, count)) * 10.0 ** random.uniform(-3, 4)
    error = np.abs(random.normal(size=(1, count))) * 10.0 ** random.uniform(-12, 2, (1, count))
    # Adding an error to a wide logit rounds by itself, and what is below 1e-300 may have lost digits.
    own = 1.0 + 2.0**-50 * (np.abs(logits).max() + error.max() + 1.0)
    allowed = own * probability_errors(logits, softmax(logits), error, ROUNDOFF) + 1e-300
    for _ in range(20):
        moved = softmax(logits + error * random.choice([-1.0, 0.0, 1.0], (1, count)))
        assert (np.abs(moved - softmax(logits)) <= allowed).all()


@given(st.integers(0, 2**32 - 1))
def test_probability_errors_hold_softmax_through_its_logarithm(seed):
    random = np.random.default_rng(seed)
    logits = (random.normal(size=(1, 4)) * 10.0 ** random.uniform(-2, 4)).astype(np.float32)
    top = logits.max()
    logarithm = top + np.log(np.exp(logits - top).sum(dtype=np.float32))
    naive = np.exp(logits - logarithm)
    exact = logits.astype(np.float64)
    # Whoever takes the logarithm away from a wide logit rounds that difference, as its own logit may be off.
    p = softmax(exact)
    allowed = probability_errors(exact, p, ROUNDOFF * (np.abs(exact) + np.abs(top)), ROUNDOFF)
    assert (np.abs(naive - p) <= allowed + 2.0**-126).all()


def test_probability_errors_leave_saturated_rows_alone():
    logits = np.array([[4000.0, 0.0, -9.0]])
    bound = probability_errors(logits, softmax(logits), np.full((1, 3), 0.01), ROUNDOFF)
    assert bound[0, 0] <= 12 * ROUNDOFF
    assert (bound[0, 1:] == 0.0).all()


# Inputs that nobody has scaled: every row is sure, and the gradient is known to seven digits in float32 too.
W = np.array([[1.47, -2.0, -2.0, 0.0]])
THETA = np.array([[0.0, -2.0]])
INPUTS = np.array(
    [[-520.0, 0.0, 710.0, -220.0], [510.0, 3000.0, -3000.0, 1340.0], [-3000.0, -500.0, -2500.0, -570.0]]
)
WRONG = [np.array([[1559.8, -1558.2402]]), np.array([[1559.8, -1559.0]])]


@pytest.mark.parametrize("given_theta", WRONG)
def test_saturated_rows_hide_no_wrong_entry(given_theta):
    problem, targets = Problem(W, THETA, INPUTS), Labels(np.array([1, 1, 1]), np.full(3, 2.0))
    found = gradients(problem, targets, "mean")
    np.testing.assert_allclose(found.Theta, [[1559.8, -1559.8]], rtol=1e-12)
    told = grade(problem, targets, found, "mean", {"Theta": given_theta})["Theta"]
    assert np.argwhere(told.wrong).tolist() == [[0, 1]]


@pytest.mark.parametrize("given_theta", WRONG)
def test_saturated_rows_of_a_network_hide_no_wrong_entry(given_theta):
    network = Network([Layer(W, None), Layer(THETA.T, None, "softmax")])
    targets = Labels(np.array([1, 1, 1]), np.full(3, 2.0))
    right = backpropagate(network, INPUTS, targets, "cross_entropy", "mean")
    check = NetworkCheck(network, INPUTS, targets, "cross_entropy", "mean", right)
    told = check.grade({"layers.1.weight": given_theta.T})["layers.1.weight"]
    assert np.argwhere(told.wrong).tolist() == [[1, 0]]
