"""An error that is carried forward: a submitted ∂ℓ/∂W that is right for the submitted ∂ℓ/∂Θ.

From ∂ℓ/∂Θ = Σ (Wx)·gᵀ alone follows g where the rows' Wx are independent, and then ∂ℓ/∂W = Σ (Θg)·xᵀ; and,
where the columns of W are, ∂ℓ/∂W from the law Θ·(∂ℓ/∂Θ)ᵀ = (∂ℓ/∂W)·Wᵀ.
"""

import numpy as np

from ..activations.record import Floats
from .problem import Gradients, Problem
from .rounding import as_written

# A system that is this ill-conditioned shows nothing.
_WORST_CONDITION = 1e6

# What follows is within so much of its largest entry, beside what both parts are rounded by.
_CLOSE = 1e-7

# So much of what tells it from what is right may be left, and g be lost in how Θ is rounded.
_UNEXPLAINED = 0.25

# Larger systems are not solved for this.
_LARGEST = 512


def follows_from_theta(problem: Problem, gradients: Gradients, W: Floats, Theta: Floats) -> bool:
    """Tell whether a wrong ∂ℓ/∂W (h, d) is what a wrong ∂ℓ/∂Θ (h, k) leads to, both finite.

    Never where the g behind it is nearly 0, or where W would be as near to what is right.
    """
    h, d = problem.W.shape
    few = len(problem.rows) <= h
    if not few and d > h:
        return False
    by_theta = Theta - gradients.l2 * problem.Theta
    by_w = W - gradients.l2 * problem.W
    hidden = problem.rows @ problem.W.T
    if few and len(hidden) <= _LARGEST and _is_sound(hidden.T):
        inverse = np.linalg.pinv(hidden.T)
        operator, back = inverse, (problem.Theta, problem.rows)
        g = operator @ by_theta
        if not np.abs(hidden.T @ g - by_theta).max() <= _CLOSE * np.abs(by_theta).max() + _half(Theta):
            return False
        expected = (g @ back[0].T).T @ back[1]
        slack = (
            _half(Theta)
            * (
                np.abs(back[1]).T @ np.abs(operator).sum(axis=1)[:, np.newaxis] * np.abs(back[0]).sum(axis=1)
            ).T
        )
        if np.abs(g).max() * _UNEXPLAINED <= _half(Theta) * np.abs(operator).sum(axis=1).max():
            return False
    elif d <= h and h <= _LARGEST and _is_sound(problem.W):
        inverse = np.linalg.pinv(problem.W).T
        expected = (problem.Theta @ by_theta.T) @ inverse
        slack = _half(Theta) * (
            np.abs(problem.Theta).sum(axis=1)[:, np.newaxis] * np.abs(inverse).sum(axis=0)[np.newaxis, :]
        )
    else:
        return False
    largest = float(np.abs(expected).max())
    if not np.isfinite(expected).all() or largest <= _CLOSE * float(np.abs(gradients.W).max()):
        return False
    left = np.abs(by_w - expected)
    apart = float(np.abs(W - gradients.W).max())
    return bool((left <= slack + _CLOSE * largest + _half(W)).all() and left.max() <= _UNEXPLAINED * apart)


def _is_sound(matrix: Floats) -> bool:
    """Tell whether the columns of a matrix are independent enough."""
    values = np.linalg.svd(matrix, compute_uv=False)
    return bool(values[-1] * _WORST_CONDITION > values[0])


def _half(given: Floats) -> float:
    """Return the largest half unit by which numbers are rounded, 0 where they are written in full."""
    return max((float(one.half_units(given).max()) for one in as_written(given)), default=0.0)
