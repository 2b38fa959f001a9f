"""A matrix as coloured cells, with its values where they fit."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ..nn.activations.record import Floats
from ..nn.words import short
from .canvas import Canvas, Rectangle
from .colours import colour_name, coloured, readable
from .lettering import LABEL, NOTE, first_fitting, width
from .marks import Mark, Raster, Stroke, Words, rectangle
from .palette import rgb
from .round_steps import round_steps

_LEFT, _BELOW, _BAR = 30.0, 50.0, 8.0
LEAST = (70.0, 84.0)
"""The width and height of a box in which a map has room for indices and a bar of colours."""

_MOST_CELLS = 900  # drawn one by one, with sharp edges; more become an image
_SMALLEST = 9.0  # the least size of a value in a cell
DARK_INK, LIGHT_INK = "#000000", "#ffffff"

_CROSSABLE, _VEIL = 7.0, 150  # pixels; opacity of 255


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """A matrix of signed numbers: the deeper the colour the larger, 0 is the paper's shade.

    `brief` stands for its name where that has no room.

    `wrong` crosses cells out; what was `given` in their stead is written into them. A `bare` map is its cells
    alone, without numbers of rows and columns and a bar of colours. Where a pixel holds several cells it
    shows the one largest in size.
    """

    name: str
    brief: str
    values: Floats
    across: str
    down: str
    box: Rectangle
    wrong: npt.NDArray[np.bool_] | None = None
    bare: bool = False
    given: Floats | None = None

    def marks(self, canvas: Canvas) -> list[Mark]:
        """Return the cells, their values, their numbers from 1 along two sides, and the bar of colours."""
        palette = canvas.palette
        area = self._area()
        rows, columns = self.values.shape
        largest = float(np.abs(self.values).max())
        stops = (palette.negative, palette.neutral, palette.positive)
        shares = 0.5 + 0.5 * self.values / largest if largest else np.full(self.values.shape, 0.5)
        marks: list[Mark] = [
            Words(self.box.left, self.box.top - 8, self._title(), LABEL, palette.ink, bold=True)
        ]
        cell = (area.width / columns, area.height / rows)
        if self.values.size <= _MOST_CELLS:
            texts = self._texts(cell)
            for row in range(rows):
                for column in range(columns):
                    place = self._cell(area, cell, row, column)
                    colour = colour_name(stops, float(shares[row, column]))
                    marks.append(rectangle(place, colour, edge=palette.paper, edge_width=1.0))
                    if texts is not None:
                        size, written = texts
                        ink = readable(colour, DARK_INK, LIGHT_INK)
                        x, y = (place.left + place.right) / 2, (place.top + place.bottom) / 2
                        yours = self._yours(row, column, size, cell)
                        if yours:
                            marks.append(Words(x, y + 1.16 * size, yours, size, ink, "middle"))
                            y -= 0.5 * size
                        marks.append(Words(x, y + 0.36 * size, written[row][column], size, ink, "middle"))
        else:
            pooled = _pooled(self.values, int(2 * area.height), int(2 * area.width))
            among = 0.5 + 0.5 * pooled / largest if largest else np.full(pooled.shape, 0.5)
            marks.append(Raster(area, coloured(stops, among)))
        marks += self._crosses(area, cell, palette.wrong, palette.paper)
        if not self.bare:
            marks += self._indices(area, cell, palette.muted)
            marks += self._bar(area, largest, canvas)
        return marks

    def _title(self) -> str:
        names = [self.name, self.brief]
        if self.wrong is not None:
            count = int(self.wrong.sum())
            grade = f"{count} wrong" if count else "right"
            names = [f"{self.name}: {grade}", f"{self.brief}: {grade}", *names]
        return first_fitting(names, LABEL, self.box.width, bold=True)

    def _area(self) -> Rectangle:
        """Return the rectangle of the cells."""
        if self.bare:
            return self.box
        area = self.box.inset(left=_LEFT, bottom=_BELOW)
        rows, columns = self.values.shape
        # Cells fill the room, as long as neither side of one is much longer than the other.
        side = min(area.width / columns, area.height / rows)
        wide = min(area.width, max(2.2 * side * columns, 0.5 * area.height))
        high = min(area.height, max(1.5 * side * rows, 0.5 * area.width))
        return Rectangle(area.left, area.top, area.left + wide, area.top + high)

    def _cell(self, area: Rectangle, cell: tuple[float, float], row: int, column: int) -> Rectangle:
        left, top = area.left + cell[0] * column, area.top + cell[1] * row
        return Rectangle(left, top, left + cell[0], top + cell[1])

    def _texts(self, cell: tuple[float, float]) -> tuple[float, list[list[str]]] | None:
        """Return the size of the values and the values, with as many digits as fit; None where none does."""
        for digits in (3, 2, 1):
            texts = [[short(float(value), digits) for value in row] for row in self.values]
            widest = max(width(text, 1.0) for row in texts for text in row)
            size = min((cell[0] - 5) / widest, 0.62 * cell[1], NOTE)
            if size >= _SMALLEST:
                return size, texts
        return None

    def _yours(self, row: int, column: int, size: float, cell: tuple[float, float]) -> str:
        """Return what was given for a wrong entry, "" where it has no room below the right value."""
        if self.given is None or self.wrong is None or not self.wrong[row, column]:
            return ""
        if cell[1] < 4.5 * size:  # two lines, and the cross above them
            return ""
        value = float(self.given[row, column])
        written = ["NaN"] if np.isnan(value) else [short(value, digits) for digits in (3, 2, 1)]
        texts = [f"{before}{one}" for before in ("yours ", "≠ ") for one in written]
        return next((text for text in texts if width(text, size) <= cell[0] - 5), "")

    def _crosses(self, area: Rectangle, cell: tuple[float, float], colour: str, paper: str) -> list[Mark]:
        if self.wrong is None or not self.wrong.any():
            return []
        if min(cell) < _CROSSABLE:  # a veil over the cells instead
            pooled = _pooled(self.wrong.astype(np.float64), int(2 * area.height), int(2 * area.width)) > 0
            veil = np.zeros((*pooled.shape, 4), dtype=np.uint8)
            veil[pooled] = (*rgb(colour), _VEIL)
            return [Raster(area, veil)]
        lines = []
        for row, column in np.argwhere(self.wrong):
            place = self._cell(area, cell, int(row), int(column)).inset(1.5, 1.5, 1.5, 1.5)
            corner = min(8.0, 0.4 * cell[0], 0.4 * cell[1])
            right, top = place.right - 2, place.top + 2
            lines += [[right - corner, top], [right, top + corner], [np.nan, np.nan]]
            lines += [[right, top], [right - corner, top + corner], [np.nan, np.nan]]
            lines += [
                [place.left, place.top],
                [place.right, place.top],
                [place.right, place.bottom],
                [place.left, place.bottom],
                [place.left, place.top],
                [np.nan, np.nan],
            ]
        points = np.array(lines, dtype=np.float64)
        return [Stroke(points, paper, 4.0), Stroke(points, colour, 2.0)]

    def _indices(self, area: Rectangle, cell: tuple[float, float], colour: str) -> list[Mark]:
        rows, columns = self.values.shape
        marks: list[Mark] = []
        for row in range(0, rows, every(rows, cell[1], NOTE + 4)):
            y = area.top + cell[1] * (row + 0.5) + 0.36 * NOTE
            marks.append(Words(area.left - 6, y, str(row + 1), NOTE, colour, "end"))
        for column in range(0, columns, every(columns, cell[0], width(str(columns), NOTE) + 8)):
            x = area.left + cell[0] * (column + 0.5)
            marks.append(Words(x, area.bottom + 16, str(column + 1), NOTE, colour, "middle"))
        if width(self.down, NOTE) < area.height + 10:
            middle = (area.top + area.bottom) / 2
            marks.append(Words(self.box.left + 2, middle, self.down, NOTE, colour, "middle", turned=True))
        marks.append(Words(area.left, area.bottom + 32, self.across, NOTE, colour))
        return marks

    def _bar(self, area: Rectangle, largest: float, canvas: Canvas) -> list[Mark]:
        """Return the colours from −largest to largest, below the cells at the right."""
        palette = canvas.palette
        beside = area.width - width(self.across, NOTE) - 8
        wide = min(90.0, max(0.4 * area.width, min(0.5 * area.width, beside)))
        bar = Rectangle(area.right - wide, area.bottom + 23, area.right, area.bottom + 23 + _BAR)
        ends = (palette.negative, palette.neutral, palette.positive) if largest else (palette.neutral,) * 2
        image = coloured(ends, np.linspace(0, 1, 128)[np.newaxis, :])
        marks: list[Mark] = [Raster(bar, image, smooth=True)]
        amount = short(largest, 2)
        if largest and width(f"−{amount}", NOTE) + width(amount, NOTE) + 6 <= wide:
            marks.append(Words(bar.left, bar.bottom + 13, f"−{amount}", NOTE, palette.muted))
            text = amount
        else:
            text = f"±{amount}" if largest else "all 0"
        return [*marks, Words(bar.right, bar.bottom + 13, text, NOTE, palette.muted, "end")]


@dataclass(frozen=True, slots=True, eq=False)
class MaskMap(HeatMap):
    """The cells of a matrix without its numbers, of which only the shape counts: crossed out where wrong."""

    def marks(self, canvas: Canvas) -> list[Mark]:
        """Return the cells, all of one colour, the crosses, and indices along two sides."""
        palette = canvas.palette
        area = self._area()
        rows, columns = self.values.shape
        cell = (area.width / columns, area.height / rows)
        marks: list[Mark] = [
            Words(self.box.left, self.box.top - 8, self._title(), LABEL, palette.ink, bold=True)
        ]
        if self.values.size <= _MOST_CELLS:
            cells = [self._cell(area, cell, row, column) for row in range(rows) for column in range(columns)]
            marks += [rectangle(one, palette.neutral, edge=palette.grid, edge_width=1.0) for one in cells]
        else:
            marks.append(rectangle(area, palette.neutral))
        marks += self._crosses(area, cell, palette.wrong, palette.paper)
        return marks if self.bare else marks + self._indices(area, cell, palette.muted)


def has_room(box: Rectangle) -> bool:
    """Tell whether a map in `box` need not be bare."""
    return box.width >= LEAST[0] and box.height >= LEAST[1]


def every(count: int, size: float, need: float) -> int:
    """Return how many of `count` places of `size` pixels numbers that need so many stand apart.

    It is 1, 2 or 5 times a power of ten.
    """
    return int(next(round_steps(Fraction(max(1.0, min(need / size, count))))))


def _pooled(values: Floats, rows: int, columns: int) -> Floats:
    """Return at most so many rows and columns, each entry the largest in size of those it stands for."""
    for axis, most in ((0, max(rows, 1)), (1, max(columns, 1))):
        count = values.shape[axis]
        if count <= most:
            continue
        starts = np.arange(most) * count // most
        high = np.maximum.reduceat(values, starts, axis=axis)
        low = np.minimum.reduceat(values, starts, axis=axis)
        values = np.where(high >= -low, high, low)
    return values
