"""Bodies and answers of the closed form of softmax cross-entropy, Problem 3."""

from typing import Annotated, NotRequired

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from ..nn.cost import Cost
from ..nn.errors import InvalidValue
from ..nn.gradients import laws
from ..nn.gradients import problem as closed_form
from ..nn.gradients.problem import Problem
from ..nn.gradients.reduction import Reduction
from ..nn.gradients.targets import Targets, prepare
from ..nn.identities.explanation import LARGEST, explain, refuse_unreadable
from .arrays import ArrayOf, Floats, Matrix, Rows, Vector
from .formula import formula
from .identities import StepAnswer
from .number import Extended
from .request_models import RequestBody

TargetArray = Annotated[
    Floats,
    ArrayOf(
        (0, 1, 2),
        integers=True,
        description="Class numbers, zero-based: one, or (N,); or rows: (k,), or (N, k), of any sum.",
    ),
]
LabelSmoothing = Annotated[
    float, Field(ge=0.0, lt=1.0, description="α in [0, 1): y ← (1 − α)·y + α/k, before the class weights.")
]
ClassWeights = Annotated[
    Vector | None, Field(description="w of shape (k,): y ← w∘y, after the label smoothing.")
]

Penalty = Annotated[
    float,
    Field(
        ge=0.0,
        allow_inf_nan=False,
        description="λ ≥ 0: half of it times the sum of squares of all weights is added to the loss.",
    ),
]


class ForwardBody(RequestBody):
    """f(x) = softmax(ΘᵀWx) and, with targets, its cross-entropy: W (h, d), Theta (h, k), inputs, targets."""

    W: Matrix
    Theta: Matrix
    inputs: Rows
    targets: TargetArray | None = None
    reduction: Reduction = "mean"
    label_smoothing: LabelSmoothing = 0.0
    class_weights: ClassWeights = None

    def problem(self) -> Problem:
        """Return the parameters and inputs. Raises `ShapeMismatch` or `NotFinite`."""
        return Problem(self.W, self.Theta, self.inputs)

    def rows_of_targets(self) -> Targets | None:
        """Return the targets that enter the loss, or None.

        Raises `ShapeMismatch`, `InvalidValue`, `NotFinite` or `Overflow`.
        """
        if self.targets is None:
            return None
        return prepare(
            self.targets,
            self.inputs.shape,
            self.Theta.shape[1],
            label_smoothing=self.label_smoothing,
            class_weights=self.class_weights,
        )

    def cost(self) -> Cost:
        """Return what the answer takes: one pass, and with targets the gradients and their two laws."""
        (h, d), k = self.W.shape, self.Theta.shape[1]
        rows = self.inputs.shape[0] if self.inputs.ndim == 2 else 1
        if self.targets is None:
            return closed_form.cost((h, d), k, rows, None)
        return closed_form.cost((h, d), k, rows, self.reduction) + laws.cost((h, d), k, rows, self.reduction)


GradientArray = Annotated[
    Floats, ArrayOf((2, 3), description="One matrix; with the reduction none of a batch, one for each row.")
]
Losses = Annotated[
    Floats, ArrayOf((0, 1), description="One number; with the reduction none of a batch, (N,).")
]
ClassRows = Annotated[Floats, ArrayOf((1, 2), description="(k,), or (N, k) for a batch.")]


MORE_ROWS = "; for more rows there is the command softstep gradients (docs/scale.md)"


class GradientsBody(ForwardBody):
    """A problem of which everything is asked."""

    way_out = MORE_ROWS

    model_config = ConfigDict(
        json_schema_extra={
            # No anyOf beside the properties: generators of clients make a union of empty objects of that.
            "if": {"required": ["explain"], "properties": {"explain": {"const": True}}},
            "then": {"required": ["targets"], "properties": {"targets": {"not": {"type": "null"}}}},
        }
    )

    l2: Penalty = 0.0
    explain: Annotated[
        bool,
        Field(
            description=f"Whether to derive both gradients with these numbers; h, d, k ≤ {LARGEST}, one row."
        ),
    ] = False

    def is_slow(self) -> bool:
        """Tell whether steps are written: LaTeX to MathML takes 20 ms for the smallest problem."""
        return self.explain


class GradientPair(TypedDict):
    """∂ℓ/∂W (h, d) and ∂ℓ/∂Θ (h, k)."""

    W: GradientArray
    Theta: GradientArray


class IdentityResidual(TypedDict):
    """A law that every right answer obeys: the largest entry of left − right, and what rounding allows."""

    name: str
    residual: Extended
    bound: Extended


class GradientsAnswer(TypedDict):
    """f itself, (k,) or (N, k), and with targets the loss and its gradients."""

    logits: ClassRows
    probabilities: ClassRows
    loss: NotRequired[Losses]
    gradients: NotRequired[GradientPair]
    identities: NotRequired[list[IdentityResidual]]
    conventions: NotRequired[str]
    steps: NotRequired[list[StepAnswer]]


def gradients_answer(body: GradientsBody) -> GradientsAnswer:
    """Return everything that is asked about one problem.

    Raises `ShapeMismatch`, `InvalidValue`, `NotFinite`, `Overflow`, and `LimitExceeded` for a problem too
    large to explain.
    """
    if body.explain:
        refuse_unreadable(body.W.shape, body.Theta.shape, body.inputs.shape)
    problem, targets = body.problem(), body.rows_of_targets()
    if targets is None:
        if body.explain:
            raise InvalidValue(
                "expected targets, without which there is no gradient to explain", ("targets",)
            )
        forward = closed_form.forward(problem)
        return {"logits": forward.logits, "probabilities": forward.probabilities}
    found = closed_form.gradients(problem, targets, body.reduction)
    whole = closed_form.penalised(problem, found, body.l2)
    checked = laws.laws(problem, targets, found, body.reduction)
    told: GradientsAnswer = {
        "logits": found.forward.logits,
        "probabilities": found.forward.probabilities,
        "loss": whole.loss,
        "gradients": {"W": whole.W, "Theta": whole.Theta},
        "identities": [{"name": law.name, "residual": law.residual, "bound": law.bound} for law in checked],
        "conventions": closed_form.CONVENTIONS,
    }
    if body.explain:
        steps = explain(problem, targets, body.l2)
        told["steps"] = [{**formula(step.latex), "reason": step.reason} for step in steps]
    return told
