"""Problem documents → the exceptions that the library raises for the same."""

from typing import Any

import httpx
import orjson

from ..files.errors import MalformedModel, NothingToConvert, UnsupportedModel
from ..http.errors import NotFound, TooLarge, Unauthorized, UnsupportedMediaType
from ..nn.errors import (
    Fault,
    InvalidValue,
    LimitExceeded,
    NotFinite,
    Overflow,
    Place,
    ShapeMismatch,
    UnsupportedNetwork,
    Withheld,
)
from ..wire.faults import MalformedDocument
from ..work.errors import Busy, TimeLimit

REQUEST_ID = "X-Request-ID"
_FILES = "/v1/models/"


class ServiceFailure(Fault):
    """No answer, or one that breaks the contract: a defect of the service, or another server."""


_CLASSES: dict[str, type[Fault]] = {
    "invalid-request": InvalidValue,
    "shape-mismatch": ShapeMismatch,
    "not-finite": NotFinite,
    "overflow": Overflow,
    "unsupported-network": UnsupportedNetwork,
    "withheld": Withheld,
    "malformed-json": MalformedDocument,
    "unauthorized": Unauthorized,
    "not-found": NotFound,
    "too-large": TooLarge,
    "unsupported-media-type": UnsupportedMediaType,
    "unsupported-model": UnsupportedModel,
    "nothing-to-convert": NothingToConvert,
    "busy": Busy,
    "time-limit": TimeLimit,
    "slow-body": TimeLimit,
}


def fault_of(response: httpx.Response) -> Fault:
    """Return the exception for an answer of 400 and above.

    It says the first thing that is wrong and has its place; notes say what else is wrong, and which request
    it was.
    """
    fault, others = _read(response)
    for one in others:
        fault.add_note(f"also {one['pointer']}: {one['detail']}")
    if REQUEST_ID in response.headers:
        fault.add_note(f"request {response.headers[REQUEST_ID]}")
    return fault


def _read(response: httpx.Response) -> tuple[Fault, list[Any]]:
    try:
        document = orjson.loads(response.content)
        slug = str(document["type"]).rpartition("/")[2]
        errors = document["errors"]
        detail = errors[0]["detail"] if errors else document["detail"]
        at = place(errors[0]["pointer"]) if errors else ()
        if slug == "limit":
            return LimitExceeded(document["limit"], detail, at), errors[1:]
        if slug == "malformed-json" and _FILES in response.request.url.path:
            return MalformedModel(detail, at), errors[1:]
        return _CLASSES.get(slug, ServiceFailure)(detail, at), errors[1:]
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError):
        return ServiceFailure(f"expected an answer or a problem, got status {response.status_code}"), []


def place(pointer: str) -> Place:
    """Return a JSON pointer as a place: /layers/0/weight is ("layers", 0, "weight")."""
    parts = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    return tuple(int(part) if part.isascii() and part.isdigit() else part for part in parts)
