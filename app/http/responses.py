"""Answers that are at hand as a whole: one piece for the socket, where nothing stands between."""

from fastapi import Response
from starlette.types import Receive, Scope, Send

from .middleware import BARE, POLICY_HEADER, ServiceAnswer
from .reading import JSON

_OF_JSON = [(b"content-type", JSON.encode()), (POLICY_HEADER, BARE.encode())]


class Whole(Response):
    """A response whose head and body are all that there is: `status_code`, `raw_headers`, `body`."""

    background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, at once where the envelope is next."""
        with_cors = getattr(send, "__self__", None)
        if not (isinstance(with_cors, ServiceAnswer) and with_cors.answer(self)):
            await super().__call__(scope, receive, send)


class JsonResponse(Whole):
    """A response of JSON that is no page, its headers written without a search for others."""

    def __init__(self, body: bytes) -> None:
        self.status_code = 200
        self.body = body
        self.raw_headers = [(b"content-length", b"%d" % len(body)), *_OF_JSON]
