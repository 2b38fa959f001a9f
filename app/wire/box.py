"""A box of inputs on the wire."""

from typing import Annotated

from ..nn.errors import located
from ..nn.networks.box import Box
from .arrays import ArrayOf, Floats
from .request_models import RequestBody

_END = "A number, which holds for every input, or one for each of the d inputs."


class BoxBody(RequestBody):
    """The inputs x with low ≤ x ≤ high, for every input: low is below high, and both are finite."""

    low: Annotated[Floats, ArrayOf((0, 1), description=_END)]
    high: Annotated[Floats, ArrayOf((0, 1), description=_END)]


def box_of(body: BoxBody | None, inputs: int) -> Box | None:
    """Return the box, with its place in what is raised: `ShapeMismatch`, or `InvalidValue` if it is empty."""
    if body is None:
        return None
    with located("box"):
        return Box.of(body.low, body.high, inputs)
