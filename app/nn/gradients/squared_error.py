"""Half the squared error of softmax, ℓ = ½Σⱼ (pⱼ − yⱼ)², and its derivative by the logits.

∂ℓ/∂aⱼ = pⱼ·(eⱼ − Σᵢ pᵢ·eᵢ) with e = p − y. On a confident row with its target at the top both differences
cancel: of ℓ = 1.1e-34 no digit is left. So e is (1 − yⱼ) − Σ_{i≠j} pᵢ at the top, and the derivative is
written pⱼ·(eⱼ·Σ_{i≠j} pᵢ − Σ_{i≠j} pᵢ·eᵢ).
"""

import numpy as np

from ..activations.record import Floats
from .softmax import exponentials, row_blocks


def squared_errors(logits: Floats, targets: Floats) -> tuple[Floats, Floats]:
    """Return ℓ (N,) and ∂ℓ/∂a (N, k) for finite logits (N, k) and rows of targets (N, k).

    A row's bits depend on that row alone. Infinite or NaN where ℓ is beyond the largest float64.
    """
    losses, derivatives = np.empty(len(logits)), np.empty_like(logits)
    for block in row_blocks(*logits.shape):
        y = np.ascontiguousarray(targets[block])
        with np.errstate(over="ignore", invalid="ignore"):
            parts = exponentials(logits[block])
            p, top = parts.probabilities(), parts.top
            error = p - y
            error.reshape(-1)[top] = (1.0 - y.reshape(-1)[top]) - parts.sums.complement()
            losses[block] = 0.5 * (error * error).sum(axis=1)
            weighted = p * error
            at_top = weighted.reshape(-1)[top][:, np.newaxis]
            weighted.reshape(-1)[top] = 0.0
            others = weighted.sum(axis=1, keepdims=True)
            rest = at_top + (others - weighted)
            rest.reshape(-1)[top] = others[:, 0]
            derivatives[block] = p * (error * parts.complements(p) - rest)
    return losses, derivatives
