"""Activations as curves, with the asymptotes that their records claim, and the gap between two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..nn.activations.record import Activation, Floats, Line
from ..nn.errors import InvalidValue
from ..nn.words import linear
from . import sampling, windows
from .activation_words import describe, label, window_of_y
from .axes import Frame, padded, panel
from .canvas import Canvas
from .curve import Curve
from .marks import Mark, Stroke
from .palette import ASYMPTOTE, DASHES, MOST_CURVES
from .placement import FreeSpace, along
from .scene import Scene, Table
from .shown_gap import area, shown_gap
from .title_and_legend import Entry, header

_ROOM = 26.0  # pixels free above and below the curves: a line of text fits


@dataclass(frozen=True, slots=True)
class ActivationCurves:
    """One or several activations on one pair of axes, over [low, high] or a window of their own.

    `y_low` and `y_high` are the ends of the y-axis, by default such that every curve is seen whole.
    `derivative` draws each one's derivative too; `asymptotes` the lines they approach, with equations;
    `gap` shades between exactly two and marks where they are furthest apart.

    Raises `InvalidValue` for no or too many activations, a gap of other than two, or not low < high on an
    axis.
    """

    activations: tuple[Activation, ...]
    low: float | None = None
    high: float | None = None
    derivative: bool = False
    asymptotes: bool = True
    gap: bool = False
    title: str = ""
    canvas: Canvas = field(default_factory=Canvas)
    y_low: float | None = None
    y_high: float | None = None

    def __post_init__(self) -> None:
        count = len(self.activations)
        if not 1 <= count <= MOST_CURVES:
            raise InvalidValue(f"expected 1 to {MOST_CURVES} activations, got {count}", ("name",))
        if self.gap and count != 2:
            raise InvalidValue(f"expected exactly 2 activations for a gap, got {count}", ("gap",))
        windows.window(self.low, self.high, lambda: (-1.0, 1.0))
        windows.window(self.y_low, self.y_high, lambda: (-1.0, 1.0), "y_")

    @property
    def window(self) -> tuple[float, float]:
        """The ends of the x-axis: those asked for, else what shows the functions."""
        return windows.window(self.low, self.high, lambda: windows.of_activations(self.activations))

    def scene(self) -> Scene:
        """Return everything that the picture shows."""
        low, high = self.window
        palette = self.canvas.palette
        curves = self._curves(low, high)
        top = header(
            self.canvas, self.title, [Entry(one.label, one.colour, one.dash, one.width) for one in curves]
        )
        box = panel(self.canvas, top.bottom)
        values = np.concatenate([curve.values for curve in curves])
        if not values.size:
            raise InvalidValue("expected a window in which some value is finite", ("low",))
        bottom, ceiling = windows.window(
            self.y_low,
            self.y_high,
            lambda: padded(float(values.min()), float(values.max()), box.height, _ROOM),
            "y_",
        )
        shown = (bottom, ceiling) if self._chosen_y else None
        if shown:
            curves = self._curves(low, high, shown)
        frame = Frame(box, low, high, bottom, ceiling).lowered()
        lines = self._lines(frame) if self.asymptotes else {}
        room = FreeSpace(
            frame.box,
            [*(curve.points(frame) for curve in curves), *lines.values(), *frame.zero_lines()],
        )
        first, *others = self.activations
        gap = shown_gap(first, others[0], low, high) if self.gap else None
        words = describe(self.activations, low, high, self.derivative, list(lines), gap)
        if shown:
            words += window_of_y(*shown, [(one.label, one.cut(*shown)) for one in curves])
        largest = gap.marks(frame, room, palette) if gap else []
        marks = [
            *([area(first, others[0], frame, palette, shown)] if gap else ()),
            *self._asymptotes(lines, room),
            *(mark for curve in curves for mark in curve.marks(frame, palette)),
            *largest,
        ]
        names = [curve.label for curve in curves]
        return Scene(
            self.canvas,
            self.title or ", ".join(names),
            words,
            self._table(curves),
            (frame,),
            [*top.marks, *marks],
        )

    @property
    def _chosen_y(self) -> bool:
        return self.y_low is not None or self.y_high is not None

    def _curves(self, low: float, high: float, shown: tuple[float, float] | None = None) -> list[Curve]:
        """Return the functions, each followed by its derivative where that is asked for.

        They are finest where `shown`, a window of y, shows them.

        The derivative of a single function has the second colour; of several, each has its function's
        colour and half its width.
        """
        palette = self.canvas.palette
        alone = len(self.activations) == 1
        curves = []
        for index, one in enumerate(self.activations):
            jumps = [jump.at for jump in one.jumps]
            bend = sampling.bend(*windows.reach(one), low, high)
            found, breaks = sampling.pieces(one.evaluate, low, high, [*one.kinks, *bend], jumps, shown)
            colour, dash = palette.curves[index], DASHES[index]
            curves.append(Curve(label(one), found, breaks, colour, dash))
            if self.derivative:
                # Where the function has a kink its derivative jumps.
                breaking = [*jumps, *one.kinks]
                found, breaks = sampling.pieces(one.derivative, low, high, bend, breaking, shown)
                if alone:
                    colour, dash = palette.curves[1], DASHES[1]
                width = 2.25 if alone else 1.25
                curves.append(Curve(_derivative_label(one), found, breaks, colour, dash, width))
        return curves

    def _lines(self, frame: Frame) -> dict[Line, Floats]:
        """Return the asymptotes that the window shows, each with the pixels of its ends."""
        lines = [one for activation in self.activations for one in (activation.left, activation.right) if one]
        ends = {one: _visible(one, frame) for one in lines}
        return {one: points for one, points in ends.items() if points is not None}

    def _asymptotes(self, lines: Mapping[Line, Floats], room: FreeSpace) -> list[Mark]:
        palette = self.canvas.palette
        marks: list[Mark] = []
        for one, points in lines.items():
            marks.append(Stroke(points, palette.rule, 1.25, ASYMPTOTE, crisp=one.slope == 0))
            text = f"y = {linear(one.slope, one.intercept)}"
            places = (0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.6, 0.4, 0.5)
            words = room.place(along(text, points, palette.muted, places))
            if words:
                marks.append(words)
        return marks

    def _table(self, curves: Sequence[Curve]) -> Table:
        """Return all x at which some curve is drawn, and every function there; at a jump both sides."""
        columns = ["x"]
        for one in self.activations:
            columns += [label(one), _derivative_label(one)][: 1 + self.derivative]
        return Table(columns, lambda: self._numbers(curves))

    def _numbers(self, curves: Sequence[Curve]) -> Floats:
        low, high = self.window
        jumps = [jump.at for curve in curves for jump in curve.breaks]
        drawn = [piece.x for curve in curves for piece in curve.pieces]
        x = np.unique(np.concatenate([*drawn, np.nextafter(jumps, -np.inf), np.nextafter(jumps, np.inf)]))
        x = x[(x >= low) & (x <= high)]
        values = [x]
        for one in self.activations:
            values.append(one.evaluate(x))
            if self.derivative:
                values.append(one.derivative(x))
        return np.column_stack(values)


def _derivative_label(activation: Activation) -> str:
    name, comma, rest = label(activation).partition(",")
    return f"{name}′{comma}{rest}"


def _visible(one: Line, frame: Frame) -> Floats | None:
    """Return the pixels of the part of a line that lies on the frame, or None."""
    ends = np.array([frame.low, frame.high])
    with np.errstate(over="ignore"):
        points = frame.points(ends, one.slope * ends + one.intercept)
    (x1, y1), (x2, y2) = points
    box = frame.box
    # Positions beyond the frame are clipped, so the crossings are worked out from the line itself.
    if one.slope and (min(y1, y2) < box.top or max(y1, y2) > box.bottom):
        with np.errstate(over="ignore", divide="ignore"):
            crossings = (np.array([frame.bottom, frame.top]) - one.intercept) / one.slope
        inside = np.sort(np.clip(crossings, frame.low, frame.high))
        if not inside[0] < inside[1]:
            return None
        points = frame.points(inside, one.slope * inside + one.intercept)
        (x1, y1), (x2, y2) = points
    shown = min(max(y1, y2), box.bottom) - max(min(y1, y2), box.top)
    return points if shown > -0.5 and abs(x2 - x1) > 1 else None
