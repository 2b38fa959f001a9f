"""The grading of somebody else's gradients: right or wrong, in which entries, by which mistake."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats
from ..errors import InvalidValue, Overflow, Place
from ..words import short
from .allowances import CLOSE
from .candidates import Deviation
from .codes import Code
from .hidden import hidden_codes, same_as_right
from .joint import UNEXPLAINED, Explanation
from .layouts import PartCandidates
from .mistakes import ClosedForm, part_noise
from .noise import FLOAT64, Arithmetic, Magnitudes, arithmetic_of, sizes_of
from .parts import Rules, WrongPart, explain_parts, judge, meant_shape
from .problem import PARTS as PARTS
from .problem import Gradients, Part, Problem
from .reduction import Reduction
from .rounding import Numbers, Rounding
from .targets import Labels, Preparation, Targets

TOLERANCE = CLOSE
"""Relative, beside each entry's own noise."""

OWN_RULES = Rules(TOLERANCE)
"""What counts as right where nobody says otherwise: also what is rounded."""

# Between this and its inverse, nothing in a problem over- or underflows that is not 0.
_LARGEST = 1e60
_NOT_BELOW = 1.0 - 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Grade:
    """What is said of one part: `wrong` (h, ·), True where an entry is wrong, and what explains it.

    A part of another shape is wrong in every entry of the right one. `explanation` has no alternatives where
    the part is right, and where no mistake of the table explains it. `rounded` says how a part is rounded
    that is right but for that.
    """

    wrong: npt.NDArray[np.bool_]
    explanation: Explanation = UNEXPLAINED
    rounded: Rounding | None = None

    @property
    def correct(self) -> bool:
        """Whether no entry is wrong."""
        return not self.wrong.any()

    @property
    def codes(self) -> tuple[Code, ...]:
        """The codes of all mistakes that are named."""
        return self.explanation.codes


def grade(
    problem: Problem,
    targets: Targets,
    gradients: Gradients,
    reduction: Reduction,
    submission: Mapping[Part, Numbers],
    tolerance: float = TOLERANCE,
    *,
    absolute_tolerance: float = 0.0,
    rounding: bool = True,
    before: Preparation | None = None,
) -> dict[Part, Grade]:
    """Return a grade for each part of `submission`, whose arrays may have any shape and any numbers.

    An entry is wrong if |submitted − true| > tolerance·|true| + absolute_tolerance + noise, where the noise
    is the entry's own rounding bound, in float32 where the part's numbers are float32's (`arithmetic_of`),
    and, with `rounding`, if it is not the true one rounded as the whole part is rounded either. Mistakes
    are found for all parts together. `before` is what the targets were before smoothing and weights.

    Raises `InvalidValue` for a submission without parts or a tolerance that is negative or not finite, and
    `Overflow` where the rounding bounds are beyond the largest float64.
    """
    if not submission:
        raise InvalidValue("expected W, Theta or both", ("submission",))
    rules = Rules(tolerance, absolute_tolerance, rounding)
    arithmetics = arithmetic_of(submission)
    known: dict[Arithmetic, Magnitudes] = {}
    candidates: dict[str, PartCandidates] = {}
    verdicts, noises = {}, {}
    for part in PARTS:
        if part in submission:
            arithmetic = arithmetics[part]
            if arithmetic not in known:
                known[arithmetic] = sizes_of(problem, targets, gradients, reduction, arithmetic)
            right: Floats = getattr(gradients, part)
            noises[part] = part_noise(problem, gradients, known[arithmetic], part)
            verdicts[part] = judge(submission[part], right, noises[part], rules)
    if all(one.correct for one in verdicts.values()):
        return {part: Grade(one.wrong, rounded=one.rounded) for part, one in verdicts.items()}
    table = ClosedForm(problem, targets, gradients, reduction, before)
    for part in verdicts:
        shape = meant_shape(submission[part], getattr(gradients, part))
        candidates[part] = table.part(part, known[arithmetics[part]], noises[part], shape)
    wrong: dict[str, WrongPart] = {
        part: WrongPart(candidates[part], submission[part])
        for part, one in verdicts.items()
        if not one.correct
    }
    right_ones: dict[str, PartCandidates] = {
        part: candidates[part] for part, one in verdicts.items() if one.correct
    }
    explained = explain_parts(wrong, right_ones, rules, table.follows)
    return {
        part: Grade(one.wrong, explained.get(part, UNEXPLAINED), one.rounded)
        for part, one in verdicts.items()
    }


def hidden_mistakes(
    problem: Problem,
    targets: Targets,
    gradients: Gradients,
    reduction: Reduction,
    tolerance: float = TOLERANCE,
    *,
    absolute_tolerance: float = 0.0,
    before: Preparation | None = None,
) -> tuple[Code, ...]:
    """Return the codes of mistakes that give right numbers in this problem, so that a check cannot see them.

    With W = I, x for Wx is such a one. A mistake is told of if one of its ways leaves every part right in
    which it shows. Raises `InvalidValue` as `grade` does.
    """
    rules = Rules(tolerance, absolute_tolerance, rounding=False)
    table = ClosedForm(problem, targets, gradients, reduction, before)
    sizes = sizes_of(problem, targets, gradients, reduction, FLOAT64)
    same: dict[str, frozenset[Deviation]] = {}
    for part in PARTS:
        candidates = table.part(part, sizes, part_noise(problem, gradients, sizes, part))
        same[part] = same_as_right(candidates, rules.tolerance, rules.absolute_tolerance)
    return hidden_codes(same)


def refuse_telling_sizes(problem: Problem, targets: Targets, l2: float = 0.0) -> None:
    """Raise `Overflow` or `InvalidValue` for a number of a size at which grades would measure the answer.

    Class weights c·(1, …, 1) scale both gradients by c. Whether they overflow, or whether 0 is right, being
    within what underflows, then tells by bisection how large they were: so either is refused beforehand, by
    the numbers of the question alone. Against terms that are added to the question to widen what a relative
    tolerance allows there is no such guard: whoever may ask without end can find the answer.
    """
    rows = targets.weights if isinstance(targets, Labels) else targets
    refuse_sizes(
        {
            ("W",): problem.W,
            ("Theta",): problem.Theta,
            ("inputs",): problem.inputs,
            ("targets",): rows,
            ("l2",): np.array(l2),
        },
        _LARGEST,
    )


def refuse_sizes(given: Mapping[Place, Floats], largest: float) -> None:
    """Raise `Overflow` for a number above `largest` in size, `InvalidValue` for one below its inverse."""
    for place, array in given.items():
        sizes = np.abs(array)
        if (sizes > largest).any():
            raise Overflow(
                f"expected numbers of at most {short(largest)} in size where submissions are checked only",
                place,
            )
        if ((sizes > 0.0) & (sizes * largest < _NOT_BELOW)).any():
            raise InvalidValue(
                f"expected 0 or numbers of at least {short(1.0 / largest)} in size where submissions are "
                "checked only",
                place,
            )
