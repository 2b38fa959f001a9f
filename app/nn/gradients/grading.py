"""The grading of somebody else's gradients: right or wrong, in which entries, by which mistake."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats
from ..errors import InvalidValue, Overflow
from .codes import Code
from .diagnosis import CLOSE, diagnose
from .mistakes import Part, possible_mistakes
from .noise import Arithmetic, Magnitudes, Numbers, arithmetic_of, sizes_of
from .problem import Gradients, Problem
from .reduction import Reduction
from .targets import Labels, Targets

TOLERANCE = CLOSE
"""Relative, beside each entry's own noise."""

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
    known: dict[Arithmetic, Magnitudes] = {}
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
                found = possible_mistakes(problem, targets, gradients, reduction, part)
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
    given: Floats, gradients: Gradients, sizes: Magnitudes, part: Part, tolerance: float
) -> npt.NDArray[np.bool_]:
    """Return where `given` differs from the part by more than `tolerance` and the entry's noise."""
    right: Floats = getattr(gradients, part)
    if given.shape != right.shape:
        return np.ones(right.shape, dtype=bool)
    noise = sizes.noise(part)
    with np.errstate(over="ignore", invalid="ignore"):
        near: npt.NDArray[np.bool_] = np.abs(given - right) <= tolerance * np.abs(right) + noise
    return ~near
