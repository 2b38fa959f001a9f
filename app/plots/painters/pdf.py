"""Marks → PDF, by matplotlib, without a date."""

import io
from typing import Any

from matplotlib.backends.backend_pdf import FigureCanvasPdf

from ..scene import Scene
from . import artists
from .artists import PIXELS_PER_INCH


def paint(scene: Scene) -> bytes:
    """Return the picture as a PDF page of width × height CSS pixels, 1/96 inch each, at any `scale`."""
    canvas = scene.canvas
    drawn = artists.figure(canvas, 1.0)
    size = (canvas.width * 72 / PIXELS_PER_INCH, canvas.height * 72 / PIXELS_PER_INCH)
    marks = [*artists.paper(canvas), *scene.backdrop(), *scene.marks]
    # A PDF is drawn at 72 dots per inch, whatever the figure says.
    drawn.dpi = 72
    artists.add(drawn, canvas, marks, size)
    body = io.BytesIO()
    sheet: Any = FigureCanvasPdf(drawn)  # without annotations in matplotlib
    sheet.print_pdf(
        body,
        metadata={
            "Creator": None,
            "Producer": None,
            "CreationDate": None,
            "Title": scene.title,
            "Subject": scene.words,
        },
    )
    return body.getvalue()
