"""A network as a diagram: units, and lines with their weights."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..nn.activations.record import Floats
from ..nn.networks.network import Layer
from ..nn.words import listed, short
from .canvas import Canvas, Rectangle
from .colours import readable
from .diagram_words import MOST_WEIGHTS, describe, table
from .labelled_network import LabelledNetwork
from .lettering import LABEL, NOTE, fitted, width
from .marks import Dot, Mark, Stroke, Words, rectangle
from .palette import DASHES, SOLID
from .placement import label_box
from .scene import Scene
from .title_and_legend import MARGIN, Entry, header

_SHOWN = 8  # units of a layer; of larger ones the first and the last
_PLACES = (0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78, 0.15, 0.85)  # along a line, the best first
_LEGIBLE = 260.0  # pixels of height and width that numbers need
_SMALLEST = 9.0  # the least size of a number in its unit


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """The units of a layer: which are shown, and where; `hidden` counts those that are not."""

    indices: Sequence[int]
    x: float
    ys: Sequence[float]
    hidden: int
    gap: float | None  # where the dots stand for the hidden units


@dataclass(frozen=True, slots=True, eq=False)
class Diagram:
    """Networks side by side: blue solid lines are positive weights, orange dashed ones negative.

    A line is the broader the larger its weight is, relative to the layer's largest. Where there is room for
    all of a layer, the weights stand at their lines and the biases in or below their units.
    """

    networks: Sequence[LabelledNetwork]
    title: str
    canvas: Canvas

    def scene(self) -> Scene:
        """Return everything that the picture shows."""
        biases = any(layer.bias is not None for one in self.networks for layer in one.network.layers)
        marks = self._marks(biases) if biases else None
        return Scene(
            self.canvas,
            self.title or f"Diagram of {listed([one.label for one in self.networks])}",
            describe(self.networks),
            table(self.networks),
            (),
            # Without room for all biases none is written, nor said to be.
            marks if marks is not None else self._marks(biases=False) or [],
        )

    def _marks(self, biases: bool) -> list[Mark] | None:
        """Return the marks, with or without biases; None where some bias has no room."""
        palette = self.canvas.palette
        entries = [
            Entry("positive weight", palette.positive, SOLID),
            Entry("negative weight", palette.negative, DASHES[1]),
        ]
        if biases:
            entries.append(Entry("bias in or below its unit", palette.rule, width=0.0, ring=True))
        top = header(self.canvas, self.title, entries)
        whole = Rectangle(MARGIN, top.bottom, self.canvas.width - MARGIN, self.canvas.height - 14)
        tall = self.canvas.height > 1.2 * self.canvas.width
        count = len(self.networks)
        cells = whole.rows(count, 16) if tall else whole.columns(count, 24)
        marks = [*top.marks]
        for drawn, cell in zip(self.networks, cells, strict=True):
            found = self._network(drawn, cell, biases)
            if found is None:
                return None
            marks += found
        return marks

    def _network(self, drawn: LabelledNetwork, cell: Rectangle, biases: bool) -> list[Mark] | None:
        palette = self.canvas.palette
        captions = cell.inset(top=20 if len(self.networks) > 1 else 0)
        body = captions.inset(left=30, right=30, top=14, bottom=44)
        sizes = drawn.sizes
        xs = np.linspace(body.left, body.right, len(sizes))
        tallest = min(max(sizes), _SHOWN)
        radius = float(min(17.0, body.height / max(tallest, 1) * 0.36, body.width / len(sizes) * 0.2))
        columns = [_column(size, float(x), body) for size, x in zip(sizes, xs, strict=True)]
        marks: list[Mark] = []
        if len(self.networks) > 1:
            name = fitted(drawn.label, LABEL, cell.width, bold=True)
            marks.append(Words(cell.left, cell.top + LABEL, name, LABEL, palette.ink, bold=True))
        apart = body.width / (len(sizes) - 1)
        units: list[Mark] = []
        for index, column in enumerate(columns):
            texts = _unit_texts(drawn, index, column, biases)
            size = _size(texts, column, radius, apart)
            if index > 0 and size is None:
                return None
            units += self._units(texts, column, radius, size, inputs=index == 0)
            units += self._caption(drawn, index, column, captions.bottom, body.width / len(sizes))
        taken = [label_box(mark) for mark in units if isinstance(mark, Words)]
        for layer, before, after in zip(drawn.network.layers, columns, columns[1:], strict=False):
            marks += self._edges(layer, before, after, radius, body, taken)
        return marks + units

    def _edges(
        self,
        layer: Layer,
        before: _Column,
        after: _Column,
        radius: float,
        body: Rectangle,
        taken: Sequence[Rectangle],
    ) -> list[Mark]:
        palette = self.canvas.palette
        weights = layer.weight[np.ix_(after.indices, before.indices)]
        largest = float(np.abs(layer.weight).max()) or 1.0
        few = weights.size <= MOST_WEIGHTS
        marks: list[Mark] = []
        lines: list[tuple[float, Floats]] = []
        for row, y2 in enumerate(after.ys):
            for column, y1 in enumerate(before.ys):
                weight = float(weights[row, column])
                if weight == 0:
                    continue
                share = abs(weight) / largest
                colour = palette.positive if weight > 0 else palette.negative
                dash = SOLID if weight > 0 else DASHES[1]
                ends = np.array([[before.x + radius, y1], [after.x - radius, y2]])
                broad = 0.75 + 2.5 * share if few else 0.4 + 1.6 * share
                marks.append(Stroke(ends, colour, broad, dash))
                lines.append((weight, ends))
        if few and body.height >= _LEGIBLE / 2:
            marks += self._weights(lines, [*taken])
        return marks

    def _weights(self, lines: Sequence[tuple[float, Floats]], taken: list[Rectangle]) -> list[Mark]:
        """Write all weights between two layers at their lines, or none: some alone would seem to be all.

        None lies on another, nor on what is `taken` already.
        """
        palette = self.canvas.palette
        marks: list[Mark] = []
        texts = _fitting(
            [weight for weight, _ in lines], [float(np.ptp(ends[:, 0])) - 4 for _, ends in lines]
        )
        for text, (_, ends) in zip(texts, lines, strict=False):
            half = width(text, NOTE) / 2 + 2
            for share in _PLACES:
                x, y = (float(one) for one in ends[0] * (1 - share) + ends[1] * share)
                under = Rectangle(x - half, y - 8, x + half, y + 8)
                beside = min(x - ends[0, 0], ends[1, 0] - x) < half  # over a unit
                if not beside and not any(under.overlap(other) for other in taken):
                    break
            else:
                return []
            taken.append(under)
            marks.append(rectangle(under, palette.paper, opacity=0.9, crisp=False))
            marks.append(Words(x, y + 0.34 * NOTE, text, NOTE, palette.ink, "middle"))
        return marks

    def _units(
        self, texts: Sequence[str], column: _Column, radius: float, size: float | None, inputs: bool
    ) -> list[Mark]:
        palette = self.canvas.palette
        marks: list[Mark] = []
        if column.gap is not None:
            for step in (-7, 0, 7):
                marks.append(Dot(column.x, column.gap + step, 1.6, palette.muted, palette.muted, 0.0))
        fill = palette.paper if inputs else palette.neutral
        ink = readable(fill, palette.ink, palette.paper)
        for text, y in zip(texts, column.ys, strict=True):
            marks.append(Dot(column.x, y, radius, fill, palette.rule, 1.5))
            if size is None or not text:
                continue
            if size > 0:
                marks.append(Words(column.x, y + 0.34 * size, text, size, ink, "middle"))
            else:
                half = width(text, NOTE) / 2 + 1
                under = Rectangle(column.x - half, y + radius + 2, column.x + half, y + radius + NOTE + 4)
                marks.append(rectangle(under, palette.paper, opacity=0.9, crisp=False))
                marks.append(Words(column.x, y + radius + NOTE + 1, text, NOTE, palette.muted, "middle"))
        return marks

    def _caption(
        self, drawn: LabelledNetwork, index: int, column: _Column, bottom: float, room: float
    ) -> list[Mark]:
        palette = self.canvas.palette
        size = drawn.sizes[index]
        if index == 0:
            name = "input" if size == 1 else "inputs"
        else:
            name = drawn.kinds[index - 1]
        lines = [fitted(name, NOTE, room), f"{size}" if size > 1 or column.hidden else ""]
        return [
            Words(column.x, bottom - 20 + 15 * row, text, NOTE, palette.muted, "middle")
            for row, text in enumerate(lines)
            if text not in ("", "…") and width(text, NOTE) <= room
        ]


def _column(size: int, x: float, body: Rectangle) -> _Column:
    shown = list(range(size)) if size <= _SHOWN else [*range(_SHOWN - 2), size - 1]
    places = len(shown) + (size > _SHOWN)
    step = body.height / max(places, 1)
    ys = [body.top + step * (place + 0.5) for place in range(places)]
    if size <= _SHOWN:
        return _Column(shown, x, ys, 0, None)
    return _Column(shown, x, [*ys[:-2], ys[-1]], size - len(shown), ys[-2])


def _fitting(numbers: Sequence[float], rooms: Sequence[float]) -> list[str]:
    """Return the numbers with as many digits, 3 or 2, as there is room for; nothing where there is none."""
    for digits in (3, 2):
        texts = [short(number, digits) for number in numbers]
        if all(width(text, NOTE) <= room for text, room in zip(texts, rooms, strict=True)):
            return texts
    return []


def _unit_texts(drawn: LabelledNetwork, index: int, column: _Column, biases: bool) -> list[str]:
    """Return what belongs to the units shown: the names of inputs, or biases, nothing where there is none."""
    if index == 0:
        return [f"x{_lowered(unit + 1)}" if drawn.network.inputs > 1 else "x" for unit in column.indices]
    bias = drawn.network.layers[index - 1].bias
    return ["" if bias is None or not biases else short(float(bias[unit]), 2) for unit in column.indices]


def _size(texts: Sequence[str], column: _Column, radius: float, apart: float) -> float | None:
    """Return the size at which all texts fit into their units, 0 where only below them, else None."""
    widest = max(width(text, 1.0) for text in texts)
    if not widest:
        return NOTE
    size = min(NOTE, (2 * radius - 4) / widest)
    if size >= _SMALLEST:
        return size
    return 0.0 if _spacing(column) > 2 * radius + NOTE + 4 and NOTE * widest < apart - 6 else None


def _spacing(column: _Column) -> float:
    return min(np.diff(column.ys), default=np.inf)


def _lowered(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
