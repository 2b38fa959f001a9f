"""What is said to a service and what is made of its answers, whoever carries it: blocking or not."""

import base64
from collections import OrderedDict
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
import numpy as np

from ..library.operations.files import ConvertFileOperation, ReadOperation
from ..library.operations.operation import Operation
from ..library.operations.pictures import PictureOperation
from ..library.results.files import FileConversionResult
from ..library.results.pictures import PictureResult
from ..wire.answers import encode
from ..wire.tensor_file import MEDIA_TYPE, serialize
from .answers import answer_of
from .errors import ServiceFailure, fault_of

R = TypeVar("R")
Talk = Generator[httpx.Request | float, httpx.Response | None, R]
"""Yields requests to be sent, whose responses it is sent back, and seconds to be waited."""

JSON = "application/json"
LONGEST_LINK = 8192
"""Letters of base64url that a service takes in an address."""
_KEPT = 64


@dataclass(frozen=True, slots=True)
class Conversation:
    """How a service is spoken to: arrays of more than `tensors_above` numbers in all go as safetensors.

    A busy service is asked again after the time that it names, until `patience` seconds have been waited.
    """

    build: Any
    """httpx's `build_request`, of either client."""
    tensors_above: int = 1000
    patience: float = 30.0
    _pictures: OrderedDict[str, tuple[str, PictureResult]] = field(default_factory=OrderedDict)

    def ask(self, operation: Operation[R]) -> Talk[R]:
        """Ask for the answer to an operation.

        Raises the library's `Fault` of the same question, or `Busy`, `TimeLimit`, `Unauthorized`, `TooLarge`,
        `ServiceFailure`.
        """
        if isinstance(operation, PictureOperation):
            return (yield from self._draw(operation))  # type: ignore[return-value]  # then R is PictureResult
        if isinstance(operation, ConvertFileOperation):
            return (yield from self._convert_file(operation))  # type: ignore[return-value]  # as above
        if isinstance(operation, ReadOperation):
            response = yield from self._answered(self._file(operation, operation.file, JSON))
        else:
            response = yield from self._answered(self._request(operation))
        result: R = answer_of(operation.result, response)
        return result

    def _request(self, operation: Operation[Any]) -> httpx.Request:
        document = operation.document()
        if document is None:
            return self._get(operation)
        return self._post(operation, document)

    def _get(self, operation: Operation[Any], **headers: str) -> httpx.Request:
        request: httpx.Request = self.build("GET", _address(operation), headers=headers)
        return request

    def _post(self, operation: Operation[Any], document: Mapping[str, Any]) -> httpx.Request:
        arrays: dict[str, Any] = {}
        rest = _without_arrays(document, (), arrays)
        kind = JSON
        # JSON has neither float32 nor the shape of nothing.
        unsayable = any(one.dtype == np.float32 or not one.size for one in arrays.values())
        if unsayable or sum(one.size for one in arrays.values()) > self.tensors_above:
            kind = MEDIA_TYPE
        if kind == MEDIA_TYPE:
            content = b"".join(serialize(arrays, {"request": encode(rest).decode()}))
        else:
            content = encode(document)
        accept = "*/*" if isinstance(operation, PictureOperation) else kind
        request: httpx.Request = self.build(
            "POST",
            f"v1/{operation.path}",
            content=content,
            headers={"content-type": kind, "accept": accept},
        )
        return request

    def _answered(self, request: httpx.Request) -> Talk[httpx.Response]:
        """Send a request, again where the service is busy, and return its answer of less than 400."""
        waited = 0.0
        while True:
            response = yield request
            assert response is not None
            if response.status_code < 400:
                return response
            again = _seconds(response)
            if again is None or waited + again > self.patience:
                raise fault_of(response)
            waited += again
            yield again

    def _file(self, operation: Operation[Any], file: bytes, accept: str) -> httpx.Request:
        headers = {"content-type": "application/octet-stream", "accept": accept}
        request: httpx.Request = self.build("POST", _address(operation), content=file, headers=headers)
        return request

    def _convert_file(self, operation: ConvertFileOperation) -> Talk[FileConversionResult]:
        """Ask for the file, then for the report about it: the same question has the same answer."""
        made = yield from self._answered(self._file(operation, operation.file, "application/onnx"))
        told = yield from self._answered(self._file(operation, operation.file, JSON))
        report: FileConversionResult = answer_of(FileConversionResult, told)
        return replace(report, body=made.content)

    def _draw(self, operation: PictureOperation) -> Talk[PictureResult]:
        request = self._picture_request(operation)
        address = str(request.url)
        known = self._pictures.get(address) if request.method == "GET" else None
        if known is not None:
            request.headers["if-none-match"] = known[0]
        response = yield from self._answered(request)
        if response.status_code == 304 and known is not None:
            self._pictures.pop(address, None)  # not move_to_end: another thread may have let it go
            self._pictures[address] = known
            return known[1]
        words = response
        if operation.format != "txt":
            words = yield from self._answered(self._picture_request(replace(operation, format="txt")))
        result = PictureResult(
            response.content, response.headers["content-type"], words.content.decode().rstrip("\n")
        )
        if request.method == "GET" and "etag" in response.headers:
            self._pictures[address] = (response.headers["etag"], result)
            while len(self._pictures) > _KEPT:
                self._pictures.popitem(last=False)
        return result

    def _picture_request(self, operation: PictureOperation) -> httpx.Request:
        """Ask by an address where it fits: its answer has a tag, and need not be sent twice."""
        document = operation.document()
        if document is None:
            return self._get(operation)
        if not _has_singles(document):
            link = base64.urlsafe_b64encode(encode(document)).decode().rstrip("=")
            if len(link) <= LONGEST_LINK:
                request: httpx.Request = self.build("GET", f"v1/{operation.path}", params={"q": link})
                return request
        return self._post(operation, document)


def _address(operation: Operation[Any]) -> str:
    """Return the path and the parameters, in their order: one belongs to the name before it."""
    parameters = urlencode(operation.parameters())
    return f"v1/{operation.path}?{parameters}" if parameters else f"v1/{operation.path}"


def _seconds(response: httpx.Response) -> float | None:
    """Return after how many seconds a busy service wants to be asked again."""
    after = response.headers.get("retry-after", "")
    return float(after) if response.status_code == 503 and after.isascii() and after.isdigit() else None


def _without_arrays(value: Any, at: tuple[str, ...], arrays: dict[str, Any]) -> Any:
    """Return a document without its arrays, which are put into `arrays` by their paths joined with dots."""
    match value:
        case Mapping():
            kept = {}
            for name, member in value.items():
                if isinstance(member, np.ndarray):
                    arrays[".".join((*at, name))] = member
                elif member is not None:
                    kept[name] = _without_arrays(member, (*at, name), arrays)
            return kept
        case list() | tuple():
            return [_without_arrays(item, (*at, str(index)), arrays) for index, item in enumerate(value)]
        case _:
            return value


def _has_singles(document: Mapping[str, Any]) -> bool:
    arrays: dict[str, Any] = {}
    _without_arrays(document, (), arrays)
    return any(one.dtype == np.float32 or not one.size for one in arrays.values())


def unreachable(error: httpx.HTTPError) -> ServiceFailure:
    """Return the exception for a request that had no answer."""
    return ServiceFailure(f"expected an answer, got none: {type(error).__name__}: {error}")
