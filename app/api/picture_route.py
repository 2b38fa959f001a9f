"""The route of what is drawn: named by a tag before it is drawn, drawn off the event loop, kept."""

import re
from typing import Any

from fastapi import Response

from app.api.limits import within
from app.api.picture_cache import PictureCache
from app.api.requests import Load
from app.api.route import ApartRoute
from app.plots.ascii import in_ascii
from app.plots.rendering import PAINTERS, Format, Picture, Spec, etag, render

__all__ = ["PICTURES", "Format", "PictureRoute"]

LIFETIME = 86_400  # seconds

PICTURES: dict[int | str, dict[str, Any]] = {
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
        },
        "content": {
            painter.media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for painter in PAINTERS.values()
        },
    },
    304: {"description": "The picture is still the one that the If-None-Match header names."},
}

_TAG = re.compile(r'(?:W/)?("[^"]*")')


class PictureRoute(ApartRoute):
    """Serves an endpoint that returns what is to be drawn, and draws it unless the picture exists already."""

    async def answer(self, request: Load) -> Response:
        """Decode, refuse what costs too much, compare tags, look it up or draw."""
        arguments, question = await self._arguments.read(request)
        assert question is not None  # every picture has a size
        cost = within(question, request.settings)
        format: Format = arguments["format"]
        spec: Spec = self.endpoint(**arguments)
        tag = etag(spec, format)
        headers = {"ETag": tag}
        if request.method in ("GET", "HEAD"):
            headers["Cache-Control"] = f"public, max-age={LIFETIME}"
            if has(request.headers.getlist("if-none-match"), tag):
                return Response(status_code=304, headers=headers)
        cache: PictureCache = request.app.state.pictures
        request.app.state.metrics.picture(kept=tag in cache)
        drawing = cache.get(
            tag, lambda: request.workshop.run(render, {"spec": spec, "format": format}, cost, self.apart)
        )
        picture = await request.unless_gone(drawing)
        return respond(picture, headers)


def respond(picture: Picture, headers: dict[str, str]) -> Response:
    """Return the picture with its words in a header."""
    headers["X-Alt-Text"] = in_ascii(picture.alternative_text)
    return Response(picture.body, headers={**headers, "Content-Type": picture.media_type})


def has(conditions: list[str], tag: str) -> bool:
    """Tell whether If-None-Match names the tag: lists and `*`, weakly compared (RFC 9110 §13.1.2)."""
    condition = ", ".join(conditions).strip()
    return condition == "*" or tag in _TAG.findall(condition)
