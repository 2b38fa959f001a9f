"""Operations on gradients in closed form, Problem 3."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ...nn.activations.record import Floats
from ...nn.errors import InvalidValue
from ...nn.gradients import laws
from ...nn.gradients import problem as closed_form
from ...nn.gradients.checking import TOLD, CheckedSubmission, Feedback, check_submission
from ...nn.gradients.codes import EXPLANATIONS
from ...nn.gradients.grading import OWN_RULES, Grade
from ...nn.gradients.noise import Numbers
from ...nn.gradients.parts import Rules
from ...nn.gradients.problem import Part, Problem
from ...nn.gradients.reduction import Reduction
from ...nn.gradients.rounding import Rounding
from ...nn.gradients.targets import prepare
from ...nn.identities.explanation import explain, refuse_unreadable
from ..results.gradients import (
    CheckResult,
    GradientPairResult,
    GradientsResult,
    LawResult,
    MethodResult,
    MistakeResult,
    NumericalResult,
    PartResult,
    Places,
    RoundedResult,
)
from ..results.identities import StepResult
from .operation import Operation


@dataclass(frozen=True, slots=True, eq=False)
class GradientsOperation(Operation[GradientsResult]):
    """f itself and, with targets, the loss, both gradients and their laws, on request with every step."""

    W: Floats
    Theta: Floats
    inputs: Floats
    targets: Floats | None = None
    reduction: Reduction = "mean"
    label_smoothing: float = 0.0
    class_weights: Floats | None = None
    l2: float = 0.0
    explain: bool = False

    path = "gradients"
    result = GradientsResult

    def answer(self) -> GradientsResult:
        """Return everything that is asked.

        Raises `ShapeMismatch`, `InvalidValue`, `NotFinite`, `Overflow`, and `LimitExceeded` for a problem too
        large to explain.
        """
        if self.explain:
            refuse_unreadable(self.W.shape, self.Theta.shape, self.inputs.shape)
        problem = Problem(self.W, self.Theta, self.inputs)
        if self.targets is None:
            if self.explain:
                raise InvalidValue(
                    "expected targets, without which there is no gradient to explain", ("targets",)
                )
            forward = closed_form.forward(problem)
            return GradientsResult(forward.logits, forward.probabilities)
        targets = prepare(
            self.targets,
            self.inputs.shape,
            problem.classes,
            label_smoothing=self.label_smoothing,
            class_weights=self.class_weights,
        )
        found = closed_form.gradients(problem, targets, self.reduction)
        whole = closed_form.penalised(problem, found, self.l2)
        checked = laws.laws(problem, targets, found, self.reduction)
        steps = explain(problem, targets, self.l2) if self.explain else None
        return GradientsResult(
            found.forward.logits,
            found.forward.probabilities,
            whole.loss,
            GradientPairResult(whole.W, whole.Theta),
            tuple(LawResult(law.name, law.residual, law.bound) for law in checked),
            closed_form.CONVENTIONS,
            None if steps is None else tuple(StepResult(one.latex, one.reason) for one in steps),
        )


@dataclass(frozen=True, slots=True, eq=False)
class CheckOperation(Operation[CheckResult]):
    """The grading of somebody's gradients. Rules that are None are those of whoever answers."""

    W: Floats
    Theta: Floats
    inputs: Floats
    targets: Floats
    submission: dict[Part, Numbers]
    reduction: Reduction = "mean"
    label_smoothing: float = 0.0
    class_weights: Floats | None = None
    l2: float = 0.0
    tolerance: float | None = None
    absolute_tolerance: float | None = None
    rounding: bool | None = None
    feedback: Feedback = "verdict"

    path = "gradients/check"
    result = CheckResult

    def answer(self) -> CheckResult:
        """Return the grades. Raises `ShapeMismatch`, `InvalidValue`, `NotFinite` or `Overflow`."""
        rules = rules_of(self)
        found = check_submission(
            Problem(self.W, self.Theta, self.inputs),
            self.targets,
            self.reduction,
            self.submission,
            rules,
            self.feedback,
            label_smoothing=self.label_smoothing,
            class_weights=self.class_weights,
            l2=self.l2,
        )
        told = graded_fields(found.grades, self.feedback)
        return CheckResult(**told, hidden_mistakes=found.hidden or None, **_reference(found, rules))


class WithRules(Protocol):
    """What has rules of its own, None where they are those of whoever answers."""

    @property
    def tolerance(self) -> float | None:
        """Relative."""

    @property
    def absolute_tolerance(self) -> float | None:
        """Whatever an entry's size."""

    @property
    def rounding(self) -> bool | None:
        """Whether what is rounded is right."""


def rules_of(asked: WithRules) -> Rules:
    """Return what counts as right. Raises `InvalidValue`."""
    return Rules(
        OWN_RULES.tolerance if asked.tolerance is None else asked.tolerance,
        OWN_RULES.absolute_tolerance if asked.absolute_tolerance is None else asked.absolute_tolerance,
        OWN_RULES.rounding if asked.rounding is None else asked.rounding,
    )


def graded_fields(grades: Mapping[Any, Grade], feedback: Feedback) -> dict[str, Any]:
    """Return the fields of a result that the grades alone say at some level of feedback."""
    correct = all(graded.correct for graded in grades.values())
    roundings = {graded.rounded for graded in grades.values() if graded.rounded is not None}
    return {
        "correct": correct,
        "parts": {part: _part(graded, feedback) for part, graded in grades.items()},
        "rounded": _rounded(roundings.pop()) if correct and len(roundings) == 1 else None,
    }


def _part(graded: Grade, feedback: Feedback) -> PartResult:
    naming = "names" in TOLD[feedback]
    alternatives = graded.explanation.alternatives
    return PartResult(
        graded.correct,
        None if graded.rounded is None else _rounded(graded.rounded),
        None if graded.rounded is None else f"Right {graded.rounded.in_words()}.",
        _places(graded) if "entries" in TOLD[feedback] else None,
        tuple(MistakeResult(code, EXPLANATIONS[code]) for code in graded.codes) if naming else None,
        alternatives if naming and len(alternatives) > 1 else None,
    )


def _places(graded: Grade) -> Places:
    return tuple(tuple(int(index) for index in place) for place in np.argwhere(graded.wrong))


def _rounded(rounding: Rounding) -> RoundedResult:
    if rounding.kind == "decimals":
        return RoundedResult(decimals=rounding.digits)
    return RoundedResult(significant=rounding.digits)


def _reference(found: CheckedSubmission, rules: Rules) -> dict[str, Any]:
    if found.reference is None:
        return {}
    methods = tuple(MethodResult(one.method, one.largest_error, one.noise_floor) for one in found.methods)
    best = found.methods[0]
    return {
        "tolerance": rules.tolerance,
        "loss": found.reference.loss,
        "gradients": GradientPairResult(found.reference.W, found.reference.Theta),
        "numerical": NumericalResult(
            best.method, best.largest_error, best.noise_floor, best.tried, best.every_coordinate, methods
        ),
    }
