"""A pair of axes: a fixed rectangle with a grid, numbers and names."""

import math
from dataclasses import dataclass, replace

import numpy as np

from ..nn.activations.record import Floats
from .axis import Axis
from .canvas import Canvas, Rectangle
from .lettering import LABEL, NOTE, fitted, width
from .marks import Anchor, Mark, Stroke, Words, line
from .palette import Palette

LEFT, BOTTOM, RIGHT, TOP = 62.0, 46.0, 18.0, 16.0
"""Room around the axes for numbers and names, in CSS pixels."""

NOTE_LINE = 14.0
"""Room for the note of a y-axis between its end and a legend, in CSS pixels."""

_BASELINE = 0.36  # of the size: from the middle of a digit down to its baseline
_ACROSS, _UP = 62.0, 40.0  # pixels between numbers


@dataclass(frozen=True, slots=True)
class Frame:
    """The windows [low, high] × [bottom, top] on a rectangle; equal frames look the same.

    `numbered` says whether numbers stand along the x-axis (of frames above each other the lowest only);
    around a `bare` one nothing is written at all.
    """

    box: Rectangle
    low: float
    high: float
    bottom: float
    top: float
    x_name: str = "x"
    y_name: str = ""
    numbered: bool = True
    title: str = ""
    bare: bool = False

    @property
    def x(self) -> Axis:
        """The horizontal axis."""
        return Axis(self.low, self.high, self.box.left, self.box.right)

    @property
    def y(self) -> Axis:
        """The vertical axis; its pixels run upwards."""
        return Axis(self.bottom, self.top, self.box.bottom, self.box.top)

    def points(self, x: Floats, y: Floats) -> Floats:
        """Return the pixels (N, 2) of points."""
        return np.column_stack([self.x.position(x), self.y.position(y)])

    def polyline(self, x: Floats, y: Floats) -> Floats:
        """Return the pixels of a line through points, with more of them where it leaves the frame by far.

        `points` brings what is far outside nearer, which would tilt a line from there into the frame: a
        frame's height above and below it such a line gets a point of its own.
        """
        with np.errstate(over="ignore"):
            levels = (2 * self.bottom - self.top, 2 * self.top - self.bottom)
        for level in levels:
            above = y > level
            at = np.flatnonzero((above[1:] != above[:-1]) & np.isfinite(y[1:]) & np.isfinite(y[:-1]))
            if not at.size:
                continue
            start, end = y[at] / 2, y[at + 1] / 2
            share = (level / 2 - start) / (end - start)
            x = np.insert(x, at + 1, x[at] * (1 - share) + x[at + 1] * share)
            y = np.insert(y, at + 1, level)
        return self.points(x, y)

    def shows(self, pixel: float) -> bool:
        """Whether a pixel's height is within the frame, but for rounding."""
        return self.box.top - 0.5 <= pixel <= self.box.bottom + 0.5

    @property
    def noted(self) -> bool:
        """Whether a power of ten, or a number to be added, stands above its y-axis."""
        return not self.bare and bool(self.y.ticks(_UP)[1])

    def document(self) -> dict[str, float | list[float]]:
        """Return where it is in the picture, in CSS pixels, and its windows, as JSON has them."""
        sides = {side: round(float(at), 2) for side, at in self.box._asdict().items()}
        ends = {"x": [float(self.low), float(self.high)], "y": [float(self.bottom), float(self.top)]}
        return {**sides, **ends}

    def lowered(self) -> "Frame":
        """Return the frame with a line of room between it and the legend, where a note stands there."""
        return replace(self, box=self.box.inset(top=NOTE_LINE)) if self.noted else self

    def unnumbered(self) -> "Frame":
        """Return the frame without numbers along the x-axis."""
        return replace(self, numbered=False, x_name="")

    def zero_lines(self) -> list[Floats]:
        """Return the ends of the lines x = 0 and y = 0, those that the frame shows, in pixels (2, 2)."""
        box = self.box
        found = []
        if self.low <= 0 <= self.high:
            found.append(np.array([[self.x.at(0.0), box.top], [self.x.at(0.0), box.bottom]]))
        if self.bottom <= 0 <= self.top:
            found.append(np.array([[box.left, self.y.at(0.0)], [box.right, self.y.at(0.0)]]))
        return found

    def marks(self, palette: Palette) -> list[Mark]:
        """Return the grid, the axes and everything written around them."""
        box = self.box
        across, across_note = self.x.ticks(_ACROSS)
        up, up_note = self.y.ticks(_UP)
        columns = [box.left + tick.at * box.width for tick in across]
        rows = [box.bottom - tick.at * box.height for tick in up]
        marks: list[Mark] = [_grid(box, columns, rows, palette)]
        marks += [Stroke(ends, palette.rule, 1.0, crisp=True) for ends in self.zero_lines()]
        marks.append(line(box.left, box.bottom, box.right, box.bottom, palette.rule, 1.0))
        marks.append(line(box.left, box.top, box.left, box.bottom, palette.rule, 1.0))
        if self.bare:
            return marks
        for pixel, tick in zip(rows, up, strict=True):
            beside = box.left - min(8.0, LEFT - width(tick.label, NOTE))
            marks.append(Words(beside, pixel + _BASELINE * NOTE, tick.label, NOTE, palette.muted, "end"))
        if up_note:
            anchor: Anchor = "end" if self.title else "start"
            x = box.right if self.title else box.left
            marks.append(Words(x, box.top - 6, up_note, NOTE, palette.muted, anchor))
        if self.numbered:
            for pixel, tick in zip(columns, across, strict=True):
                end = box.right + RIGHT - width(tick.label, NOTE) / 2  # beyond it the picture ends
                marks.append(
                    Words(min(pixel, end), box.bottom + 18, tick.label, NOTE, palette.muted, "middle")
                )
            if across_note:
                marks.append(Words(box.right, box.bottom + 36, across_note, NOTE, palette.muted, "end"))
        return marks + self._names(palette)

    def _names(self, palette: Palette) -> list[Mark]:
        box = self.box
        marks: list[Mark] = []
        if self.x_name:
            name = fitted(self.x_name, LABEL, box.width)
            note = width(self.x.ticks(_ACROSS)[1], NOTE) if self.numbered else 0.0
            middle = (box.left + box.right) / 2
            if note:  # it stands at the right end of that line
                middle = min(middle, box.right - note - 8 - width(name, LABEL) / 2)
            marks.append(Words(middle, box.bottom + 37, name, LABEL, palette.ink, "middle"))
        if self.y_name:
            name = fitted(self.y_name, LABEL, box.height + 30)
            middle = (box.top + box.bottom) / 2
            marks.append(Words(box.left - 46, middle, name, LABEL, palette.ink, "middle", turned=True))
        if self.title:
            # A note of the y-axis stands at the other end of that line.
            note = width(self.y.ticks(_UP)[1], NOTE)
            name = fitted(self.title, LABEL, box.width - (note + 8 if note else 0), bold=True)
            marks.append(Words(box.left, box.top - 8, name, LABEL, palette.ink, bold=True))
        return marks


def _grid(box: Rectangle, columns: list[float], rows: list[float], palette: Palette) -> Stroke:
    """Return all grid lines as one stroke; rows of NaN lift the pen."""
    lines = [[[x, box.top], [x, box.bottom], [np.nan, np.nan]] for x in columns]
    lines += [[[box.left, y], [box.right, y], [np.nan, np.nan]] for y in rows]
    points = np.array(lines, dtype=np.float64).reshape(-1, 2)
    return Stroke(points, palette.grid, 1.0, crisp=True)


_STEPS = 5  # a window of y is 2⁵ to 2⁶ of its steps


def padded(bottom: float, top: float, height: float, room: float) -> tuple[float, float]:
    """Return the window of y for values from `bottom` to `top`, with `room` pixels of `height` beyond both.

    Equal values get a window around them. It never ends beyond the largest float64. Its ends are whole
    multiples of a step of a 64th to a 32nd of it, so that a curve that changes a little keeps its axes, and
    what has been drawn behind it can stay.
    """
    largest = float(np.finfo(np.float64).max)
    room = min(room, 0.2 * height)  # in low axes the curves come first
    share = room / (height - 2 * room)
    span = top / 2 - bottom / 2  # half of it, which cannot overflow
    if span == 0:
        size = max(abs(top), abs(bottom))
        # Half of the smallest float is 0.
        margin = 1.0 if size == 0 or 0.05 < size < 20 else max(size / 2, math.ulp(0.0))
        return max(bottom - margin, -largest), min(top + margin, largest)
    margin = 2 * min(span * share, largest / 4)
    low, high = max(bottom - margin, -largest), min(top + margin, largest)
    # Values one unit in the last place apart leave no room for a margin smaller than that.
    if low == bottom > -largest:
        low = math.nextafter(bottom, -math.inf)
    if high == top < largest:
        high = math.nextafter(top, math.inf)
    step = math.ldexp(1.0, math.frexp(high / 2 - low / 2)[1] - _STEPS)
    if not step:
        return low, high
    return max(math.floor(low / step) * step, -largest), min(math.ceil(high / step) * step, largest)


def panel(canvas: Canvas, top: float) -> Rectangle:
    """Return the rectangle of the only axes of a picture, below a header that ends at `top`."""
    return Rectangle(LEFT, top, canvas.width - RIGHT, canvas.height - BOTTOM)
