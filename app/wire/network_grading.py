"""Bodies and answers of the grading of somebody else's backpropagation, by levels of feedback."""

from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from ..nn.cost import Cost
from ..nn.errors import InvalidValue
from ..nn.gradients.checking import TOLD
from ..nn.gradients.codes import Code
from ..nn.gradients.grading import OWN_RULES
from ..nn.gradients.parts import Rules
from ..nn.gradients.rounding import Numbers
from ..nn.networks.backpropagation import backpropagate, with_penalty
from ..nn.networks.backpropagation_question import INPUTS, bias_name, weight_name
from ..nn.networks.gradient_grading import NetworkCheck, refuse_telling_networks
from .gradients import Losses
from .grading import (
    CheckFields,
    Feedback,
    PartGrade,
    RoundedTo,
    Submitted,
    graded_answer,
    refuse_above,
)
from .network_gradients import BackpropagationBody, NetworkGradients, told_of
from .request_models import RequestBody, SeveralItems

# So many wrong derivatives of the last layer go back through the network beside the right one, about.
_TRIED = 80


class LayerSubmission(RequestBody):
    """Somebody's gradient by a layer's weight, its bias, or both."""

    weight: Submitted = None
    bias: Submitted = None


class NetworkSubmission(RequestBody):
    """Somebody's gradients: of each layer, null where there is none, and of the inputs."""

    layers: Annotated[list[LayerSubmission | None], SeveralItems] = Field(
        default_factory=list, description="In the network's order; later ones may be left out."
    )
    inputs: Submitted = None

    def parts(self) -> dict[str, Numbers]:
        """Return what was submitted, by part."""
        found: dict[str, Numbers] = {}
        for index, layer in enumerate(self.layers):
            if layer is not None and layer.weight is not None:
                found[weight_name(index)] = layer.weight
            if layer is not None and layer.bias is not None:
                found[bias_name(index)] = layer.bias
        if self.inputs is not None:
            found[INPUTS] = self.inputs
        return found


class NetworkCheckBody(CheckFields, BackpropagationBody):
    """A network, inputs and targets with a submission of the gradients."""

    submission: NetworkSubmission

    def cost(self) -> Cost:
        """Return what grading takes: the gradients, their rounding bounds, the table of mistakes."""
        rows = self.inputs.shape[0] if self.inputs.ndim == 2 else 1
        once = super().cost()
        weights = sum(layer.weight.size for layer in self.network.layers)
        widest = max(self.network.inputs, *(layer.outputs for layer in self.network.layers))
        table = Cost(
            2 * _TRIED * rows * weights,
            max(once.intermediate, _TRIED * rows * widest),
            3 * once.answer if self.feedback != "verdict" else 0,
        )
        return once + table


class NetworkPartGrade(PartGrade):
    """What is said of one part of a network, whose name has dots: its entries are never a tensor."""

    wrong_entries: NotRequired[list[list[int]]]  # type: ignore[misc]  # the same places, in JSON always


class NetworkCheckAnswer(TypedDict):
    """The grades; at the level solution also the loss and the right gradients."""

    correct: bool
    rounded: NotRequired[RoundedTo]
    parts: dict[str, NetworkPartGrade]
    hidden_mistakes: NotRequired[list[Code]]
    tolerance: NotRequired[float]
    loss: NotRequired[Losses]
    gradients: NotRequired[NetworkGradients]


def network_check_answer(
    body: NetworkCheckBody, ceiling: Feedback = "solution", own: Rules = OWN_RULES
) -> NetworkCheckAnswer:
    """Return the grades of a submission, `own` being the service's rules.

    Raises `Withheld`, `ShapeMismatch`, `InvalidValue`, `NotFinite` or `Overflow`.
    """
    refuse_above(ceiling, body.feedback)
    allowed = body.rules(ceiling, own)
    submitted = body.submission.parts()
    if not submitted:
        raise InvalidValue("expected the gradient of a weight, a bias or the inputs", ("submission",))
    network, targets = body.network, body.rows_of_targets()
    if ceiling != "solution":
        refuse_telling_networks(network, body.inputs, targets, body.l2)
    right = backpropagate(network, body.inputs, targets, body.loss, body.reduction)
    whole = with_penalty(network, right, body.l2)
    check = NetworkCheck(network, body.inputs, targets, body.loss, body.reduction, right, body.l2)
    answer: dict[str, Any] = {**graded_answer(check.grade(submitted, allowed), body.feedback)}
    for part in answer["parts"].values():
        if "wrong_entries" in part:
            part["wrong_entries"] = part["wrong_entries"].tolist()
    if "hidden" in TOLD[body.feedback]:
        hidden = check.hidden_mistakes(allowed)
        if hidden:
            answer["hidden_mistakes"] = list(hidden)
    if body.feedback == "solution":
        told = told_of(whole)
        answer |= {"tolerance": allowed.tolerance, "loss": told["loss"], "gradients": told["gradients"]}
    return answer  # type: ignore[return-value]  # made of these fields
