"""The grading of somebody else's gradients: right or wrong, in which entries, by which mistake."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.nn.activations.record import Floats
from app.nn.errors import InvalidValue, Overflow
from app.nn.gradients.codes import Code
from app.nn.gradients.mistakes import Part, Slip, slips
from app.nn.gradients.noise import Arithmetic, Numbers, Sizes, arithmetic_of, sizes_of
from app.nn.gradients.problem import Gradients, Problem
from app.nn.gradients.reduction import Reduction
from app.nn.gradients.targets import Labels, Targets

TOLERANCE = 1e-9
"""Relative, beside each entry's own noise."""

# A mistake is named within this much at most, however wide the tolerance: beyond it, every one fits.
_LOOSEST = 0.05

# So much of the deviation from the right answer may be left beside a mistake that is named.
_UNEXPLAINED = 0.25

# Between these, nothing in a problem over- or underflows that is not 0.
_SMALLEST, _LARGEST = 1e-60, 1e60

PARTS: tuple[Part, ...] = ("W", "Theta")


@dataclass(frozen=True, slots=True, eq=False)
class Grade:
    """What is said of one part: `wrong` (h, ·), True where an entry is wrong, and the mistakes' codes.

    A part of another shape is wrong in every entry of the right one. `codes` is empty where the part is
    right, and where no mistake of the table explains it.
    """

    wrong: npt.NDArray[np.bool_]
    codes: tuple[Code, ...]

    @property
    def correct(self) -> bool:
        """Whether no entry is wrong."""
        return not self.wrong.any()


def grade(
    problem: Problem,
    targets: Targets,
    gradients: Gradients,
    reduction: Reduction,
    submission: Mapping[Part, Numbers],
    tolerance: float = TOLERANCE,
) -> dict[Part, Grade]:
    """Return a grade for each part of `submission`, whose arrays may have any shape and any numbers.

    An entry is wrong if |submitted − true| > tolerance·|true| + noise, where the noise is the entry's own
    rounding bound, in float32 where the part's numbers are float32's (`arithmetic_of`). A mistake is named
    where every entry is what comes of it; of several the simplest, and one that fits to the last digits
    before one that fits only within `tolerance`.

    Raises `InvalidValue` for a submission without parts or a tolerance that is negative or not finite, and
    `Overflow` where the rounding bounds are beyond the largest float64.
    """
    if not submission:
        raise InvalidValue("expected W, Theta or both", ("submission",))
    if not 0.0 <= tolerance < np.inf:
        raise InvalidValue("expected a finite tolerance of at least 0", ("tolerance",))
    grades: dict[Part, Grade] = {}
    known: dict[Arithmetic, Sizes] = {}
    arithmetics = arithmetic_of(submission)
    for part in PARTS:
        if part in submission:
            given = submission[part].astype(np.float64)
            arithmetic = arithmetics[part]
            if arithmetic not in known:
                known[arithmetic] = sizes_of(problem, targets, gradients, reduction, arithmetic)
            sizes = known[arithmetic]
            wrong = wrong_entries(given, gradients, sizes, part, tolerance)
            codes: tuple[Code, ...] = ()
            if wrong.any():
                found = slips(problem, targets, gradients, reduction, part)
                codes = diagnose(given, found, getattr(gradients, part), sizes, part, tolerance)
            grades[part] = Grade(wrong, codes)
    return grades


def refuse_telling_sizes(problem: Problem, targets: Targets) -> None:
    """Raise `Overflow` or `InvalidValue` for a number of a size at which grades would measure the answer.

    Class weights c·(1, …, 1) scale both gradients by c. Whether they overflow, or whether 0 is right, being
    within what underflows, then tells by bisection how large they were: so either is refused beforehand, by
    the numbers of the question alone. Against terms that are added to the question to widen what a relative
    tolerance allows there is no such guard: whoever may ask without end can find the answer.
    """
    rows = targets.weights if isinstance(targets, Labels) else targets
    given = (("W", problem.W), ("Theta", problem.Theta), ("inputs", problem.inputs), ("targets", rows))
    for name, array in given:
        sizes = np.abs(array)
        if (sizes > _LARGEST).any():
            raise Overflow(
                f"expected numbers of at most {_LARGEST:g} in size where submissions are checked only",
                (name,),
            )
        if ((sizes > 0.0) & (sizes < _SMALLEST)).any():
            raise InvalidValue(
                f"expected 0 or numbers of at least {_SMALLEST:g} in size where submissions are checked only",
                (name,),
            )


def wrong_entries(
    given: Floats, gradients: Gradients, sizes: Sizes, part: Part, tolerance: float
) -> npt.NDArray[np.bool_]:
    """Return where `given` differs from the part by more than `tolerance` and the entry's noise."""
    right: Floats = getattr(gradients, part)
    if given.shape != right.shape:
        return np.ones(right.shape, dtype=bool)
    noise = sizes.noise(part)
    with np.errstate(over="ignore", invalid="ignore"):
        near: npt.NDArray[np.bool_] = np.abs(given - right) <= tolerance * np.abs(right) + noise
    return ~near


def diagnose(
    given: Floats, candidates: Iterable[Slip], right: Floats, sizes: Sizes, part: Part, tolerance: float
) -> tuple[Code, ...]:
    """Return the codes of the simplest mistake that gives the numbers of a wrong part, or none."""
    if not np.isfinite(given).all():
        return ("not_finite",)
    unit = sizes.unit
    noise = float(sizes.noise(part).max())
    truth = Slip((), right, noise / unit)
    possible = [slip for slip in candidates if slip.numbers.shape == given.shape]
    turning = [slip for slip in possible if not _scales(slip.numbers, right, noise)]
    looser = tuple(dict.fromkeys(min(tolerance, most) for most in (TOLERANCE, _LOOSEST)))
    # Without any noise first, then with the right answer's, at last with what an evaluation of the mistake
    # may round by: what is recognised with less is no coincidence.
    for rounded in (lambda _: 0.0, lambda _: noise, lambda slip: unit * slip.size):

        def explains(
            slip: Slip, factor: float, allowed: float, rounded: Callable[[Slip], float] = rounded
        ) -> bool:
            return _fits(given, factor * slip.numbers, right, allowed, abs(factor) * rounded(slip))

        # Numbers rounded by hand may happen to keep their ratios exactly: a slip within the tolerance
        # explains them better than an odd factor does to the last digit, so factors come last.
        for allowed in looser:
            for slip in possible:
                if explains(slip, 1.0, allowed):
                    return slip.codes
        for allowed in looser:
            for slip in (truth, *turning):
                factor = _common_factor(given, slip.numbers)
                if factor == 0.0 or not explains(slip, factor, allowed):
                    continue
                if abs(factor - 1.0) > 2.0 * allowed + unit:
                    return (*slip.codes, "scaled")
                if slip is truth:
                    break  # a few entries are wrong, by less than the larger ones may round
                return slip.codes
    return () if given.shape == right.shape else ("shape",)


def _scales(numbers: Floats, right: Floats, noise: float) -> bool:
    """Tell whether a mistake only scales the right answer: beside a factor of its own it says nothing."""
    if numbers.shape != right.shape:
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        left = np.abs(right - _common_factor(right, numbers) * numbers).max(initial=0.0)
        return bool(left <= TOLERANCE * np.abs(right).max(initial=0.0) + noise)


def _fits(given: Floats, expected: Floats, right: Floats, tolerance: float, noise: float) -> bool:
    """Tell whether `given` is what is expected of a mistake, and not as near to the right answer.

    Each entry may be off by `tolerance` and by `noise`. Where that is as large as the gradient itself, as on
    rows without doubt, everything would fit: so it counts up to a fraction of the numbers expected, and what
    leaves most of the deviation as it is explains nothing.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        left = np.abs(given - expected)
        noise = min(noise, _UNEXPLAINED * float(np.abs(expected).max(initial=0.0)))
        if not (left <= tolerance * np.abs(expected) + noise).all():
            return False
        return given.shape != right.shape or bool(
            left.max(initial=0.0) <= _UNEXPLAINED * np.abs(given - right).max(initial=0.0)
        )


def _common_factor(given: Floats, numbers: Floats) -> float:
    """Return c with given ≈ c·numbers by least squares; 0 where one entry alone would decide it."""
    if given.shape != numbers.shape or np.count_nonzero(numbers) < 2:
        return 0.0
    most, largest = float(np.abs(given).max()), float(np.abs(numbers).max())
    if most == 0.0 or not largest < np.inf:
        return 0.0
    numbers = numbers / largest
    with np.errstate(over="ignore"):
        factor = float(np.vdot(given / most, numbers) / np.vdot(numbers, numbers)) * (most / largest)
    return factor if np.isfinite(factor) else 0.0
