"""Both sides of an identity on one pair of axes: they must lie on each other."""

from dataclasses import dataclass, field

import numpy as np

from ..nn.errors import UnknownName
from ..nn.identities.catalogue import identity
from ..nn.identities.record import Identity
from ..nn.words import distinct, short
from . import sampling, windows
from .axes import Frame, padded, panel
from .canvas import Canvas
from .curve import Curve
from .formula import plain
from .network_words import SAMPLED, course
from .palette import DASHES
from .scene import Scene, Table
from .title_and_legend import Entry, header

_WINDOW = (-6.0, 6.0)  # where the sides of every identity bend
_ROOM = 14.0


@dataclass(frozen=True, slots=True)
class IdentityCurves:
    """The left side of an identity, broad, and the right side, dashed, over it.

    Raises `UnknownName` for an unknown name and for an identity without two curves.
    """

    name: str
    low: float | None = None
    high: float | None = None
    title: str = ""
    canvas: Canvas = field(default_factory=Canvas)

    def __post_init__(self) -> None:
        if self.identity.curves is None:
            raise UnknownName("expected an identity between two functions of one number")
        windows.window(self.low, self.high, lambda: _WINDOW)

    @property
    def identity(self) -> Identity:
        """What is drawn."""
        return identity(self.name)

    def scene(self) -> Scene:
        """Return everything that the picture shows."""
        palette = self.canvas.palette
        low, high = windows.window(self.low, self.high, lambda: _WINDOW)
        curves = []
        for index, side in enumerate(self.identity.curves or ()):
            piece = sampling.trace(side.evaluate, low, high, sampling.bend(*_WINDOW, low, high))
            width = 5.0 if index == 0 else 2.25
            label = plain(side.latex)
            curves.append(
                Curve(label, [piece], [], palette.curves[index], DASHES[index], width, cased=index > 0)
            )
        top = header(
            self.canvas, self.title, [Entry(one.label, one.colour, one.dash, one.width) for one in curves]
        )
        box = panel(self.canvas, top.bottom)
        values = np.concatenate([curve.values for curve in curves])
        bottom, ceiling = padded(float(values.min()), float(values.max()), box.height, _ROOM)
        frame = Frame(box, low, high, bottom, ceiling).lowered()
        x = np.unique(np.concatenate([piece.x for curve in curves for piece in curve.pieces]))
        sides = [side.evaluate(x) for side in self.identity.curves or ()]
        gap = float(np.abs(sides[0] - sides[1]).max())
        left, right = distinct(low, high)
        words = (
            f"{self.identity.title}: graphs of {curves[0].label} and {curves[1].label} for x from"
            f" {left} to {right}, which lie on each other; as computed"
            f" they differ by up to {short(gap, 2)}{SAMPLED}. The curve{SAMPLED} {course(curves[0])}"
        )
        marks = [*top.marks, *(mark for curve in curves for mark in curve.marks(frame, palette))]
        table = Table(["x", *(curve.label for curve in curves)], np.column_stack([x, *sides]))
        return Scene(self.canvas, self.title or self.identity.title, words, table, (frame,), marks)
