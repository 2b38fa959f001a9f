"""Two activations side by side, on the wire: Problem 1c."""

from typing import ClassVar

from typing_extensions import TypedDict

from ..nn.activations.comparison import Statement, compare_activations
from .named_activations import ActivationName, NamedActivations
from .number import Extended


class ComparisonQuery(NamedActivations):
    """Two activations, each with its parameters behind its name: `first=softplus&beta=3&second=relu`."""

    _NAMES: ClassVar[tuple[str, ...]] = ("first", "second")

    first: ActivationName
    second: ActivationName


class StatementAnswer(TypedDict):
    """One sentence about one property."""

    property: str
    statement: str


class LimitsAnswer(TypedDict):
    """What first − second tends to at −∞ and at +∞."""

    left: Extended
    right: Extended


class GapAnswer(TypedDict):
    """The supremum of |first − second|, where it lies, and whether it is attained there."""

    value: Extended
    at: Extended
    attained: bool


class SideBySide(TypedDict):
    """Problem 1c for any two activations."""

    first: str
    second: str
    similarities: list[StatementAnswer]
    differences: list[StatementAnswer]
    limits_of_difference: LimitsAnswer
    largest_gap: GapAnswer


def side_by_side(query: ComparisonQuery) -> SideBySide:
    """Return two activations side by side. Raises `UnknownName`, `InvalidValue` or `NotFinite`."""
    first, second = query.named([(("first",), query.first), (("second",), query.second)])
    found = compare_activations(first, second)
    limits, gap = found.limits_of_difference, found.largest_gap
    return {
        "first": first.name,
        "second": second.name,
        "similarities": [_statement(one) for one in found.similarities],
        "differences": [_statement(one) for one in found.differences],
        "limits_of_difference": {"left": limits.left, "right": limits.right},
        "largest_gap": {"value": gap.value, "at": gap.at, "attained": gap.attained},
    }


def _statement(one: Statement) -> StatementAnswer:
    return {"property": one.property, "statement": one.statement}
