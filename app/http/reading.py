"""Reading a request: its media type, its document, its parameters."""

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from starlette.types import Scope

from ..nn.errors import InvalidValue
from ..settings import Settings
from ..wire import tensors
from ..wire.faults import Finding, InvalidRequest
from ..wire.json import reader
from ..wire.json.strict import is_text
from ..wire.json.structure import Text
from ..wire.request_models import Parameters, RequestBody
from .errors import TooLarge, UnsupportedMediaType
from .negotiation import prefers
from .request import ServiceRequest

JSON = "application/json"
TENSORS = tensors.MEDIA_TYPE
FILE_TYPES = (
    "application/octet-stream",
    "application/onnx",
    "application/x-onnx",
    "application/vnd.onnx",
    TENSORS,
    "application/x-hdf5",
    "application/zip",
    JSON,
)
"""Of bodies that are model files, whose form is told by their bytes alone."""


LARGE = 1 << 12
"""Bytes from which a body is read in a thread: a hostile one takes a hundred times as long as a sane one."""

_MOST_PARAMETERS = 1_000  # of a URL; more than any question has

_AS_IS = "surrogateescape"  # what is no UTF-8 stays visible

B = TypeVar("B", bound=RequestBody)


def body_type(request: ServiceRequest) -> str:
    """Return the media type of the body. Raises `UnsupportedMediaType` for any that is not read here."""
    kind = request.field(b"content-type").partition(";")[0].strip().lower()
    if kind not in (JSON, TENSORS):
        raise UnsupportedMediaType(f"expected a body of type {JSON} or {TENSORS}", (JSON, TENSORS))
    return kind


def file_type(request: ServiceRequest) -> str:
    """Return the media type of a body that is a file. Raises `UnsupportedMediaType` for any other."""
    kind = request.field(b"content-type").partition(";")[0].strip().lower()
    if kind not in FILE_TYPES:
        raise UnsupportedMediaType(
            f"expected a body of type {', '.join(FILE_TYPES[:-1])} or {FILE_TYPES[-1]}", FILE_TYPES
        )
    return kind


def read_document(body: Text, kind: str, settings: Settings) -> tensors.Asked:
    """Return the document in a body of that type.

    Raises `MalformedDocument` for bytes that are not of the type, and `InvalidRequest`.
    """
    if kind == TENSORS:
        return tensors.read(body, settings.max_nesting_levels, settings.max_tensor_header_bytes)
    return tensors.Asked(reader.read(body, settings.max_nesting_levels), single=False)


async def read_question(request: ServiceRequest, kind: str, model: type[B]) -> B:
    """Return the question in a body of that type.

    Raises `MalformedDocument`, `InvalidRequest` or `ShapeMismatch` for what is wrong with it, and `TooLarge`,
    `Busy` or `SlowBody` while it comes.
    """
    try:
        body = await request.body()
    except TooLarge as fault:
        raise TooLarge(fault.detail + model.way_out) from None

    def made() -> tuple[bool, B]:
        asked = read_document(body, kind, request.settings)
        return asked.single, model.of(asked.document)

    if len(body) < LARGE:
        request.single, question = made()
    else:
        request.single, question = await request.executor.read(made, is_long=len(body) > reader.LONG)
    return question


def prefers_tensors(accept: str) -> bool:
    """Tell whether an Accept header prefers named tensors to JSON."""
    return prefers(accept, TENSORS, JSON)


def read_parameters(scope: Scope, model: type[Parameters]) -> Mapping[str, Any]:
    """Return the URL's parameters as `model` gathers them. Raises `InvalidRequest` for what is no text."""
    written: bytes = scope["query_string"]
    if not written:
        return {}
    if written.count(b"&") >= _MOST_PARAMETERS:
        raise InvalidValue(f"expected at most {_MOST_PARAMETERS} parameters")
    pairs = parse_qsl(written.decode("ascii", _AS_IS), keep_blank_values=True, errors=_AS_IS)
    for name, value in pairs:
        if not is_text(name + value):
            # The framework would put U+FFFD in its place, and a picture would show it.
            place = (name,) if name in model.model_fields else ()
            raise InvalidRequest([Finding(place, "expected percent-encoded UTF-8", InvalidValue)])
    return model.gathered(pairs)
