"""The responses of the service's own routes: JSON, and large answers that go piece by piece."""

from fastapi import Response
from starlette.types import Receive, Scope, Send

from ..wire.tensor_layout import Parts
from .middleware import BARE, POLICY_HEADER
from .reading import JSON

LARGE_ANSWER = 1 << 20
"""Bytes from which the parts of an answer are sent as they lie in memory instead of joined."""

_OF_JSON = [(b"content-type", JSON.encode()), (POLICY_HEADER, BARE.encode())]


class JsonResponse(Response):
    """A response of JSON. Its headers are written once for all, without the framework's search for others."""

    def __init__(self, body: bytes) -> None:
        self.status_code = 200
        self.background = None
        self.body = body
        self.raw_headers = [(b"content-length", b"%d" % len(body)), *_OF_JSON]


class LargeResponse(Response):
    """A response whose parts are sent as they lie in memory: large arrays are not copied once more.

    The server takes the next message when what came before has been read but for some kilobytes, and each
    part is let go then. The last message is empty, so a slow reader's answer is counted until then.
    """

    def __init__(self, parts: Parts, media_type: str) -> None:
        self.size = sum(map(len, parts))
        """Bytes of all parts."""
        self.status_code = 200
        self.background = None
        self.body = b""
        self.raw_headers = [(b"content-length", b"%d" % self.size), (b"content-type", media_type.encode())]
        self.parts: Parts = [b"".join(parts)] if self.size < LARGE_ANSWER else list(parts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the parts, one after the other."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        self.parts.reverse()
        while self.parts:
            await send({"type": "http.response.body", "body": self.parts.pop(), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
