"""Reading a request: its body under a limit, its media type, its parameters."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, get_origin

from fastapi import Request

from app.api.errors import TimeLimit, TooLarge, UnsupportedMediaType
from app.nn.errors import InvalidValue
from app.settings import Settings
from app.wire import documents
from app.wire.bodies import Query
from app.wire.faults import Finding, InvalidRequest

JSON = "application/json"


async def read_document(request: Request, settings: Settings) -> object:
    """Return the document in the body.

    Raises `UnsupportedMediaType` for anything but uncompressed JSON, `TooLarge` as soon as the bytes
    announced or received pass the limit, and what `documents.read` raises.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise UnsupportedMediaType(f"expected a body of type {JSON}")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("expected a body that is not compressed")
    return documents.read(await read_bytes(request, settings), settings.nesting)


async def read_bytes(request: Request, settings: Settings) -> bytes:
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


async def _collect(request: Request, most: int) -> bytes:
    carry: Callable[[int], None] = request.state.carry
    chunks = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise TooLarge(f"expected a body of at most {most} bytes")
        carry(len(chunk))
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def read_parameters(request: Request, model: type[Query]) -> Mapping[str, Any]:
    """Return the URL's parameters: a list where `model` has one, else a string that came once."""
    parameters: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        field = model.model_fields.get(name)
        if field is not None and get_origin(field.annotation) in (list, tuple):
            parameters.setdefault(name, []).append(value)
        elif name in parameters:
            raise InvalidRequest([Finding((name,), "expected this parameter once", InvalidValue)])
        else:
            parameters[name] = value
    return parameters
