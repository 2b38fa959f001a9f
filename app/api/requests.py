"""Reading a request: its body under a limit, its media type, its parameters."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, TypeVar, get_origin
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from app.api.errors import TooLarge, UnsupportedMediaType
from app.api.preference import prefers
from app.api.workshop import Workshop
from app.nn.errors import InvalidValue
from app.settings import Settings
from app.wire import documents, tensors
from app.wire.bodies import Body, Query
from app.wire.faults import Finding, InvalidRequest
from app.wire.outline import Text
from app.wire.strict import is_text

JSON = "application/json"
TENSORS = tensors.MEDIA_TYPE


LARGE = 1 << 17
"""Bytes from which a body is read in a thread: a hostile one takes a hundred times as long as a sane one."""

_AS_IS = "surrogateescape"  # what is no UTF-8 stays visible

T = TypeVar("T")
B = TypeVar("B", bound=Body)


class Load(Request):
    """A request whose body is counted, while it is in flight, against what all requests may hold."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        super().__init__(scope, receive, send)
        state = scope["app"].state
        self.settings: Settings = state.settings
        self.workshop: Workshop = state.workshop
        self.carried = 0
        """How many bytes of its body are counted."""
        self.promised = 0
        """How many numbers of its answer are counted."""
        self.single = False
        """Whether all numbers came as float32."""
        # Once per request and as the bytes they are: the framework's headers are searched on every look.
        headers = scope["headers"]
        self._fields = dict(headers)
        if len(self._fields) < len(headers):
            self._fields = _joined(headers)

    def field(self, name: bytes) -> str:
        """Return a header by its name in lower case; "" where it is missing."""
        value: bytes = self._fields.get(name, b"")
        return value.decode("latin-1")

    def link(self) -> bytes:
        """Return the path and the parameters as they came."""
        path: str = self.scope["path"]
        query: bytes = self.scope["query_string"]
        return path.encode() + b"?" + query

    def carry(self, size: int) -> None:
        """Count bytes that have come. Raises `Busy` where all bodies together are too many."""
        self.workshop.carry(size)
        self.carried += size

    def promise(self, numbers: int) -> None:
        """Count the numbers of a large answer. Raises `Busy` where all together are too many."""
        self.workshop.promise(numbers)
        self.promised += numbers

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
        while (await self.receive())["type"] != "http.disconnect":
            pass

    def unload(self) -> None:
        """Give back what was counted: the request has its answer."""
        if self.carried or self.promised:
            self.workshop.unload(self.carried, self.promised)


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return headers of which one comes several times: a list that was cut into lines (RFC 9110 §5.3)."""
    fields: dict[bytes, bytes] = {}
    for name, value in headers:
        fields[name] = fields[name] + b", " + value if name in fields else value
    return fields


def body_type(request: Load) -> str:
    """Return the media type of the body. Raises `UnsupportedMediaType` for any that is not read here."""
    kind = request.field(b"content-type").partition(";")[0].strip().lower()
    if kind not in (JSON, TENSORS):
        raise UnsupportedMediaType(f"expected a body of type {JSON} or {TENSORS}")
    if request.field(b"content-encoding").lower() not in ("", "identity"):
        raise UnsupportedMediaType("expected a body that is not compressed")
    return kind


def read_document(body: Text, kind: str, settings: Settings) -> tensors.Asked:
    """Return the document in a body of that type. Raises what `documents.read` and `tensors.read` raise."""
    if kind == TENSORS:
        return tensors.read(body, settings.nesting, settings.header)
    return tensors.Asked(documents.read(body, settings.nesting), single=False)


async def read_question(request: Load, kind: str, model: type[B]) -> B:
    """Return the question in a body of that type. Raises what reading and validating it raises."""
    body = await read_bytes(request)

    def made() -> tuple[bool, B]:
        asked = read_document(body, kind, request.settings)
        return asked.single, model.of(asked.document)

    request.single, question = made() if len(body) < LARGE else await request.workshop.read(made)
    return question


async def read_bytes(request: Load) -> Text:
    """Return the body, each chunk counted against what all requests may hold.

    Raises `TooLarge`, `Busy` where all bodies together are too large, and `TimeLimit` for a sender that
    takes too long.
    """
    settings = request.settings
    announced = request.field(b"content-length")
    if announced.isdigit() and int(announced) > settings.body:
        raise TooLarge(f"expected a body of at most {settings.body} bytes")
    with request.workshop.patience:
        return await _collect(request, settings.body)


async def _collect(request: Load, most: int) -> Text:
    body: Text = b""
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) + len(chunk) > most:
            raise TooLarge(f"expected a body of at most {most} bytes")
        request.carry(len(chunk))
        if not body:
            body = chunk
            continue
        # Grown in place: a list of small chunks would stay in the allocator's heap, a second body of memory.
        if isinstance(body, bytes):
            body = bytearray(body)
        body += chunk
    return body


def prefers_tensors(accept: str) -> bool:
    """Tell whether an Accept header prefers named tensors to JSON."""
    return prefers(accept, TENSORS, JSON)


def read_parameters(request: Request, model: type[Query]) -> Mapping[str, Any]:
    """Return the URL's parameters: a list where `model` has one, else a string that came once."""
    parameters: dict[str, Any] = {}
    written: bytes = request.scope["query_string"]
    if not written:
        return parameters
    for name, value in parse_qsl(written.decode("ascii", _AS_IS), keep_blank_values=True, errors=_AS_IS):
        if not is_text(name + value):
            # The framework would put U+FFFD in its place, and a picture would show it.
            place = (name,) if name in model.model_fields else ()
            raise InvalidRequest([Finding(place, "expected percent-encoded UTF-8", InvalidValue)])
        field = model.model_fields.get(name)
        if field is not None and get_origin(field.annotation) in (list, tuple):
            parameters.setdefault(name, []).append(value)
        elif name in parameters:
            raise InvalidRequest([Finding((name,), "expected this parameter once", InvalidValue)])
        else:
            parameters[name] = value
    return parameters
