"""Whether two networks are the same function, on the wire."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from ..nn.cost import Cost
from ..nn.networks.comparison import compare, compare_cost
from ..nn.networks.comparison_result import Matching, ShownDifference
from .arrays import Vector
from .box import BoxBody, box_of
from .network import NetworkField
from .number import Extended
from .request_models import Counted, RequestBody


class ComparisonBody(RequestBody):
    """Two networks of as many inputs and outputs, and how far apart they may be."""

    first: NetworkField
    second: NetworkField
    tolerance: Annotated[float, Field(ge=0.0, description="For the verdict `within_tolerance`.")] = 0.0
    box: BoxBody | None = Field(
        None, description="Inputs that bounds and witness are of; all of ℝᵈ where there is none."
    )

    def counts(self) -> Iterable[Counted]:
        """Return the numbers of layers."""
        both = (("first", self.first), ("second", self.second))
        return [Counted("layers", len(network.layers), (name, "layers")) for name, network in both]

    def cost(self) -> Cost:
        """Return what deciding, bounding or sampling takes."""
        return compare_cost(self.first, self.second, box=self.box is not None)


class BoundsAnswer(TypedDict):
    """lower ≤ sup|F − G| ≤ upper over ℝᵈ or the box, the largest of the outputs; "Infinity" if unknown."""

    lower: Extended
    upper: Extended


class WitnessAnswer(TypedDict):
    """An input (d,), and both outputs there as decimals with digits enough to differ."""

    input: Vector
    first: list[str]
    second: list[str]


class ComparisonAnswer(TypedDict):
    """What is known about two networks; `equal` is null where no theorem decides."""

    equal: bool | None
    rounding_only: bool
    method: Literal["exact", "normal_form", "bound", "sampling"]
    within_tolerance: bool | None
    difference: BoundsAnswer
    witness: WitnessAnswer | None
    matching: Annotated[
        list[list[int]],
        Field(
            description="[i, j, sign]: unit i of the first network stands for unit j of the second, its "
            "weights and bias negated where sign is −1 (and twice as large between tanh and sigmoid)."
        ),
    ]
    matchings: Annotated[
        list[list[list[int]]],
        Field(
            description="The same for each hidden layer that is no affine map, from the first on, as far as "
            "the layers stand for each other."
        ),
    ]
    statement: str


def comparison(body: ComparisonBody) -> ComparisonAnswer:
    """Return what is known about the two networks."""
    found = compare(body.first, body.second, box_of(body.box, body.first.inputs))
    return {
        "equal": found.equal,
        "rounding_only": found.rounding_only,
        "method": found.method,
        "within_tolerance": found.within(body.tolerance),
        "difference": {"lower": found.lower, "upper": found.upper},
        "witness": _witness(found.witness),
        "matching": _triples(found.matching),
        "matchings": [_triples(matching) for matching in found.matchings],
        "statement": found.statement,
    }


def _triples(matching: Matching) -> list[list[int]]:
    return [list(triple) for triple in matching]


def _witness(shown: ShownDifference | None) -> WitnessAnswer | None:
    if shown is None:
        return None
    return {"input": shown.input, "first": list(shown.first), "second": list(shown.second)}
