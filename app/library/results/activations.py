"""What is answered about activations, Problem 1."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt

from ...nn import latex
from .identities import FormulaResult
from .text import named

Values = npt.NDArray[np.float32] | npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ValuesResult:
    """f(inputs), and on request f′(inputs), of the inputs' shape."""

    outputs: Values
    derivatives: Values | None = None

    def __str__(self) -> str:
        """Return both."""
        said = [named("f(x)", np.asarray(self.outputs))]
        if self.derivatives is not None:
            said.append(named("f'(x)", np.asarray(self.derivatives)))
        return "\n".join(said)


@dataclass(frozen=True, slots=True)
class ParameterResult:
    """A parameter: its value here, and what it may be; not given, it has what it `follows` has."""

    value: float
    default: float
    minimum: float | None
    exclusive: bool
    nonzero: bool
    follows: str | None
    description: str


@dataclass(frozen=True, slots=True)
class LineResult:
    """The line y = slope·x + intercept."""

    slope: float
    intercept: float


@dataclass(frozen=True, slots=True)
class AsymptotesResult:
    """What the curve approaches at −∞ and at +∞."""

    left: LineResult | None
    right: LineResult | None


@dataclass(frozen=True, slots=True)
class RangeResult:
    """The values on ℝ."""

    infimum: float
    supremum: float
    infimum_attained: bool
    supremum_attained: bool


@dataclass(frozen=True, slots=True)
class JumpResult:
    """A step: the limit from the right less the limit from the left."""

    at: float
    height: float


@dataclass(frozen=True, slots=True)
class PropertiesResult:
    """What holds on all of ℝ."""

    continuous: bool
    differentiable: bool
    monotone: bool
    convex: bool
    bounded: bool
    odd: bool
    even: bool


@dataclass(frozen=True, slots=True)
class OnnxResult:
    """The ONNX operator, the opset that introduced it, its attributes and its further constant inputs."""

    operator: str
    since: int
    attributes: dict[str, float | str]
    inputs: dict[str, float]


@dataclass(frozen=True, slots=True)
class DescriptionResult:
    """All that is claimed of one activation."""

    name: str
    title: str
    parameters: dict[str, ParameterResult]
    formula: FormulaResult
    derivative: FormulaResult
    asymptotes: AsymptotesResult
    range: RangeResult
    kinks: tuple[float, ...]
    jumps: tuple[JumpResult, ...]
    lipschitz: float
    properties: PropertiesResult
    conventions: str
    onnx: OnnxResult | None
    torch: str | None

    def __str__(self) -> str:
        """Return the title, both formulas and what holds of it."""
        names = ("continuous", "differentiable", "monotone", "convex", "bounded", "odd", "even")
        holds = ", ".join(name for name in names if getattr(self.properties, name))
        lines = [self.title, f"  f(x) = {self.formula}", f"  f'(x) = {self.derivative}", f"  {holds}"]
        return "\n".join([*lines, *([f"  {self.conventions}"] if self.conventions else [])])

    def _repr_latex_(self) -> str:
        return latex.lines([f"f(x) = {self.formula.latex}", f"f'(x) = {self.derivative.latex}"])


@dataclass(frozen=True, slots=True)
class StatementResult:
    """One sentence about one property."""

    property: str
    statement: str


@dataclass(frozen=True, slots=True)
class LimitsResult:
    """What first − second tends to at −∞ and at +∞."""

    left: float
    right: float


@dataclass(frozen=True, slots=True)
class GapResult:
    """The supremum of |first − second|, where it lies, and whether it is attained there."""

    value: float
    at: float
    attained: bool


@dataclass(frozen=True, slots=True)
class SideBySideResult:
    """What two activations have in common, what sets them apart, and how far they differ: Problem 1c."""

    first: str
    second: str
    similarities: tuple[StatementResult, ...]
    differences: tuple[StatementResult, ...]
    limits_of_difference: LimitsResult
    largest_gap: GapResult

    def __str__(self) -> str:
        """Return all sentences, similarities first."""
        return "\n".join(
            [
                f"{self.first} and {self.second}",
                *(f"  both: {one.statement}" for one in self.similarities),
                *(f"  {one.statement}" for one in self.differences),
            ]
        )

    def _repr_html_(self) -> str:
        def items(statements: Iterable[StatementResult]) -> str:
            return "".join(f"<li>{escape(one.statement)}</li>" for one in statements)

        return (
            f"<p><strong>{escape(self.first)} and {escape(self.second)}</strong></p>"
            f"<p>In common</p><ul>{items(self.similarities)}</ul>"
            f"<p>Different</p><ul>{items(self.differences)}</ul>"
        )
