"""Networks of two inputs as maps: colour for the value, contours with their levels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import contourpy
import numpy as np

from ..nn.activations.record import Floats
from ..nn.errors import Overflow, located
from ..nn.networks.evaluation import evaluate
from ..nn.words import distinct, listed, short
from . import budget
from .axes import BOTTOM, LEFT, RIGHT, Frame
from .axis import Axis
from .canvas import Canvas, Rectangle
from .colours import ColourScale, readable
from .labelled_network import LabelledNetwork
from .lettering import NOTE, width
from .marks import Mark, Raster, Stroke, Words, line, rectangle
from .network_jumps import is_step_function
from .network_words import SAMPLED
from .placement import label_box
from .scene import Scene, Table
from .title_and_legend import MARGIN, header

_BAR, _BESIDE, _NUMBERS = 12.0, 12.0, 54.0
_LEAST = 60.0  # the side of a map around which there is room for numbers
_BARE_GAP = 8.0
_CELL = 2.5  # CSS pixels between the points at which a map is evaluated
_MOST_SIDE = 241
_DARK_LINE, _LIGHT_LINE = "#10151b", "#ffffff"


@dataclass(frozen=True, slots=True, eq=False)
class _Map:
    """One output of one network: its values (rows of x₂ upwards, columns of x₁).

    Of a step function, with `steps`, only its jumps could have contours, every level the same one.
    """

    name: str
    x: Floats
    y: Floats
    values: Floats
    steps: bool


@dataclass(frozen=True, slots=True, eq=False)
class NetworkMaps:
    """Every output of every network of two inputs over [low, high] × [bottom, top], on a map of its own."""

    networks: Sequence[LabelledNetwork]
    low: float
    high: float
    title: str
    canvas: Canvas
    bottom: float
    top: float

    def scene(self) -> Scene:
        """Return everything that the picture shows. Raises `Overflow` at the network that does."""
        count = len(self.networks) * self.networks[0].network.outputs
        top = header(self.canvas, self.title, [])
        boxes, bare = self._boxes(top.bottom, count)
        maps = self._maps(boxes[0])
        values = np.concatenate([one.values.ravel() for one in maps])
        low, high = float(values.min()), float(values.max())
        frames = [
            Frame(box, self.low, self.high, self.bottom, self.top, "x₁", "x₂", title=one.name, bare=bare)
            for box, one in zip(boxes, maps, strict=True)
        ]
        marks: list[Mark] = [*top.marks]
        scale = ColourScale(low, high, self.canvas.palette)
        for frame, one in zip(frames, maps, strict=True):
            marks += self._map(frame, one, scale)
        marks += self._bar(boxes, scale)
        return Scene(
            self.canvas,
            self.title or listed([one.name for one in maps]),
            self._words(maps),
            self._table(maps),
            tuple(frames),
            marks,
        )

    def _boxes(self, top: float, count: int) -> tuple[list[Rectangle], bool]:
        """Return the rectangles of the maps, and whether they are too small for anything around them."""
        right = self.canvas.width - _BESIDE - _BAR - _NUMBERS
        whole = Rectangle(LEFT, top + 22, right - RIGHT, self.canvas.height - BOTTOM)
        cells = whole.grid(count, LEFT + RIGHT, BOTTOM + 26, 1.0)
        if count == 1 or (cells[0].width >= _LEAST and cells[0].height >= _LEAST):
            return cells, False
        whole = Rectangle(MARGIN, top + MARGIN, right, self.canvas.height - MARGIN)
        return whole.grid(count, _BARE_GAP, _BARE_GAP, 1.0), True

    def _maps(self, box: Rectangle) -> list[_Map]:
        count = len(self.networks)
        most = min(budget.points_allowed(one.network, count, _MOST_SIDE**2) for one in self.networks)
        across = Axis(self.low, self.high, 0.0, 1.0).value(_shares(box.width, math.isqrt(most)))
        up = Axis(self.bottom, self.top, 0.0, 1.0).value(_shares(box.height, math.isqrt(most)))
        points = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
        maps = []
        for number, drawn in enumerate(self.networks):
            with located("networks", number):
                values = evaluate(drawn.network, points)
            if not np.isfinite(float(values.max()) - float(values.min())):
                raise Overflow("expected values whose differences are below 1.8×10³⁰⁸", ("networks", number))
            steps = is_step_function(drawn.network)
            for index in range(drawn.network.outputs):
                name = f"{drawn.label}, output {index + 1}" if drawn.network.outputs > 1 else drawn.label
                heights = values[:, index].reshape(len(up), len(across))
                maps.append(_Map(name, across, up, heights, steps))
        return maps

    def _map(self, frame: Frame, one: _Map, scale: ColourScale) -> list[Mark]:
        palette = self.canvas.palette
        colours = scale.of_values(one.values)
        marks: list[Mark] = [Raster(frame.box, colours[::-1], smooth=True)]
        if scale.low == scale.high:
            return marks
        if not one.steps:
            marks += self._contours(frame, one, scale)
        box = frame.box
        return [
            *marks,
            line(box.left, box.bottom, box.right, box.bottom, palette.rule, 1.0),
            line(box.left, box.top, box.left, box.bottom, palette.rule, 1.0),
        ]

    def _contours(self, frame: Frame, one: _Map, scale: ColourScale) -> list[Mark]:
        marks: list[Mark] = []
        taken: list[Rectangle] = []
        ticks, _ = Axis(scale.low, scale.high, 0.0, frame.box.height).ticks(46)
        heights = Axis(scale.low, scale.high, 0.0, 1.0).share(one.values)
        generator = contourpy.contour_generator(one.x, one.y, heights)
        for tick in ticks:
            background = scale.of_share(tick.at)
            colour = readable(background, _DARK_LINE, _LIGHT_LINE)
            for points in cast(list[Floats], generator.lines(tick.at)):
                pixels = frame.points(points[:, 0], points[:, 1])
                marks.append(Stroke(pixels, colour, 1.0, clip=frame.box))
                words = _on_line(tick.label, pixels, frame.box, colour, taken)
                if words:
                    under = label_box(words)
                    marks += [rectangle(under.inset(-2, 0, -2, 0), background, crisp=False), words]
                    taken.append(under)
        return marks

    def _bar(self, boxes: Sequence[Rectangle], scale: ColourScale) -> list[Mark]:
        """Return the bar that says which colour is which value."""
        palette, low, high = self.canvas.palette, scale.low, scale.high
        left = self.canvas.width - _BAR - _NUMBERS - 10
        bar = Rectangle(left, boxes[0].top, left + _BAR, boxes[-1].bottom)
        if low == high:
            return [
                rectangle(bar, scale.of_share(0.5)),
                Words(bar.right + 6, (bar.top + bar.bottom) / 2, short(low), NOTE, palette.muted),
            ]
        down = np.linspace(1, 0, 256)[:, np.newaxis]
        image = scale.of_values((1 - down) * low + down * high)
        marks: list[Mark] = [Raster(bar, image, smooth=True)]
        ticks, note = Axis(low, high, bar.bottom, bar.top).ticks(40)
        for tick in ticks:
            y = bar.bottom + (bar.top - bar.bottom) * tick.at
            marks.append(line(bar.right, y, bar.right + 4, y, palette.rule, 1.0))
            marks.append(Words(bar.right + 7, y + 0.36 * NOTE, tick.label, NOTE, palette.muted))
        if note:
            marks.append(Words(bar.right + 50, bar.top - 8, note, NOTE, palette.muted, "end"))
        return marks

    def _words(self, maps: Sequence[_Map]) -> str:
        left, right = distinct(self.low, self.high)
        over = f"x₁ and x₂ from {left} to {right}"
        if (self.bottom, self.top) != (self.low, self.high):
            bottom, top = distinct(self.bottom, self.top)
            over = f"x₁ from {left} to {right} and x₂ from {bottom} to {top}"
        contours = "" if all(one.steps for one in maps) else ", with contours"
        kind = "Map" if len(maps) == 1 else "Maps"
        parts = [f"{kind} of {listed([one.name for one in maps])} over {over}{contours}."]
        parts += [f"{one.label} is a network of {one.architecture()}." for one in self.networks]
        for one in maps:
            if np.ptp(one.values) == 0:
                parts.append(f"{one.name}{SAMPLED} is constant, {short(float(one.values[0, 0]))}.")
                continue
            places = []
            for kind, index in (("smallest", one.values.argmin()), ("largest", one.values.argmax())):
                row, column = np.unravel_index(int(index), one.values.shape)
                places.append(
                    f"{kind}, {short(float(one.values[row, column]))},"
                    f" near ({short(float(one.x[column]), 3)}, {short(float(one.y[row]), 3)})"
                )
            corners = [one.values[0, 0], one.values[0, -1], one.values[-1, 0], one.values[-1, -1]]
            named = ", ".join(
                f"{short(float(value), 3)} {where}"
                for value, where in zip(
                    corners, ("bottom left", "bottom right", "top left", "top right"), strict=True
                )
            )
            centre = float(one.values[one.values.shape[0] // 2, one.values.shape[1] // 2])
            kind = "a step function, " if one.steps else ""
            parts.append(
                f"{one.name}{SAMPLED} is {kind}{' and '.join(places)}; at the corners {named};"
                f" in the middle {short(centre, 3)}."
            )
        return " ".join(parts)

    def _table(self, maps: Sequence[_Map]) -> Table:
        x, y = np.meshgrid(maps[0].x, maps[0].y)
        columns = [x.ravel(), y.ravel(), *(one.values.ravel() for one in maps)]
        return Table(["x1", "x2", *(one.name for one in maps)], np.column_stack(columns))


def _shares(length: float, most: int) -> Floats:
    return np.linspace(0.0, 1.0, int(min(max(length / _CELL, 2), most)))


def _on_line(
    text: str, points: Floats, box: Rectangle, colour: str, taken: Sequence[Rectangle]
) -> Words | None:
    """Return a contour's level on its middle, or nearby where that is taken; None on short lines."""
    wide = width(text, NOTE)
    if len(points) < 2 or float(np.hypot(*np.diff(points, axis=0).T).sum()) < 3 * wide:
        return None
    for share in (0.5, 0.35, 0.65, 0.2, 0.8):
        x, y = points[int(share * (len(points) - 1))]
        words = Words(float(x), float(y) + 0.34 * NOTE, text, NOTE, colour, "middle")
        covered = label_box(words)
        inside = box.left < covered.left and covered.right < box.right
        if (
            inside
            and box.top < covered.top
            and covered.bottom < box.bottom
            and not any(covered.overlap(other) for other in taken)
        ):
            return words
    return None
