"""The two laws that every right pair of gradients obeys, with what rounding may leave of them.

Adding c to every θᵢ changes nothing, so Σᵢ ∂ℓ/∂θᵢ = 0; neither does W → AW, Θ → A⁻ᵀΘ, so
Θ·(∂ℓ/∂Θ)ᵀ = (∂ℓ/∂W)·Wᵀ. With p − y in place of s·p − y, where Σy = s ≠ 1, the first one breaks.
"""

import math
import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats
from ..cost import Cost
from .problem import Gradients, Problem
from .reduction import Reduction
from .targets import Targets, sizes

_ROUNDOFF = 2.0**-53

# Numbers of this size or its inverse neither overflow nor underflow in products of four, nor in their sums.
_LARGE = 2.0**200
# No more is taken out of smaller ones: by four times as much 2⁻¹⁰⁷⁴ is still no ∞.
_LEAST = -500

# The second law is h×h: this many of its columns, and of its numbers, are looked at.
_MOST_COLUMNS = 256
_NUMBERS = 2**22

_Size = tuple[float, int]  # an array's largest entry, and the exponent that is taken out of it


@dataclass(frozen=True, slots=True)
class Law:
    """One law: `residual` is the largest entry in size of left − right, `bound` what rounding allows."""

    name: str
    residual: float
    bound: float


def laws(problem: Problem, targets: Targets, gradients: Gradients, reduction: Reduction) -> tuple[Law, Law]:
    """Return both laws for `gradients` of `problem`; where there is a pair for each row, the worst row's.

    The bounds are first-order rounding bounds (γₙ of Higham 2002, §3.1) of the service's own evaluation,
    from products of absolute values, with what underflow may take on the way. Of the second law's h columns,
    some spread evenly are looked at where there are many. What is beyond the largest float64 is ∞.
    """
    (h, d), k = problem.W.shape, problem.classes
    each = gradients.W.ndim == 3
    # Everything is homogeneous in W, Θ, x and g: powers of two are taken out first and put back last.
    rows, largest_x, of_x = _moderate(problem.rows)
    W, largest_w, of_w = _moderate(problem.W)
    Theta, largest_theta, of_theta = _moderate(problem.Theta)
    size, target_size = np.abs(gradients.residuals), sizes(targets)
    if reduction == "mean" and not each:
        size, target_size = size / len(rows), target_size / len(rows)
    largest_g, largest_y = float(size.max()), float(target_size.max())
    of_g = _exponent(max(largest_g, min(largest_y, sys.float_info.max)))
    by_w = _scaled(gradients.W.reshape(-1, h, d), of_g + of_x + of_theta)
    by_theta = _scaled(gradients.Theta.reshape(-1, h, k), of_g + of_x + of_w)
    columns = _columns(h, d, k, len(by_w))
    # The longest chain of roundings behind an entry of either side, and those of the residuals themselves.
    steps = (1 if each else len(rows)) + h + d + 2 * k + 16
    with np.errstate(over="ignore", invalid="ignore"):
        size, target_size = _scaled(size, of_g), _scaled(target_size, of_g)
        # Σⱼ gⱼ is 0 but for the rounding of every gⱼ, 4u of two terms that sum to at most 2·Σ|y|.
        row_size = steps * size.sum(axis=1, keepdims=True) + 8 * target_size[:, np.newaxis]
        # (|Θ|·|G|ᵀ·|X|·|W|ᵀ)ᵢⱼ with |W|'s rows replaced by their largest entries: products by vectors only.
        width = np.abs(rows) @ np.abs(W).max(axis=0)[:, np.newaxis]
        reach, extent = np.abs(rows) * row_size, size * width
        if not each:
            reach, extent = reach.sum(axis=0, keepdims=True), extent.sum(axis=0, keepdims=True)
        sums = by_theta.sum(axis=2)
        differences = Theta @ by_theta[:, columns].swapaxes(1, 2) - by_w @ W[columns].T
        lost = _underflow(
            (largest_w, of_w),
            (largest_theta, of_theta),
            (largest_x, of_x),
            (math.ldexp(largest_g, -of_g), of_g),
            math.ldexp(largest_y, -of_g),
        )
        first, second = (steps * len(rows) * h * d * k * of_one for of_one in lost)
        return (
            _worst(
                "sum_of_theta_gradients", sums, (reach @ np.abs(W).T) * _ROUNDOFF + first, of_g + of_x + of_w
            ),
            _worst(
                "theta_times_its_gradient",
                differences,
                (extent @ np.abs(Theta).T) * (2 * steps * _ROUNDOFF) + second,
                of_g + of_x + of_w + of_theta,
            ),
        )


def cost(W: tuple[int, int], k: int, rows: int, reduction: Reduction) -> Cost:
    """Return what `laws` takes for W of shape (h, d), k classes and so many rows."""
    h, d = W
    pairs = rows if reduction == "none" else 1
    looked_at = len(_columns(h, d, k, pairs))
    return Cost(
        pairs * h * (looked_at + 1) * (d + k) + 2 * rows * (d + k),
        max(pairs * h * max(looked_at, d, k), rows * max(d, k)),
        4,
    )


def _columns(h: int, d: int, k: int, pairs: int) -> npt.NDArray[np.intp]:
    """Return which columns of the second law are looked at: no more numbers than the answer itself has."""
    count = min(h, _MOST_COLUMNS, max(1, _NUMBERS // (pairs * h)) if pairs == 1 else d + k)
    return np.linspace(0, h - 1, count).astype(np.intp)


def _underflow(W: _Size, Theta: _Size, x: _Size, g: _Size, targets: float) -> tuple[float, float]:
    """Return what underflow of one number of each kind may take of either law, in their scaled numbers.

    It takes 2⁻¹⁰⁷⁴ of g, of its products with x and Θ, of Wx and of the gradients themselves, where no power
    of two is taken out of them yet; of p, which counts s times; and of any product of what is scaled.
    """
    (w, of_w), (theta, of_theta), (x_, of_x), (g_, of_g) = W, Theta, x, g
    of_residual = _lost(of_g) + _lost(0) * targets
    by_w = (
        x_ * (theta * of_residual + _lost(of_g + of_theta))
        + theta * _lost(of_g + of_x)
        + _lost(of_g + of_x + of_theta)
    )
    by_theta = (
        w * (x_ * of_residual + _lost(of_g + of_x)) + g_ * _lost(of_w + of_x) + _lost(of_g + of_x + of_w)
    )
    scaled = _lost(0) * (1.0 + w) * (1.0 + x_) * (1.0 + g_)
    return scaled + by_theta, scaled * (1.0 + theta) + theta * by_theta + w * by_w


def _lost(exponent: int) -> float:
    """Return 2⁻¹⁰⁷⁴ with a power of two taken out."""
    return math.ldexp(1.0, -1074 - exponent)


def _exponent(largest: float) -> int:
    """Return the power of two to take out of numbers up to `largest`: 0 where their products are in range."""
    if 1.0 / _LARGE <= largest <= _LARGE or largest == 0.0:
        return 0
    return max(_LEAST, math.frexp(largest)[1])


def _moderate(array: Floats) -> tuple[Floats, float, int]:
    """Return the array with a power of two taken out, its largest entry in size, and the exponent."""
    largest = max(float(array.max()), -float(array.min()))
    exponent = _exponent(largest)
    return _scaled(array, exponent), math.ldexp(largest, -exponent), exponent


def _scaled(array: Floats, exponent: int) -> Floats:
    """Return array·2^−exponent, the array itself for 0."""
    return np.ldexp(array, -exponent) if exponent else array


def _worst(name: str, difference: Floats, bound: Floats, exponent: int) -> Law:
    """Return the law for the pair whose largest residual comes nearest to its largest bound."""
    pairs = len(difference)
    residuals, bounds = np.abs(difference).reshape(pairs, -1).max(axis=1), bound.max(axis=1)
    row = int(np.argmax(residuals / bounds))  # underflow alone keeps bounds above 0
    residual, allowed = _scaled(np.array([residuals[row], bounds[row]]), -exponent).tolist()
    return Law(
        name, math.inf if math.isnan(residual) else residual, math.inf if math.isnan(allowed) else allowed
    )
