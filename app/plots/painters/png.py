"""Marks → PNG, by Agg; what lies behind the marks is kept from one picture to the next."""

import io
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
from cachetools import LRUCache
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.ft2font import FT2Font
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ..canvas import Canvas
from ..scene import Scene
from . import artists
from .artists import PIXELS_PER_INCH

# matplotlib leaves it without annotations.
_AGG: Any = RendererAgg

_MOST_BACKDROPS, _MOST_BACKDROP_PIXELS = 8, 2_000_000
_BACKDROPS: LRUCache[object, Any] = LRUCache(_MOST_BACKDROPS)
"""The pixels behind the marks of the last pictures, by canvas and frames."""
_LOCK = Lock()  # pictures are drawn in threads, and even a look-up changes the order

# zlib's Z_RLE: pictures are mostly even, and the same size took 0.6 of the time.
_RUN_LENGTHS = 3


def paint(scene: Scene) -> bytes:
    """Return the picture as a PNG of exactly round(width·scale) × round(height·scale) pixels."""
    image = Image.fromarray(np.asarray(_drawn(scene).buffer_rgba()))
    about = PngInfo()
    about.add_text("Title", scene.title)
    about.add_text("Description", scene.words)
    density = PIXELS_PER_INCH * scene.canvas.scale
    body = io.BytesIO()
    # Three channels where there is paper everywhere: a quarter less to compress.
    opaque = image if scene.canvas.transparent else image.convert("RGB")
    opaque.save(body, format="png", dpi=(density, density), pnginfo=about, compress_type=_RUN_LENGTHS)
    return body.getvalue()


def _drawn(scene: Scene) -> Any:
    """Return a renderer with the scene on it: its backdrop, kept or drawn, and the marks on top.

    A painter only ever adds to the pixels that are there, so restoring those of an equal backdrop and going
    on gives what drawing everything would.
    """
    canvas = scene.canvas
    width, height = canvas.size
    drawn = _figure(canvas)
    renderer = _Renderer(width, height, drawn.dpi)
    key = (canvas, scene.frames)
    with _LOCK:
        region = _BACKDROPS.get(key)
    if region is None:
        behind = artists.made(drawn, canvas, [*artists.paper(canvas), *scene.backdrop()], canvas.size)
        for artist in behind:
            artist.draw(renderer)
        if canvas.pixels <= _MOST_BACKDROP_PIXELS:
            with _LOCK:
                _BACKDROPS[key] = renderer.copy_from_bbox(renderer.bbox)
    else:
        renderer.restore_region(region)
    for artist in artists.made(drawn, canvas, scene.marks, canvas.size):
        artist.draw(renderer)
    return renderer


@lru_cache(maxsize=8)
def _figure(canvas: Canvas) -> Figure:
    # It holds nothing: artists that are drawn one by one ask it for its resolution only.
    return artists.figure(canvas, canvas.scale)


class _Renderer(_AGG):  # type: ignore[misc]  # it has no annotations
    """Agg, which looks for no font."""

    def _prepare_font(self, font_prop: FontProperties) -> FT2Font:
        # Every text names its file; matplotlib searches its list of families all the same, each time.
        font = get_font(str(font_prop.get_file()))
        font.clear()
        font.set_size(font_prop.get_size_in_points(), self.dpi)
        return font
