"""Bodies and answers of backpropagation through a network."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from ..nn.cost import Cost
from ..nn.errors import ShapeMismatch
from ..nn.gradients.reduction import Reduction
from ..nn.gradients.targets import Targets, prepare
from ..nn.networks import backpropagation
from ..nn.networks.backpropagation import Backpropagation, Loss, backpropagate, with_penalty
from .arrays import ArrayOf, Floats, Rows
from .gradients import GradientArray, Losses, TargetArray
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


def network_gradients_answer(body: BackpropagationBody) -> BackpropagationAnswer:
    """Return the loss of a network and its gradients.

    Raises `ShapeMismatch`, `InvalidValue`, `NotFinite` or `Overflow`.
    """
    right = backpropagate(body.network, body.inputs, body.rows_of_targets(), body.loss, body.reduction)
    return told_of(with_penalty(body.network, right, body.l2))


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
