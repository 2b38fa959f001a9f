"""Operations on activations, Problem 1."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...nn.activations.catalogue import factory, parameters_of
from ...nn.activations.comparison import Statement, compare_activations
from ...nn.activations.record import Activation, Line, Onnx
from ..results.activations import (
    AsymptotesResult,
    DescriptionResult,
    GapResult,
    JumpResult,
    LimitsResult,
    LineResult,
    OnnxResult,
    ParameterResult,
    PropertiesResult,
    RangeResult,
    SideBySideResult,
    StatementResult,
    ValuesResult,
)
from ..results.identities import FormulaResult
from .operation import Operation


@dataclass(frozen=True, slots=True, eq=False)
class ValuesOperation(Operation[ValuesResult]):
    """The values of an activation, of float32 where the inputs are, and on request its derivatives."""

    activation: Activation
    inputs: npt.NDArray[np.float32] | npt.NDArray[np.float64]
    derivative: bool = False

    result = ValuesResult

    @property
    def path(self) -> str:
        """The path of the activation's endpoint."""
        return f"activations/{self.activation.name}"

    def answer(self) -> ValuesResult:
        """Return the values; none is refused."""
        inputs: Any = self.inputs  # of either type
        return ValuesResult(
            self.activation.evaluate(inputs), self.activation.derivative(inputs) if self.derivative else None
        )

    def document(self) -> dict[str, Any]:
        """Return the body of the endpoint."""
        return {
            "inputs": self.inputs,
            "derivative": self.derivative,
            "parameters": dict(self.activation.parameters),
        }


@dataclass(frozen=True, slots=True, eq=False)
class DescribeOperation(Operation[DescriptionResult]):
    """All that is claimed of one activation."""

    activation: Activation

    result = DescriptionResult

    @property
    def path(self) -> str:
        """The path of the activation's endpoint."""
        return f"activations/{self.activation.name}"

    def document(self) -> None:
        """Return nothing: the endpoint is a GET."""

    def parameters(self) -> Any:
        """Return the activation's own."""
        return {name: repr(value) for name, value in self.activation.parameters.items()}

    def answer(self) -> DescriptionResult:
        """Return what the record claims."""
        one, values = self.activation, self.activation.range
        return DescriptionResult(
            one.name,
            one.title,
            {
                known.name: ParameterResult(
                    one.parameters[known.name],
                    known.default,
                    known.minimum,
                    known.exclusive,
                    known.nonzero,
                    known.follows,
                    known.description,
                )
                for known in parameters_of(factory(one.name))
            },
            FormulaResult(one.latex),
            FormulaResult(one.derivative_latex),
            AsymptotesResult(_line(one.left), _line(one.right)),
            RangeResult(values.infimum, values.supremum, values.infimum_attained, values.supremum_attained),
            tuple(one.kinks),
            tuple(JumpResult(jump.at, jump.height) for jump in one.jumps),
            one.lipschitz,
            PropertiesResult(
                one.continuous,
                one.differentiable,
                one.monotone,
                one.convex,
                one.bounded,
                one.odd,
                one.even,
            ),
            one.conventions,
            _onnx(one.onnx),
            one.torch,
        )


def _line(line: Line | None) -> LineResult | None:
    return None if line is None else LineResult(line.slope, line.intercept)


def _onnx(onnx: Onnx | None) -> OnnxResult | None:
    if onnx is None:
        return None
    return OnnxResult(onnx.operator, onnx.since, dict(onnx.attributes), dict(onnx.inputs))


@dataclass(frozen=True, slots=True, eq=False)
class SideBySideOperation(Operation[SideBySideResult]):
    """Two activations side by side, Problem 1c."""

    first: Activation
    second: Activation

    path = "activations/compare"
    result = SideBySideResult

    def document(self) -> None:
        """Return nothing: the endpoint is a GET."""

    def parameters(self) -> Any:
        """Return both names, each with its parameters behind it."""
        told = []
        for name, one in (("first", self.first), ("second", self.second)):
            told += [(name, one.name), *((own, repr(value)) for own, value in one.parameters.items())]
        return told

    def answer(self) -> SideBySideResult:
        """Return what both have in common. Raises `InvalidValue` or `Overflow` for what has no distance."""
        found = compare_activations(self.first, self.second)
        limits, gap = found.limits_of_difference, found.largest_gap
        return SideBySideResult(
            self.first.name,
            self.second.name,
            tuple(map(_statement, found.similarities)),
            tuple(map(_statement, found.differences)),
            LimitsResult(limits.left, limits.right),
            GapResult(gap.value, gap.at, gap.attained),
        )


def _statement(one: Statement) -> StatementResult:
    return StatementResult(one.property, one.statement)
