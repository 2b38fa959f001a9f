"""A large answer, sent piece by piece."""

from collections.abc import Iterator

from fastapi import Response
from starlette.types import Receive, Scope, Send

from app.wire.tensor_file import Parts

LARGE = 1 << 20
"""Bytes from which an answer goes in pieces of so many: the next when the one before has been taken.

Who reads slowly then has its answer counted until all but the last piece is read.
"""


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
        self._parts = [b"".join(parts)] if size < LARGE else parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head and one piece after the other."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        for piece in self._pieces():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def _pieces(self) -> Iterator[bytes | memoryview]:
        for part in self._parts:
            if len(part) <= LARGE:
                yield part
            else:
                lying = memoryview(part)
                yield from (lying[start : start + LARGE] for start in range(0, len(part), LARGE))
