"""Bodies and answers of the grading of somebody else's gradients, by levels of feedback.

Below the level solution an answer is made from the grades alone, (correct per part; mask; codes), so that
nothing else of the problem can be in its bytes.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, get_args

import numpy as np
import numpy.typing as npt
from pydantic import Field
from typing_extensions import TypedDict

from ..nn.cost import Cost
from ..nn.errors import Withheld
from ..nn.gradients import numerical
from ..nn.gradients import problem as closed_form
from ..nn.gradients.codes import EXPLANATIONS, Code
from ..nn.gradients.grading import PARTS, TOLERANCE, Grade, grade, refuse_telling_sizes
from ..nn.gradients.noise import Numbers
from ..nn.gradients.problem import Part
from ..nn.gradients.targets import prepare
from .arrays import ArrayOf
from .gradients import ForwardBody, GradientPair, Losses, TargetArray
from .number import Extended
from .request_models import RequestBody

Feedback = Literal["verdict", "entries", "diagnosis", "solution"]
LEVELS: tuple[Feedback, ...] = get_args(Feedback)

Submitted = Annotated[
    Annotated[Numbers, ArrayOf(finite=False, empty=True, as_sent=True)] | None,
    Field(
        description="What was derived, of any shape; numbers may be NaN or infinite. A tensor of F32 says "
        "that it was found in float32; of JSON the numbers themselves have to show it."
    ),
]


class Submission(RequestBody):
    """Somebody's ∂ℓ/∂W, ∂ℓ/∂Θ or both."""

    W: Submitted = None
    Theta: Submitted = None

    def parts(self) -> dict[Part, Numbers]:
        """Return what was submitted, by part."""
        return {part: array for part in PARTS if (array := getattr(self, part)) is not None}


ANY_PART: list[Any] = [
    {"required": [part], "properties": {part: {"not": {"type": "null"}}}} for part in PARTS
]
"""What JSON Schema says of a submission with at least one part that is not null."""


class CheckBody(ForwardBody):
    """A problem with a submission of its gradients, and how much of the answer may be told."""

    targets: TargetArray
    submission: Annotated[Submission, Field(json_schema_extra={"anyOf": ANY_PART})]
    tolerance: Annotated[
        float | None,
        Field(
            ge=0.0,
            description="An entry is wrong if |submitted − true| > tolerance·|true| + its own rounding "
            f"noise. By default, and always where the ceiling of help is below solution, it is the "
            f"service's own, {TOLERANCE:g} unless it is set otherwise.",
        ),
    ] = None
    feedback: Feedback = "verdict"

    def cost(self) -> Cost:
        """Return what grading takes: the gradients, their rounding bounds, the table of mistakes."""
        (h, d), k = self.W.shape, self.Theta.shape[1]
        rows = self.inputs.shape[0] if self.inputs.ndim == 2 else 1
        once = closed_form.cost((h, d), k, rows, self.reduction)
        answer = 3 * once.answer if self.feedback != "verdict" else 0
        # Sums over rows: five residuals with up to six factors each, in two parts, signed and in size.
        table = Cost(
            60 * rows * h * (d + k) + 120 * h * (d + k), max(once.intermediate, rows * max(h, d)), answer
        )
        return once + table + (numerical.cost((h, d), k, rows) if self.feedback == "solution" else Cost())


class MistakeAnswer(TypedDict):
    """One mistake's name, and a sentence about it that gives no number away."""

    code: Code
    explanation: str


Entries = Annotated[
    npt.NDArray[np.intp],
    ArrayOf((2,), empty=True, description="The places [i, j] of wrong entries, zero-based."),
]


class PartGrade(TypedDict):
    """What is said of one part; more at each level of feedback."""

    correct: bool
    wrong_entries: NotRequired[Entries]
    mistakes: NotRequired[list[MistakeAnswer]]


class NumericalMethod(TypedDict):
    """One way of numerical differentiation: how far it is from the gradients, and how far it may be."""

    method: str
    largest_error: Extended
    noise_floor: Extended


class NumericalCheck(NumericalMethod):
    """The best method's agreement, and all of them."""

    compared: int
    every_coordinate: bool
    methods: list[NumericalMethod]


class CheckAnswer(TypedDict):
    """The grades; at the level solution also the reference numbers."""

    correct: bool
    parts: dict[str, PartGrade]
    tolerance: NotRequired[float]
    loss: NotRequired[Losses]
    gradients: NotRequired[GradientPair]
    numerical: NotRequired[NumericalCheck]


def refuse_above(ceiling: Feedback, asked: Feedback) -> None:
    """Raise `Withheld` where more is asked than the ceiling of help allows."""
    if LEVELS.index(asked) > LEVELS.index(ceiling):
        raise Withheld(
            f"expected a level of feedback up to {ceiling}, the most that is given here", ("feedback",)
        )


def allowed(asked: float | None, ceiling: Feedback, own: float) -> float:
    """Return the tolerance that counts: the service's own where none is asked for, or none may be."""
    return own if asked is None or ceiling != "solution" else asked


def check_answer(body: CheckBody, ceiling: Feedback = "solution", own: float = TOLERANCE) -> CheckAnswer:
    """Return the grades of a submission, `own` being the service's tolerance.

    Raises `Withheld`, `ShapeMismatch`, `InvalidValue`, `NotFinite` or `Overflow`.
    """
    refuse_above(ceiling, body.feedback)
    tolerance = allowed(body.tolerance, ceiling, own)
    problem = body.problem()
    targets = prepare(
        body.targets,
        body.inputs.shape,
        problem.classes,
        label_smoothing=body.label_smoothing,
        class_weights=body.class_weights,
    )
    if ceiling != "solution":
        refuse_telling_sizes(problem, targets)
    found = closed_form.gradients(problem, targets, body.reduction)
    grades = grade(problem, targets, found, body.reduction, body.submission.parts(), tolerance)
    told = _told(grades, LEVELS.index(body.feedback))
    if body.feedback != "solution":
        return told
    checks = numerical.check(problem, targets, found, body.reduction)
    methods: list[NumericalMethod] = [
        {"method": one.method, "largest_error": one.largest_error, "noise_floor": one.noise_floor}
        for one in checks
    ]
    best = checks[0]
    return {
        **told,
        "tolerance": tolerance,
        "loss": found.loss,
        "gradients": {"W": found.W, "Theta": found.Theta},
        "numerical": {
            **methods[0],
            "compared": best.tried,
            "every_coordinate": best.every_coordinate,
            "methods": methods,
        },
    }


def _told(grades: Mapping[Part, Grade], level: int) -> CheckAnswer:
    """Return what a level of feedback says: a function of correct per part, the masks and the codes alone."""
    parts: dict[str, PartGrade] = {}
    for part, graded in grades.items():
        parts[part] = {"correct": graded.correct}
        if level >= LEVELS.index("entries"):
            parts[part]["wrong_entries"] = np.argwhere(graded.wrong)
        if level >= LEVELS.index("diagnosis"):
            parts[part]["mistakes"] = [
                {"code": code, "explanation": EXPLANATIONS[code]} for code in graded.codes
            ]
    return {"correct": all(graded.correct for graded in grades.values()), "parts": parts}
