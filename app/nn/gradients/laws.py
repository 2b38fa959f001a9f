"""The two laws that every right pair of gradients obeys, with what rounding may leave of them.

Adding c to every θᵢ changes nothing, so Σᵢ ∂ℓ/∂θᵢ = 0; neither does W → AW, Θ → A⁻ᵀΘ, so
Θ·(∂ℓ/∂Θ)ᵀ = (∂ℓ/∂W)·Wᵀ. With p − y in place of s·p − y, where Σy = s ≠ 1, the first one breaks.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.nn.activations.record import Floats
from app.nn.cost import Cost
from app.nn.gradients.problem import Gradients, Problem
from app.nn.gradients.reduction import Reduction
from app.nn.gradients.targets import Targets, sizes

_ROUNDOFF = 2.0**-53

# The second law is h×h: this many of its columns, and of its numbers, are looked at.
_MOST_COLUMNS = 256
_NUMBERS = 2**22


@dataclass(frozen=True, slots=True)
class Law:
    """One law: `residual` is the largest entry in size of left − right, `bound` what rounding allows."""

    name: str
    residual: float
    bound: float


def laws(problem: Problem, targets: Targets, gradients: Gradients, reduction: Reduction) -> tuple[Law, Law]:
    """Return both laws for `gradients` of `problem`; where there is a pair for each row, the worst row's.

    The bounds are first-order rounding bounds (γₙ of Higham 2002, §3.1) of the service's own evaluation,
    from products of absolute values. Of the second law's h columns, some spread evenly are looked at where
    there are many. What is beyond the largest float64 is ∞.
    """
    W, Theta, rows = problem.W, problem.Theta, problem.rows
    (h, d), k = W.shape, Theta.shape[1]
    each = gradients.W.ndim == 3
    by_w, by_theta = gradients.W.reshape(-1, h, d), gradients.Theta.reshape(-1, h, k)
    columns = _columns(h, d, k, len(by_w))
    # The longest chain of roundings behind an entry of either side, and those of the residuals themselves.
    steps = (1 if each else len(rows)) + h + d + 2 * k + 16
    size = np.abs(gradients.residuals)
    target_size = sizes(targets)
    if reduction == "mean" and not each:
        size, target_size = size / len(rows), target_size / len(rows)
    with np.errstate(over="ignore", invalid="ignore"):
        # Σⱼ gⱼ is 0 but for the rounding of every gⱼ, 4u of two terms that sum to at most 2·Σ|y|.
        row_size = steps * size.sum(axis=1, keepdims=True) + 8 * target_size[:, np.newaxis]
        # (|Θ|·|G|ᵀ·|X|·|W|ᵀ)ᵢⱼ with |W|'s rows replaced by their largest entries: products by vectors only.
        width = np.abs(rows) @ np.abs(W).max(axis=0)[:, np.newaxis]
        reach, extent = np.abs(rows) * row_size, size * width
        if not each:
            reach, extent = reach.sum(axis=0, keepdims=True), extent.sum(axis=0, keepdims=True)
        sums = by_theta.sum(axis=2)
        differences = Theta @ by_theta[:, columns].swapaxes(1, 2) - by_w @ W[columns].T
        return (
            _worst("sum_of_theta_gradients", sums, (reach @ np.abs(W).T) * _ROUNDOFF),
            _worst(
                "theta_times_its_gradient", differences, (extent @ np.abs(Theta).T) * (2 * steps * _ROUNDOFF)
            ),
        )


def cost(W: tuple[int, int], k: int, rows: int, reduction: Reduction) -> Cost:
    """Return what `laws` takes for W of shape (h, d), k classes and so many rows."""
    h, d = W
    pairs = rows if reduction == "none" else 1
    looked_at = len(_columns(h, d, k, pairs))
    return Cost(
        pairs * h * (looked_at + 1) * (d + k) + 2 * rows * (d + k),
        max(pairs * h * looked_at, rows * max(d, k)),
        4,
    )


def _columns(h: int, d: int, k: int, pairs: int) -> npt.NDArray[np.intp]:
    """Return which columns of the second law are looked at: no more numbers than the answer itself has."""
    count = min(h, _MOST_COLUMNS, max(1, _NUMBERS // (pairs * h)) if pairs == 1 else d + k)
    return np.linspace(0, h - 1, count).astype(np.intp)


def _worst(name: str, difference: Floats, bound: Floats) -> Law:
    """Return the law for the pair whose largest residual comes nearest to its largest bound."""
    pairs = len(difference)
    residuals, bounds = np.abs(difference).reshape(pairs, -1).max(axis=1), bound.max(axis=1)
    row = int(np.argmax(residuals / np.maximum(bounds, np.finfo(float).tiny)))
    return Law(name, float(residuals[row]), float(bounds[row]))
