"""Operations on networks, Problem 2."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from ...nn.activations.record import Floats
from ...nn.errors import InvalidValue, ShapeMismatch, located, pointer
from ...nn.gradients.checking import TOLD, Feedback
from ...nn.gradients.reduction import Reduction
from ...nn.gradients.rounding import Numbers
from ...nn.gradients.targets import Targets, prepare
from ...nn.identities.network_explanation import explain_network, refuse_unreadable_network
from ...nn.networks import assumption
from ...nn.networks.backpropagation import Backpropagation, Loss, backpropagate, with_penalty
from ...nn.networks.backpropagation_question import INPUTS
from ...nn.networks.box import Box
from ...nn.networks.certificate import Certificate, certify
from ...nn.networks.comparison import compare
from ...nn.networks.conversion import Note, convert
from ...nn.networks.evaluation import evaluate, trace
from ...nn.networks.gradient_grading import NetworkCheck
from ...nn.networks.named_arrays import Names, completed
from ...nn.networks.network import Network
from ...nn.networks.reduction import reduce
from ...nn.networks.steps import StepDecision, as_steps
from ...nn.networks.storage import StoredAs
from ...nn.networks.stored_steps import stored_steps
from ..results.identities import StepResult
from ..results.networks import (
    BoundsResult,
    CertificateResult,
    ComparisonResult,
    ConversionResult,
    DifferenceResult,
    EvaluationResult,
    LayerGradientResult,
    LayerValues,
    NetworkCheckResult,
    NetworkGradientsOf,
    NetworkGradientsResult,
    NoteResult,
    ReasonResult,
    ReductionResult,
    RemovalResult,
    TwoValuesResult,
    UnitsCount,
    ValuesCount,
    WitnessResult,
)
from .gradients import graded_fields, rules_of
from .operation import Operation

To = Literal["sigmoid", "tanh", "heaviside"]


@dataclass(frozen=True, slots=True, eq=False)
class EvaluateOperation(Operation[EvaluationResult]):
    """F(x), and on request every layer's numbers."""

    network: Network
    inputs: Floats
    trace: bool = False

    path = "networks/evaluate"
    result = EvaluationResult

    def answer(self) -> EvaluationResult:
        """Return the outputs. Raises `ShapeMismatch` or `Overflow`."""
        if not self.trace:
            return EvaluationResult(evaluate(self.network, self.inputs))
        steps = trace(self.network, self.inputs)
        layers = tuple(LayerValues(step.preactivations, step.activations) for step in steps)
        return EvaluationResult(steps[-1].activations, layers)


@dataclass(frozen=True, slots=True, eq=False)
class ConvertOperation(Operation[ConversionResult]):
    """The same function with another activation, or the decision whether steps can be it."""

    network: Network
    to: To
    stored_as: StoredAs = "float64"
    box: Box | None = None
    names: Names | None = None

    path = "networks/convert"
    result = ConversionResult

    def answer(self) -> ConversionResult:
        """Return the network with its certificate. Raises `UnsupportedNetwork` or `Overflow`."""
        found = self._converted()
        if self.names is None or found.network is None:
            return found
        names, new = completed(self.names, found.network)
        notes = (*(found.notes or ()), *_notes(new))
        return replace(
            found, notes=notes, names=tuple(tuple(pair) for pair in names), stored_as=self.stored_as
        )

    def _converted(self) -> ConversionResult:
        # The certificate assumes so much of our own functions; a service checks it when it starts.
        if not assumption.holds():
            raise RuntimeError("sigmoid and tanh are not within 4 ulp here: no bound can be given")
        with located("network"):
            if self.to == "heaviside":
                return _decided(stored_steps(as_steps(self.network, self.box), self.stored_as))
            converted = convert(self.network, self.to, self.stored_as)
        certificate = certify(converted, None if self.box is None else self.box.sizes)
        return ConversionResult(True, converted.network, _certificate(certificate), _notes(converted.notes))


def _notes(notes: Iterable[Note]) -> tuple[NoteResult, ...]:
    return tuple(NoteResult(pointer(("network", *one.at)), one.detail) for one in notes)


def _certificate(found: Certificate) -> CertificateResult:
    difference = DifferenceResult(found.kind, found.difference)
    return CertificateResult(difference, found.evaluation_bound, found.statement)


def _decided(decision: StepDecision) -> ConversionResult:
    if decision.network is not None and decision.certificate is not None:
        return ConversionResult(True, decision.network, _certificate(decision.certificate), ())
    assert decision.reason is not None
    reason = ReasonResult(decision.reason.text, decision.reason.latex)
    if decision.at_most is None:
        return ConversionResult(decision.exists, reason=reason)
    shown = decision.witness
    witness = None if shown is None else TwoValuesResult(shown.inputs, shown.outputs)
    # Decimal, since Python refuses to write an int of more than 4,300 digits.
    values = ValuesCount(str(Decimal(decision.at_most)))
    return ConversionResult(decision.exists, reason=reason, witness=witness, values=values)


@dataclass(frozen=True, slots=True, eq=False)
class CompareOperation(Operation[ComparisonResult]):
    """Whether two networks are the same function, and how far they are apart."""

    first: Network
    second: Network
    tolerance: float = 0.0
    box: Box | None = None

    path = "networks/compare"
    result = ComparisonResult

    def answer(self) -> ComparisonResult:
        """Return what is known about both. Raises `ShapeMismatch` or `UnsupportedNetwork`."""
        found = compare(self.first, self.second, self.box)
        shown = found.witness
        return ComparisonResult(
            found.equal,
            found.rounding_only,
            found.method,
            found.within(self.tolerance),
            BoundsResult(found.lower, found.upper),
            None if shown is None else WitnessResult(shown.input, shown.first, shown.second),
            found.matching,
            found.matchings,
            found.statement,
        )


@dataclass(frozen=True, slots=True, eq=False)
class ReduceOperation(Operation[ReductionResult]):
    """The smallest network with the same function."""

    network: Network

    path = "networks/reduce"
    result = ReductionResult

    def answer(self) -> ReductionResult:
        """Return the network, and what was removed. Raises `UnsupportedNetwork` or `Overflow`."""
        with located("network"):
            found = reduce(self.network)
        removed = tuple(RemovalResult(one.unit, one.reason) for one in found.removed)
        difference = DifferenceResult(found.kind, found.difference)
        counts = UnitsCount(found.before, found.after)
        return ReductionResult(found.network, counts, removed, found.fingerprint, difference)


@dataclass(frozen=True, slots=True, eq=False)
class NetworkGradientsOperation(Operation[NetworkGradientsResult]):
    """The loss of a network and its gradients, by backpropagation, on request with every step."""

    network: Network
    inputs: Floats
    targets: Floats
    loss: Loss = "cross_entropy"
    reduction: Reduction = "mean"
    l2: float = 0.0
    explain: bool = False

    path = "networks/gradients"
    result = NetworkGradientsResult

    def answer(self) -> NetworkGradientsResult:
        """Return the gradients.

        Raises `ShapeMismatch`, `InvalidValue`, `NotFinite`, `Overflow`, and `LimitExceeded` for a network too
        large to explain.
        """
        if self.explain:
            refuse_unreadable_network(self.network, self.inputs.shape)
        targets = _rows_of_targets(self)
        right = backpropagate(self.network, self.inputs, targets, self.loss, self.reduction)
        found = with_penalty(self.network, right, self.l2)
        steps = None
        if self.explain:
            lines = explain_network(self.network, self.inputs, targets, self.loss, self.l2)
            steps = tuple(StepResult(one.latex, one.reason) for one in lines)
        return NetworkGradientsResult(found.loss, found.outputs, _gradients(found), steps)


@dataclass(frozen=True, slots=True, eq=False)
class CheckNetworkGradientsOperation(Operation[NetworkCheckResult]):
    """The grading of somebody's backpropagation. Rules that are None are those of whoever answers.

    `submission` has the parts by name, as in "layers.0.weight" and "inputs".
    """

    network: Network
    inputs: Floats
    targets: Floats
    submission: dict[str, Numbers]
    loss: Loss = "cross_entropy"
    reduction: Reduction = "mean"
    l2: float = 0.0
    tolerance: float | None = None
    absolute_tolerance: float | None = None
    rounding: bool | None = None
    feedback: Feedback = "verdict"

    path = "networks/gradients/check"
    result = NetworkCheckResult

    def document(self) -> dict[str, Any]:
        """Return the body: the submission as layers."""
        # By name: a dataclass with slots is made anew, and super() without arguments would mean the old one.
        document = Operation.document(self)
        assert document is not None
        layers: list[dict[str, Any]] = [{} for _ in self.network.layers]
        written: dict[str, Any] = {"layers": layers}
        for part, numbers in self.submission.items():
            if part == INPUTS:
                written[part] = numbers
            else:
                _, index, name = part.split(".")
                # One beyond the network's layers is for whoever answers to refuse.
                layers += [{} for _ in range(int(index) + 1 - len(layers))]
                layers[int(index)][name] = numbers
        return {**document, "submission": written}

    def answer(self) -> NetworkCheckResult:
        """Return the grades. Raises `ShapeMismatch`, `InvalidValue`, `NotFinite` or `Overflow`."""
        rules = rules_of(self)
        if not self.submission:
            raise InvalidValue("expected the gradient of a weight, a bias or the inputs", ("submission",))
        network, targets = self.network, _rows_of_targets(self)
        right = backpropagate(network, self.inputs, targets, self.loss, self.reduction)
        whole = with_penalty(network, right, self.l2)
        check = NetworkCheck(network, self.inputs, targets, self.loss, self.reduction, right, self.l2)
        told = graded_fields(check.grade(self.submission, rules), self.feedback)
        if "hidden" in TOLD[self.feedback]:
            told["hidden_mistakes"] = tuple(check.hidden_mistakes(rules)) or None
        if self.feedback == "solution":
            told |= {"tolerance": rules.tolerance, "loss": whole.loss, "gradients": _gradients(whole)}
        return NetworkCheckResult(**told)


def _rows_of_targets(asked: NetworkGradientsOperation | CheckNetworkGradientsOperation) -> Targets:
    outputs = (*asked.inputs.shape[:-1], asked.network.outputs)
    if asked.loss == "squared_error" and asked.targets.shape != outputs:
        raise ShapeMismatch(
            f"expected targets of the outputs' shape {outputs}, got {asked.targets.shape}", ("targets",)
        )
    return prepare(asked.targets, asked.inputs.shape, asked.network.outputs)


def _gradients(found: Backpropagation) -> NetworkGradientsOf:
    layers = tuple(LayerGradientResult(layer.weight, layer.bias) for layer in found.layers)
    return NetworkGradientsOf(layers, found.inputs)
