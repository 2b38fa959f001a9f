"""Marks → SVG, written directly: real text, a title and a description, and nothing that depends on time."""

import base64
import hashlib
import io
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

import matplotlib.image
import numpy as np

from ...nn.activations.record import Floats
from ..canvas import Rectangle
from ..marks import Area, Dot, Mark, Raster, Stroke, Words, stretches
from ..palette import Dash
from ..scene import Scene
from .artists import NO_SOFTWARE, paper

_FONT = "'DejaVu Sans',Verdana,'Segoe UI',Helvetica,Arial,sans-serif"
_ID = "\0"  # stands for the prefix of every id, until that is known; no text can hold it
_FAR = 4096.0  # no renderer needs a coordinate beyond it


def paint(scene: Scene, dark: Scene | None = None) -> bytes:
    """Return the picture as SVG of width × height CSS pixels; `scale` enlarges what it is shown at.

    With `dark`, the same picture in dark colours, the reader's system says which of the two is seen. Every id
    begins with a hash of the picture: several may stand in one page, and none clips another.
    """
    canvas = scene.canvas
    width, height = canvas.size
    clips = _Clips()
    body = _drawn(scene, clips)
    if dark is not None:
        body = (
            f"<style>@media (prefers-color-scheme:dark){{.{_ID}light{{display:none}}"
            f".{_ID}dark{{display:inline}}}}</style>\n"
            f'<g class="{_ID}light">\n{body}\n</g>\n'
            f'<g class="{_ID}dark" display="none">\n{_drawn(dark, clips)}\n</g>'
        )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{_ID}title {_ID}desc"'
        f' width="{width}" height="{height}" viewBox="0 0 {canvas.width} {canvas.height}"'
        f' font-family="{_FONT}">\n'
        f'<title id="{_ID}title">{escape(scene.title)}</title>\n'
        f'<desc id="{_ID}desc">{escape(scene.words)}</desc>\n'
        f"{clips.definitions()}{body}\n</svg>\n"
    )
    prefix = f"s{hashlib.sha256(text.encode()).hexdigest()[:10]}-"
    return text.replace(_ID, prefix).encode()


def _drawn(scene: Scene, clips: "_Clips") -> str:
    marks = [*paper(scene.canvas), *scene.backdrop(), *scene.marks]
    return "\n".join(element for mark in marks for element in _elements(mark, clips))


class _Clips:
    """The rectangles that hide what lies outside, each defined once."""

    def __init__(self) -> None:
        self._names: dict[Rectangle, str] = {}

    def attribute(self, clip: Rectangle | None) -> str:
        if clip is None:
            return ""
        name = self._names.setdefault(clip, f"{_ID}clip{len(self._names)}")
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


def _place(box: Rectangle) -> str:
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
