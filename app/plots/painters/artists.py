"""Marks → matplotlib's artists, on a figure of their own, with every style said."""

from collections.abc import Iterable
from typing import Any

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.image import BboxImage
from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox, TransformedBbox

from ...nn.activations.record import Floats
from ..canvas import Canvas, Rectangle
from ..faces import Run, runs
from ..lettering import font, run_width, width
from ..marks import Anchor, Area, Dot, Mark, Raster, Stroke, Words

PIXELS_PER_INCH = 96  # CSS pixels
NO_SOFTWARE: Any = {"Software": None}
"""Metadata that keeps matplotlib from writing its version."""

# For the whole process: a text has no setting of its own, and changing it for the time of one picture would
# change it under a picture in another thread. Hinting each glyph took a quarter of a picture's time, and it
# moves letters to whole pixels, away from where they were measured to be.
matplotlib.rcParams["text.hinting"] = "none"

_POINTS = 72 / PIXELS_PER_INCH  # points in a CSS pixel

_BEFORE: dict[Anchor, float] = {"start": 0.0, "middle": 0.5, "end": 1.0}
"""The share of a text that stands before the point that it is anchored at."""


def figure(canvas: Canvas, scale: float) -> Figure:
    """Return an empty figure of the canvas's size with `scale` device pixels to a CSS pixel."""
    size = (canvas.width / PIXELS_PER_INCH, canvas.height / PIXELS_PER_INCH)
    return Figure(figsize=size, dpi=PIXELS_PER_INCH * scale, frameon=False)


def paper(canvas: Canvas) -> list[Mark]:
    """Return the sheet behind everything, none where the picture is transparent."""
    if canvas.transparent:
        return []
    corners = np.array([[0, 0], [canvas.width, 0], [canvas.width, canvas.height], [0, canvas.height]], float)
    return [Area(corners, canvas.palette.paper, crisp=True)]


def add(drawn: Figure, canvas: Canvas, marks: Iterable[Mark], pixels: tuple[float, float]) -> list[Artist]:
    """Add the marks to a figure of `pixels` device pixels, in their order; return their artists."""
    artists = made(drawn, canvas, marks, pixels)
    for order, artist in enumerate(artists, start=len(drawn.artists)):
        artist.set_zorder(order)
        drawn.add_artist(artist, clip=False)
    return artists


def made(drawn: Figure, canvas: Canvas, marks: Iterable[Mark], pixels: tuple[float, float]) -> list[Artist]:
    """Return the artists of the marks, which take their scale from a figure but are no part of it."""
    scale = drawn.dpi / PIXELS_PER_INCH
    to_device = Affine2D().scale(scale, -scale).translate(0, pixels[1])
    artists = []
    for mark in marks:
        artist = _artist(mark, to_device, scale)
        artist.set_figure(drawn)
        clip = getattr(mark, "clip", None)
        if clip is not None:
            artist.set_clip_box(_device_box(clip, to_device))
        artists.append(artist)
    return artists


def _artist(mark: Mark, to_device: Affine2D, scale: float) -> Artist:
    match mark:
        case Stroke():
            return _stroke(mark, to_device)
        case Area():
            edge = mark.edge or "none"
            return PathPatch(
                Path(mark.points, closed=False),
                facecolor=(mark.fill, mark.opacity),
                edgecolor=edge,
                linewidth=mark.edge_width * _POINTS if mark.edge else 0.0,
                joinstyle="miter",
                antialiased=True,
                snap=mark.crisp,
                transform=to_device,
            )
        case Dot():
            return Circle(
                (mark.x, mark.y),
                mark.radius,
                facecolor=mark.fill,
                edgecolor=mark.edge,
                linewidth=mark.edge_width * _POINTS,
                antialiased=True,
                snap=False,
                transform=to_device,
            )
        case Words():
            return _Line(mark, to_device, scale)
        case Raster():
            image = BboxImage(
                _device_box(mark.box, to_device),
                interpolation="bilinear" if mark.smooth else "nearest",
                origin="upper",
                resample=True,
            )
            image.set_data(mark.image[::-1])  # a BboxImage is drawn from the bottom row up
            return image


class _Line(Artist):
    """A line of text at its place, character by character.

    matplotlib's Text would measure every one again, and look for mathematics in it.
    """

    def __init__(self, mark: Words, to_device: Affine2D, scale: float) -> None:
        super().__init__()
        self.set_transform(to_device)
        self._mark = mark
        self._scale = scale

    def draw(self, renderer: Any) -> None:
        """Write it; the baseline begins where the anchor says."""
        mark = self._mark
        x, y = self.get_transform().transform((mark.x, mark.y))
        before = _BEFORE[mark.anchor] * width(mark.text, mark.size, mark.bold) * self._scale
        context = renderer.new_gc()
        context.set_foreground(mark.colour)
        context.set_antialiased(True)
        for run in runs(mark.text, mark.bold):
            along = (x, y - before) if mark.turned else (x - before, y)
            self._write(renderer, context, along, run)
            before -= run_width(run.text, run.file, mark.size) * self._scale
        context.restore()

    def _write(self, renderer: Any, context: Any, place: tuple[float, float], run: Run) -> None:
        x, y = place
        if renderer.flipy():
            y = renderer.get_canvas_width_height()[1] - y
        letters = font(run.file, self._mark.size * _POINTS)
        renderer.draw_text(context, x, y, run.text, letters, 90.0 if self._mark.turned else 0.0, ismath=False)


def _stroke(mark: Stroke, to_device: Affine2D) -> PathPatch:
    patch = PathPatch(
        Path(mark.points, _codes(mark.points)),
        fill=False,
        edgecolor=mark.colour,
        linewidth=mark.width * _POINTS,
        capstyle="butt" if mark.crisp or mark.dash else "round",
        joinstyle="round",
        antialiased=True,
        snap=mark.crisp,
        transform=to_device,
    )
    if mark.dash:
        patch.set_linestyle((0, mark.dash))
    return patch


def _codes(points: Floats) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """Return Path's codes; after a row of NaN a new line begins."""
    codes = np.full(len(points), Path.LINETO, dtype=np.uint8)
    codes[0] = Path.MOVETO
    lifted = np.flatnonzero(np.isnan(points[:, 0]))
    codes[lifted[lifted + 1 < len(points)] + 1] = Path.MOVETO
    codes[lifted] = Path.MOVETO
    return codes


def _device_box(box: Rectangle, to_device: Affine2D) -> TransformedBbox:
    return TransformedBbox(Bbox([[box.left, box.bottom], [box.right, box.top]]), to_device)
