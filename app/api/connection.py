"""One connection of HTTP/1.1, with what uvicorn's own lacks: an end to every wait and to every header."""

import asyncio
import re
import secrets
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.api.envelope import ID_HEADER, SAFE
from app.settings import Settings
from app.wire.problems import PROBLEM_JSON, problem

MOST_HEAD = 1 << 16
"""Bytes of a request's line and headers; a link of 8 kB and a browser's cookies fit several times."""
_UPGRADE = re.compile(rb"\r\nupgrade:[^\r\n]*", re.IGNORECASE)
_TOO_LONG = f"expected at most {MOST_HEAD} bytes in the request's line and headers together"


class Connection(HttpToolsProtocol):
    """Gives a caller `patience` for a request's head, for each piece of an answer, and after a refusal.

    uvicorn waits for ever for the rest of a head, of whatever length, and for a caller who reads nothing.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as there
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._patience = _settings(self.app).patience
        self._head = 0
        self._unwritten = 0
        self._reading: asyncio.TimerHandle | None = self.loop.call_later(self._patience, self._give_up)
        self._writing: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what was waited for."""
        self._stop_reading()
        self._stop_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read, and refuse a head that has no end."""
        if b"pgrade:" in data and self._begins():
            data = _without_upgrade(data)
        super().data_received(data)
        # uvicorn names the method when the head is complete.
        if self.scope is not None and "method" in self.scope:
            if self._reading is not None and not self._refused():
                self._head = 0
                self._stop_reading()
            return
        self._head += len(data)
        if self._head > MOST_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _TOO_LONG)
        elif self._reading is None:
            self._reading = self.loop.call_later(self._patience, self._give_up)

    def on_response_complete(self) -> None:
        """Let a caller whose body was refused finish it, but not for ever."""
        super().on_response_complete()
        if self._refused() and self._reading is None:
            self._reading = self.loop.call_later(self._patience, self._give_up)

    def pause_writing(self) -> None:
        """Begin to watch whether the caller reads."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """Stop watching: it does."""
        self._stop_writing()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP as every other error is answered."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def _unsupported_upgrade_warning(self) -> None:
        # The parser reads nothing after a request to upgrade: the connection ends with its answer.
        if self.cycle is not None:
            self.cycle.keep_alive = False
            if self.cycle.response_complete:
                self.transport.close()

    def _begins(self) -> bool:
        """Tell whether what comes next is a request's first byte."""
        return self.scope is None or (self.cycle is not None and not self.cycle.more_body)

    def _refused(self) -> bool:
        """Tell whether the answer is given and the body still comes."""
        return self.cycle is not None and self.cycle.response_complete and self.cycle.more_body

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        if self.transport.is_closing():
            return
        body = problem(None, status.phrase, status, detail, "")
        head = [
            f"HTTP/1.1 {status.value} {status.phrase}",
            f"Content-Type: {PROBLEM_JSON}",
            f"Content-Length: {len(body)}",
            f"{ID_HEADER}: {secrets.token_hex(8)}",
            *(f"{name}: {value}" for name, value in SAFE.items()),
            "Connection: close",
        ]
        self.transport.write("\r\n".join([*head, "", ""]).encode() + body)
        self.transport.close()

    def _give_up(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            # The next request's head is late; the answer to the one before is ours to finish.
            self._reading = self.loop.call_later(self._patience, self._give_up)
            return
        self._reading = None
        self.transport.close()

    def _watch(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        if waiting and waiting == self._unwritten:
            self.transport.abort()
            return
        self._unwritten = waiting
        self._writing = self.loop.call_later(self._patience, self._watch)

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _stop_writing(self) -> None:
        self._unwritten = 0
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None


def _without_upgrade(data: bytes) -> bytes:
    """Leave out a wish for another protocol, which may be ignored (RFC 9110 §7.8).

    The parser takes it for granted instead, and loses the body: `curl --http2` sends one with every POST.
    """
    head, end, body = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"", head) + end + body


def _settings(app: Any) -> Settings:
    """Return the settings of the service behind what uvicorn has put around it."""
    while not hasattr(app, "state"):
        app = app.app
    settings: Settings = app.state.settings
    return settings
