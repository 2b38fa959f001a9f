"""Marks → PDF, by matplotlib, without a date."""

import io
from threading import Lock
from typing import Any

import matplotlib
from matplotlib.figure import Figure

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
    with _TRUE_TYPE:
        _write(drawn, scene, body)
    return body.getvalue()


class _EmbeddedTrueType:
    """Fonts inside as TrueType (type 42), which journals ask for; type 3, matplotlib's default, many refuse.

    matplotlib has no argument for it. One key alone is set, and set back: what a caller of the library does
    with matplotlib meanwhile sees nothing else.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._before: Any = None

    def __enter__(self) -> None:
        self._lock.acquire()
        self._before = matplotlib.rcParams["pdf.fonttype"]
        matplotlib.rcParams["pdf.fonttype"] = 42

    def __exit__(self, *_: object) -> None:
        matplotlib.rcParams["pdf.fonttype"] = self._before
        self._lock.release()


_TRUE_TYPE = _EmbeddedTrueType()


def _write(drawn: Figure, scene: Scene, body: io.BytesIO) -> None:
    # Not above: what it needs of fonts is a tenth of all that a server has to import before it is ready.
    from matplotlib.backends.backend_pdf import FigureCanvasPdf

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
