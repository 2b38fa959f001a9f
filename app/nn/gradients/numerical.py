"""The gradients once more, by numerical differentiation of the loss, each method with its own error.

The complex step (Squire & Trapp 1998, *Using complex variables to estimate derivatives of real functions*)
subtracts nothing and is as right as the loss; central differences and their Richardson extrapolation lose
digits to truncation and to ε·|ℓ|/step, and say how many.
"""

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats
from ..cost import Cost
from .perturbations import BLOCK_LOGITS, DIRECTIONS, Exponents, Lines, coordinates, directions, normal
from .problem import Gradients, Problem
from .reduction import Reduction
from .targets import Labels, Targets

Number = TypeVar("Number", np.float64, np.complex128)

COMPLEX_STEP = 2.0**-100
"""How far the fastest logit moves, as an imaginary part: its square, 2⁻²⁰⁰, is nothing beside 1."""

_EPSILON = 2.0**-52
_LOWEST = -sys.float_info.max
_CENTRAL = _EPSILON ** (1 / 3)
_RICHARDSON = _EPSILON ** (1 / 5)

# Derivatives of the loss along a line are the cumulants of a variable that lies between the least and the
# largest of k numbers, R apart: the third is at most R³/(6√3); the fifth, μ₅ − 10·μ₂·μ₃, at most 0.33·R⁵,
# since |μ₅| ≤ 0.082·R⁵, μ₂ ≤ R²/4 and |μ₃| ≤ R³/(6√3).
_THIRD = 1.0 / (6.0 * 3.0**0.5)
_FIFTH = 0.33
# However long the step, a central difference is a mean of derivatives, which are R apart at most; with
# weights of 4/3 and 1/3, two are 5/3·R away.
_APART = 5.0 / 3.0

# Every coordinate is tried while they have at most so many logits in all.
_MOST_LOGITS = 2**20


@dataclass(frozen=True, slots=True)
class Check:
    """One method's agreement with the gradients.

    `largest_error` is the largest difference from them, `noise_floor` the largest that the method's own
    truncation and rounding explain, both ∞ where the method leaves float64. `tried` is how many coordinates
    or directions were compared.
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
    W and eight in Θ. Steps are ∛ε·max(1, |parameter|) for central differences, ⁵√ε for Richardson's; the
    complex step is as short as the logits want.
    """
    every = feasible(problem.W.shape, problem.classes, len(problem.rows))
    errors, floors = np.zeros(3), np.zeros(3)
    tried = 0
    with np.errstate(over="ignore", invalid="ignore"):
        derivatives = _Derivatives(problem, targets, gradients, reduction)
        for lines in (
            coordinates(problem, targets, gradients)
            if every
            else directions(problem, targets, gradients, np.random.default_rng(seed))
        ):
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
        return Cost(240 * h * (d + k) * rows * k, max(2 * BLOCK_LOGITS, 2 * rows * k))
    return Cost(
        2 * DIRECTIONS * (240 * rows * k + 3 * rows * h * (d + k)), max(rows * max(h, 2 * k), h * (d + k))
    )


class _Derivatives:
    """The loss along lines, differentiated in three ways and compared with what is expected."""

    def __init__(
        self, problem: Problem, targets: Targets, gradients: Gradients, reduction: Reduction
    ) -> None:
        (h, d), k = problem.W.shape, problem.classes
        self._logits = gradients.forward.logits.reshape(-1, k)
        rows = len(self._logits)
        # ℓ is linear in y, of which a power of two is taken out for each row.
        y, self._of_y = normal(targets.dense(k) if isinstance(targets, Labels) else targets)
        self._y, self._s, self._weight = y, y.sum(axis=1), np.abs(y).sum(axis=1)
        self._each = gradients.W.ndim == 3
        self._factor = 1.0 / rows if reduction == "mean" and not self._each else 1.0
        # What s·ln Σ exp(a) − yᵀa rounds by, in units of ε, and what sums of products round by.
        self._loss_error = (
            (k + 16) * self._weight * (2.0 + np.log(k) + 2.0 * np.abs(self._logits).max(axis=1))
        )
        self._steps = h + d + k + rows + 16

    def compared(self, lines: Lines) -> Iterator[tuple[float, float]]:
        """Yield the largest error and the largest floor of each method."""
        fastest = lines.exponent + self._of_y
        unit = np.maximum(fastest.max(axis=1), lines.expected_exponent + np.frexp(lines.expected_terms)[1])
        exact = self._losses(self._logits + COMPLEX_STEP * 1j * lines.speed).imag / COMPLEX_STEP
        rounding = self._steps * _EPSILON * self._weight * lines.terms
        moved = fastest - unit[:, np.newaxis]
        yield self._largest(lines, unit, np.ldexp(exact, moved), np.ldexp(rounding, moved))
        # Differences of the loss may be larger than any derivative.
        unit = np.maximum(unit, self._of_y.max())
        moved, plain = fastest - unit[:, np.newaxis], self._of_y - unit[:, np.newaxis]
        reach = lines.speed.max(axis=2) - lines.speed.min(axis=2)
        for differences in (self._central, self._richardson):
            slope, truncated, lost = differences(lines, reach)
            truncation = self._weight * reach * np.minimum(truncated, _APART)
            floors = np.ldexp(rounding + truncation, moved) + np.ldexp(lost, plain)
            yield self._largest(lines, unit, np.ldexp(slope, plain), floors)

    def _central(self, lines: Lines, reach: Floats) -> tuple[Floats, Floats, Floats]:
        """Return central differences, what truncation takes of them in units of R, and what rounding does."""
        step = _CENTRAL * lines.scale[:, np.newaxis]
        distance = reach * np.ldexp(step, lines.exponent)
        return self._slope(lines, step), _THIRD * distance**2 / 6, self._lost(step)

    def _richardson(self, lines: Lines, reach: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the extrapolation from two central differences, and the same of it."""
        step = _RICHARDSON * lines.scale[:, np.newaxis]
        distance = reach * np.ldexp(step, lines.exponent)
        slope = (4.0 * self._slope(lines, step / 2) - self._slope(lines, step)) / 3.0
        return slope, _FIFTH * distance**4 / 480, 4.0 * self._lost(step)

    def _slope(self, lines: Lines, step: Floats) -> Floats:
        moved = np.ldexp(step, lines.exponent)[:, :, np.newaxis] * lines.speed
        difference = self._losses(self._logits + moved) - self._losses(self._logits - moved)
        slope: Floats = difference / (2 * step)
        return slope

    def _lost(self, step: Floats) -> Floats:
        lost: Floats = _EPSILON * self._loss_error / step
        return lost

    def _losses(self, logits: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """Return ℓ (C, N) of logits (C, N, k) by the textbook, analytic in them."""
        shifted = logits - logits.real.max(axis=2, keepdims=True)
        np.maximum(shifted.real, _LOWEST, out=shifted.real)  # 0·∞ is no term of yᵀa
        answer: npt.NDArray[Number] = self._s * np.log(np.exp(shifted).sum(axis=2))
        answer -= (self._y * shifted).sum(axis=2)
        return answer

    def _largest(
        self, lines: Lines, unit: Exponents, derivatives: Floats, floors: Floats
    ) -> tuple[float, float]:
        """Return the largest error and floor of derivatives and floors (C, N) in units of 2^`unit` (C,)."""
        if not self._each:
            derivatives, floors = derivatives.sum(axis=1)[:, np.newaxis], floors.sum(axis=1)[:, np.newaxis]
            derivatives, floors = self._factor * derivatives, self._factor * floors
        unit = unit[:, np.newaxis]
        expected = lines.expected.reshape(len(unit), -1)
        errors = np.abs(derivatives - np.ldexp(expected, lines.expected_exponent - unit))
        terms = lines.expected_terms[:, np.newaxis]
        floors = floors + self._steps * _EPSILON * np.ldexp(terms, lines.expected_exponent - unit)
        floors[~np.isfinite(derivatives)] = np.inf
        return _greatest(np.ldexp(errors, unit)), _greatest(np.ldexp(floors, unit) + lines.lost)


def _greatest(numbers: Floats) -> float:
    """Return the largest number, NaN being ∞."""
    largest = float(numbers.max())
    return math.inf if math.isnan(largest) else largest
