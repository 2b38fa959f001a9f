"""A network as a diagram: units, and lines with their weights."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.nn.activations.record import Floats
from app.plots.canvas import Box, Canvas
from app.plots.colours import readable
from app.plots.drawn_network import DrawnLayer, DrawnNetwork
from app.plots.header import MARGIN, Entry, header
from app.plots.lettering import LABEL, NOTE, fitted, width
from app.plots.marks import Dot, Mark, Stroke, Words, rectangle
from app.plots.numbers import listed, short
from app.plots.palette import DASHES, SOLID
from app.plots.scene import Scene, Table

_SHOWN = 8  # units of a layer; of larger ones the first and the last
_MOST_WEIGHTS = 24  # between two layers, to be written at their lines
_PLACES = (0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78, 0.15, 0.85)  # along a line, the best first
_LEGIBLE = 260.0  # pixels of height and width that numbers need


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

    A line is the broader the larger its weight is, relative to the layer's largest. Where there is room the
    weights stand at their lines and the biases in their units.
    """

    networks: Sequence[DrawnNetwork]
    title: str
    canvas: Canvas

    def scene(self) -> Scene:
        """Return everything that the picture shows."""
        palette = self.canvas.palette
        top = header(
            self.canvas,
            self.title,
            [
                Entry("positive weight", palette.positive, SOLID),
                Entry("negative weight", palette.negative, DASHES[1]),
                Entry("bias in or below its unit", palette.rule, width=0.0, ring=True),
            ],
        )
        whole = Box(MARGIN, top.bottom, self.canvas.width - MARGIN, self.canvas.height - 14)
        tall = self.canvas.height > 1.2 * self.canvas.width
        count = len(self.networks)
        cells = whole.rows(count, 16) if tall else whole.columns(count, 24)
        marks = [*top.marks]
        for drawn, cell in zip(self.networks, cells, strict=True):
            marks += self._network(drawn, cell)
        return Scene(
            self.canvas,
            self.title or f"Diagram of {listed([one.label for one in self.networks])}",
            self._words(),
            self._table(),
            (),
            marks,
        )

    def _network(self, drawn: DrawnNetwork, cell: Box) -> list[Mark]:
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
            name = fitted(drawn.label, LABEL, cell.width)
            marks.append(Words(cell.left, cell.top + LABEL, name, LABEL, palette.ink, bold=True))
        for layer, before, after in zip(drawn.layers, columns, columns[1:], strict=False):
            marks += self._edges(layer, before, after, radius, body)
        for index, column in enumerate(columns):
            marks += self._units(drawn, index, column, radius)
            marks += self._caption(drawn, index, column, captions.bottom, body.width / len(sizes))
        return marks

    def _edges(
        self, layer: DrawnLayer, before: _Column, after: _Column, radius: float, body: Box
    ) -> list[Mark]:
        palette = self.canvas.palette
        weights = layer.weight[np.ix_(after.indices, before.indices)]
        largest = float(np.abs(layer.weight).max()) or 1.0
        marks: list[Mark] = []
        labels: list[Mark] = []
        taken: list[Box] = []
        written = weights.size <= _MOST_WEIGHTS and body.height >= _LEGIBLE / 2
        for row, y2 in enumerate(after.ys):
            for column, y1 in enumerate(before.ys):
                weight = float(weights[row, column])
                if weight == 0:
                    continue
                share = abs(weight) / largest
                colour = palette.positive if weight > 0 else palette.negative
                dash = SOLID if weight > 0 else DASHES[1]
                ends = np.array([[before.x + radius, y1], [after.x - radius, y2]])
                broad = 0.75 + 2.5 * share if weights.size <= _MOST_WEIGHTS else 0.4 + 1.6 * share
                marks.append(Stroke(ends, colour, broad, dash))
                if written:
                    labels += self._weight(short(weight, 3), ends, taken)
        return marks + labels

    def _weight(self, text: str, ends: Floats, taken: list[Box]) -> list[Mark]:
        """Write a weight on its line, where no other weight stands yet."""
        palette = self.canvas.palette
        half = width(text, NOTE) / 2 + 2
        best: tuple[float, Box] | None = None
        for share in _PLACES:
            x, y = ends[0] * (1 - share) + ends[1] * share
            under = Box(float(x) - half, float(y) - 8, float(x) + half, float(y) + 8)
            covered = sum(under.overlap(other) for other in taken)
            if best is None or covered < best[0]:
                best = (covered, under)
            if covered == 0:
                break
        assert best is not None
        under = best[1]
        taken.append(under)
        middle = (under.left + under.right) / 2
        words = Words(middle, (under.top + under.bottom) / 2 + 0.34 * NOTE, text, NOTE, palette.ink, "middle")
        return [rectangle(under, palette.paper, opacity=0.9, crisp=False), words]

    def _units(self, drawn: DrawnNetwork, index: int, column: _Column, radius: float) -> list[Mark]:
        palette = self.canvas.palette
        layer = drawn.layers[index - 1] if index else None
        marks: list[Mark] = []
        if column.gap is not None:
            for step in (-7, 0, 7):
                marks.append(Dot(column.x, column.gap + step, 1.6, palette.muted, palette.muted, 0.0))
        for unit, y in zip(column.indices, column.ys, strict=True):
            fill = palette.neutral if layer else palette.paper
            marks.append(Dot(column.x, y, radius, fill, palette.rule, 1.5))
            ink = readable(fill, palette.ink, palette.paper)
            if layer is None:
                text = f"x{_lowered(unit + 1)}" if drawn.inputs > 1 else "x"
            else:
                text = "" if layer.bias is None else short(float(layer.bias[unit]), 2)
            if width(text, NOTE) <= 2 * radius - 3:
                marks.append(Words(column.x, y + 0.34 * NOTE, text, NOTE, ink, "middle"))
            elif layer is not None and _spacing(column) > 2 * radius + NOTE + 4:
                marks.append(Words(column.x, y + radius + NOTE + 1, text, NOTE, palette.muted, "middle"))
        return marks

    def _caption(
        self, drawn: DrawnNetwork, index: int, column: _Column, bottom: float, room: float
    ) -> list[Mark]:
        palette = self.canvas.palette
        size = drawn.sizes[index]
        if index == 0:
            name = "input" if size == 1 else "inputs"
        else:
            chosen = drawn.layers[index - 1].activation
            name = "softmax" if chosen is None else chosen.name
        lines = [fitted(name, NOTE, room), f"{size}" if size > 1 or column.hidden else ""]
        return [
            Words(column.x, bottom - 20 + 15 * row, text, NOTE, palette.muted, "middle")
            for row, text in enumerate(lines)
            if text
        ]

    def _words(self) -> str:
        parts = [f"Diagram of {listed([one.label for one in self.networks])}."]
        for one in self.networks:
            parts.append(f"{one.label} is a network of {one.architecture()}.")
            for number, layer in enumerate(one.layers, start=1):
                parts.append(_layer_words(number, layer))
        return " ".join(parts)

    def _table(self) -> Table:
        """Return every weight and bias; network, layer, unit, input count from 1, input 0 is the bias."""
        rows = []
        for network, drawn in enumerate(self.networks, start=1):
            for number, layer in enumerate(drawn.layers, start=1):
                units, inputs = layer.weight.shape
                bias = np.zeros(units) if layer.bias is None else layer.bias
                values = np.column_stack([bias, layer.weight])
                unit, source = np.mgrid[1 : units + 1, 0 : inputs + 1]
                count = np.ones(values.size)
                rows.append(
                    np.column_stack(
                        [network * count, number * count, unit.ravel(), source.ravel(), values.ravel()]
                    )
                )
        return Table(["network", "layer", "unit", "input", "value"], np.concatenate(rows))


def _column(size: int, x: float, body: Box) -> _Column:
    shown = list(range(size)) if size <= _SHOWN else [*range(_SHOWN - 2), size - 1]
    places = len(shown) + (size > _SHOWN)
    step = body.height / max(places, 1)
    ys = [body.top + step * (place + 0.5) for place in range(places)]
    if size <= _SHOWN:
        return _Column(shown, x, ys, 0, None)
    return _Column(shown, x, [*ys[:-2], ys[-1]], size - len(shown), ys[-2])


def _spacing(column: _Column) -> float:
    return min(np.diff(column.ys), default=np.inf)


def _layer_words(number: int, layer: DrawnLayer) -> str:
    weights = layer.weight
    if weights.size <= _MOST_WEIGHTS:
        rows = "; ".join(", ".join(short(float(one)) for one in row) for row in weights)
        bias = (
            "no bias" if layer.bias is None else "bias " + ", ".join(short(float(one)) for one in layer.bias)
        )
        return f"Layer {number}: weights {rows}; {bias}."
    return (
        f"Layer {number}: {weights.size} weights from {short(float(weights.min()))} to"
        f" {short(float(weights.max()))}."
    )


def _lowered(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
