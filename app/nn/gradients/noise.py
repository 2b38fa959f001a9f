"""How far an honest evaluation in floating point may be from a gradient's entry, for each entry.

A bound and no constant: near a stationary point, for wide undecided logits, or where rows cancel in a
batch, an entry may be wrong in all its digits and still be as right as its arithmetic allows.

In float64 the bound is the worst case, all roundings on one side: it is far below the entries. In float32,
for 784 inputs and 128 hidden units, it would be above them, and half a gradient would pass for a whole one.
There roundings count as independent of each other, which makes sums of squares of sums of sizes (N. J. Higham
& T. Mary 2019, *A new approach to probabilistic rounding error analysis*), with a wide margin.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats
from ..errors import Overflow
from ..finite import all_finite
from .probability_errors import probability_errors
from .problem import Gradients, Part, Problem
from .reduction import Reduction
from .rounding import Numbers as Numbers
from .targets import Labels, Targets, sizes


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A floating-point format: its unit roundoff, its smallest normal number, how its roundings add up.

    Below the smallest many programs flush to zero, so it counts as the error of what underflows.
    """

    roundoff: float
    smallest: float
    independent: bool

    def roundings(self, count: int) -> float:
        """Return what so many roundings in a row amount to, in units of the roundoff."""
        return min(count, _DEVIATIONS * count**0.5) if self.independent else count


FLOAT64 = Arithmetic(2.0**-53, 2.0**-1022, independent=False)
FLOAT32 = Arithmetic(2.0**-24, 2.0**-126, independent=True)

# Of n independent roundings in a row, √n at so many standard deviations count; never more than n.
_DEVIATIONS = 32

# Most entries of a float32 array need more of its 24 bits than the first, and hardly a number that is not one
# on purpose needs more than the second. Small whole numbers and halves say nothing of the arithmetic behind
# them, nor does the power of two that is left where float32 should have found 0.
_SHORT, _LONG = 10, 16

# So many numbers in decimal digits show whether a program wrote float32.
_READ = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Magnitudes:
    """Absolute values behind the gradients, from which first-order rounding bounds are made; none is signed.

    Of the `inputs` x (N, d), which alone are as they were: `hidden` |W|·|x| (N, h), `logits` |Θ|ᵀ·|W|·|x|
    (N, k), these two smaller where roundings are independent; `Theta` |Θ| (h, k), and of the derivative by
    the logits `residuals` |g| (N, k) with `spread` (N, k), its own error in units of the roundoff, these two
    with the reduction's factor in; `targets` Σ|y| (N, 1).
    """

    arithmetic: Arithmetic
    inputs: Floats
    hidden: Floats
    logits: Floats
    Theta: Floats
    residuals: Floats
    spread: Floats
    targets: Floats
    each: bool

    @property
    def steps(self) -> float:
        """Roundings in a row behind an entry, after the residuals: both inner sums, and some to spare.

        Those of a sum over the rows count in full: equal rows round alike.
        """
        (h, k), (rows, d) = self.Theta.shape, self.inputs.shape
        return self.arithmetic.roundings(h + k + d + 16) + (1 if self.each else rows)

    @property
    def unit(self) -> float:
        """What an entry may be off by, in units of the largest of its terms' sizes."""
        return self.arithmetic.roundoff * self.steps * (4.0 + float(self.logits.max()))

    def noise(self, part: Part) -> Floats:
        """Return the error that each entry of a part may have, in the part's shape.

        Raises `Overflow` where one is beyond the largest float64.
        """
        arithmetic = self.arithmetic
        with np.errstate(over="ignore", invalid="ignore"):
            g = arithmetic.roundoff * (self.spread + self.steps * self.residuals)
            g += arithmetic.smallest * (1.0 + self.targets)
            if self.each:
                left, right = (g @ self.Theta.T, np.abs(self.inputs)) if part == "W" else (self.hidden, g)
                error = left[:, :, np.newaxis] * right[:, np.newaxis, :]
            elif part == "W":
                inputs = np.abs(self.inputs)
                error = np.linalg.multi_dot((self.Theta, g.T, inputs))  # in the cheaper order
                if not all_finite(error):
                    error = (self.Theta @ g.T) @ inputs
            else:
                error = self.hidden.T @ g
        if not all_finite(error):
            raise _unbounded()
        error += self.steps * arithmetic.smallest
        return error


def sizes_of(
    problem: Problem, targets: Targets, gradients: Gradients, reduction: Reduction, arithmetic: Arithmetic
) -> Magnitudes:
    """Return the absolute values behind `gradients` for roundings in `arithmetic`.

    With δa = (h + d)·|Θ|ᵀ|W||x| the logits' error, p moves by `probability_errors`, and s·p − y as anybody
    writes it rounds by a few of its terms. Where roundings are independent, δa's sums of sizes are those of
    squares, under the root, beside the value itself, to which a sum of one sign comes.

    Raises `Overflow` where the bounds themselves are beyond the largest float64.
    """
    h, d = problem.W.shape
    k = problem.classes
    Theta = np.abs(problem.Theta)
    p = gradients.forward.probabilities.reshape(-1, k)
    y = np.abs(targets.dense(k) if isinstance(targets, Labels) else targets)
    s = sizes(targets)[:, np.newaxis]
    factor = 1.0 / len(p) if reduction == "mean" else 1.0
    signed = gradients.forward.logits.reshape(-1, k)
    with np.errstate(over="ignore", invalid="ignore"):
        hidden = np.abs(problem.rows) @ np.abs(problem.W).T
        logits = hidden @ Theta
        if arithmetic.independent:
            squares = (problem.rows * problem.rows) @ (problem.W * problem.W).T
            hidden = np.fmin(hidden, np.abs(problem.rows @ problem.W.T) + np.sqrt(squares))
            logits = np.fmin(logits, np.abs(signed) + np.sqrt(squares @ (Theta * Theta)))
        u = arithmetic.roundoff
        error = u * arithmetic.roundings(h + d + 6) * logits
        spread = s * probability_errors(signed, p, error, u) / u + 8 * (s * p + y)
        found = Magnitudes(
            arithmetic,
            problem.rows,
            hidden,
            logits,
            Theta,
            factor * np.abs(gradients.residuals),
            factor * spread,
            s,
            gradients.W.ndim == 3,
        )
        if not (np.isfinite(hidden).all() and np.isfinite(found.spread).all()):
            raise _unbounded()
    return found


def _unbounded() -> Overflow:
    return Overflow(
        "expected numbers whose rounding errors can be bounded below 1.8×10³⁰⁸, got larger ones", ("inputs",)
    )


_Name = TypeVar("_Name", bound=str)


def arithmetic_of(submission: Mapping[_Name, Numbers]) -> dict[_Name, Arithmetic]:
    """Return the arithmetic that each part of a submission comes from.

    float32's where the array is of that type, and where its numbers show it; that of the other part where
    they show nothing, and float64's where neither part shows anything.
    """
    shown = {part: _shown(array) for part, array in submission.items()}
    otherwise = FLOAT32 if FLOAT32 in shown.values() else FLOAT64
    return {part: one or otherwise for part, one in shown.items()}


def _shown(array: Numbers) -> Arithmetic | None:
    """Return the arithmetic that the numbers of one part show, None where either may have made them.

    float32's where every number is one, exactly or in the fewest digits that tell it from its neighbours,
    as programs write it, and enough of them are long for that to be no accident.
    """
    if array.dtype == np.float32:
        return FLOAT32
    first = array.ravel()[:_READ]
    if _are_wide(first[np.isfinite(first) & (first != 0)]):
        return FLOAT64
    numbers = array[np.isfinite(array) & (array != 0)]
    narrow = _narrowed(numbers)
    if (narrow == numbers).all():
        mantissas = np.frexp(numbers)[0]
        one_is_long = _need_more(mantissas, _LONG).any()
        return (
            FLOAT32
            if one_is_long or np.count_nonzero(_need_more(mantissas, _SHORT)) > numbers.size / 2
            else None
        )
    read = numbers[:_READ].tolist()
    if any(float(str(one)) != number for one, number in zip(narrow, read, strict=False)):
        return FLOAT64
    long = sum(float(f"{number:.6g}") != number for number in read)
    broken = sum(not number.is_integer() for number in read)  # whole numbers are short in any arithmetic
    return FLOAT32 if long > 0.25 * broken else None


def _are_wide(numbers: Numbers) -> bool:
    """Tell whether one of some numbers is no float32 at all, neither exactly nor in its fewest digits."""
    narrow = _narrowed(numbers)
    other = narrow != numbers
    pairs = zip(narrow[other], numbers[other].tolist(), strict=True)
    return any(float(str(one)) != number for one, number in pairs)


def _narrowed(numbers: Numbers) -> npt.NDArray[np.float32]:
    with np.errstate(over="ignore", under="ignore"):
        return numbers.astype(np.float32)


def _need_more(mantissas: Floats, bits: int) -> npt.NDArray[np.bool_]:
    scaled = np.ldexp(mantissas, bits)
    needing: npt.NDArray[np.bool_] = scaled != np.floor(scaled)
    return needing
