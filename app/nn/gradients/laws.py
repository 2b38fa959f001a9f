"""The two laws that every right pair of gradients obeys, with what rounding may leave of them.

Adding c to every θᵢ changes nothing, so Σᵢ ∂ℓ/∂θᵢ = 0; neither does W → AW, Θ → A⁻ᵀΘ, so
Θ·(∂ℓ/∂Θ)ᵀ = (∂ℓ/∂W)·Wᵀ. With p − y in place of s·p − y, where Σy = s ≠ 1, the first one breaks.
"""

from dataclasses import dataclass, replace

import numpy as np

from app.nn.activations.record import Floats
from app.nn.cost import Cost
from app.nn.gradients.problem import Gradients, Problem, Reduction
from app.nn.gradients.targets import Targets, sizes

_ROUNDOFF = 2.0**-53


@dataclass(frozen=True, slots=True)
class Law:
    """One law: `residual` is the largest entry in size of left − right, `bound` what rounding allows."""

    name: str
    residual: float
    bound: float

    def strain(self) -> float:
        """Return how near the residual comes to its bound; above 1 the law is broken."""
        return self.residual / self.bound if self.bound else (np.inf if self.residual else 0.0)


def laws(problem: Problem, targets: Targets, gradients: Gradients, reduction: Reduction) -> tuple[Law, Law]:
    """Return both laws for `gradients` of `problem`; where there is a pair for each row, the worst row's.

    The bounds are first-order rounding bounds (γₙ of Higham 2002, §3.1) of the service's own evaluation,
    from products of absolute values. What is beyond the largest float64 is ∞.
    """
    rows = problem.rows
    if gradients.W.ndim == 2:
        factor = 1.0 / len(rows) if reduction == "mean" else 1.0
        return _laws(problem, rows, sizes(targets) * factor, gradients.residuals * factor, gradients)
    pairs = [
        _laws(
            problem,
            rows[row : row + 1],
            sizes(targets[row : row + 1]),
            gradients.residuals[row : row + 1],
            replace(gradients, W=gradients.W[row], Theta=gradients.Theta[row]),
        )
        for row in range(len(rows))
    ]
    first, second = (max(both, key=Law.strain) for both in zip(*pairs, strict=True))
    return first, second


def cost(W: tuple[int, int], k: int, rows: int, reduction: Reduction) -> Cost:
    """Return what `laws` takes for W of shape (h, d), k classes and so many rows."""
    h, d = W
    pairs = rows if reduction == "none" else 1
    return Cost(pairs * h * h * (d + k) + rows * (d + k) + pairs * h * (d + k), h * max(h, d, k), 4)


def _laws(
    problem: Problem, rows: Floats, target_sizes: Floats, residuals: Floats, gradients: Gradients
) -> tuple[Law, Law]:
    W, Theta = problem.W, problem.Theta
    (h, d), k = W.shape, Theta.shape[1]
    # The longest chain of roundings behind an entry of either side, and those of the residuals themselves.
    steps = len(rows) + h + d + 2 * k + 16
    with np.errstate(over="ignore", invalid="ignore"):
        size = np.abs(residuals)
        # Σⱼ gⱼ is 0 but for the rounding of every gⱼ, 4u of two terms that sum to at most 2·Σ|y|.
        reach = np.abs(rows).T @ (steps * size.sum(axis=1) + 8 * target_sizes)
        first = Law(
            "sum_of_theta_gradients",
            float(np.abs(gradients.Theta.sum(axis=1)).max()),
            float((np.abs(W) @ reach).max() * _ROUNDOFF),
        )
        difference = Theta @ gradients.Theta.T
        difference -= gradients.W @ W.T
        # (|Θ|·|G|ᵀ·|X|·|W|ᵀ)ᵢⱼ with |W|'s rows replaced by their largest entries: products by vectors only.
        extent = np.abs(Theta) @ (size.T @ (np.abs(rows) @ np.abs(W).max(axis=0)))
        second = Law(
            "theta_times_its_gradient",
            float(np.abs(difference).max()),
            float(2 * steps * _ROUNDOFF * extent.max()),
        )
    return first, second
