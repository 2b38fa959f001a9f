"""What is answered about gradients, Problem 3."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from ...nn import latex
from ...nn.activations.record import Floats
from .identities import StepResult
from .text import named

Places = tuple[tuple[int, ...], ...]

_LARGEST = 24  # rows and columns of a matrix that is drawn


@dataclass(frozen=True, slots=True, eq=False)
class GradientPairResult:
    """∂ℓ/∂W (h, d) and ∂ℓ/∂Θ (h, k); with a leading N for the reduction none of a batch."""

    W: Floats
    Theta: Floats

    def __str__(self) -> str:
        """Return both."""
        return "\n".join([named("∂ℓ/∂W", self.W), named("∂ℓ/∂Θ", self.Theta)])

    def _repr_latex_(self) -> str | None:
        if self.W.ndim != 2:
            return None
        return latex.lines(
            [
                rf"\frac{{\partial \ell}}{{\partial W}} = {latex.shown_matrix(self.W)}",
                rf"\frac{{\partial \ell}}{{\partial \Theta}} = {latex.shown_matrix(self.Theta)}",
            ]
        )


@dataclass(frozen=True, slots=True)
class LawResult:
    """A law that every right answer obeys: the largest entry of left − right, and what rounding allows."""

    name: str
    residual: float
    bound: float


@dataclass(frozen=True, slots=True, eq=False)
class GradientsResult:
    """f itself, (k,) or (N, k), and with targets the loss and its gradients."""

    logits: Floats
    probabilities: Floats
    loss: Floats | None = None
    gradients: GradientPairResult | None = None
    identities: tuple[LawResult, ...] | None = None
    conventions: str | None = None
    steps: tuple[StepResult, ...] | None = None

    def __str__(self) -> str:
        """Return the steps, if they were asked for, and the numbers that they lead to."""
        said = [str(step) for step in self.steps or ()]
        said.append(named("probabilities", self.probabilities))
        if self.loss is not None:
            said.append(named("loss", self.loss))
        return "\n".join(said if self.gradients is None else [*said, str(self.gradients)])

    def _repr_latex_(self) -> str | None:
        if self.steps:
            return latex.lines([step.latex for step in self.steps])
        if self.gradients is not None:
            return self.gradients._repr_latex_()
        return latex.displayed(rf"f(x) = {latex.shown_matrix(self.probabilities)}")


@dataclass(frozen=True, slots=True)
class MistakeResult:
    """One mistake's name, and a sentence about it that gives no number away."""

    code: str
    explanation: str


@dataclass(frozen=True, slots=True)
class RoundedResult:
    """To how many decimals, or else significant digits, numbers are rounded that are right but for that."""

    decimals: int | None = None
    significant: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PartResult:
    """What is said of one part; more at each level of feedback.

    `wrong_entries` are the places (i, j) of wrong entries, (i,) of a bias.
    """

    correct: bool
    rounded: RoundedResult | None = None
    statement: str | None = None
    wrong_entries: Places | None = None
    mistakes: tuple[MistakeResult, ...] | None = None
    alternatives: tuple[tuple[str, ...], ...] | None = None

    def sentences(self) -> list[str]:
        """Return what is said, in sentences."""
        said = [self.statement or ("Right." if self.correct else "Wrong.")]
        if self.wrong_entries:
            places = ", ".join(str(list(one)) for one in self.wrong_entries[:_LARGEST])
            more = len(self.wrong_entries) - _LARGEST
            said.append(f"Wrong entries: {places}" + (f" and {more} more." if more > 0 else "."))
        return [*said, *(one.explanation for one in self.mistakes or ())]


@dataclass(frozen=True, slots=True)
class MethodResult:
    """One way of numerical differentiation: how far it is from the gradients, and how far it may be."""

    method: str
    largest_error: float
    noise_floor: float


@dataclass(frozen=True, slots=True)
class NumericalResult:
    """The best method's agreement, and all of them."""

    method: str
    largest_error: float
    noise_floor: float
    compared: int
    every_coordinate: bool
    methods: tuple[MethodResult, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CheckResult:
    """The grades of a submission, true where it is correct; at the level solution also the reference.

    `hidden_mistakes` are those that give right numbers in this problem, at the level diagnosis and above.
    """

    correct: bool
    parts: dict[str, PartResult]
    rounded: RoundedResult | None = None
    hidden_mistakes: tuple[str, ...] | None = None
    tolerance: float | None = None
    loss: Floats | None = None
    gradients: GradientPairResult | None = None
    numerical: NumericalResult | None = None

    def __bool__(self) -> bool:
        """Tell whether every part is right."""
        return self.correct

    def __str__(self) -> str:
        """Return what is said of each part, a line for each sentence."""
        return parts_in_words(self.parts)

    def _repr_html_(self) -> str:
        return "".join(
            part_in_html(
                "Θ" if name == "Theta" else name,
                part,
                None if self.gradients is None else getattr(self.gradients, name),
            )
            for name, part in self.parts.items()
        )


def parts_in_words(parts: Mapping[str, PartResult]) -> str:
    """Return what is said of each part, a line for each sentence."""
    return "\n".join(f"{name}: {sentence}" for name, part in parts.items() for sentence in part.sentences())


def part_in_html(name: str, part: PartResult, right: Floats | None) -> str:
    """Return what is said of a part, above the `right` matrix where it may be shown, its entries marked."""
    words = " ".join(map(escape, part.sentences()))
    caption = f"<p><strong>∂ℓ/∂{escape(name)}</strong>: {words}</p>"
    if part.wrong_entries is None or right is None or right.ndim > 2 or max(right.shape) > _LARGEST:
        return caption
    wrong = set(part.wrong_entries)
    table = right.reshape(-1, 1) if right.ndim < 2 else right
    rows = []
    for i, row in enumerate(table):
        cells = (
            _cell(float(value), ((i, j) if right.ndim == 2 else (i,)) in wrong) for j, value in enumerate(row)
        )
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f'{caption}<table aria-label="The right ∂ℓ/∂{escape(name)}"><tbody>{"".join(rows)}</tbody></table>'


def _cell(value: float, wrong: bool) -> str:
    """Return one entry of the right matrix, coloured and marked: colour alone tells not everybody."""
    colour, mark, words = ("#f8d7da", "✗", "yours is wrong") if wrong else ("#d4edda", "✓", "yours is right")
    return f'<td style="background:{colour};color:#111" title="{words}">{mark} {value:.6g}</td>'
