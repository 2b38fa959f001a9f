"""Questions about networks and their answers, Problem 2."""

from collections.abc import Iterable
from typing import Annotated, NotRequired

from typing_extensions import TypedDict

from ..nn.cost import Cost
from ..nn.networks.evaluation import cost as evaluation_cost
from ..nn.networks.evaluation import evaluate, trace
from .arrays import ArrayOf, Floats
from .network import NetworkField
from .request_models import Counted, RequestBody

Inputs = Annotated[Floats, ArrayOf((1, 2), finite=False, description="One input (d,), or a batch (N, d).")]
Outputs = Annotated[Floats, ArrayOf((1, 2), description="(m,), or (N, m) for a batch.")]
OutputsOfAny = Annotated[
    Floats,
    ArrayOf(
        (1, 2),
        finite=False,
        keeps=True,
        description="(m,), or (N, m) for a batch; not finite only where the inputs are not.",
    ),
]


class NetworkQuestion(RequestBody):
    """Anything asked about one network."""

    network: NetworkField

    def counts(self) -> Iterable[Counted]:
        """Return the number of layers, which has a limit of its own."""
        return [Counted("layers", len(self.network.layers), ("network", "layers"))]


class EvaluationBody(NetworkQuestion):
    """A network and its inputs; with `trace` every layer's numbers are answered too."""

    inputs: Inputs
    trace: bool = False

    def cost(self) -> Cost:
        """Return what one pass takes."""
        rows = self.inputs.shape[0] if self.inputs.ndim == 2 else 1
        return evaluation_cost(self.network, rows, traced=self.trace)


class LayerTrace(TypedDict):
    """What one layer computes: weight·h + bias, and the activation of that."""

    preactivations: OutputsOfAny
    activations: OutputsOfAny


class EvaluationAnswer(TypedDict):
    """F(x), of the same leading shape as the inputs."""

    outputs: OutputsOfAny
    layers: NotRequired[list[LayerTrace]]


def evaluation(body: EvaluationBody) -> EvaluationAnswer:
    """Return the outputs, and on request every layer's numbers."""
    network = body.network
    if not body.trace:
        return {"outputs": evaluate(network, body.inputs)}
    steps = trace(network, body.inputs)
    return {
        "outputs": steps[-1].activations,
        "layers": [
            {"preactivations": step.preactivations, "activations": step.activations} for step in steps
        ],
    }
