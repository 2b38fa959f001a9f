"""The route of what is drawn: named by a tag before it is drawn, drawn off the event loop, kept."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fastapi import Response

from ..nn.errors import InvalidValue
from ..plots.faces import letters_without_glyph
from ..plots.rendering import PAINTERS, Format, Picture, Spec, etag, render
from ..wire.faults import Finding, InvalidRequest
from ..work.admission import Queue
from ..work.picture_cache import PictureCache
from .compression import coding_wish, off_the_loop, weak
from .conditions import holds
from .errors import PreconditionFailed
from .frames import picture_policy
from .gzip_body import CODING
from .limits import within
from .middleware import POLICY_HEADER
from .request import ServiceRequest
from .route import ProcessRoute

__all__ = ["Format", "PictureRoute"]

LIFETIME = 86_400  # seconds
_LIFETIME = (b"cache-control", b"public, max-age=%d" % LIFETIME)
# Where keys guard pictures, a cache shared by many must not hand on what one was let in to see.
_OWN_LIFETIME = (b"cache-control", b"private, max-age=%d" % LIFETIME)
Headers = list[tuple[bytes, bytes]]
_DOCUMENTS = (".svg", ".pdf")
_TEXTS = (".svg", ".csv", ".txt")
_VARIES = (b"vary", b"Accept-Encoding")
_PACKED = (b"content-encoding", CODING.encode())

_DRAWN: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture, or what stands behind it: csv are its numbers, txt is it in words.",
        "headers": {
            "ETag": {
                "description": "The same for the same picture, in every process.",
                "schema": {"type": "string"},
            },
            "X-Alt-Text": {
                "description": "What the picture shows, in ASCII words, at most 1,000 characters.",
                "schema": {"type": "string"},
            },
            "X-Axes": {
                "description": "Where its pairs of axes are, in CSS pixels from the upper left, and their"
                ' windows: JSON, [{"left", "top", "right", "bottom", "x": [low, high], "y": [low, high]}, …].'
                " [] where it has none: a diagram, heat maps, csv and txt.",
                "schema": {"type": "string"},
            },
        },
        "content": {
            painter.media_type.partition(";")[0]: {
                "schema": {"type": "string"}
                if painter.media_type.startswith("text/")
                else {"type": "string", "format": "binary"}
            }
            for painter in PAINTERS.values()
        },
    },
}
_UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The picture is still the one that the If-None-Match header names."}
}

_TAG = re.compile(r'(?:W/)?("[^"]*")')


class PictureRoute(ProcessRoute):
    """Serves an endpoint that returns what is to be drawn, and draws it unless the picture exists already."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        options["response_class"] = Response  # of no media type: OpenAPI has those of the painters
        options["response_model"] = None
        options["responses"] = _DRAWN | (_UNCHANGED if "GET" in options["methods"] else {})
        super().__init__(path, endpoint, **options)

    queue = Queue.PICTURES

    async def answer(self, request: ServiceRequest) -> Response:
        """Decode, refuse what costs too much, compare tags, look it up or draw."""
        cache: PictureCache = request.state.pictures
        link = None if request.method == "POST" else request.link()
        if link is not None and (found := cache.at(link)) is not None:
            tag, picture = found
            if (unchanged := named(request, tag)) is not None:
                return unchanged
            request.state.metrics.picture(kept=True)
            return await self._shown(request, tag, picture)
        arguments, question = await self._arguments.read(request)
        assert question is not None  # every picture has a size
        within(question, request.settings)
        format: Format = arguments["format"]
        _refuse_undrawable(question, format)
        spec: Spec = self.endpoint(**arguments)
        tag = etag(spec, format)
        if (unchanged := named(request, tag)) is not None:
            return unchanged
        request.state.metrics.picture(kept=tag in cache)
        drawn = {"spec": spec, "format": format}
        drawing = cache.get(tag, lambda: request.work(render, drawn, self.queue))
        picture = await request.unless_gone(drawing)
        if link is not None:
            cache.link(link, tag)
        return await self._shown(request, tag, picture)

    async def _shown(self, request: ServiceRequest, tag: str, picture: Picture) -> Response:
        """Return the picture as its caller takes it; what is compressed is kept, too."""
        wish = coding_wish(request.field(b"accept-encoding"))
        if not wish.wants(picture.media_type, len(picture.body)):
            return PictureResponse(picture, about(request, tag))

        async def pack() -> Picture:
            return replace(picture, body=await off_the_loop(request, picture.body))

        tag = weak(tag)
        if request.method != "POST":
            _refuse_other(request, tag)
        packed = await request.state.pictures.get(tag, pack)
        return PictureResponse(packed, [*about(request, tag), _PACKED])


def _refuse_undrawable(question: Any, format: Format) -> None:
    """Raise `InvalidRequest` for what a picture of pixels or of pages cannot show."""
    if format not in ("png", "pdf"):
        return
    findings = []
    for at, text in question.texts():
        if letters := letters_without_glyph(text):
            detail = f"expected letters that the fonts here have, got {letters}; an SVG shows all"
            findings.append(Finding(at, detail, InvalidValue))
    if getattr(question, "body", question).theme == "auto":
        findings.append(
            Finding(("theme",), f"expected light or dark: a {format.upper()} has one theme", InvalidValue)
        )
    if findings:
        raise InvalidRequest(findings)


class PictureResponse(Response):
    """A response that is a picture, with its words in a header."""

    def __init__(self, picture: Picture, headers: Headers) -> None:
        self.status_code = 200
        self.background = None
        self.body = picture.body
        self.raw_headers = [
            *headers,
            (b"x-alt-text", picture.plain_text.encode()),
            (b"x-axes", picture.axes.encode()),
            (b"content-type", picture.media_type.encode()),
            (b"content-length", b"%d" % len(picture.body)),
        ]


def about(request: ServiceRequest, tag: str) -> Headers:
    """Return the headers of a picture of this tag, drawn or not."""
    headers = [(b"etag", tag.encode())]
    if request.scope["path"].endswith(_TEXTS):
        headers.append(_VARIES)
    if request.scope["path"].endswith(_DOCUMENTS):
        headers.append((POLICY_HEADER, picture_policy(request.settings.framing_origins).encode()))
    if request.method != "POST":
        headers.append(_OWN_LIFETIME if request.settings.private else _LIFETIME)
    return headers


def named(request: ServiceRequest, tag: str) -> Response | None:
    """Return 304 where the caller has the picture already.

    Raises `PreconditionFailed` where it is not the one that the caller asks for.
    """
    if request.method == "POST":
        return None
    _refuse_other(request, tag)
    condition = request.field(b"if-none-match")
    if not (condition and has(condition, tag)):
        return None
    if request.scope["path"].endswith(_TEXTS) and coding_wish(request.field(b"accept-encoding")).gzip:
        tag = weak(tag)
    unchanged = Response(status_code=304)
    unchanged.raw_headers = about(request, tag)
    return unchanged


def _refuse_other(request: ServiceRequest, tag: str) -> None:
    """Raise `PreconditionFailed` where If-Match names other tags."""
    if (if_match := request.field(b"if-match")) and not holds(if_match, "", tag):
        raise PreconditionFailed("expected one of the tags in If-Match to be the picture's, got others")


def has(condition: str, tag: str) -> bool:
    """Tell whether If-None-Match names the tag: a list or `*`, weakly compared (RFC 9110 §13.1.2)."""
    return condition.strip() == "*" or tag in _TAG.findall(condition)
