"""The mistakes that are made in deriving ∂ℓ/∂W and ∂ℓ/∂Θ, as the numbers that come of them.

Each is one deviation from the right formula, in one of six respects: which residual stands for g, the
reduction's factor, the factor beside g, the sign, the transposition, the base of the logarithm. Two
deviations in different respects compose.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from ..activations.record import Floats
from .codes import EXPLANATIONS, Code
from .problem import Gradients, Problem
from .reduction import Reduction
from .targets import Labels, Targets

Part = Literal["W", "Theta"]


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """What comes of some deviations: their `codes`, the `numbers`, and the `size` of the terms behind them.

    `size` is the largest entry of the same formula with every factor's absolute value: an evaluation of
    `numbers` may round by so many of it.
    """

    codes: tuple[Code, ...]
    numbers: Floats
    size: float


@dataclass(frozen=True, slots=True)
class _Deviation:
    """One way in which one respect of the formula differs from the right one."""

    respect: str
    way: str
    code: Code


_ROUNDED = 1e-12

_RIGHT = {
    "residual": "s·p − y",
    "factor": "own",
    "reduction": "",
    "sign": "",
    "transposition": "",
    "base": "",
}


def possible_mistakes(
    problem: Problem, targets: Targets, gradients: Gradients, reduction: Reduction, part: Part
) -> Iterator[Mistake]:
    """Yield what comes of one deviation, then of two, for one part.

    Shapes are those of the mistake, with a leading N where `gradients` have one matrix for each row. Where a
    deviation changes nothing, the right answer is among them.
    """
    formulas = _Formulas(problem, targets, gradients, reduction)
    without = set()
    if gradients.W.ndim == 3 or len(problem.rows) == 1:
        without.add("other")
    if formulas.targets_sum_to_one:
        without.add("p − y")
    deviations = [deviation for deviation in _deviations(part, reduction) if deviation.way not in without]
    for count in (1, 2):
        for chosen in combinations(deviations, count):
            ways = {deviation.respect: deviation.way for deviation in chosen}
            if len(ways) == count:
                codes = {deviation.code for deviation in chosen}
                numbers, size = formulas.evaluate(part, _RIGHT | ways)
                yield Mistake(tuple(code for code in EXPLANATIONS if code in codes), numbers, size)


def _deviations(part: Part, reduction: Reduction) -> Iterator[_Deviation]:
    yield _Deviation("sign", "reversed", "sign")
    yield _Deviation("transposition", "transposed", "transposed")
    yield _Deviation("residual", "s·p", "p_without_y")
    yield _Deviation("residual", "p", "p_without_y")
    yield _Deviation("residual", "p − y", "assumed_targets_sum_to_one")
    other: Code = "mean_instead_of_sum" if reduction == "sum" else "sum_instead_of_mean"
    yield _Deviation("reduction", "other", other)
    yield _Deviation("factor", "other parameter's", "swapped_parameters")
    for way in ("ones", "none", "one column or row", "none of W or Θ"):
        yield _Deviation("factor", way, "missing_input_factor")
    yield _Deviation("residual", "(diag p − ppᵀ)(p − y)", "squared_error_gradient")
    yield _Deviation("base", "2", "log_base")
    yield _Deviation("base", "10", "log_base")


class _Formulas:
    """The right formulas and those that deviate, each sum over the rows worked out once."""

    def __init__(
        self, problem: Problem, targets: Targets, gradients: Gradients, reduction: Reduction
    ) -> None:
        self._problem = problem
        self._each = gradients.W.ndim == 3
        self._count = len(problem.rows)
        self._mean = reduction == "mean" and not self._each
        k = problem.classes
        p = gradients.forward.probabilities.reshape(-1, k)
        y = targets.dense(k) if isinstance(targets, Labels) else targets
        s, q = y.sum(axis=1, keepdims=True), p - y
        # Rounding apart: then p − y is right, and its last bits are no mistake.
        self.targets_sum_to_one = bool(
            (np.abs(s - 1.0) <= _ROUNDED * np.abs(y).sum(axis=1, keepdims=True)).all()
        )
        # Each with its terms' absolute values, which is what its rounding is measured by.
        size, q_size = np.abs(s) * p, p + np.abs(y)
        self._residuals = {
            "s·p − y": (gradients.residuals, size + np.abs(y)),
            "s·p": (s * p, size),
            "p": (p, p),
            "p − y": (q, q_size),
            "(diag p − ppᵀ)(p − y)": (
                p * q - p * (p * q).sum(axis=1, keepdims=True),
                p * q_size + p * (p * q_size).sum(axis=1, keepdims=True),
            ),
        }
        self._hidden = problem.rows @ problem.W.T, np.abs(problem.rows) @ np.abs(problem.W).T
        self._sums: dict[tuple[Part, str, str], tuple[Floats, float]] = {}

    def evaluate(self, part: Part, ways: dict[str, str]) -> tuple[Floats, float]:
        """Return the formula's numbers, and the largest entry of its absolute values."""
        if ways["factor"] == "other parameter's":
            numbers, size = self._sum("Theta" if part == "W" else "W", ways["residual"], "own")
        else:
            numbers, size = self._sum(part, ways["residual"], ways["factor"])
        scale = -1.0 if ways["sign"] else 1.0
        if self._mean != bool(ways["reduction"]):
            scale /= self._count
        if ways["base"]:
            scale /= float(np.log(float(ways["base"])))
        if ways["transposition"]:
            numbers = numbers.swapaxes(-1, -2) if numbers.ndim > 1 + self._each else numbers
        return scale * numbers, abs(scale) * size

    def _sum(self, part: Part, residual: str, factor: str) -> tuple[Floats, float]:
        key = (part, residual, factor)
        if key not in self._sums:
            (g, g_size), (hidden, hidden_size) = self._residuals[residual], self._hidden
            rows, Theta = self._problem.rows, self._problem.Theta
            numbers = self._contracted(part, factor, g, rows, hidden, Theta)
            size = self._contracted(part, factor, g_size, np.abs(rows), hidden_size, np.abs(Theta))
            self._sums[key] = numbers, float(size.max())
        return self._sums[key]

    def _contracted(
        self, part: Part, factor: str, g: Floats, rows: Floats, hidden: Floats, Theta: Floats
    ) -> Floats:
        """Return Σₙ left·rightᵀ, or each row's, with the factors that the deviation has."""
        one = np.ones((len(rows), 1))
        if part == "W":
            back = g if factor == "none of W or Θ" else g @ Theta.T
            by_way = {"ones": np.ones_like(rows), "none": one, "one column or row": one}
            answer = self._outer(back, by_way.get(factor, rows))
            return answer[..., 0] if factor == "none" else answer
        by_way = {"ones": np.ones_like(hidden), "none": one, "one column or row": one, "none of W or Θ": rows}
        answer = self._outer(by_way.get(factor, hidden), g)
        return answer[..., 0, :] if factor == "none" else answer

    def _outer(self, left: Floats, right: Floats) -> Floats:
        if self._each:
            return left[:, :, np.newaxis] * right[:, np.newaxis, :]
        product: Floats = left.T @ right
        return product
