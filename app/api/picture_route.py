"""The route of everything that is drawn: named by a tag before it is drawn, drawn off the event loop."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Literal

import matplotlib
import orjson
from fastapi import Request, Response

from app import __version__
from app.api.limits import within
from app.api.route import ApartRoute
from app.plots.picture import Picture, Scene, render
from app.wire.answers import writable
from app.wire.bodies import Question

Format = Literal["png"]

PICTURES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture; what it shows stands in words in the header X-Alt-Text.",
        "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
    },
    304: {"description": "The picture is still the one that the If-None-Match header names."},
}
_LONGEST_WORDS = 1000
_SPELLED = {"−": "-", "′": "'", "∂": "d", "Θ": "Theta", "ℓ": "l", "→": "to", "∞": "infinity"}


class PictureRoute(ApartRoute):
    """Serves an endpoint that returns a scene: draws it, unless the caller has the picture already."""

    async def answer(self, request: Request) -> Response:
        """Decode, refuse what costs too much, compare tags, draw."""
        arguments, question = await self._arguments.read(request)
        assert question is not None  # every picture has a size
        cost = within(question, request.app.state.settings)
        headers = {"ETag": tag(request.url.path, question)}
        if request.method in ("GET", "HEAD"):
            headers["Cache-Control"] = "public, max-age=86400"
        if _has(request.headers.get("if-none-match", ""), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        work = {"endpoint": self.endpoint, "arguments": arguments}
        picture: Picture = await request.app.state.workshop.run(drawn, work, cost, self.apart)
        headers["X-Alt-Text"] = in_ascii(picture.alternative_text)
        return Response(picture.body, media_type=picture.media_type, headers=headers)


def drawn(endpoint: Callable[..., Scene], arguments: Mapping[str, Any]) -> Picture:
    """Return the picture of the scene that an endpoint makes."""
    return render(endpoint(**arguments))


def tag(path: str, question: Question) -> str:
    """Return the strong ETag of a picture: a hash of all that it is made from, and of what draws it."""
    canonical = orjson.dumps(
        [path, writable(question.model_dump()), __version__, matplotlib.__version__],
        option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_SORT_KEYS,
    )
    return f'"{hashlib.sha256(canonical).hexdigest()[:32]}"'


def _has(condition: str, etag: str) -> bool:
    """Tell whether an If-None-Match header names the tag; weakly compared, as RFC 9110 §13.1.2 asks."""
    named = [one.strip().removeprefix("W/") for one in condition.split(",")]
    return "*" in named or etag in named


def in_ascii(words: str) -> str:
    """Return words that a header can carry: ASCII, at most 1,000 characters."""
    plain = words
    for letter, spelled in {
        "−": "-",
        "′": "'",
        "∂": "d",
        "Θ": "Theta",
        "ℓ": "l",
        "→": "to",
        "∞": "infinity",
    }.items():
        plain = plain.replace(letter, spelled)
    plain = " ".join(plain.encode("ascii", "replace").decode().split())
    return plain if len(plain) <= _LONGEST_WORDS else plain[: _LONGEST_WORDS - 3] + "..."
