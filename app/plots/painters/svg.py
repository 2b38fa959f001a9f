"""Marks → SVG, written directly: real text, a title and a description, and nothing that depends on time."""

import base64
import io
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

import matplotlib.image
import numpy as np

from ...nn.activations.record import Floats
from ..canvas import Box
from ..marks import Area, Dot, Mark, Raster, Stroke, Words, stretches
from ..palette import Dash
from ..scene import Scene
from .artists import NO_SOFTWARE, paper

_FONT = "'DejaVu Sans',Verdana,'Segoe UI',Helvetica,Arial,sans-serif"
_FAR = 4096.0  # no renderer needs a coordinate beyond it


def paint(scene: Scene) -> bytes:
    """Return the picture as SVG of width × height CSS pixels; `scale` enlarges what it is shown at."""
    canvas = scene.canvas
    width, height = canvas.size
    clips = _Clips()
    marks = [*paper(canvas), *scene.backdrop(), *scene.marks]
    body = "\n".join(element for mark in marks for element in _elements(mark, clips))
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc"'
        f' width="{width}" height="{height}" viewBox="0 0 {canvas.width} {canvas.height}"'
        f' font-family="{_FONT}">\n'
        f'<title id="title">{escape(scene.title)}</title>\n<desc id="desc">{escape(scene.words)}</desc>\n'
        f"{clips.definitions()}{body}\n</svg>\n"
    )
    return text.encode()


class _Clips:
    """The rectangles that hide what lies outside, each defined once."""

    def __init__(self) -> None:
        self._names: dict[Box, str] = {}

    def attribute(self, clip: Box | None) -> str:
        if clip is None:
            return ""
        name = self._names.setdefault(clip, f"clip{len(self._names)}")
        return f' clip-path="url(#{name})"'

    def definitions(self) -> str:
        if not self._names:
            return ""
        clips = "".join(
            f'<clipPath id="{name}"><rect {_place(box)}/></clipPath>' for box, name in self._names.items()
        )
        return f"<defs>{clips}</defs>\n"


def _elements(mark: Mark, clips: _Clips) -> Iterator[str]:
    match mark:
        case Stroke():
            path = "".join(_path(part) for part in stretches(mark.points))
            if path:
                cap = "butt" if mark.crisp or mark.dash else "round"
                # Of a line that is no whole number of pixels, browsers make one or two as it falls.
                crisp = ' shape-rendering="crispEdges"' if mark.crisp and mark.width == 1 else ""
                yield (
                    f'<path d="{path}" fill="none" stroke="{mark.colour}"'
                    f' stroke-width="{_number(mark.width)}"'
                    f' stroke-linecap="{cap}" stroke-linejoin="round"{_dashes(mark.dash, mark.width)}{crisp}'
                    f"{clips.attribute(mark.clip)}/>"
                )
        case Area():
            edge = f' stroke="{mark.edge}" stroke-width="{_number(mark.edge_width)}"' if mark.edge else ""
            opacity = f' fill-opacity="{_number(mark.opacity)}"' if mark.opacity < 1 else ""
            yield (
                f'<path d="{_path(mark.points)}z" fill="{mark.fill}"{opacity}{edge}'
                f"{clips.attribute(mark.clip)}/>"
            )
        case Dot():
            edge = (
                f' stroke="{mark.edge}" stroke-width="{_number(mark.edge_width)}"' if mark.edge_width else ""
            )
            yield (
                f'<circle cx="{_number(mark.x)}" cy="{_number(mark.y)}" r="{_number(mark.radius)}"'
                f' fill="{mark.fill}"{edge}/>'
            )
        case Words():
            yield _words(mark)
        case Raster():
            smooth = "" if mark.smooth else ' image-rendering="pixelated"'
            yield f'<image {_place(mark.box)} preserveAspectRatio="none"{smooth} href="{_data(mark)}"/>'


def _words(mark: Words) -> str:
    x, y = _number(mark.x), _number(mark.y)
    weight = ' font-weight="bold"' if mark.bold else ""
    if mark.turned:
        place = f'transform="translate({x} {y}) rotate(-90)"'
    else:
        place = f'x="{x}" y="{y}"'
    return (
        f'<text {place} font-size="{_number(mark.size)}" fill="{mark.colour}"'
        f' text-anchor="{mark.anchor}"{weight} xml:space="preserve">{escape(mark.text)}</text>'
    )


def _path(points: Floats) -> str:
    """Return the commands of a polyline, with two decimals."""
    rounded = np.round(np.clip(points, -_FAR, _FAR), 2) + 0.0  # no −0
    kept = np.append(True, (np.diff(rounded, axis=0) != 0).any(axis=1))
    (x, y), *rest = rounded[kept].tolist()
    return f"M{x:g} {y:g}" + "".join(f"L{x:g} {y:g}" for x, y in rest)


def _place(box: Box) -> str:
    return (
        f'x="{_number(box.left)}" y="{_number(box.top)}"'
        f' width="{_number(box.width)}" height="{_number(box.height)}"'
    )


def _number(value: float) -> str:
    return f"{round(float(value), 2) + 0.0:g}"


def _dashes(dash: Dash, width: float) -> str:
    if not dash:
        return ""
    return f" stroke-dasharray={quoteattr(_joined(length * width for length in dash))}"


def _joined(numbers: Iterable[float]) -> str:
    return " ".join(map(_number, numbers))


def _data(mark: Raster) -> str:
    body = io.BytesIO()
    matplotlib.image.imsave(
        body, np.ascontiguousarray(mark.image), format="png", metadata=NO_SOFTWARE, dpi=72
    )
    return "data:image/png;base64," + base64.b64encode(body.getvalue()).decode()
