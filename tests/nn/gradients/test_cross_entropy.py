"""Cross-entropy and its derivative against mpmath: confident rows, wide rows, any targets."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from app.nn.activations.record import Floats
from app.nn.gradients.cross_entropy import losses_and_residuals
from app.nn.gradients.targets import Labels, prepare
from tests.nn.gradients.test_softmax import kinds_of_rows
from tests.oracles import gradients as oracle

TARGETS: dict[str, Callable[[np.random.Generator, Floats], Floats]] = {
    "one-hot": lambda random, a: np.eye(a.shape[1])[random.integers(0, a.shape[1], len(a))],
    "one-hot-at-the-top": lambda random, a: np.eye(a.shape[1])[a.argmax(axis=1)],
    "weighted-at-the-top": lambda random, a: (
        np.eye(a.shape[1])[a.argmax(axis=1)] * random.uniform(0.1, 5, (len(a), 1))
    ),
    "smoothed": lambda random, a: 0.9 * np.eye(a.shape[1])[a.argmax(axis=1)] + 0.1 / a.shape[1],
    "dirichlet": lambda random, a: random.dirichlet(np.ones(a.shape[1]), len(a)),
    "any-sum": lambda random, a: random.uniform(0, 3, a.shape),
    "two-of-many": lambda random, a: random.integers(0, 2, a.shape).astype(float),
    "tiny-beside-one": lambda random, a: np.where(
        np.eye(a.shape[1])[a.argmax(axis=1)] > 0, 1.0, 10.0 ** random.uniform(-300, 0, a.shape)
    ),
    "huge": lambda random, a: random.uniform(1e200, 1e290, a.shape),
    "tiny": lambda random, a: random.uniform(1e-290, 1e-200, a.shape),
    "zero": lambda random, a: np.zeros_like(a),
}
KINDS = list(kinds_of_rows(1))


def demand_the_goal(kind: str, targets: str, rows: int) -> None:
    random = np.random.default_rng(8)
    logits = kinds_of_rows(rows)[kind]
    y = TARGETS[targets](random, logits)
    if kind == "all-magnitudes" and targets == "huge":
        y *= 1e-290  # or most losses overflow
    _, got, derivatives = losses_and_residuals(logits, y)
    for a, t, loss, derivative in zip(logits, y, got, derivatives, strict=True):
        assert oracle.ulps(loss, oracle.cross_entropy(a, t)) <= 2, (a.tolist(), t.tolist())
        for value, exact, bound in zip(derivative, oracle.residual(a, t), noise(a, t), strict=True):
            assert abs(mpf(float(value)) - exact) <= bound, (a.tolist(), t.tolist())


def noise(a: Floats, t: Floats) -> list[mpf]:
    with mp.workdps(60):
        p = oracle.softmax(a)
        y = [mpf(float(v)) for v in t]
        _, exponentials, others = oracle.shifted_exponentials(a)
        indices = range(len(y))
        p_others = [mp.fsum(exponentials[i] for i in indices if i != j) / (1 + others) for j in indices]
        y_others = [mp.fsum(y[i] for i in indices if i != j) for j in indices]
        return [
            4 * mpf(2) ** -53 * (p[j] * abs(y_others[j]) + abs(y[j]) * p_others[j])
            + mpf(2) ** -1073 * (1 + abs(y_others[j]) + abs(y[j]))
            for j in indices
        ]


@pytest.mark.parametrize("targets", TARGETS)
@pytest.mark.parametrize("kind", KINDS)
def test_loss_is_within_two_ulp(kind, targets):
    """Loss is within two ulp and its derivative cancels nowhere."""
    demand_the_goal(kind, targets, 2)


@pytest.mark.long
@pytest.mark.parametrize("targets", TARGETS)
@pytest.mark.parametrize("kind", KINDS)
def test_loss_is_within_two_ulp_on_many_rows(kind, targets):
    demand_the_goal(kind, targets, 25)


def test_a_confident_loss_is_itself_and_not_zero():
    logits = np.array([[600.0, 0.0], [0.0, 600.0], [690.0, 0.0], [744.0, 0.0]])
    labels = Labels(np.array([0, 0, 0, 0]), np.ones(4))
    probabilities, loss, derivatives = losses_and_residuals(logits, labels)
    assert loss[0] == pytest.approx(2.6503965530043107e-261, rel=1e-15, abs=0)
    assert loss[1] == 600.0
    assert loss[2] == pytest.approx(math.exp(-690), rel=1e-15, abs=0)
    assert loss[3] == 1e-323  # two spacings: e⁻⁷⁴⁴ = 9.94e-324
    assert derivatives[0].tolist() == [-loss[0], loss[0]]
    assert probabilities[0].tolist() == [1.0, loss[0]]


@given(st.integers(1, 40), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_labels_and_their_rows_agree(rows, width, seed):
    random = np.random.default_rng(seed)
    logits = random.normal(0, 10.0 ** random.integers(-2, 4), (rows, width))
    labels = Labels(random.integers(0, width, rows), random.uniform(0.1, 3, rows))
    for compact, dense in zip(
        losses_and_residuals(logits, labels), losses_and_residuals(logits, labels.dense(width)), strict=True
    ):
        np.testing.assert_allclose(compact, dense, rtol=1e-15, atol=0)


@given(st.integers(1, 90), st.integers(1, 6), st.integers(0, 2**32 - 1), st.booleans())
def test_a_row_has_the_same_bits_alone_and_in_a_batch(rows, width, seed, dense):
    random = np.random.default_rng(seed)
    logits = random.normal(0, 10.0 ** random.integers(-2, 4), (rows, width))
    targets = Labels(random.integers(0, width, rows), random.uniform(0.1, 3, rows))
    y = targets.dense(width) + random.normal(size=(rows, width)) if dense else targets
    whole = losses_and_residuals(logits, y)
    row = int(random.integers(rows))
    alone = losses_and_residuals(logits[row : row + 1], y[row : row + 1])
    assert [part[0].tobytes() for part in alone] == [part[row].tobytes() for part in whole]


def test_signed_targets_keep_the_promised_absolute_error():
    random = np.random.default_rng(4)
    logits = random.normal(0, 30, (100, 6))
    y = random.normal(0, 1, (100, 6))
    for a, t, loss in zip(logits, y, losses_and_residuals(logits, y)[1], strict=True):
        size = oracle.cross_entropy(a, np.abs(t))
        assert abs(mpf(float(loss)) - oracle.cross_entropy(a, t)) <= mpf(2) ** -52 * size


def test_an_overflowing_loss_is_not_finite_and_silent():
    logits = np.array([[1e308, -1e308, 0.0]])
    for targets, finite in (([0.0, 1.0, 0.0], None), ([1.0, 0.0, 0.0], 0.0), ([0.0, 0.0, 1.0], 1e308)):
        (loss,) = losses_and_residuals(logits, np.array([targets]))[1]
        assert loss == finite if finite is not None else not np.isfinite(loss)


def test_smoothing_comes_before_the_weights():
    weights = np.array([1.0, 2.0, 4.0])
    rows = prepare(np.array([1.0, 2.0]), (2, 5), 3, label_smoothing=0.3, class_weights=weights)
    np.testing.assert_allclose(rows, [[0.1, 1.6, 0.4], [0.1, 0.2, 3.2]], rtol=1e-15)
