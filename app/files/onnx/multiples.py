"""Arrays multiplied by powers of two, as a whole or in parts along a side."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from .tensors import Array, scaled

MOST_PARTS = 64
"""Recurrent cells have four: beyond, a factor is written out."""


class Part(NamedTuple):
    """The entries from `start` to before `stop` of the `whole` along a side, which is counted from behind."""

    axis: int
    start: int
    stop: int
    whole: int

    def overlaps(self, other: "Part") -> bool:
        """Tell whether an entry may be of both."""
        return self.axis != other.axis or (self.start < other.stop and other.start < self.stop)

    @property
    def place(self) -> tuple[Any, ...]:
        """What takes it out of an array."""
        return (..., slice(self.start, self.stop), *(slice(None) for _ in range(-self.axis - 1)))


def pieces(factor: float, parts: Mapping[Part, float]) -> Iterator[tuple[Part, float]]:
    """Yield the parts and what is between them, each with its factor, which is `factor` times its own."""
    at = 0
    for part in sorted(parts):
        if part.start > at:
            yield part._replace(start=at, stop=part.start), factor
        yield part, factor * parts[part]
        at = part.stop
    if at < part.whole:
        yield part._replace(start=at, stop=part.whole), factor


def multiplied(array: Array, factor: float, parts: Mapping[Part, float]) -> Array | None:
    """Return an array multiplied, in `parts` besides, in its type, or None unless each product is exact."""
    if not parts:
        return scaled(array, factor)
    made = np.empty_like(array)
    for part, own in pieces(factor, parts):
        piece = scaled(array[part.place], own)
        if piece is None:
            return None
        made[part.place] = piece
    return made
