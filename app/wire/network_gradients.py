"""Bodies and answers of backpropagation through a network."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from ..nn.cost import Cost
from ..nn.errors import ShapeMismatch
from ..nn.gradients.reduction import Reduction
from ..nn.gradients.targets import Targets, prepare
from ..nn.identities.explanation import LARGEST
from ..nn.identities.network_explanation import MOST_LAYERS, explain_network, refuse_unreadable_network
from ..nn.networks import backpropagation
from ..nn.networks.backpropagation import Backpropagation, Loss, backpropagate, with_penalty
from .arrays import ArrayOf, Floats, Rows
from .formula import formula
from .gradients import MORE_ROWS, GradientArray, Losses, TargetArray
from .identities import StepAnswer
from .networks import NetworkQuestion, Outputs

BiasGradient = Annotated[
    Floats, ArrayOf((1, 2), description="(outputs,), or (N, outputs) for none of a batch.")
]
NetworkPenalty = Annotated[
    float,
    Field(
        ge=0.0,
        allow_inf_nan=False,
        description="λ ≥ 0: ½λ·Σ‖weight‖² is added to the loss; biases are not penalised.",
    ),
]


class BackpropagationBody(NetworkQuestion):
    """A network, inputs and targets, and what is to be made small."""

    inputs: Rows
    targets: TargetArray
    loss: Annotated[
        Loss,
        Field(
            description="cross_entropy takes the outputs as logits, or as the probabilities of a last layer "
            "softmax; squared_error is ½Σ(ŷ − y)² per row and takes rows of targets."
        ),
    ] = "cross_entropy"
    reduction: Reduction = "mean"
    l2: NetworkPenalty = 0.0

    def rows_of_targets(self) -> Targets:
        """Return the targets that enter the loss. Raises `ShapeMismatch`, and what `prepare` raises."""
        outputs = (*self.inputs.shape[:-1], self.network.outputs)
        if self.loss == "squared_error" and self.targets.shape != outputs:
            raise ShapeMismatch(
                f"expected targets of the outputs' shape {outputs}, got {self.targets.shape}", ("targets",)
            )
        return prepare(self.targets, self.inputs.shape, self.network.outputs)

    def cost(self) -> Cost:
        """Return what a pass forth and back takes."""
        rows = self.inputs.shape[0] if self.inputs.ndim == 2 else 1
        return backpropagation.cost(self.network, rows, self.reduction if self.inputs.ndim == 2 else "sum")


class NetworkGradientsBody(BackpropagationBody):
    """A network, inputs and targets of which everything is asked."""

    way_out = MORE_ROWS

    explain: Annotated[
        bool,
        Field(
            description="Whether to go through backpropagation with these numbers; one row, at most "
            f"{MOST_LAYERS} layers of at most {LARGEST} units and inputs."
        ),
    ] = False

    def is_slow(self) -> bool:
        """Tell whether steps are written: LaTeX to MathML takes 20 ms for the smallest network."""
        return self.explain


class LayerGradientAnswer(TypedDict):
    """∂ℓ/∂W (outputs, inputs) and ∂ℓ/∂b (outputs,), null where the layer has no bias."""

    weight: GradientArray
    bias: BiasGradient | None


class NetworkGradients(TypedDict):
    """The gradients by every parameter, and by the inputs."""

    layers: list[LayerGradientAnswer]
    inputs: Rows


class BackpropagationAnswer(TypedDict):
    """The loss, the outputs and the gradients."""

    loss: Losses
    outputs: Outputs
    gradients: NetworkGradients
    steps: NotRequired[list[StepAnswer]]


def network_gradients_answer(body: NetworkGradientsBody) -> BackpropagationAnswer:
    """Return the loss of a network and its gradients, on request with every step.

    Raises `ShapeMismatch`, `InvalidValue`, `NotFinite`, `Overflow`, and `LimitExceeded` for a network too
    large to explain.
    """
    if body.explain:
        refuse_unreadable_network(body.network, body.inputs.shape)
    targets = body.rows_of_targets()
    right = backpropagate(body.network, body.inputs, targets, body.loss, body.reduction)
    told = told_of(with_penalty(body.network, right, body.l2))
    if body.explain:
        steps = explain_network(body.network, body.inputs, targets, body.loss, body.l2)
        told["steps"] = [{**formula(step.latex), "reason": step.reason} for step in steps]
    return told


def told_of(found: Backpropagation) -> BackpropagationAnswer:
    """Return a loss and its gradients as they are answered."""
    return {
        "loss": found.loss,
        "outputs": found.outputs,
        "gradients": {
            "layers": [{"weight": layer.weight, "bias": layer.bias} for layer in found.layers],
            "inputs": found.inputs,
        },
    }
