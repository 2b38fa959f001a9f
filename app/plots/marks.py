"""What a scene is made of: strokes, areas, dots, words and rasters, in CSS pixels with y downwards.

Marks are plain values that know no format; a painter for each format turns them into bytes. Their
coordinates are pixels and finite, whatever the numbers were that they stand for: a window of ±10³⁰⁸
never reaches a renderer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..nn.activations.record import Floats
from .canvas import Rectangle
from .palette import SOLID, Dash

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """A line through points (N, 2); rows of NaN lift the pen, `clip` hides what is outside.

    `crisp` aligns a level or upright line with the pixels.
    """

    points: Floats
    colour: str
    width: float
    dash: Dash = SOLID
    clip: Rectangle | None = None
    crisp: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """A filled polygon of points (N, 2), with an edge where `edge` names its colour."""

    points: Floats
    fill: str
    opacity: float = 1.0
    edge: str = ""
    edge_width: float = 1.0
    clip: Rectangle | None = None
    crisp: bool = False


@dataclass(frozen=True, slots=True)
class Dot:
    """A disc with an edge."""

    x: float
    y: float
    radius: float
    fill: str
    edge: str
    edge_width: float = 1.75


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text, drawn as it stands; (x, y) is the end of its baseline that `anchor` names.

    `turned` writes it upwards.
    """

    x: float
    y: float
    text: str
    size: float
    colour: str
    anchor: Anchor = "start"
    bold: bool = False
    turned: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """An image (rows, columns, 4) of bytes that fills `box`; `smooth` blends between its pixels."""

    box: Rectangle
    image: npt.NDArray[np.uint8]
    smooth: bool = False


Mark = Stroke | Area | Dot | Words | Raster


def line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float, dash: Dash = SOLID) -> Stroke:
    """Return a straight stroke; a level or upright one is aligned with the pixels."""
    return Stroke(np.array([[x1, y1], [x2, y2]]), colour, width, dash, crisp=x1 == x2 or y1 == y2)


def rectangle(
    box: Rectangle,
    fill: str,
    *,
    opacity: float = 1.0,
    edge: str = "",
    edge_width: float = 1.0,
    crisp: bool = True,
) -> Area:
    """Return a filled rectangle."""
    corners = np.array(
        [
            [box.left, box.top],
            [box.right, box.top],
            [box.right, box.bottom],
            [box.left, box.bottom],
        ]
    )
    return Area(corners, fill, opacity, edge, edge_width, crisp=crisp)


def stretches(points: Floats) -> Iterator[Floats]:
    """Yield the parts of points (N, 2) between rows of NaN, which separate the lines of one stroke."""
    broken = np.flatnonzero(np.isnan(points[:, 0]))
    for part in np.split(points, broken):
        part = part[~np.isnan(part[:, 0])]
        if len(part) > 1:
            yield part
