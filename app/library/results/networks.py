"""What is answered about networks, Problem 2."""

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Literal

from ...nn import latex
from ...nn.activations.record import Floats
from ...nn.errors import UnsupportedNetwork
from ...nn.networks.documents import activation_document
from ...nn.networks.named_arrays import completed, named_arrays
from ...nn.networks.network import Network
from ...nn.networks.storage import StoredAs
from ...nn.words import plural
from ...wire.tensor_layout import RESPONSE, laid_out, stored_tensors
from .gradients import PartResult, RoundedResult, part_in_html, parts_in_words
from .identities import StepResult
from .text import named, weights_in_words


@dataclass(frozen=True, slots=True, eq=False)
class LayerValues:
    """What one layer computes: weight·h + bias, and the activation of that."""

    preactivations: Floats
    activations: Floats


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationResult:
    """F(x), of the inputs' leading shape; with `trace` every layer's numbers too."""

    outputs: Floats
    layers: tuple[LayerValues, ...] | None = None

    def __str__(self) -> str:
        """Return the numbers of every layer, if they were asked for, and the outputs."""
        said = []
        for index, layer in enumerate(self.layers or ()):
            said.append(named(f"layers.{index}.preactivations", layer.preactivations))
            said.append(named(f"layers.{index}.activations", layer.activations))
        return "\n".join([*said, named("outputs", self.outputs)])

    def _repr_latex_(self) -> str:
        return latex.displayed(rf"F(x) = {latex.shown_matrix(self.outputs)}")


@dataclass(frozen=True, slots=True, eq=False)
class DifferenceResult:
    """F − G for every x in ℝᵈ if the kind is exact, else a bound on its size; one number for each output."""

    kind: Literal["exact", "bound"]
    value: Floats

    def __str__(self) -> str:
        """Return the kind and the numbers."""
        return named(f"difference, {self.kind}", self.value)


@dataclass(frozen=True, slots=True, eq=False)
class CertificateResult:
    """What is proven about the given and the converted network, for every input."""

    difference: DifferenceResult
    evaluation_bound: Floats
    statement: str


@dataclass(frozen=True, slots=True)
class NoteResult:
    """Something to know, and the place in the question that it is about, as a JSON pointer."""

    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class ReasonResult:
    """Why, in words and as a formula."""

    text: str
    latex: str

    def _repr_latex_(self) -> str:
        return latex.displayed(self.latex)


@dataclass(frozen=True, slots=True, eq=False)
class TwoValuesResult:
    """Two inputs (2, d), and the outputs there as decimals with digits enough to differ."""

    inputs: Floats
    outputs: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ValuesCount:
    """How many values as many steps take at most, a whole number of any length."""

    at_most: str


@dataclass(frozen=True, slots=True, eq=False)
class ConversionResult:
    """The network that computes the same function, or why there is none.

    `exists` is None where no theorem decides; then, and where it is False, there is a `reason`. `names` are
    of each weight and bias where names were given, and `stored_as` is the type of their numbers.
    """

    exists: bool | None
    network: Network | None = None
    certificate: CertificateResult | None = None
    notes: tuple[NoteResult, ...] | None = None
    reason: ReasonResult | None = None
    witness: TwoValuesResult | None = None
    values: ValuesCount | None = None
    names: tuple[tuple[str | None, ...], ...] | None = None
    stored_as: StoredAs | None = None

    def save(self, path: str | Path) -> Path:
        """Write the network as safetensors, its arrays by their names, and return the path.

        Of the type `stored_as`, in the network's order and with no other array beside them, so that
        PyTorch's `load_state_dict` takes them; without `names` they are called `network.layers.0.weight` and
        so on. Raises `UnsupportedNetwork` where there is no network.
        """
        if self.network is None:
            raise UnsupportedNetwork("expected a network that can be saved, and there is none")
        layers = [(layer.weight, layer.bias) for layer in self.network.layers]
        names = self.names or completed((), self.network)[0]
        told = [{"activation": activation_document(layer.activation)} for layer in self.network.layers]
        metadata = {RESPONSE: _json({"network": {"layers": told}, "names": names}).decode()}
        tensors = stored_tensors(named_arrays(layers, names), self.stored_as or "float64")
        file = Path(path)
        file.write_bytes(b"".join(laid_out(tensors, metadata, _json)))
        return file

    def __bool__(self) -> bool:
        """Refuse to be a truth value, since there are three answers."""
        raise TypeError("a conversion has three answers: ask for .exists, which is True, False or None")

    def __str__(self) -> str:
        """Return the network with its certificate, or the reason why there is none, and the notes."""
        said = [] if self.network is None else [weights_in_words(self.network)]
        if self.certificate is not None:
            said += [
                str(self.certificate.difference),
                named("evaluation_bound", self.certificate.evaluation_bound),
            ]
            said.append(self.certificate.statement)
        if self.reason is not None:
            said.append(self.reason.text)
        return "\n".join([*said, *(f"{one.pointer}: {one.detail}" for one in self.notes or ())])

    def _repr_latex_(self) -> str | None:
        if self.network is not None:
            return self.network._repr_latex_()
        return None if self.reason is None else latex.displayed(self.reason.latex)


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class BoundsResult:
    """lower ≤ sup|F − G| ≤ upper over ℝᵈ, the largest of the outputs; ∞ where nothing is known."""

    lower: float
    upper: float


@dataclass(frozen=True, slots=True, eq=False)
class WitnessResult:
    """An input (d,), and both outputs there as decimals with digits enough to differ."""

    input: Floats
    first: tuple[str, ...]
    second: tuple[str, ...]


_MOST_OUTPUTS = 10  # that are printed

Triples = tuple[tuple[int, ...], ...]
"""(i, j, sign): unit i of the first network stands for unit j of the second, negated where sign is −1."""


@dataclass(frozen=True, slots=True, eq=False)
class ComparisonResult:
    """What is known about two networks; `equal` is None where no theorem decides."""

    equal: bool | None
    rounding_only: bool
    method: Literal["exact", "normal_form", "bound", "sampling"]
    within_tolerance: bool | None
    difference: BoundsResult
    witness: WitnessResult | None
    matching: Triples
    matchings: tuple[Triples, ...]
    statement: str

    def __bool__(self) -> bool:
        """Refuse to be a truth value, since there are three answers."""
        raise TypeError(
            "a comparison has three answers: ask for .equal, .rounding_only or .within_tolerance, each True, "
            "False or None"
        )

    def __str__(self) -> str:
        """Return what is known, in a sentence, and where they differ, if that was found."""
        said = [self.statement]
        if self.witness is not None:
            said.append(named("they differ at", self.witness.input))
            for which, outputs in (("first", self.witness.first), ("second", self.witness.second)):
                more = [] if len(outputs) <= _MOST_OUTPUTS else ["…"]
                said.append(f"{which} there: {', '.join([*outputs[:_MOST_OUTPUTS], *more])}")
        return "\n".join(said)

    def _repr_html_(self) -> str:
        verdict = {True: "equal", False: "not equal", None: "not decided"}[self.equal]
        if self.rounding_only:
            verdict = "equal but for rounding"
        rows = [
            ("method", self.method),
            ("largest difference", f"{self.difference.lower:.6g} to {self.difference.upper:.6g}"),
        ]
        if self.matching:
            units = ", ".join(f"{i} → {'−' if sign < 0 else ''}{j}" for i, j, sign in self.matching)
            rows.append(("hidden units", units))
        if self.witness is not None:
            rows.append(("they differ at", ", ".join(f"{one:.6g}" for one in self.witness.input)))
            rows.append(
                ("outputs there", "; ".join(map(", ".join, (self.witness.first, self.witness.second))))
            )
        cells = "".join(
            f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in rows
        )
        return (
            f"<table><caption><strong>{verdict}</strong>: {escape(self.statement)}</caption>"
            f"<tbody>{cells}</tbody></table>"
        )


@dataclass(frozen=True, slots=True)
class UnitsCount:
    """Hidden units of the given and of the smallest network."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class RemovalResult:
    """A hidden unit of the given network that is not needed, and why."""

    unit: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class ReductionResult:
    """The smallest network; the fingerprint is the given function's, equal iff the functions are."""

    network: Network
    hidden_units: UnitsCount
    removed: tuple[RemovalResult, ...]
    fingerprint: str
    difference: DifferenceResult

    def __str__(self) -> str:
        """Return how many units are left, why the others are not, and the network."""
        before, after = self.hidden_units.before, self.hidden_units.after
        counts = f"{plural(before, 'hidden unit')}, {after} {'is' if after == 1 else 'are'} enough"
        gone = [f"unit {one.unit}: {one.reason}" for one in self.removed]
        return "\n".join([counts, *gone, weights_in_words(self.network), str(self.difference)])

    def _repr_latex_(self) -> str:
        return self.network._repr_latex_()


@dataclass(frozen=True, slots=True, eq=False)
class LayerGradientResult:
    """∂ℓ/∂W (outputs, inputs) and ∂ℓ/∂b (outputs,), None where the layer has no bias."""

    weight: Floats
    bias: Floats | None


@dataclass(frozen=True, slots=True, eq=False)
class NetworkGradientsOf:
    """The gradients by every parameter, and by the inputs."""

    layers: tuple[LayerGradientResult, ...]
    inputs: Floats

    def __str__(self) -> str:
        """Return each gradient by its name."""
        return "\n".join(named(f"∂ℓ/∂{name}", array) for name, array in self.by_name().items())

    def by_name(self) -> dict[str, Floats]:
        """Return every gradient by the name that a check has for it."""
        found = {"inputs": self.inputs}
        for index, layer in enumerate(self.layers):
            found[f"layers.{index}.weight"] = layer.weight
            if layer.bias is not None:
                found[f"layers.{index}.bias"] = layer.bias
        return found


@dataclass(frozen=True, slots=True, eq=False)
class NetworkCheckResult:
    """The grades of a submission, true where it is correct; at the level solution also the right gradients.

    `parts` are by name, as in "layers.0.weight" and "inputs".
    """

    correct: bool
    parts: dict[str, PartResult]
    rounded: RoundedResult | None = None
    hidden_mistakes: tuple[str, ...] | None = None
    tolerance: float | None = None
    loss: Floats | None = None
    gradients: NetworkGradientsOf | None = None

    def __bool__(self) -> bool:
        """Tell whether every part is right."""
        return self.correct

    def __str__(self) -> str:
        """Return what is said of each part, a line for each sentence."""
        return parts_in_words(self.parts)

    def _repr_html_(self) -> str:
        right = {} if self.gradients is None else self.gradients.by_name()
        return "".join(part_in_html(name, part, right.get(name)) for name, part in self.parts.items())


@dataclass(frozen=True, slots=True, eq=False)
class NetworkGradientsResult:
    """The loss, the outputs and the gradients of a network."""

    loss: Floats
    outputs: Floats
    gradients: NetworkGradientsOf
    steps: tuple[StepResult, ...] | None = None

    def __str__(self) -> str:
        """Return the steps, if they were asked for, and the numbers that they lead to."""
        said = [str(step) for step in self.steps or ()]
        said += [named("outputs", self.outputs), named("loss", self.loss)]
        return "\n".join([*said, str(self.gradients)])

    def _repr_latex_(self) -> str:
        if self.steps:
            return latex.lines([step.latex for step in self.steps])
        formulas = []
        for index, layer in enumerate(self.gradients.layers, 1):
            for letter, array in (("W", layer.weight), ("b", layer.bias)):
                if array is not None and array.ndim <= 2:
                    name = rf"\frac{{\partial \ell}}{{\partial {letter}_{{{index}}}}}"
                    formulas.append(f"{name} = {latex.shown_matrix(array)}")
        return latex.lines(formulas)
