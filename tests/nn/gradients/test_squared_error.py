"""Half the squared error of softmax against mpmath: on confident rows it is itself, its derivative too."""

import numpy as np
import pytest
from mpmath import mp, mpf

from app.nn.activations.record import Floats
from app.nn.gradients.squared_error import squared_errors
from tests.nn.gradients.test_softmax import kinds_of_rows


def exact(logits: Floats, targets: Floats) -> tuple[mpf, list[mpf], list[mpf]]:
    """Return ℓ, its derivative, and the size of the terms that the derivative is added up from."""
    e = [mp.exp(mpf(float(a) - float(logits.max()))) for a in logits]
    p = [one / mp.fsum(e) for one in e]
    error = [one - mpf(float(y)) for one, y in zip(p, targets, strict=True)]
    mean = mp.fsum(a * b for a, b in zip(p, error, strict=True))
    derivative = [a * (b - mean) for a, b in zip(p, error, strict=True)]
    places = range(len(p))
    sizes = [
        p[j] * (abs(error[j]) * (1 - p[j]) + mp.fsum(p[i] * abs(error[i]) for i in places if i != j))
        for j in places
    ]
    return mp.fsum(b * b for b in error) / 2, derivative, sizes


@pytest.mark.parametrize(
    "kind", ["normal-1", "normal-30", "confident-37", "confident-300", "two", "one", "ties"]
)
@pytest.mark.parametrize("soft", [False, True])
def test_every_row_agrees_with_mpmath(kind: str, soft: bool) -> None:
    logits = kinds_of_rows(6)[kind]
    logits = logits - logits.max(axis=1, keepdims=True)
    targets = np.eye(logits.shape[1])[logits.argmax(axis=1)]
    if soft:
        targets = np.random.default_rng(1).uniform(0, 1.5, logits.shape)
    losses, derivatives = squared_errors(logits, targets)
    with mp.workdps(400):
        for a, y, loss, derivative in zip(logits, targets, losses, derivatives, strict=True):
            known, slopes, sizes = exact(a, y)
            assert abs(mpf(float(loss)) - known) <= mpf(10) ** -14 * known + mpf(5e-324)
            for value, slope, size in zip(derivative, slopes, sizes, strict=True):
                assert abs(mpf(float(value)) - slope) <= mpf(10) ** -14 * size + mpf(5e-324)


def test_a_confident_loss_is_itself_and_not_half_of_it() -> None:
    losses, derivatives = squared_errors(np.array([[40.0, 0.0]]), np.array([[1.0, 0.0]]))
    tiny = np.exp(-40.0)
    assert losses[0] == pytest.approx(tiny**2, rel=1e-14, abs=0)
    assert derivatives[0].tolist() == pytest.approx([-2 * tiny**2, 2 * tiny**2], rel=1e-14, abs=0)


def test_a_row_has_the_same_bits_alone_and_in_a_batch() -> None:
    random = np.random.default_rng(2)
    logits, targets = random.normal(0, 5, (70, 900)), random.normal(size=(70, 900))
    losses, derivatives = squared_errors(logits, targets)
    for row in (0, 1, 36, 69):
        alone = squared_errors(logits[row : row + 1], targets[row : row + 1])
        assert (alone[0][0], alone[1][0].tobytes()) == (losses[row], derivatives[row].tobytes())


def test_what_overflows_is_not_finite_and_silent() -> None:
    losses, _ = squared_errors(np.zeros((1, 2)), np.array([[1e200, 0.0]]))
    assert np.isinf(losses[0])
