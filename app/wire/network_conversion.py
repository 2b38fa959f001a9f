"""The same function with another activation, on the wire: Problem 2a, and the decision of Problem 2b."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from ..nn.cost import Cost
from ..nn.errors import located, pointer
from ..nn.networks.certificate import Certificate, certify
from ..nn.networks.conversion import Note, conversion_cost, convert
from ..nn.networks.named_arrays import completed, refuse_misfit
from ..nn.networks.network import Network
from ..nn.networks.steps import Reason, StepDecision, TwoValues, as_steps, as_steps_cost
from ..nn.networks.storage import StoredAs
from ..nn.networks.stored_steps import stored_steps
from .arrays import Matrix, Vector
from .box import BoxBody, box_of
from .formula import formula
from .named_network import NamesField
from .network import NetworkAnswer, network_answer
from .networks import NetworkQuestion


class ConversionBody(NetworkQuestion):
    """A network, and the activation that it is to be made of."""

    to: Annotated[
        Literal["sigmoid", "tanh", "heaviside"],
        Field(description="sigmoid or tanh (Problem 2a), or heaviside: is it a step network? (Problem 2b)"),
    ]

    stored_as: Annotated[
        StoredAs,
        Field(description="The type whose numbers the weights of the answer are, each rounded to it once."),
    ] = "float64"
    box: BoxBody | None = Field(
        None, description="Inputs that bounds hold for and witnesses are of; all of ℝᵈ without."
    )
    names: NamesField | None = None

    def cost(self) -> Cost:
        """Return what rewriting the weights, or deciding, takes."""
        cost = as_steps_cost if self.to == "heaviside" else conversion_cost
        return cost(self.network)


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


class ReasonAnswer(TypedDict):
    """Why, in words and as a formula."""

    text: str
    latex: str
    mathml: str


class TwoValuesAnswer(TypedDict):
    """Two inputs (2, d), and the outputs there (2, m) as decimals with digits enough to differ."""

    inputs: Matrix
    outputs: list[list[str]]


class ValuesAnswer(TypedDict):
    """How many values as many steps take at most, a whole number of any length."""

    at_most: str


class ConversionAnswer(TypedDict):
    """The network that computes the same function, or why there is none; null where no theorem decides."""

    exists: bool | None
    network: NotRequired[NetworkAnswer]
    certificate: NotRequired[CertificateAnswer]
    notes: NotRequired[list[NoteAnswer]]
    reason: NotRequired[ReasonAnswer]
    witness: NotRequired[TwoValuesAnswer | None]
    values: NotRequired[ValuesAnswer]
    names: NotRequired[list[list[str | None]]]
    stored_as: NotRequired[StoredAs]


def conversion(body: ConversionBody) -> ConversionAnswer:
    """Return the rewritten network with its certificate, or the decision about steps.

    Its arrays keep the names that the question gives them, and the type is said beside these.
    """
    if body.names is not None:
        refuse_misfit(body.names, body.network)
    answer, network = _conversion(body)
    if body.names is not None and network is not None:
        answer["names"], new = completed(body.names, network)
        answer["notes"] = [*answer.get("notes", []), *note_answers(new)]
        answer["stored_as"] = body.stored_as
    return answer


def _conversion(body: ConversionBody) -> tuple[ConversionAnswer, Network | None]:
    box = box_of(body.box, body.network.inputs)
    with located("network"):
        if body.to == "heaviside":
            decision = stored_steps(as_steps(body.network, box), body.stored_as)
            return _decision(decision), decision.network
        converted = convert(body.network, body.to, body.stored_as)
    answer: ConversionAnswer = {
        "exists": True,
        "network": network_answer(converted.network),
        "certificate": certificate_answer(certify(converted, None if box is None else box.sizes)),
        "notes": note_answers(converted.notes),
    }
    return answer, converted.network


def note_answers(notes: Iterable[Note]) -> list[NoteAnswer]:
    """Return notes with pointers into the answer."""
    return [{"pointer": pointer(("network", *note.at)), "detail": note.detail} for note in notes]


def certificate_answer(certificate: Certificate) -> CertificateAnswer:
    """Return a certificate as JSON members."""
    return {
        "difference": {"kind": certificate.kind, "value": certificate.difference},
        "evaluation_bound": certificate.evaluation_bound,
        "statement": certificate.statement,
    }


def _decision(decision: StepDecision) -> ConversionAnswer:
    if decision.network is not None and decision.certificate is not None:
        return _exists(decision.network, decision.certificate)
    assert decision.reason is not None
    answer: ConversionAnswer = {"exists": decision.exists, "reason": _reason(decision.reason)}
    if decision.at_most is not None:
        answer["witness"] = _witness(decision.witness)
        # Decimal, since Python refuses to write an int of more than 4,300 digits.
        answer["values"] = {"at_most": str(Decimal(decision.at_most))}
    return answer


def _exists(network: Network, certificate: Certificate) -> ConversionAnswer:
    return {
        "exists": True,
        "network": network_answer(network),
        "certificate": certificate_answer(certificate),
        "notes": [],
    }


def _reason(reason: Reason) -> ReasonAnswer:
    return {"text": reason.text, **formula(reason.latex)}


def _witness(witness: TwoValues | None) -> TwoValuesAnswer | None:
    if witness is None:
        return None
    return {"inputs": witness.inputs, "outputs": [list(row) for row in witness.outputs]}
