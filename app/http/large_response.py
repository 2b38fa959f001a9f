"""A large answer, counted until its caller has taken it."""

from fastapi import Response
from starlette.types import Receive, Scope, Send

from ..wire.tensor_file import Parts

LARGE = 1 << 20
"""Bytes from which an answer goes as it lies, and is waited for."""


class LargeResponse(Response):
    """A response whose parts are sent as they lie in memory: large arrays are not copied once more."""

    def __init__(self, parts: Parts, media_type: str) -> None:
        size = sum(map(len, parts))
        self.status_code = 200
        self.background = None
        self.raw_headers = [
            (b"content-length", b"%d" % size),
            (b"content-type", media_type.encode()),
        ]
        self._parts = [b"".join(parts)] if size < LARGE else parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head and one part after the other.

        The server takes the next message when what came before has been read but for some kilobytes: the
        last one, which is empty, is why a slow reader's answer is counted until then.
        """
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        for part in self._parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
