"""How far softmax moves where its logits are off: on a saturated row hardly at all."""

import numpy as np

from ..activations.record import Floats

# Beyond this exponent a factor is as good as infinite.
_LARGEST_EXPONENT = 700.0

# A bound of p·r/(1 − r) is used up to this r, and that of p's factors alone beyond.
_HALF = 0.5


def probability_errors(logits: Floats, p: Floats, error: Floats, roundoff: float) -> Floats:
    """Return what each p = softmax(a) (N, k) may be off by if each logit is by `error` (N, k) at most.

    p′ⱼ/pⱼ = 1/(1 + Σᵢ pᵢ(e^(εᵢ − εⱼ) − 1)), where i = j adds nothing: with mᵢ = e^|εᵢ| − 1 the sum is at
    most r = mⱼ(1 − pⱼ) + (1 + mⱼ)·Σ_{i≠j} pᵢmᵢ, so |p′ⱼ − pⱼ| ≤ pⱼ·r/(1 − r). Of a class that has all the
    weight nothing is left to move, however large the logits. Beside that stands what evaluating rounds by:
    the sum's own k + 8, and, for p = exp(a − log Σexp a), the logarithm beside the largest logit.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        m = np.expm1(np.minimum(error, _LARGEST_EXPONENT))
        moved = p * m
        total = moved.sum(axis=1, keepdims=True)
        tiny = float(np.finfo(np.float64).eps)
        others = np.maximum(total - moved, 0.0) + tiny * total
        r = m * (1.0 - p + tiny) + (1.0 + m) * others
        # p′ⱼ ≤ exp(aⱼ − max a + εⱼ + max ε), also where p itself is below the smallest number.
        exponent = logits - logits.max(axis=1, keepdims=True) + error + error.max(axis=1, keepdims=True)
        widest = np.exp(np.minimum(exponent, 0.0))
        found = np.where(r < _HALF, p * r / (1.0 - r), np.fmin(widest, 1.0))
        largest = np.abs(logits).max(axis=1, keepdims=True)
        logarithm = -np.log(p.max(axis=1, keepdims=True))
        rounded = (p.shape[1] + 8) * roundoff + 2.0 * np.fmin(largest * roundoff, logarithm)
    bounded: Floats = np.fmin(found + p * rounded, 1.0)
    return bounded
