"""The size and the theme that a picture is asked for, as what it is drawn on."""

from ..plots.canvas import Canvas
from ..wire.pictures import PictureSize


def canvas(asked: PictureSize) -> Canvas:
    """Return the canvas of a picture."""
    return Canvas(asked.width, asked.height, asked.scale, asked.theme, asked.transparent)
