"""Questions about networks and their answers, Problem 2."""

from collections.abc import Mapping
from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from app.nn.cost import Cost
from app.nn.errors import located
from app.nn.networks.certificate import Certificate, certify
from app.nn.networks.conversion import Note, conversion_cost, convert
from app.nn.networks.evaluation import cost as evaluation_cost
from app.nn.networks.evaluation import evaluate, trace
from app.nn.networks.network import Network
from app.wire.arrays import ArrayOf, Floats, Vector
from app.wire.bodies import Body
from app.wire.network import NetworkAnswer, NetworkBody, written
from app.wire.problems import pointer

Inputs = Annotated[Floats, ArrayOf((1, 2), finite=False, description="One input (d,), or a batch (N, d).")]
Outputs = Annotated[Floats, ArrayOf((1, 2), description="(m,), or (N, m) for a batch.")]


class NetworkQuestion(Body):
    """Anything asked about one network."""

    network: NetworkBody

    def subject(self) -> Network:
        """Return the network that is asked about. Raises what makes it none, with its place."""
        with located("network"):
            return self.network.network()

    def counts(self) -> Mapping[str, int]:
        """Return the number of layers, which has a limit of its own."""
        return {"layers": len(self.network.layers)}


class EvaluationBody(NetworkQuestion):
    """A network and its inputs; with `trace` every layer's numbers are answered too."""

    inputs: Inputs
    trace: bool = False

    def cost(self) -> Cost:
        """Return what one pass takes."""
        rows = self.inputs.shape[0] if self.inputs.ndim == 2 else 1
        return evaluation_cost(self.subject(), rows, traced=self.trace)


class LayerTrace(TypedDict):
    """What one layer computes: weight·h + bias, and the activation of that."""

    preactivations: Outputs
    activations: Outputs


class EvaluationAnswer(TypedDict):
    """F(x), of the same leading shape as the inputs."""

    outputs: Outputs
    layers: NotRequired[list[LayerTrace]]


def evaluation(body: EvaluationBody) -> EvaluationAnswer:
    """Return the outputs, and on request every layer's numbers."""
    network = body.subject()
    if not body.trace:
        return {"outputs": evaluate(network, body.inputs)}
    steps = trace(network, body.inputs)
    return {
        "outputs": steps[-1].activations,
        "layers": [
            {"preactivations": step.preactivations, "activations": step.activations} for step in steps
        ],
    }


class ConversionBody(NetworkQuestion):
    """A network, and the activation that it is to be made of."""

    to: Annotated[Literal["sigmoid", "tanh"], Field(description="tanh z = 2·s(2z) − 1, Problem 2a.")]

    def cost(self) -> Cost:
        """Return what rewriting the weights takes."""
        return conversion_cost(self.subject())


class NoteAnswer(TypedDict):
    """Something to know, and the place in the question that it is about."""

    pointer: str
    detail: str


class DifferenceAnswer(TypedDict):
    """F − G for every x in ℝᵈ if the kind is exact, else a bound on its size, one for each output."""

    kind: Literal["exact", "bound"]
    value: Vector


class CertificateAnswer(TypedDict):
    """What is proven about the given and the converted network, for every input."""

    difference: DifferenceAnswer
    evaluation_bound: Vector
    statement: str


class ConversionAnswer(TypedDict):
    """The network of the other activation that computes the same function."""

    exists: bool | None
    network: NetworkAnswer
    certificate: CertificateAnswer
    notes: list[NoteAnswer]


def conversion(body: ConversionBody) -> ConversionAnswer:
    """Return the rewritten network with its certificate."""
    network = body.subject()
    with located("network"):
        converted = convert(network, body.to)
    return {
        "exists": True,
        "network": written(converted.network),
        "certificate": certificate_answer(certify(converted)),
        "notes": [note_answer(note) for note in converted.notes],
    }


def certificate_answer(certificate: Certificate) -> CertificateAnswer:
    """Return a certificate as JSON members."""
    return {
        "difference": {"kind": certificate.kind, "value": certificate.difference},
        "evaluation_bound": certificate.evaluation_bound,
        "statement": certificate.statement,
    }


def note_answer(note: Note) -> NoteAnswer:
    """Return a note about the network of the question as JSON members."""
    return {"pointer": pointer(("network", *note.at)), "detail": note.detail}
