"""Reading a request: its body under a limit, its media type, its parameters."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any, get_origin

from fastapi import Request
from starlette.requests import ClientDisconnect

from app.api.errors import TimeLimit, TooLarge, UnsupportedMediaType
from app.api.workshop import Workshop
from app.nn.errors import InvalidValue
from app.settings import Settings
from app.wire import documents, tensors
from app.wire.bodies import Query
from app.wire.faults import Finding, InvalidRequest

JSON = "application/json"
_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")
TENSORS = tensors.MEDIA_TYPE


class Load(Request):
    """A request whose body is counted, while it is in flight, against what all requests may hold."""

    carried = 0

    def carry(self, size: int) -> None:
        """Count bytes that have come. Raises `Busy` where all bodies together are too many."""
        workshop: Workshop = self.app.state.workshop
        workshop.carry(size)
        self.carried += size

    def unload(self) -> None:
        """Give back what was counted: the request has its answer."""
        if self.carried:
            self.app.state.workshop.unload(self.carried)


def body_type(request: Request) -> str:
    """Return the media type of the body. Raises `UnsupportedMediaType` for any that is not read here."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (JSON, TENSORS):
        raise UnsupportedMediaType(f"expected a body of type {JSON} or {TENSORS}")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("expected a body that is not compressed")
    return kind


def read_document(body: bytes, kind: str, settings: Settings) -> tensors.Asked:
    """Return the document in a body of that type. Raises what `documents.read` and `tensors.read` raise."""
    if kind == TENSORS:
        return tensors.read(body, settings.nesting, settings.header)
    return tensors.Asked(documents.read(body, settings.nesting), single=False)


async def read_bytes(request: Load, settings: Settings) -> bytes:
    """Return the body, each chunk counted against what all requests may hold.

    Raises `TooLarge`, `Busy` where all bodies together are too large, and `TimeLimit` for a sender that
    takes too long.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > settings.body:
        raise TooLarge(f"expected a body of at most {settings.body} bytes")
    try:
        async with asyncio.timeout(settings.patience):
            return await _collect(request, settings.body)
    except TimeoutError:
        raise TimeLimit(f"expected the whole body within {settings.patience:g} seconds") from None


async def _collect(request: Load, most: int) -> bytes:
    chunks = []
    size, more = 0, True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(chunk)
        if size > most:
            raise TooLarge(f"expected a body of at most {most} bytes")
        request.carry(len(chunk))
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def prefers_tensors(accept: str) -> bool:
    """Tell whether an Accept header prefers named tensors to JSON (RFC 9110 §12.5.1).

    At the same quality the one that is named beats the one that a wildcard lets in, and JSON a tie.
    """
    if TENSORS not in accept.lower():
        return False
    wanted = {JSON: (0.0, 0), TENSORS: (0.0, 0)}
    for part in accept.lower().split(","):
        pattern, *parameters = (piece.strip() for piece in part.split(";"))
        for kind, (_, known) in wanted.items():
            precise = {kind: 3, "application/*": 2, "*/*": 1}.get(pattern, 0)
            if precise > known:
                wanted[kind] = (_quality(parameters), precise)
    return wanted[TENSORS] > max(wanted[JSON], (0.0, 3))


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q" and _QUALITY.fullmatch(value.strip()):
            return float(value)
    return 1.0


def read_parameters(request: Request, model: type[Query]) -> Mapping[str, Any]:
    """Return the URL's parameters: a list where `model` has one, else a string that came once."""
    parameters: dict[str, Any] = {}
    if not request.scope["query_string"]:
        return parameters
    for name, value in request.query_params.multi_items():
        field = model.model_fields.get(name)
        if field is not None and get_origin(field.annotation) in (list, tuple):
            parameters.setdefault(name, []).append(value)
        elif name in parameters:
            raise InvalidRequest([Finding((name,), "expected this parameter once", InvalidValue)])
        else:
            parameters[name] = value
    return parameters
