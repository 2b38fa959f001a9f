"""One connection of HTTP/1.1, with what uvicorn's own lacks: one request at a time, an end to every wait."""

import logging
import secrets
from asyncio import TimerHandle, Transport
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ..settings import Settings
from ..wire.problems import PROBLEM_JSON, problem
from ..work.machine import lack
from .caller import caller_at
from .framing import NotTaken, body_length, from_whole_address
from .middleware import ID_HEADER, POLICY, SAFE
from .slow_reader import SlowReaderWatch
from .unparsed import NO_HTTP, UnparsedBytes

MOST_HEAD = 1 << 16
"""Bytes of a request's line and headers; a link of 8 kB and a browser's cookies fit several times."""
MOST_KEPT = 1 << 16
"""Bytes from which no more are read while a request is unanswered: what was read then waits as bytes."""
_TOO_LONG = f"expected at most {MOST_HEAD} bytes in the request's line and headers together"
_CUT_OFF = "expected the whole body, got the end of what is sent"
_CROWDED = "expected fewer connections at once; please ask again"

_SPACE = b" \t"  # around a header's value, of which it is no part
_PROBE = b"HTTP/1.1 102 Processing\r\n\r\n"
_PROBE_SECONDS = (0.05, 1.0)  # a round trip on one machine, and then across the world

log = logging.getLogger("softstep")


class Connection(HttpToolsProtocol):
    """Reads a request when the one before is answered; what waits behind is bytes, and they are bounded.

    uvicorn parses every head that comes, for each of which it keeps objects of a hundred times its size, and
    waits for ever for the rest of a head, of whatever length, and for a caller who reads nothing.

    `patience` is how long a caller gets for a request's head, and to read at the least rate.
    """

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as there
        """Begin to wait for the first head, unless there are too many connections."""
        super().connection_made(transport)
        state = _state(self.app)
        settings: Settings = state.settings
        self.flow = self._flow = _BoundedFlow(transport)
        self._patience = settings.client_timeout_seconds
        self._grace = min(settings.close_grace_seconds, self._patience)
        self._slow_reader = SlowReaderWatch(
            transport, self.loop, self._patience, settings.min_read_bytes_per_second
        )
        self._unparsed = UnparsedBytes()
        self._deaf = False
        self._ended = False
        self._reading: TimerHandle | None = None
        self._probing: TimerHandle | None = None
        self._caller = self._direct_caller()
        within = state.admission.connect(self._caller, state.most_connections) if self._caller else True
        if not within or len(self.connections) > state.most_connections:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, _CROWDED)
        else:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what was waited for."""
        if self._caller:
            _state(self.app).admission.disconnect(self._caller)
        self._deaf = True
        self._unparsed.clear()
        self._slow_reader.cancel()
        for timer in (self._reading, self._probing):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)
        self._unset_keepalive_if_required()

    def _direct_caller(self) -> str:
        """Return whose connection it is; "" where it is a proxy's, of many callers, or nobody knows."""
        address = self.client[0] if self.client else ""
        proxies = getattr(self.app, "trusted_hosts", ())
        return "" if not address or address in proxies else caller_at(address)

    # What comes

    def data_received(self, data: bytes) -> None:
        """Read what comes, as far as it may be read by now."""
        if self._deaf:
            return
        self._unset_keepalive_if_required()
        self._unparsed.add(data)
        self._read_on()

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn's hangs up
        """Answer a caller who has said all, and still listens; whoever has hung up is found out."""
        self._ended = True
        self._unset_keepalive_if_required()
        if self._unanswered():
            self._probe_the_ended()
        elif not self._unparsed:  # else `_read_behind` is to come, and answers what waits
            self.loop.call_soon(self._end)
        return True

    def _end(self) -> None:
        """Close after all was said; a body that was cut off is told so where its head alone had no answer.

        Called after what was read last had its turn: so it makes no difference in what pieces it came.
        """
        if self._deaf or self._unparsed or self._unanswered() or self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self._close()
        elif not self.cycle.response_started:
            self._refuse(HTTPStatus.BAD_REQUEST, _CUT_OFF)

    def _probe_the_ended(self) -> None:
        if self._probing is None and self.scope["http_version"] == "1.1":
            self._probe(*_PROBE_SECONDS)

    def _probe(self, soon: float, later: float) -> None:
        """Send an interim answer: who has closed both halves refuses it, and the work for it can end."""
        self._probing = None
        if self._unanswered() and not self.cycle.response_started and not self.transport.is_closing():
            self.transport.write(_PROBE)
            self._probing = self.loop.call_later(soon, self._probe, later, later)

    def _read_on(self) -> None:
        """Parse what is kept up to the end of one request; the rest waits for its answer."""
        try:
            while self._unparsed and not self._unanswered():
                if self._deaf or self.transport.is_closing():
                    return
                self._feed(self._unparsed.next_part())
                if self._unparsed.overhead > MOST_HEAD:
                    self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _TOO_LONG)
                    return
        except (httptools.HttpParserError, MemoryError) as error:
            cause = error.__context__ if isinstance(error, httptools.HttpParserError) else error
            if isinstance(cause, MemoryError) and (lacking := lack(cause)) is not None:
                self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, lacking.detail)
                return
            self._refuse(HTTPStatus.BAD_REQUEST, str(cause) if isinstance(cause, NotTaken) else NO_HTTP)
            return
        except NotTaken as reason:
            self._refuse(HTTPStatus.BAD_REQUEST, str(reason))
            return
        if self._unanswered():
            if self._ended:
                self._probe_the_ended()
            self._stop_reading()
            self._flow.full = self._is_full()
            if self._flow.full:
                self.flow.pause_reading()
            return
        self._flow.full = False
        if self._ended:
            self.loop.call_soon(self._end)
        elif self._awaits_head():
            self._await_head()
            self.flow.resume_reading()
        elif self._refused():
            self.flow.resume_reading()
        else:
            self._stop_reading()

    def _is_full(self) -> bool:
        return len(self._unparsed) > MOST_KEPT

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

    # What the parser finds

    def on_message_begin(self) -> None:
        """Begin a head; one behind a chunked body whose end was not seen is not answered any more."""
        if self._unanswered():
            self._deaf = True
            self.cycle.keep_alive = False
            return
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        if not self._deaf:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; the parser leaves the space behind its value."""
        if not self._deaf:
            super().on_header(name, value.rstrip(_SPACE))

    def on_headers_complete(self) -> None:
        """Begin a request whose framing and whose Host leave no doubt (RFC 9112 §3.2, §6)."""
        if self._deaf:
            return
        if not (self.parser.should_upgrade() and b"upgrade" in dict(self.headers)):
            version = self.parser.get_http_version()
            length = body_length(self.headers, version)
            if not self.url.startswith((b"/", b"*")):
                self.url, self.headers = from_whole_address(self.url, self.headers)
                self.scope["headers"] = self.headers
            if version == "1.0":
                self.expect_100_continue = False  # to be ignored there (RFC 9110 §10.1.1)
            self._unparsed.begin_body(length)
        super().on_headers_complete()
        # Trailers are dropped (RFC 9110 §6.5.1): a key or a media type stands in the head or nowhere.
        self.headers = []

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body; what is counted are the chunks' sizes and the trailers around it."""
        if self._deaf:
            return
        self._unparsed.count_body(len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Begin to wait for the next head, also where the body's answer had been a refusal."""
        if self._deaf or (self.parser.should_upgrade() and self._unparsed.in_head):
            return
        self._unparsed.begin_head()
        super().on_message_complete()
        if self._refused():
            self.cycle.more_body = False

    # What is answered

    def on_response_complete(self) -> None:
        """Read what waits behind, or let a caller whose body was refused finish it, but not for ever."""
        self._flow.full = self._is_full()
        super().on_response_complete()
        if not self.flow.write_paused:
            self._slow_reader.forgive()
        if self.transport.is_closing():
            self._watch_closing()
        elif self._unparsed:
            self._unset_keepalive_if_required()
            self.loop.call_soon(self._read_behind)  # after the others' turn
        elif self._ended:
            self._close()
        if self._refused():
            self._await_head()

    def _read_behind(self) -> None:
        if not self._deaf and not self.transport.is_closing():
            self._read_on()

    def pause_writing(self) -> None:
        """Begin to watch whether the caller reads."""
        super().pause_writing()
        self._slow_reader.begin()

    def resume_writing(self) -> None:
        """Count how long it took; the next piece may take what is left of the patience."""
        if not self.transport.is_closing():
            self._slow_reader.end()
        super().resume_writing()

    def shutdown(self) -> None:
        """Close where nothing is to be answered; who does not read what is left gets a short grace only."""
        self._patience = self._slow_reader.patience = self._grace
        super().shutdown()
        if self.transport.is_closing():
            self._watch_closing()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection on which nothing was asked for a while."""
        self._close()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP as every other error is answered."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def _unanswered(self) -> bool:
        """Tell whether a request has come as a whole, and its answer is not yet given."""
        return self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body

    def _awaits_head(self) -> bool:
        """Tell whether a head is to come, or to be finished, before anything else can be done."""
        return self.cycle is None or (self.cycle.response_complete and not self.cycle.more_body)

    def _refused(self) -> bool:
        """Tell whether the answer is given and the body still comes."""
        return self.cycle is not None and self.cycle.response_complete and self.cycle.more_body

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        self._deaf = True
        if self._unanswered():  # what is refused came behind a request, whose answer it must not replace
            self.cycle.keep_alive = False
            return
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self._awaits_head() and self.cycle.response_started:
            self._close()  # its answer is given, or begun
            return
        identity = secrets.token_hex(8)
        log.info("refused what is no request", extra={"request_id": identity, "status": status.value})
        body = problem(None, status.phrase, status, detail, "")
        head = [
            f"HTTP/1.1 {status.value} {status.phrase}",
            f"Date: {formatdate(usegmt=True)}",
            f"Content-Type: {PROBLEM_JSON}",
            f"Content-Length: {len(body)}",
            f"{ID_HEADER}: {identity}",
            *(f"{name}: {value}" for name, value in SAFE.items()),
            f"Content-Security-Policy: {POLICY}",
            *(["Retry-After: 1"] if status == HTTPStatus.SERVICE_UNAVAILABLE else []),
            "Connection: close",
        ]
        self.transport.write(
            "\r\n".join([*head, "", ""]).encode() + (b"" if self._unparsed.asks_for_head else body)
        )
        self._close()

    # How long is waited

    def _await_head(self) -> None:
        if self._reading is None:
            self._reading = self.loop.call_later(self._patience, self._give_up)

    def _give_up(self) -> None:
        self._reading = None
        if not self._unanswered():
            self._close()

    def _close(self) -> None:
        """Close, and abort where what is written is not read: closing alone waits for that without an end."""
        self.transport.close()
        self._watch_closing()

    def _watch_closing(self) -> None:
        self._patience = self._slow_reader.patience = self._grace
        self._stop_reading()
        if self.transport.get_write_buffer_size():
            self._slow_reader.begin()

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None


class _BoundedFlow(FlowControl):
    """Reads no more while what was read and waits is `full`."""

    full = False

    def resume_reading(self) -> None:
        """Read on, unless there is enough already."""
        if not self.full:
            super().resume_reading()


def _state(app: Any) -> Any:
    """Return what the service keeps, behind what uvicorn has put around it."""
    while not hasattr(app, "state"):
        app = app.app
    return app.state
