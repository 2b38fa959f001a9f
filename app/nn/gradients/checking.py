"""A check of somebody's gradients from the question to what may be said, by levels of feedback."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..activations.record import Floats
from . import numerical
from .codes import Code
from .grading import Grade, grade, hidden_mistakes, refuse_telling_sizes
from .noise import Numbers
from .parts import Rules
from .problem import Gradients, Part, Problem, gradients, penalised
from .reduction import Reduction
from .targets import preparation, prepare

Feedback = Literal["verdict", "mistakes", "entries", "diagnosis", "solution"]

Told = Literal["names", "entries", "hidden", "reference"]

TOLD: dict[Feedback, frozenset[Told]] = {
    "verdict": frozenset(),
    "mistakes": frozenset({"names"}),
    "entries": frozenset({"entries"}),
    "diagnosis": frozenset({"names", "entries", "hidden"}),
    "solution": frozenset({"names", "entries", "hidden", "reference"}),
}
"""What is told at each level beside right or wrong: of mistakes and entries neither includes the other."""


def allows(ceiling: Feedback, asked: Feedback) -> bool:
    """Tell whether nothing is told at one level that is not told at the other."""
    return TOLD[asked] <= TOLD[ceiling]


@dataclass(frozen=True, slots=True, eq=False)
class CheckedSubmission:
    """The grades; from diagnosis on the mistakes that the problem hides; for solution the reference too.

    `methods` are the numerical derivatives of the same loss without its penalty, the best first.
    """

    grades: dict[Part, Grade]
    hidden: tuple[Code, ...] = ()
    reference: Gradients | None = None
    methods: tuple[numerical.Check, ...] = ()


def check_submission(
    problem: Problem,
    targets: Floats,
    reduction: Reduction,
    submission: Mapping[Part, Numbers],
    rules: Rules,
    feedback: Feedback,
    *,
    label_smoothing: float = 0.0,
    class_weights: Floats | None = None,
    l2: float = 0.0,
    ceiling: Feedback = "solution",
) -> CheckedSubmission:
    """Return the grades of a submission, and what `feedback` asks beside them.

    Below the `ceiling` solution, sizes are refused at which the grades alone would measure the answer.

    Raises `ShapeMismatch`, `InvalidValue`, `NotFinite` or `Overflow`.
    """
    shape = problem.inputs.shape
    rows = prepare(
        targets, shape, problem.classes, label_smoothing=label_smoothing, class_weights=class_weights
    )
    if ceiling != "solution":
        refuse_telling_sizes(problem, rows, l2)
    found = gradients(problem, rows, reduction)
    whole = penalised(problem, found, l2)
    before = preparation(
        targets, shape, problem.classes, label_smoothing=label_smoothing, class_weights=class_weights
    )
    grades = grade(
        problem,
        rows,
        whole,
        reduction,
        submission,
        rules.tolerance,
        absolute_tolerance=rules.absolute_tolerance,
        rounding=rules.rounding,
        before=before,
    )
    hidden: tuple[Code, ...] = ()
    if "hidden" in TOLD[feedback]:
        hidden = hidden_mistakes(
            problem,
            rows,
            whole,
            reduction,
            rules.tolerance,
            absolute_tolerance=rules.absolute_tolerance,
            before=before,
        )
    if feedback != "solution":
        return CheckedSubmission(grades, hidden)
    methods = tuple(numerical.check(problem, rows, found, reduction))
    return CheckedSubmission(grades, hidden, whole, methods)
