"""A request while it is in flight: its headers, its body under a limit, and what is counted of it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from ..settings import Settings
from ..wire.json.structure import Text
from ..work.admission import Admission, Queue
from ..work.executor import Executor
from ..work.places import Rank
from .caller import caller_at
from .errors import SlowBody, TooLarge
from .gzip_body import GzipDecoder, is_compressed
from .keys import HEADER

T = TypeVar("T")

KEY_HEADER = HEADER.lower().encode()

_SLICE = 1 << 18  # bytes that are undone of a compressed body in one go: a millisecond
_SMALL = 1 << 12
_MOST_DIGITS = 18  # of a length: whatever has more is too long, and with thousands no number to Python


class ServiceRequest:
    """A request whose body is counted, while it is in flight, against what all requests may hold."""

    __slots__ = (
        "_fields",
        "_limit",
        "_receive",
        "admission",
        "answer_numbers",
        "body_bytes",
        "caller",
        "executor",
        "is_keyless",
        "method",
        "scope",
        "settings",
        "single",
        "state",
    )  # fmt: skip

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.state = scope["app"].state
        """What the service keeps."""
        self.settings: Settings = self.state.settings
        self.executor: Executor = self.state.executor
        self.admission: Admission = self.state.admission
        self.body_bytes = 0
        """How many bytes of its body are counted."""
        self.answer_numbers = 0
        """How many numbers of its answer are counted."""
        self.single = False
        """Whether all numbers came as float32."""
        self.caller = ""
        """Whose request it is: a known key, else an address or its network."""
        self._receive = receive
        # Once per request and as the bytes they are: the framework's headers are searched on every look.
        headers = scope["headers"]
        self._fields: dict[bytes, bytes] = dict(headers)
        if len(self._fields) < len(headers):
            self._fields = _joined(headers)
        admitted = scope["state"]["admitted"]
        self.is_keyless = not admitted
        if admitted and self.settings.key_hashes:
            self.caller = self.field(KEY_HEADER)
        elif scope.get("client"):
            self.caller = caller_at(scope["client"][0])

    def field(self, name: bytes) -> str:
        """Return a header by its name in lower case; "" where it is missing."""
        return self._fields.get(name, b"").decode("latin-1")

    async def work(
        self, function: Callable[..., Any], arguments: Mapping[str, Any], queue: Queue, multiply_adds: int = 0
    ) -> Any:
        """Return `function(**arguments)`, done off the loop; who has no key, where others have, is last.

        Raises `Busy` or `TimeLimit`, and the faults of `function`.
        """
        rank = Rank.KEYLESS if self.is_keyless else Rank.KEYED
        return await self.executor.run(function, arguments, queue, rank, multiply_adds, self.caller)

    def link(self) -> bytes:
        """Return the path and the parameters as they came."""
        path: str = self.scope["path"]
        query: bytes = self.scope["query_string"]
        return path.encode() + b"?" + query

    async def body(self) -> Text:
        """Return the body as it was before it was compressed, counted against what all requests may hold.

        Raises `UnsupportedCoding`, `MalformedDocument` for what is no gzip, `TooLarge`, `Busy` where all
        bodies together are too large, and `SlowBody` for a sender that falls behind the least rate.
        """
        decoder = GzipDecoder() if is_compressed(self.field(b"content-encoding")) else None
        most = self.settings.max_body_bytes
        announced = self.field(b"content-length").lstrip("0")
        if announced.isdigit() and (len(announced) > _MOST_DIGITS or int(announced) > most):
            raise TooLarge(f"expected a body of at most {most} bytes")
        patience, rate = self.settings.client_timeout_seconds, self.settings.min_body_bytes_per_second
        try:
            async with asyncio.timeout(patience) as self._limit:
                return await (self._collect() if decoder is None else self._collect_decoded(decoder))
        except TimeoutError:
            behind = f"at most {patience:g} seconds behind that"
            raise SlowBody(f"expected the body at {rate} bytes a second, {behind}") from None

    async def _chunk(self) -> tuple[bytes, bool]:
        """Return the next piece of the body as it comes, and whether there are more."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk, more = message.get("body", b""), message.get("more_body", False)
        if more:
            earned = len(chunk) / self.settings.min_body_bytes_per_second
            self._limit.reschedule((self._limit.when() or 0.0) + earned)
        return chunk, more

    async def _collect(self) -> Text:
        body: Text = b""
        more = True
        while more:
            chunk, more = await self._chunk()
            self.reserve_body(len(chunk))
            if not body:
                body = chunk
                continue
            # Grown in place: a list of small chunks would stay in the allocator's heap, a second body of
            # memory.
            if isinstance(body, bytes):
                body = bytearray(body)
            body += chunk
        return body

    async def _collect_decoded(self, decoder: GzipDecoder) -> Text:
        """Return the body as it was before: a bomb is refused when it has become as large as a body may be.

        What comes is counted as well as what it becomes: empty members become nothing, and go on for ever.
        """
        body = bytearray()
        came, more = 0, True
        while more:
            chunk, more = await self._chunk()
            came += len(chunk)
            if came > self.settings.max_body_bytes:
                raise TooLarge(f"expected a body of at most {self.settings.max_body_bytes} bytes")
            for start in range(0, len(chunk), _SLICE):
                decoder.feed(chunk[start : start + _SLICE])
                # The first slice of a small chunk takes less time than a hop to a thread.
                part = decoder.read(_SLICE) if len(chunk) < _SMALL else await self._decoded(decoder)
                while part:
                    self.reserve_body(len(part))
                    body += part
                    part = await self._decoded(decoder) if len(part) == _SLICE else b""
        decoder.end()
        return body

    async def _decoded(self, decoder: GzipDecoder) -> bytes:
        part: bytes = await self.executor.read(lambda: decoder.read(_SLICE))
        return part

    def reserve_body(self, size: int) -> None:
        """Count `size` more bytes of the body until `release`.

        Raises `TooLarge` where the body is, and `Busy` where all bodies together are.
        """
        most = self.settings.max_body_bytes
        if self.body_bytes + size > most:
            raise TooLarge(f"expected a body of at most {most} bytes")
        self.admission.reserve_body(size, self.caller, self.body_bytes)
        self.body_bytes += size

    def reserve_answer(self, numbers: int) -> None:
        """Count the numbers of a large answer until `release`. Raises `Busy` where all are too many."""
        self.admission.reserve_answer(numbers, self.caller)
        self.answer_numbers += numbers

    async def unless_gone(self, work: Awaitable[T]) -> T:
        """Return what `work` gives; cancel it and raise `ClientDisconnect` where the caller hangs up before.

        The body must have been read: what still comes from the caller says that it is gone.
        """
        doing = asyncio.ensure_future(work)
        leaving = asyncio.ensure_future(self._leave())
        try:
            await asyncio.wait((doing, leaving), return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                return doing.result()
            raise ClientDisconnect
        finally:
            doing.cancel()
            leaving.cancel()

    async def _leave(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def release(self) -> None:
        """Give back what was counted: the request has its answer."""
        if self.body_bytes or self.answer_numbers:
            self.admission.release(self.body_bytes, self.answer_numbers, self.caller)


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return headers of which one comes several times: a list that was cut into lines (RFC 9110 §5.3)."""
    fields: dict[bytes, bytes] = {}
    for name, value in headers:
        fields[name] = fields[name] + b", " + value if name in fields else value
    return fields
