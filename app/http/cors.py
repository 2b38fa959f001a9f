"""Who may call from other origins: CORS around every answer, refusals and preflights too."""

from collections.abc import Awaitable

from fastapi import Response
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from ..work.metrics import Metrics
from .keys import HEADER as KEY_HEADER
from .keys import Keys
from .middleware import ID_HEADER, ServiceMiddleware

ALL = ("*",)
_METHODS = ("GET", "HEAD", "POST")
_OF_MCP = ("Mcp-Protocol-Version", "Mcp-Method", "Mcp-Name")
_OF_BODIES = ("Content-Type", "Content-Encoding")
_ACCEPTED = (*_OF_BODIES, "Accept", "If-None-Match", "Traceparent", KEY_HEADER, ID_HEADER, *_OF_MCP)
_EXPOSED = ("X-Alt-Text", "X-Axes", "ETag", "Retry-After", "Accept", "Accept-Encoding", ID_HEADER)
# To everybody, who names no origin too: a picture that a page has shown is kept by the browser with its
# headers, and would without these be closed to the script that asks for it next.
_OPEN = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", ", ".join(_EXPOSED).encode()),
]


def with_cors(app: ASGIApp, origins: tuple[str, ...], keys: Keys, metrics: Metrics) -> ASGIApp:
    """Return `app` inside the envelope, its answers open to pages of these origins."""
    if not origins:
        return ServiceMiddleware(app, keys, metrics)
    asked = ServiceMiddleware(_shared(_Preflights, app, origins), keys, metrics)
    if origins == ALL:
        return _ByMethod(asked, ServiceMiddleware(app, keys, metrics, _OPEN))
    return _ByMethod(asked, _shared(CORSMiddleware, ServiceMiddleware(app, keys, metrics), origins))


def _shared(kind: type[CORSMiddleware], app: ASGIApp, origins: tuple[str, ...]) -> ASGIApp:
    return kind(
        app,
        allow_origins=origins,
        allow_methods=_METHODS,
        allow_headers=_ACCEPTED,
        expose_headers=_EXPOSED,
    )


class _Preflights(CORSMiddleware):
    """Says what is allowed to who asks for more, too: it is the browser that compares."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """Return what is allowed, never the framework's refusal, which is no problem document."""
        told = super().preflight_response(request_headers).headers
        del told["content-type"], told["content-length"]
        return Response(headers=dict(told))


class _ByMethod:
    """Sends OPTIONS one way, where a preflight gets an id and a line in the log, and all else another."""

    def __init__(self, asked: ASGIApp, otherwise: ASGIApp) -> None:
        self._asked = asked
        self._otherwise = otherwise

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass on."""
        asked = scope["type"] == "http" and scope["method"] == "OPTIONS"
        return (self._asked if asked else self._otherwise)(scope, receive, send)
