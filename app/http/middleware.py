"""The layer around everything: an id, a key, safe headers, a line in the log, a count."""

import asyncio
import logging
import time
from collections.abc import Sequence
from random import getrandbits

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..nn.errors import Fault
from ..work.errors import Busy
from ..work.metrics import Metrics
from .errors import NotFound, Unauthorized
from .keys import EXPECTED_KEY, Keys
from .keys import HEADER as KEY_HEADER
from .problem_responses import answer_fault
from .trace import HEADER as TRACE
from .trace import marks, traceparent

ID_HEADER = "X-Request-ID"
GONE = 499
"""Counted and logged for a caller who hung up before the answer: no status was sent."""
_LONGEST_ID = 128
_LONGEST_PATH = 1024  # characters; of ours none has a tenth. Files are looked for name by name.

# Nothing but our own files: no inline script or style, no frame, no form that leads elsewhere. Pictures may
# be data and blobs, which the page makes itself.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
BARE = "default-src 'none'; frame-ancestors 'none'"
"""The policy of what is no page: it needs nothing from anywhere. uvicorn looks through every letter of it."""
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",  # pictures are made to be embedded elsewhere
}

POLICY_HEADER = b"content-security-policy"
_ID, _KEY = ID_HEADER.lower().encode(), KEY_HEADER.lower().encode()
_SAFE = [(name.lower().encode(), value.encode()) for name, value in SAFE.items()]
_STRICT = [*_SAFE, (POLICY_HEADER, POLICY.encode())]

Headers = Sequence[tuple[bytes, bytes]]

access = logging.getLogger("softstep.access")


class ServiceMiddleware:
    """Plain ASGI: what every answer has, a failure's too.

    The caller's X-Request-ID is kept if it is printable ASCII of at most 128 characters, else one is made.
    Headers are read and written as the bytes they are: this runs on every request.
    """

    def __init__(self, app: ASGIApp, keys: Keys, metrics: Metrics, always: Headers = ()) -> None:
        self._app = app
        self._safe = [*_SAFE, *always]
        self._strict = [*_STRICT, *always]
        self._keys = keys
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and its answer back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        headers = dict(scope["headers"])
        identity = _identity(headers.get(_ID))
        state = scope.setdefault("state", {})
        state["request_id"] = identity.decode()
        if TRACE in headers and (trace := traceparent(scope["headers"])) is not None:
            state["traceparent"] = trace
        answer = ServiceAnswer(scope, send, identity, self._safe, self._strict)
        try:
            refusal = self._refusal(scope, headers.get(_KEY))
            if refusal is None:
                await self._app(scope, receive, answer.send)
            else:
                await answer_fault(Request(scope), refusal)(scope, receive, answer.send)
        except asyncio.CancelledError:
            # Only a server whose drain is over cancels a request; one begun cannot be told otherwise.
            if answer.status != GONE:
                raise
            late = Busy("expected to be done before the service stopped; another process may have the time")
            await answer_fault(Request(scope), late)(scope, receive, answer.send)
        except BaseException:
            answer.status = 500
            raise
        finally:
            seconds = time.perf_counter() - start
            route = getattr(scope.get("route"), "path", "other")
            self._metrics.answered(scope["method"], route, answer.status, seconds, answer.sent)
            if access.isEnabledFor(logging.INFO):
                _log(scope, answer.status, seconds, answer.sent)

    def _refusal(self, scope: Scope, key: bytes | None) -> Fault | None:
        """Return why a request goes no further: its path is unknown, or the key that it needs is.

        Routes that need a key look for `admitted` themselves: what was matched is guarded, not a spelling.
        """
        path: str = scope["path"]
        if len(path) > _LONGEST_PATH or not path.isprintable():  # patterns match before a last line break
            return NotFound("expected a path of printable characters, as at /docs")
        scope["state"]["admitted"] = admitted = self._keys.knows(key)
        if admitted or self._keys.opens(scope["method"], path):
            return None
        return Unauthorized(EXPECTED_KEY)


class ServiceAnswer:
    """One answer on its way out: what every answer has is put into it, and what leaves is counted."""

    __slots__ = ("_identity", "_safe", "_scope", "_send", "_strict", "sent", "status")

    def __init__(self, scope: Scope, send: Send, identity: bytes, safe: Headers, strict: Headers) -> None:
        self._scope = scope
        self._send = send
        self._identity = identity
        self._safe = safe
        self._strict = strict
        self.status = GONE
        self.sent = 0

    async def send(self, message: Message) -> None:
        """Send one of ASGI's messages."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = message.setdefault("headers", [])
            own += self._always(own)
            own.append((_ID, self._identity))
        elif self._scope["method"] != "HEAD":  # of whose answer the server sends the head alone
            self.sent += len(message.get("body", b""))
        await self._send(message)

    def _always(self, own: Headers) -> Headers:
        for name, _ in own:
            if name == POLICY_HEADER:
                return self._safe
        return self._strict


def _log(scope: Scope, status: int, seconds: float, sent: int) -> None:
    entry = {
        **marks(scope),
        "method": scope["method"],
        "path": scope["path"][:_LONGEST_PATH],
        "status": status,
        "milliseconds": round(1000 * seconds, 3),
        "sent": sent,
    }
    access.info("", extra=entry)


def _identity(given: bytes | None) -> bytes:
    if given and len(given) <= _LONGEST_ID and all(32 <= byte < 127 for byte in given):
        return given
    return b"%016x" % getrandbits(64)  # distinct, not secret: the system's own would be a call into it
