"""The size and dress of a picture, and rectangles on it."""

from dataclasses import dataclass
from math import log
from typing import NamedTuple

from .palette import PALETTES, Palette, Theme


@dataclass(frozen=True, slots=True)
class Canvas:
    """Width and height in CSS pixels (1/96 inch), `scale` device pixels to each, and the theme.

    A PNG has round(width·scale) × round(height·scale) pixels, exactly.
    """

    width: int = 640
    height: int = 480
    scale: float = 1.0
    theme: Theme = "light"
    transparent: bool = False

    @property
    def palette(self) -> Palette:
        """The colours of the theme."""
        return PALETTES["light" if self.theme == "auto" else self.theme]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        return round(self.width * self.scale), round(self.height * self.scale)

    @property
    def pixels(self) -> int:
        """The number of device pixels."""
        width, height = self.size
        return width * height


class Rectangle(NamedTuple):
    """A rectangle in CSS pixels; y runs downwards, as on a screen."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """How wide it is."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """How high it is."""
        return self.bottom - self.top

    def inset(self, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0) -> "Rectangle":
        """Return the rectangle with its sides moved inwards."""
        return Rectangle(self.left + left, self.top + top, self.right - right, self.bottom - bottom)

    def overlap(self, other: "Rectangle") -> float:
        """Return the area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, width) * max(0.0, height)

    def grid(self, count: int, across: float, down: float, shape: float) -> list["Rectangle"]:
        """Return `count` equal rectangles in rows, `across` and `down` apart, width/height near `shape`.

        Places that stay empty count too, doubly: twice as many as needed are like a shape four times off.
        """

        def off(columns: int) -> float:
            cell = Rectangle(
                0, 0, self.columns(columns, across)[0].width, self.rows(-(-count // columns), down)[0].height
            )
            empty = columns * -(-count // columns) / count
            return abs(log(max(cell.width, 1.0) / max(cell.height, 1.0) / shape)) + 2 * log(empty)

        best = min(range(1, count + 1), key=off)
        rows = self.rows(-(-count // best), down)
        return [cell for row in rows for cell in row.columns(best, across)][:count]

    def columns(self, count: int, gap: float) -> list["Rectangle"]:
        """Return `count` rectangles of equal width side by side."""
        width = (self.width - gap * (count - 1)) / count
        lefts = [self.left + index * (width + gap) for index in range(count)]
        return [Rectangle(left, self.top, left + width, self.bottom) for left in lefts]

    def rows(self, count: int, gap: float) -> list["Rectangle"]:
        """Return `count` rectangles of equal height, one below the other."""
        height = (self.height - gap * (count - 1)) / count
        tops = [self.top + index * (height + gap) for index in range(count)]
        return [Rectangle(self.left, top, self.right, top + height) for top in tops]
