"""Bodies and answers of the grading of somebody else's gradients, by levels of feedback.

Below the level solution an answer is made from the grades alone, (correct per part; rounded; mask; codes), so
that nothing else of the problem can be in its bytes.
"""

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired

import numpy as np
import numpy.typing as npt
from pydantic import Field
from typing_extensions import TypedDict

from ..nn.cost import Cost
from ..nn.errors import Withheld
from ..nn.gradients import numerical
from ..nn.gradients import problem as closed_form
from ..nn.gradients.checking import TOLD, allows, check_submission
from ..nn.gradients.checking import Feedback as Feedback
from ..nn.gradients.codes import EXPLANATIONS, Code
from ..nn.gradients.grading import OWN_RULES, PARTS, TOLERANCE, Grade
from ..nn.gradients.noise import Numbers
from ..nn.gradients.parts import Rules
from ..nn.gradients.problem import Part
from ..nn.gradients.rounding import Rounding
from .arrays import ArrayOf
from .gradients import ForwardBody, GradientPair, Losses, Penalty, TargetArray
from .number import Extended
from .request_models import RequestBody

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


ANY_PART: dict[str, Any] = {"not": {"properties": {part: {"type": "null"} for part in PARTS}}}
"""What JSON Schema says of a submission with at least one part that is not null.

No `anyOf` beside the properties: generators of clients make a union of empty objects of that.
"""


class CheckFields(RequestBody):
    """What a check of anybody's gradients may be asked for."""

    tolerance: Annotated[
        float | None,
        Field(
            ge=0.0,
            description="An entry is wrong if |submitted − true| > tolerance·|true| + absolute_tolerance + "
            "its own rounding noise. By default, and always where the ceiling of help is below solution, "
            "the tolerances and rounding are the service's own; "
            f"this is {TOLERANCE:g} unless it is set otherwise.",
        ),
    ] = None
    absolute_tolerance: Annotated[
        float | None, Field(ge=0.0, description="What each entry may be off by, whatever its size.")
    ] = None
    rounding: Annotated[
        bool | None,
        Field(
            description="Whether a part is right that is the true one rounded to the fewest decimals, or "
            "significant digits, that write all its numbers; its largest entry keeps two digits at least."
        ),
    ] = None
    feedback: Annotated[
        Feedback,
        Field(
            description="verdict: right or wrong, and how it is rounded; mistakes: their names too; entries: "
            "which entries, and no names; diagnosis: both, and what mistakes the problem hides; solution: "
            "the reference too."
        ),
    ] = "verdict"

    def rules(self, ceiling: Feedback, own: Rules) -> Rules:
        """Return what counts as right. Raises `InvalidValue`."""
        return rules(self.tolerance, self.absolute_tolerance, self.rounding, ceiling, own)


class CheckBody(CheckFields, ForwardBody):
    """A problem with a submission of its gradients, and how much of the answer may be told."""

    targets: TargetArray
    l2: Penalty = 0.0
    submission: Annotated[Submission, Field(json_schema_extra=ANY_PART)]

    def cost(self) -> Cost:
        """Return what grading takes: the gradients, their rounding bounds, the table of mistakes."""
        (h, d), k = self.W.shape, self.Theta.shape[1]
        rows = self.inputs.shape[0] if self.inputs.ndim == 2 else 1
        once = closed_form.cost((h, d), k, rows, self.reduction)
        answer = 3 * once.answer if self.feedback != "verdict" else 0
        # About 60 residuals go back through Θ; products are worked out at a few places, few of them in full.
        table = Cost(
            60 * rows * h * (d + k) + 120 * h * (d + k), max(once.intermediate, 80 * rows * max(h, k)), answer
        )
        return once + table + (numerical.cost((h, d), k, rows) if self.feedback == "solution" else Cost())

    def is_slow(self) -> bool:
        """Say that it is: the table of mistakes takes 10 ms for the smallest problem."""
        return True


class MistakeAnswer(TypedDict):
    """One mistake's name, and a sentence about it that gives no number away."""

    code: Code
    explanation: str


Entries = Annotated[
    npt.NDArray[np.intp],
    ArrayOf((2,), empty=True, description="The places [i, j] of wrong entries, zero-based."),
]


class RoundedTo(TypedDict):
    """To how many decimals, or else significant digits, numbers are rounded that are right but for that."""

    decimals: NotRequired[int]
    significant: NotRequired[int]


class PartGrade(TypedDict):
    """What is said of one part; more at each level of feedback.

    `mistakes` are all that are named; where the numbers cannot tell mistakes apart, each of `alternatives`
    explains them.
    """

    correct: bool
    rounded: NotRequired[RoundedTo]
    statement: NotRequired[str]
    wrong_entries: NotRequired[Entries]
    mistakes: NotRequired[list[MistakeAnswer]]
    alternatives: NotRequired[list[list[Code]]]


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
    """The grades; at the level solution also the reference numbers.

    `hidden_mistakes` are those that give right numbers in this problem; without them it hides none.
    """

    correct: bool
    rounded: NotRequired[RoundedTo]
    parts: dict[str, PartGrade]
    hidden_mistakes: NotRequired[list[Code]]
    tolerance: NotRequired[float]
    loss: NotRequired[Losses]
    gradients: NotRequired[GradientPair]
    numerical: NotRequired[NumericalCheck]


def refuse_above(ceiling: Feedback, asked: Feedback) -> None:
    """Raise `Withheld` where more is asked than the ceiling of help allows."""
    if not allows(ceiling, asked):
        raise Withheld(
            f"expected a level of feedback that tells no more than {ceiling}, the most that is given here",
            ("feedback",),
        )


def rules(
    tolerance: float | None, absolute: float | None, rounding: bool | None, ceiling: Feedback, own: Rules
) -> Rules:
    """Return what counts as right: the service's own where nothing else is asked for, or may be.

    Raises `InvalidValue`.
    """
    if ceiling != "solution":
        return own
    return Rules(
        own.tolerance if tolerance is None else tolerance,
        own.absolute_tolerance if absolute is None else absolute,
        own.rounding if rounding is None else rounding,
    )


def check_answer(body: CheckBody, ceiling: Feedback = "solution", own: Rules = OWN_RULES) -> CheckAnswer:
    """Return the grades of a submission, `own` being the service's rules.

    Raises `Withheld`, `ShapeMismatch`, `InvalidValue`, `NotFinite` or `Overflow`.
    """
    refuse_above(ceiling, body.feedback)
    allowed = body.rules(ceiling, own)
    found = check_submission(
        body.problem(),
        body.targets,
        body.reduction,
        body.submission.parts(),
        allowed,
        body.feedback,
        label_smoothing=body.label_smoothing,
        class_weights=body.class_weights,
        l2=body.l2,
        ceiling=ceiling,
    )
    told: CheckAnswer = {**graded_answer(found.grades, body.feedback)}  # type: ignore[typeddict-item]  # a part
    if found.hidden:
        told["hidden_mistakes"] = list(found.hidden)
    if found.reference is None:
        return told
    methods: list[NumericalMethod] = [
        {"method": one.method, "largest_error": one.largest_error, "noise_floor": one.noise_floor}
        for one in found.methods
    ]
    best = found.methods[0]
    return {
        **told,
        "tolerance": allowed.tolerance,
        "loss": found.reference.loss,
        "gradients": {"W": found.reference.W, "Theta": found.reference.Theta},
        "numerical": {
            **methods[0],
            "compared": best.tried,
            "every_coordinate": best.every_coordinate,
            "methods": methods,
        },
    }


class GradedParts(TypedDict):
    """What the grades alone say at some level of feedback."""

    correct: bool
    rounded: NotRequired[RoundedTo]
    parts: dict[str, PartGrade]


def graded_answer(grades: Mapping[Any, Grade], feedback: Feedback) -> GradedParts:
    """Return what a level says: a function of correct per part, rounding, masks and codes alone."""
    parts: dict[str, PartGrade] = {}
    for part, graded in grades.items():
        parts[part] = {"correct": graded.correct}
        if graded.rounded is not None:
            parts[part]["rounded"] = _rounded_to(graded.rounded)
            parts[part]["statement"] = f"Right {graded.rounded.in_words()}."
        if "entries" in TOLD[feedback]:
            parts[part]["wrong_entries"] = np.argwhere(graded.wrong)
        if "names" in TOLD[feedback]:
            parts[part]["mistakes"] = [
                {"code": code, "explanation": EXPLANATIONS[code]} for code in graded.codes
            ]
            if len(graded.explanation.alternatives) > 1:
                parts[part]["alternatives"] = [list(codes) for codes in graded.explanation.alternatives]
    told: GradedParts = {"correct": all(graded.correct for graded in grades.values()), "parts": parts}
    roundings = {graded.rounded for graded in grades.values() if graded.rounded is not None}
    if told["correct"] and len(roundings) == 1:
        told["rounded"] = _rounded_to(roundings.pop())
    return told


def _rounded_to(rounding: Rounding) -> RoundedTo:
    return {"decimals": rounding.digits} if rounding.kind == "decimals" else {"significant": rounding.digits}
