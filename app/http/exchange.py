"""A request that has come as a whole, and an answer that goes as a whole: without ASGI's messages.

Each message is a coroutine, a dictionary and a look through every header, and an answer takes two of them and
two writes to the socket. For a hundred floats that is a tenth of all work.
"""

from collections.abc import Callable, Iterable
from typing import Any, Self, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

_NAME = "softstep.exchange"
MOST = 1 << 16
"""Bytes from which an answer goes by messages: it would be copied once more to be joined with its head."""


class Exchange:
    """What our connection offers beside ASGI's messages, as an extension in the scope of each request.

    It gives way to the messages wherever anything stands between, which would not see what passes here, and
    wherever there is something to wait for.
    """

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    @classmethod
    def of(cls, scope: Scope, end: Callable[..., Any]) -> Self | None:
        """Return a request's exchange; None where `end`, its receive or send, is not the server's own."""
        exchange: Self | None = scope.get("extensions", {}).get(_NAME)
        if exchange is None or getattr(end, "__self__", None) is not exchange._cycle:
            return None
        return exchange

    def offer(self) -> None:
        """Put this into the scope of its request."""
        cast(Scope, self._cycle.scope)["extensions"] = {_NAME: self}

    def body(self) -> bytes | None:
        """Return the body where all of it has come; it is given out once, here or by messages."""
        cycle = self._cycle
        if cycle.more_body or cycle.disconnected or cycle.waiting_for_100_continue or cycle.response_started:
            return None
        body = bytes(cycle.body)
        cycle.body = bytearray()
        cycle.message_event.clear()
        cycle.flow.resume_reading()
        return body

    def answer(self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bool:
        """Write an answer in one piece, with the server's own headers; tell whether that was done.

        The body's length is among `headers`, and none of them holds a line break.
        """
        cycle = self._cycle
        waits = cycle.flow.write_paused or len(body) >= MOST
        gone = cycle.disconnected or cycle.transport.is_closing()
        if waits or gone or cycle.response_started or not cycle.keep_alive:
            return False
        lines = [b"%b: %b\r\n" % header for header in (*cycle.default_headers, *headers)]
        cycle.transport.write(b"".join((STATUS_LINE[status], *lines, b"\r\n", body)))
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        cycle.on_response()
        return True
