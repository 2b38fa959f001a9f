"""Answers of a service → the library's results, read by the types of their fields."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import httpx
import numpy as np
import orjson

from ..nn.arrays import NON_FINITE, from_lists
from ..nn.errors import Fault
from ..nn.networks.documents import network_from
from ..nn.networks.network import Network
from ..wire.named_tensors import put_named
from ..wire.tensor_file import MEDIA_TYPE, parse
from .errors import ServiceFailure

_MOST_HEADER = 2**27  # bytes of a header of tensors: of a service that one has chosen to ask


def answer_of(result: type[Any], response: httpx.Response) -> Any:
    """Return the answer as a `result`. Raises `ServiceFailure` for what is none."""
    try:
        return read(result, document_of(response))
    except (Fault, LookupError, TypeError, ValueError) as error:
        raise ServiceFailure("expected an answer of Softstep's contract, got another one") from error


def document_of(response: httpx.Response) -> Any:
    """Return the document in an answer, its tensors at their places."""
    if response.headers.get("content-type", "").partition(";")[0] != MEDIA_TYPE:
        return orjson.loads(response.content)
    file = parse(response.content, _MOST_HEADER)
    document = orjson.loads(file.metadata["response"])
    if put_named(document, dict(file.arrays)):
        return document
    for name, array in file.arrays.items():
        *path, last = name.split(".")
        container = document
        for part in path:
            container = container[int(part) if isinstance(container, list) else part]
        container[int(last) if isinstance(container, list) else last] = array
    return document


def read(hint: Any, value: Any) -> Any:
    """Return a document's value as a value of that type."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        if value is None:
            return None
        forms = [one for one in arguments if one is not type(None)]
        return read(forms[0], value)
    if origin is np.ndarray:
        return _array(value)
    if origin is tuple:
        # Places of entries are whole numbers, as a tensor too.
        items = value.tolist() if isinstance(value, np.ndarray) else value
        return tuple(read(arguments[0], item) for item in items)
    if origin is dict:
        return {name: read(arguments[1], member) for name, member in value.items()}
    if origin is Literal or hint in (str, int, bool, Any):
        return value
    if hint is float:
        return NON_FINITE.get(value, value) if isinstance(value, str) else float(value)
    if hint is Network:
        return network_from(value)
    if is_dataclass(hint):
        return _record(hint, value)
    raise TypeError(f"{hint} is no type of a result")


def _record(kind: Any, value: Mapping[str, Any]) -> Any:
    hints = _hints(kind)
    known = [one.name for one in fields(kind) if one.name in value]
    return kind(**{name: read(hints[name], value[name]) for name in known})


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _array(value: Any) -> Any:
    """Return an array that may be written to, as the library's own may."""
    return value.copy() if isinstance(value, np.ndarray) else from_lists(value)
