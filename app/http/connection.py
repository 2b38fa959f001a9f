"""One connection of HTTP/1.1, with what uvicorn's own lacks: an end to every wait and to every header."""

import asyncio
import logging
import secrets
from collections import deque
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from ..settings import Settings
from ..wire.problems import PROBLEM_JSON, problem
from .middleware import ID_HEADER, POLICY, SAFE

MOST_HEAD = 1 << 16
"""Bytes of a request's line and headers; a link of 8 kB and a browser's cookies fit several times."""
_TOO_LONG = f"expected at most {MOST_HEAD} bytes in the request's line and headers together"
_NO_HTTP = "expected a request of HTTP/1.1"

log = logging.getLogger("softstep")


class Connection(HttpToolsProtocol):
    """Gives a caller `patience` for a request's head, for each piece of an answer, and after a refusal.

    uvicorn waits for ever for the rest of a head, of whatever length, and for a caller who reads nothing.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as there
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._patience = _settings(self.app).client_timeout_seconds
        self._head = 0
        self._unwritten = 0
        self._deaf = False
        self._unanswered: deque[RequestResponseCycle] = deque()
        self._reading: asyncio.TimerHandle | None = self.loop.call_later(self._patience, self._give_up)
        self._writing: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what was waited for, and tell every request that nobody waits for its answer.

        uvicorn tells the last one alone: one with another behind it would work on, and answer into nothing.
        """
        self._stop_reading()
        self._stop_writing()
        for cycle in self._unanswered:
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read, and refuse a head, or what follows a body, that has no end."""
        if self._deaf:
            return
        self._unset_keepalive_if_required()
        self._head += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self.send_400_response(_NO_HTTP)
            return
        if self._head > MOST_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _TOO_LONG)
        elif self._awaits_head():
            if self._reading is None:
                self._reading = self.loop.call_later(self._patience, self._give_up)
        elif not self._refused():
            self._stop_reading()

    def _feed(self, data: bytes) -> None:
        """Parse, and leave out any wish for another protocol, which may be ignored (RFC 9110 §7.8).

        The parser takes it for granted instead, and would lose the body: `curl --http2` and Java's own
        client send one with every POST. So that head is read once more, without the wish.
        """
        while data:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as wish:
                (read,) = wish.args
                data = self._head_without_wish() + data[read:]

    def _head_without_wish(self) -> bytes:
        headers = list(self.scope["headers"])
        kept = [(name, value) for name, value in headers if name != b"upgrade"]
        if len(kept) == len(headers):  # CONNECT: no proxy is here
            raise httptools.HttpParserError
        version = self.parser.get_http_version().encode()
        lines = [self.parser.get_method() + b" " + self.url + b" HTTP/" + version]
        return b"\r\n".join([*lines, *(name + b": " + value for name, value in kept), b"", b""])

    def _should_upgrade(self) -> bool:
        return True  # uvicorn then leaves the request alone until `_feed` reads it again

    def on_headers_complete(self) -> None:
        """Begin a request. What is counted begins anew: each head has its own limit."""
        self._head = 0
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before:
            self._unanswered.append(self.cycle)
        # Trailers are dropped (RFC 9110 §6.5.1): a key or a media type stands in the head or nowhere.
        self.headers = []

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body; what is counted are the chunks' sizes and the trailers around it."""
        self._head = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Begin to wait for the next head, also where the body's answer had been a refusal."""
        self._head = 0
        super().on_message_complete()
        if self._refused():
            self.cycle.more_body = False

    def on_response_complete(self) -> None:
        """Let a caller whose body was refused finish it, or whose next head has begun, but not for ever."""
        self._unanswered.popleft()
        super().on_response_complete()
        if self._reading is not None:  # uvicorn lets idle connections go sooner, and takes this for one
            self._unset_keepalive_if_required()
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

    def _awaits_head(self) -> bool:
        """Tell whether a head is to come, or to be finished, before anything else can be done."""
        if self.cycle is None or "method" not in self.scope:
            return True
        return self.cycle.response_complete and not self.cycle.more_body

    def _refused(self) -> bool:
        """Tell whether the answer is given and the body still comes."""
        return self.cycle is not None and self.cycle.response_complete and self.cycle.more_body

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        if self.transport.is_closing():
            return
        if self._refused():
            self.transport.close()  # its answer is given
            return
        if len(self._unanswered) > 1 and self.cycle.more_body:
            # The fault is in a body behind others: it waits for its turn, which does not come.
            self._unanswered.pop()
            self.pipeline.popleft()
            self.cycle = self._unanswered[-1]
        if self._unanswered and not self.cycle.more_body:
            # What came before still has its answer to come, which this one must not be taken for; and none of
            # what comes from now on may be taken for a part of it.
            self.cycle.keep_alive = False
            self._deaf = True
            return
        identity = secrets.token_hex(8)
        log.info("refused what is no request", extra={"request_id": identity, "status": status.value})
        body = problem(None, status.phrase, status, detail, "")
        head = [
            f"HTTP/1.1 {status.value} {status.phrase}",
            f"Content-Type: {PROBLEM_JSON}",
            f"Content-Length: {len(body)}",
            f"{ID_HEADER}: {identity}",
            *(f"{name}: {value}" for name, value in SAFE.items()),
            f"Content-Security-Policy: {POLICY}",
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


def _settings(app: Any) -> Settings:
    """Return the settings of the service behind what uvicorn has put around it."""
    while not hasattr(app, "state"):
        app = app.app
    settings: Settings = app.state.settings
    return settings
