"""A curve on a frame: its pieces as strokes, its jumps as open and closed dots."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..nn.activations.record import Floats
from .axes import Frame
from .marks import Dot, Mark, Stroke
from .palette import SOLID, Dash, Palette
from .sampling import Break, Piece

WIDTH = 2.25
MOST_DOTTED = 60
"""Jumps of a curve that have dots at their ends, at most."""

_DOT = 4.0
_CASING = (
    4.25  # pixels of paper around a line of WIDTH: without a colour it is still told from what it covers
)


class Cut(NamedTuple):
    """Whether a curve goes on above and below a window of y, and whether any of it is inside."""

    above: bool
    below: bool
    inside: bool


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A sampled function with its look and the name it has in the legend.

    `cased`: paper stands on both sides of its dashes, so that they are seen on a curve that they cover.
    """

    label: str
    pieces: Sequence[Piece]
    breaks: Sequence[Break]
    colour: str
    dash: Dash = SOLID
    width: float = WIDTH
    cased: bool = False

    @property
    def values(self) -> Floats:
        """All finite values, limits at jumps included."""
        values = np.concatenate([piece.y for piece in self.pieces])
        finite: Floats = values[np.isfinite(values)]
        return finite

    def points(self, frame: Frame) -> Floats:
        """Return the pixels of the whole curve, a row of NaN between its pieces."""
        lifted = np.full((1, 2), np.nan)
        parts = [part for piece in self.pieces for part in (frame.polyline(piece.x, piece.y), lifted)]
        return np.concatenate(parts[:-1])

    def marks(self, frame: Frame, palette: Palette) -> list[Mark]:
        """Return the stroke, and dots at each jump: open for a limit that is not the value, else full.

        Of more than `MOST_DOTTED` jumps the dots would cover the curve; there are none then.
        """
        points, clip = self.points(frame), frame.box.inset(-2, -2, -2, -2)
        marks: list[Mark] = [Stroke(points, self.colour, self.width, self.dash, clip=clip)]
        if self.cased:
            # A dash is told in widths of its line: of a broader line it is as many fewer.
            dash = tuple(length * self.width / _CASING for length in self.dash)
            marks.insert(0, Stroke(points, palette.paper, _CASING, dash, clip=clip))
        for jump in self.breaks if len(self.breaks) <= MOST_DOTTED else ():
            if jump.left == jump.right == jump.value:
                continue
            x = frame.x.at(jump.at)
            for end in {jump.left, jump.right}:
                fill = self.colour if end == jump.value else palette.paper
                marks.append(Dot(x, frame.y.at(end), _DOT, fill, self.colour))
            if jump.value is not None and jump.value not in (jump.left, jump.right):
                marks.append(Dot(x, frame.y.at(jump.value), _DOT, self.colour, self.colour))
        return [mark for mark in marks if not isinstance(mark, Dot) or frame.shows(mark.y)]

    def cut(self, bottom: float, top: float) -> Cut:
        """Return what a window of y cuts off."""
        above = below = inside = False
        for piece in self.pieces:
            lowest, highest = float(piece.y.min()), float(piece.y.max())
            above, below = above or highest > top, below or lowest < bottom
            inside = inside or (lowest <= top and highest >= bottom)
        return Cut(above, below, inside)
