"""Softmax cross-entropy by mpmath from its definition, and how far a float is from it."""

from collections.abc import Sequence

import numpy as np
from mpmath import mp, mpf

DIGITS = 50
# Confident rows: 1 − p cancels, and exp(−1400) is asked for to 50 digits.
_WORKING_DIGITS = 700

Row = Sequence[float]


def shifted_exponentials(logits: Row) -> tuple[list[mpf], list[mpf], mpf]:
    """Return aⱼ − m, exp(aⱼ − m), and the sum of the exponentials but one of the largest logit."""
    values = [mpf(float(a)) for a in logits]
    top = max(range(len(values)), key=lambda j: values[j])
    distances = [a - values[top] for a in values]
    exponentials = [mp.exp(d) for d in distances]
    return distances, exponentials, mp.fsum(e for j, e in enumerate(exponentials) if j != top)


def softmax(logits: Row) -> list[mpf]:
    with mp.workdps(DIGITS):
        _, exponentials, others = shifted_exponentials(logits)
        return [e / (1 + others) for e in exponentials]


def log_softmax(logits: Row) -> list[mpf]:
    with mp.workdps(DIGITS):
        distances, _, others = shifted_exponentials(logits)
        return [d - mp.log1p(others) for d in distances]


def cross_entropy(logits: Row, targets: Row) -> mpf:
    """Return s·ln Σ exp(aⱼ) − Σ yⱼ·aⱼ."""
    with mp.workdps(DIGITS):
        distances, _, others = shifted_exponentials(logits)
        y = [mpf(float(t)) for t in targets]
        return mp.fsum(t * -d for t, d in zip(y, distances, strict=True)) + mp.fsum(y) * mp.log1p(others)


def residual(logits: Row, targets: Row) -> list[mpf]:
    """Return ∂ℓ/∂a = s·p − y, with so many digits that its cancellation does not matter."""
    with mp.workdps(_WORKING_DIGITS):
        _, exponentials, others = shifted_exponentials(logits)
        y = [mpf(float(t)) for t in targets]
        s = mp.fsum(y)
        return [s * e / (1 + others) - t for e, t in zip(exponentials, y, strict=True)]


def ulps(value: float, exact: mpf) -> float:
    """Return |value − exact| in units in the last place of the binade of `exact`; subnormals in spacings."""
    if not np.isfinite(value):
        return float("inf")
    if exact == 0:
        return 0.0 if value == 0 else float("inf")
    with mp.workdps(_WORKING_DIGITS):
        exponent = max(int(mp.floor(mp.log(abs(exact), 2))), -1022) - 52
        return float(abs(mpf(float(value)) - exact) * mpf(2) ** -exponent)


def closed_form(
    W: np.ndarray, Theta: np.ndarray, inputs: np.ndarray, targets: np.ndarray, divide_by: int = 1
) -> tuple[mpf, list[list[mpf]], list[list[mpf]]]:
    """Return Σ ℓ, Σ Θ·g·xᵀ and Σ (Wx)·gᵀ over the rows, divided, from 50-digit arithmetic throughout."""
    with mp.workdps(_WORKING_DIGITS):
        w, theta = mp.matrix(W.tolist()), mp.matrix(Theta.tolist())
        loss, by_w, by_theta = mpf(0), mp.zeros(*W.shape), mp.zeros(*Theta.shape)
        for row, y in zip(inputs, targets, strict=True):
            x = mp.matrix(row.tolist())
            hidden = w * x
            logits = list(theta.T * hidden)
            distances = [a - max(logits) for a in logits]
            exponentials = [mp.exp(a) for a in distances]
            total = mp.fsum(exponentials)
            t = [mpf(float(v)) for v in y]
            s = mp.fsum(t)
            loss += s * mp.log(total) - mp.fsum(u * a for u, a in zip(t, distances, strict=True))
            g = mp.matrix([s * e / total - u for e, u in zip(exponentials, t, strict=True)])
            by_w += theta * g * x.T
            by_theta += hidden * g.T
        return loss / divide_by, (by_w / divide_by).tolist(), (by_theta / divide_by).tolist()
