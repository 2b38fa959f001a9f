"""The outermost layer: every answer carries the id of its request."""

import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
_LONGEST = 128


class RequestIdentity:
    """Takes the caller's X-Request-ID if it is printable ASCII of at most 128 characters, else makes one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the id in the scope's state and on the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        usable = 0 < len(given) <= _LONGEST and given.isascii() and given.isprintable()
        identity = given if usable else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = identity

        async def send_with_identity(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = identity
            await send(message)

        await self._app(scope, receive, send_with_identity)
