"""From what is asked to bytes, and the name that these bytes have before they exist."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Protocol, get_args

import contourpy
import matplotlib
import numpy as np
import PIL

from ..nn.activations.record import Activation
from .ascii import in_ascii
from .canvas import Canvas
from .faces import release
from .painters import pdf, png, svg, text
from .scene import Scene

Format = Literal["png", "svg", "pdf", "csv", "txt"]
FORMATS: tuple[Format, ...] = get_args(Format)


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes of a file, its media type, and in words what it shows."""

    body: bytes
    media_type: str
    alternative_text: str
    plain_text: str
    """The alternative text in ASCII, for a header."""
    axes: str = "[]"
    """Where its axes are and their windows, a JSON list in ASCII: of none where there are none."""


class Spec(Protocol):
    """What is asked, as plain values: a frozen dataclass that can be sent to another process."""

    @property
    def canvas(self) -> Canvas:
        """The size and dress."""

    def scene(self) -> Scene:
        """Return everything that the picture shows. Raises a `Fault` where there is nothing to see."""


@dataclass(frozen=True, slots=True)
class _Painter:
    media_type: str
    paint: Callable[[Scene], bytes]


PAINTERS: Mapping[Format, _Painter] = MappingProxyType(
    {
        "png": _Painter("image/png", png.paint),
        "svg": _Painter("image/svg+xml", svg.paint),
        "pdf": _Painter("application/pdf", pdf.paint),
        "csv": _Painter("text/csv; charset=utf-8; header=present", text.numbers),
        "txt": _Painter("text/plain; charset=utf-8", text.words),
    }
)


def render(spec: Spec, format: Format) -> Picture:
    """Return the picture: for equal specs the same bytes, in every process.

    Raises a `Fault` where there is nothing to see, as `Spec.scene` says.
    """
    scene = spec.scene()
    painter = PAINTERS[format]
    if format == "svg" and spec.canvas.theme == "auto":
        body = svg.paint(scene, _in_dark(spec).scene())
    else:
        body = painter.paint(scene)
    axes = [] if painter.media_type.startswith("text/") else [frame.document() for frame in scene.frames]
    located = json.dumps(axes, separators=(",", ":"))
    return Picture(body, painter.media_type, scene.words, in_ascii(scene.words), located)


def _in_dark(spec: Spec) -> Spec:
    asked: Any = spec  # every spec is a frozen dataclass
    dark: Spec = replace(asked, canvas=replace(spec.canvas, theme="dark"))
    return dark


def etag(spec: Spec, format: Format) -> str:
    """Return the strong validator of `render(spec, format)`, in quotes, without drawing it (RFC 9110 §8.8.3).

    A hash of every value of the spec, of the format, and of the code that draws.
    """
    digest = hashlib.sha256(f"{version()} {format} ".encode())
    for piece in _canonical(spec):
        digest.update(piece)
    return f'"{digest.hexdigest()[:32]}"'


def _canonical(value: object) -> Iterator[bytes]:
    """Yield bytes that are equal for equal values only: each begins with its kind and how long it is."""
    if isinstance(value, Activation):
        # They determine the rest; its kernels are functions, which have no bytes.
        yield from _canonical([value.name, value.parameters])
    elif is_dataclass(value) and not isinstance(value, type):
        yield f"{type(value).__name__}{{".encode()
        for field in fields(value):
            yield f"{field.name}=".encode()
            yield from _canonical(getattr(value, field.name))
        yield b"}"
    elif isinstance(value, np.ndarray):
        yield f"array{value.dtype.str}{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, Mapping):
        yield f"map{len(value)}{{".encode()
        for key in sorted(value):
            yield from _canonical(key)
            yield from _canonical(value[key])
        yield b"}"
    elif isinstance(value, tuple | list):
        yield f"list{len(value)}[".encode()
        for item in value:
            yield from _canonical(item)
        yield b"]"
    elif isinstance(value, str):
        written = value.encode()
        yield f"str{len(written)}:".encode() + written
    elif isinstance(value, bool | int | float) or value is None:
        # 2 and 2.0 are one number, 1 and True are not; 0.0 and −0.0 are other digits in a table.
        number = value if isinstance(value, bool) or value is None else float(value)
        yield f"{type(number).__name__}:{number!r};".encode()
    else:
        raise TypeError(f"{type(value).__name__} has no canonical form")


@cache
def version() -> str:
    """Return a hash of the code behind every picture: ours, and the versions of what draws and computes.

    Read from the sources rather than kept by hand, it cannot be forgotten when a drawing changes.
    """
    here = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for room in ("nn", "plots"):
        for file in sorted((here / room).rglob("*.py")):
            digest.update(file.relative_to(here).as_posix().encode())
            digest.update(file.read_bytes())
    libraries = (matplotlib.__version__, np.__version__, PIL.__version__, contourpy.__version__, release())
    digest.update(" ".join(libraries).encode())
    return digest.hexdigest()[:16]
