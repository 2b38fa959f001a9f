"""How far an honest evaluation in floating point may be from a gradient's entry, for each entry.

A bound and no constant: near a stationary point, for wide undecided logits, or where rows cancel in a
batch, an entry may be wrong in all its digits and still be as right as its arithmetic allows.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.nn.activations.record import Floats
from app.nn.errors import Overflow
from app.nn.gradients.mistakes import Part
from app.nn.gradients.problem import Gradients, Problem
from app.nn.gradients.reduction import Reduction
from app.nn.gradients.targets import Labels, Targets, sizes


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A floating-point format: its unit roundoff, and its smallest normal number.

    Below that many programs flush to zero, so it counts as the error of what underflows.
    """

    roundoff: float
    smallest: float


FLOAT64 = Arithmetic(2.0**-53, 2.0**-1022)
FLOAT32 = Arithmetic(2.0**-24, 2.0**-126)

# An entry of a float32 array nearly always needs more of its 24 bits than this; small whole numbers and
# halves, zeros above all, are float32 numbers too and say nothing of the arithmetic behind them.
_SHORT = 2**10


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """Absolute values behind the gradients, from which first-order rounding bounds are made; none is signed.

    `rows` |x| (N, d), `hidden` |W|·|x| (N, h), `Theta` |Θ| (h, k), and of the derivative by the logits
    `residuals` |g| (N, k) with `spread` (N, k), its own error in units of the roundoff, these two with
    the reduction's factor in; `targets` Σ|y| (N, 1).
    """

    rows: Floats
    hidden: Floats
    Theta: Floats
    residuals: Floats
    spread: Floats
    targets: Floats
    each: bool

    @property
    def steps(self) -> int:
        """Roundings in a row behind an entry, after the residuals: both inner sums, and some to spare."""
        (h, k), (rows, d) = self.Theta.shape, self.rows.shape
        return int(h + k + d + (1 if self.each else rows) + 16)

    def logits(self) -> float:
        """Return the largest entry of |Θ|ᵀ·|W|·|x|."""
        return float((self.hidden @ self.Theta).max())

    def noise(self, part: Part, arithmetic: Arithmetic) -> Floats:
        """Return the error that each entry of a part may have, in the part's shape."""
        g = arithmetic.roundoff * (self.spread + self.steps * self.residuals)
        g += arithmetic.smallest * (1.0 + self.targets)
        left, right = (g @ self.Theta.T, self.rows) if part == "W" else (self.hidden, g)
        if self.each:
            error = left[:, :, np.newaxis] * right[:, np.newaxis, :]
        else:
            error = left.T @ right
        return error + self.steps * arithmetic.smallest


def sizes_of(problem: Problem, targets: Targets, gradients: Gradients, reduction: Reduction) -> Sizes:
    """Return the absolute values behind `gradients`.

    With δa = (h + d)·|Θ|ᵀ|W||x| the logits' error, pⱼ moves by at most pⱼ·(δaⱼ + Σᵢ pᵢ·δaᵢ), and s·p − y
    as anybody writes it rounds by a few of its terms.

    Raises `Overflow` where the bounds themselves are beyond the largest float64.
    """
    h, d = problem.W.shape
    k = problem.classes
    rows, Theta = np.abs(problem.rows), np.abs(problem.Theta)
    p = gradients.forward.probabilities.reshape(-1, k)
    y = np.abs(targets.dense(k) if isinstance(targets, Labels) else targets)
    s = sizes(targets)[:, np.newaxis]
    factor = 1.0 / len(rows) if reduction == "mean" else 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        hidden = rows @ np.abs(problem.W).T
        logits = (h + d + 6) * (hidden @ Theta)
        moved = p * np.minimum(
            logits + (p * logits).sum(axis=1, keepdims=True) + (k + 8), 2.0 / FLOAT64.roundoff
        )
        spread = s * moved + 8 * (s * p + y)
        found = Sizes(
            rows,
            hidden,
            Theta,
            factor * np.abs(gradients.residuals),
            factor * spread,
            s,
            gradients.W.ndim == 3,
        )
        if not (np.isfinite(hidden).all() and np.isfinite(found.spread).all()):
            raise Overflow(
                "expected numbers whose rounding errors can be bounded below 1.8e308, got larger ones",
                ("inputs",),
            )
    return found


def arithmetic_of(submission: Floats) -> Arithmetic:
    """Return the arithmetic that a submission comes from.

    float32's where every number is one and most of those that are not 0 need more than 10 bits; otherwise
    float64's.
    """
    numbers = submission[np.isfinite(submission) & (submission != 0)]
    with np.errstate(over="ignore", under="ignore"):
        narrow: npt.NDArray[np.bool_] = numbers.astype(np.float32) == numbers
    if not numbers.size or not narrow.all():
        return FLOAT64
    mantissa = np.frexp(numbers)[0] * _SHORT
    return FLOAT32 if np.mean(mantissa != np.floor(mantissa)) > 0.5 else FLOAT64
