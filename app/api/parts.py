"""An answer in several parts, which nobody has to put together."""

from fastapi import Response
from starlette.types import Receive, Scope, Send

from app.wire.tensor_file import Parts

_SMALL = 1 << 16
"""Bytes below which putting together costs less than a message for each part."""


class InParts(Response):
    """A response whose parts are sent as they lie in memory: large arrays are not copied once more."""

    def __init__(self, parts: Parts, media_type: str) -> None:
        size = sum(map(len, parts))
        self.status_code = 200
        self.background = None
        self.raw_headers = [
            (b"content-length", b"%d" % size),
            (b"content-type", media_type.encode()),
        ]
        self._parts = [b"".join(parts)] if size < _SMALL else parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head and one part after the other."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        for part in self._parts[:-1]:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": self._parts[-1]})
