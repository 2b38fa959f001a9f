"""The gradients once more, by numerical differentiation of the loss, each method with its own error.

The complex step (Squire & Trapp 1998, *Using complex variables to estimate derivatives of real functions*)
subtracts nothing and is as right as the loss; central differences and their Richardson extrapolation lose
digits to truncation and to ε·|ℓ|/step, and say how many.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from app.nn.activations.record import Floats
from app.nn.cost import Cost
from app.nn.gradients.problem import Gradients, Problem
from app.nn.gradients.reduction import Reduction
from app.nn.gradients.targets import Labels, Targets, sizes

Number = TypeVar("Number", np.float64, np.complex128)

DIRECTIONS = 8
"""How many random directions in either parameter stand for its coordinates where those are too many."""

COMPLEX_STEP = 1e-30
_EPSILON = 2.0**-52
_CENTRAL = _EPSILON ** (1 / 3)
_RICHARDSON = _EPSILON ** (1 / 5)

# Derivatives of the loss along a line are the cumulants of a variable that lies between the least and the
# largest of k numbers, R apart: the third is at most R³/(6√3); the fifth, μ₅ − 10·μ₂·μ₃, at most 0.33·R⁵,
# since |μ₅| ≤ 0.082·R⁵, μ₂ ≤ R²/4 and |μ₃| ≤ R³/(6√3).
_THIRD = 1.0 / (6.0 * 3.0**0.5)
_FIFTH = 0.33

# Every coordinate is tried while they have at most so many logits in all; a block has so many at once.
_MOST_LOGITS = 2**20
_BLOCK_LOGITS = 2**17


@dataclass(frozen=True, slots=True)
class Check:
    """One method's agreement with the gradients.

    `largest_error` is the largest difference from them, `noise_floor` the largest that the method's own
    truncation and rounding explain. `tried` is how many coordinates or directions were compared.
    """

    method: str
    largest_error: float
    noise_floor: float
    tried: int
    every_coordinate: bool


def check(
    problem: Problem, targets: Targets, gradients: Gradients, reduction: Reduction, seed: int = 0
) -> tuple[Check, Check, Check]:
    """Return how the complex step, central differences and Richardson's agree with `gradients`.

    Every coordinate is perturbed alone where that is feasible, otherwise eight random directions of ±1 in
    W and eight in Θ. Steps are ∛ε·max(1, |parameter|) for central differences, ⁵√ε for Richardson's.
    """
    every = feasible(problem.W.shape, problem.classes, len(problem.rows))
    derivatives = _Derivatives(problem, targets, gradients, reduction)
    errors, floors = np.zeros(3), np.zeros(3)
    tried = 0
    with np.errstate(over="ignore", invalid="ignore"):
        for lines in _coordinates(problem, gradients) if every else _directions(problem, gradients, seed):
            tried += len(lines.scale)
            for method, (error, floor) in enumerate(derivatives.compared(lines)):
                errors[method] = max(errors[method], error)
                floors[method] = max(floors[method], floor)
    names = ("complex step", "central differences", "Richardson extrapolation")
    first, second, third = (
        Check(name, float(error), float(floor), tried, every)
        for name, error, floor in zip(names, errors, floors, strict=True)
    )
    return first, second, third


def feasible(W: tuple[int, ...], k: int, rows: int) -> bool:
    """Tell whether every coordinate is perturbed alone, for W of shape (h, d)."""
    h, d = W
    return h * (d + k) * rows * k <= _MOST_LOGITS


def cost(W: tuple[int, ...], k: int, rows: int) -> Cost:
    """Return what `check` takes for W of shape (h, d), k classes and so many rows."""
    h, d = W
    if feasible(W, k, rows):
        return Cost(240 * h * (d + k) * rows * k, max(2 * _BLOCK_LOGITS, 2 * rows * k))
    return Cost(
        2 * DIRECTIONS * (240 * rows * k + 3 * rows * h * (d + k)), max(rows * max(h, 2 * k), h * (d + k))
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """C lines through the parameters, along each of which the logits move at a constant speed.

    `speed` (C, N, k), with `terms` (C, N) the size of what it is summed from; `scale` (C,) is the size of
    the parameters that move; `expected` (C,) or (C, N) is the gradient along the line, `expected_terms`
    (C,) the size of what that is summed from.
    """

    speed: Floats
    terms: Floats
    scale: Floats
    expected: Floats
    expected_terms: Floats


class _Derivatives:
    """The loss along lines, differentiated in three ways and compared with what is expected."""

    def __init__(
        self, problem: Problem, targets: Targets, gradients: Gradients, reduction: Reduction
    ) -> None:
        (h, d), k = problem.W.shape, problem.classes
        self._logits = gradients.forward.logits.reshape(-1, k)
        rows = len(self._logits)
        self._y = targets.dense(k) if isinstance(targets, Labels) else targets
        self._s = self._y.sum(axis=1)
        self._each = gradients.W.ndim == 3
        self._factor = 1.0 / rows if reduction == "mean" and not self._each else 1.0
        self._weight = sizes(targets)
        # What s·ln Σ exp(a) − yᵀa rounds by, in units of ε, and what sums of products round by.
        self._loss_error = (
            (k + 16) * self._weight * (2.0 + np.log(k) + 2.0 * np.abs(self._logits).max(axis=1))
        )
        self._steps = h + d + k + rows + 16

    def compared(self, lines: _Lines) -> Iterator[tuple[float, float]]:
        """Yield the largest error and the largest floor of each method."""
        speed, scale = lines.speed, lines.scale[:, np.newaxis]
        reach = speed.max(axis=2) - speed.min(axis=2)
        rounding = self._steps * _EPSILON * self._weight * lines.terms
        exact = self._losses(self._logits + COMPLEX_STEP * 1j * speed).imag / COMPLEX_STEP
        yield self._largest(lines, exact, rounding)
        step = _CENTRAL * scale
        truncation = self._weight * _THIRD * reach**3 * step**2 / 6
        yield self._largest(lines, self._central(speed, step), rounding + truncation + self._lost(step))
        step = _RICHARDSON * scale
        extrapolated = (4.0 * self._central(speed, step / 2) - self._central(speed, step)) / 3.0
        truncation = self._weight * _FIFTH * reach**5 * step**4 / 480
        yield self._largest(lines, extrapolated, rounding + truncation + 4.0 * self._lost(step))

    def _central(self, speed: Floats, step: Floats) -> Floats:
        moved = step[:, :, np.newaxis] * speed
        difference = self._losses(self._logits + moved) - self._losses(self._logits - moved)
        slope: Floats = difference / (2 * step)
        return slope

    def _lost(self, step: Floats) -> Floats:
        lost: Floats = _EPSILON * self._loss_error / step
        return lost

    def _losses(self, logits: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """Return ℓ (C, N) of logits (C, N, k) by the textbook, analytic in them: no |·|, no comparison."""
        shifted = logits - logits.real.max(axis=2, keepdims=True)
        answer: npt.NDArray[Number] = self._s * np.log(np.exp(shifted).sum(axis=2))
        answer -= (self._y * shifted).sum(axis=2)
        return answer

    def _largest(self, lines: _Lines, derivatives: Floats, floors: Floats) -> tuple[float, float]:
        if not self._each:
            derivatives, floors = self._factor * derivatives.sum(axis=1), self._factor * floors.sum(axis=1)
        sums = self._steps * _EPSILON * lines.expected_terms
        floors = floors + (sums[:, np.newaxis] if self._each else sums)
        return float(np.abs(derivatives - lines.expected).max()), float(floors.max())


def _coordinates(problem: Problem, gradients: Gradients) -> Iterator[_Lines]:
    """Yield lines along every entry of W, then of Θ, in blocks."""
    rows, (h, d), k = problem.rows, problem.W.shape, problem.classes
    hidden = rows @ problem.W.T
    count = max(1, _BLOCK_LOGITS // (len(rows) * k))
    for start in range(0, h * d, count):
        i, j = np.divmod(np.arange(start, min(start + count, h * d)), d)
        speed = rows.T[j][:, :, np.newaxis] * problem.Theta[i][:, np.newaxis, :]
        yield _alone(speed, problem.W[i, j], gradients.W[..., i, j])
    for start in range(0, h * k, count):
        i, j = np.divmod(np.arange(start, min(start + count, h * k)), k)
        speed = np.zeros((len(i), len(rows), k))
        speed[np.arange(len(i)), :, j] = hidden.T[i]
        yield _alone(speed, problem.Theta[i, j], gradients.Theta[..., i, j])


def _alone(speed: Floats, parameters: Floats, expected: Floats) -> _Lines:
    terms = np.abs(speed).max(axis=2)
    sizes_ = np.abs(expected) if expected.ndim == 1 else np.abs(expected).max(axis=0)
    return _Lines(speed, terms, np.maximum(1.0, np.abs(parameters)), expected.T, sizes_)


def _directions(problem: Problem, gradients: Gradients, seed: int) -> Iterator[_Lines]:
    """Yield lines along random signs, one parameter at a time."""
    random = np.random.default_rng(seed)
    rows, W, Theta = problem.rows, problem.W, problem.Theta
    hidden, hidden_size = rows @ W.T, np.abs(rows) @ np.abs(W).T
    for _ in range(DIRECTIONS):
        signs = random.choice([-1.0, 1.0], W.shape)
        terms = np.abs(rows).sum(axis=1) * np.abs(Theta).sum(axis=0).max()
        yield _along((rows @ signs.T) @ Theta, terms, W, gradients.W, signs)
        signs = random.choice([-1.0, 1.0], Theta.shape)
        yield _along(hidden @ signs, hidden_size.sum(axis=1), Theta, gradients.Theta, signs)


def _along(speed: Floats, terms: Floats, parameter: Floats, gradient: Floats, signs: Floats) -> _Lines:
    expected = np.atleast_1d((gradient * signs).sum(axis=(-2, -1)))[np.newaxis]
    size = np.abs(gradient).sum(axis=(-2, -1)).max()
    if gradient.ndim == 2:
        expected = expected[0]
    scale = np.maximum(1.0, np.abs(parameter).max())
    return _Lines(speed[np.newaxis], terms[np.newaxis], scale[np.newaxis], expected, size[np.newaxis])
