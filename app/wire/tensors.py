"""Named tensors ↔ documents and answers: array fields by their paths, all else as JSON in the metadata.

`{"network": {"layers": [{"weight": W, "activation": "tanh"}]}}` is the tensor `network.layers.0.weight` and,
under the key `request`, the JSON `{"network": {"layers": [{"activation": "tanh"}]}}`; an answer's JSON is
under the key `response`.
"""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from ..nn.errors import InvalidValue, LimitExceeded, Overflow, Place
from .answer_arrays import Layout, arrays_in, replaced
from .answers import encode
from .arrays import ArrayOf
from .faults import Finding, InvalidRequest, MalformedDocument
from .json import reader
from .json.structure import Text
from .tensor_file import MEDIA_TYPE, parse, serialize
from .tensor_layout import REQUEST, RESPONSE, Array, Parts

__all__ = ["MEDIA_TYPE", "Asked", "narrowed", "read", "write"]

_LONGEST_NAME = 64  # of a field; a longer one came from outside and is not repeated in a problem


_MOST_DIGITS = 9  # of an item's number


class Asked(NamedTuple):
    """The document in a body; `single` where all its tensors are float32, and there are some."""

    document: object
    single: bool


def read(body: Text, nesting: int, header: int) -> Asked:
    """Return the document in a body of named tensors, its arrays as ndarrays.

    Raises `MalformedDocument` for bytes that are not named tensors with JSON in their metadata,
    `LimitExceeded` for JSON nested too deeply, and `InvalidRequest` for what either refuses and for a name
    that is no path in the document.
    """
    if not body:
        raise MalformedDocument("expected named tensors, got an empty body")
    file = _parsed(body, nesting, header)
    document = reader.read(file.metadata.get(REQUEST, "{}").encode(), nesting)
    if not isinstance(document, dict):
        raise InvalidRequest([Finding((), "expected an object with named fields", InvalidValue)])
    if any(name.count(".") >= nesting for name in file.arrays):  # before a name becomes 400,000 strings
        raise LimitExceeded("nesting", f"expected at most {nesting} nested levels, got more")
    for path in sorted(map(_path, file.arrays), key=_in_order):
        _put(document, path, file.arrays[".".join(path)])
    single = bool(file.arrays) and all(array.dtype == np.float32 for array in file.arrays.values())
    return Asked(document, single)


def _parsed(body: Text, nesting: int, header: int) -> Any:
    try:
        return parse(body, header)
    except InvalidRequest as fault:
        # A tensor's name is a path; a place in a problem points along it.
        raise InvalidRequest(
            [
                Finding(_place(_path(name)) if name.count(".") < nesting else (), one.detail, one.kind)
                for one in fault.findings
                for name in (str(one.at[0]) if one.at else "",)
            ]
        ) from None


def _path(name: str) -> tuple[str, ...]:
    return tuple(name.split("."))


def _in_order(path: tuple[str, ...]) -> list[tuple[int, str]]:
    """Sort items of lists by their numbers, which is by length and then by digits."""
    return [(len(part), part) if _is_index(part) else (0, part) for part in path]


def _is_index(part: str) -> bool:
    return part.isascii() and part.isdigit() and (part == "0" or part[0] != "0")


def _put(document: dict[str, Any], path: tuple[str, ...], array: Array) -> None:
    """Put an array at its path, making the objects and lists above it that the JSON left out."""
    container: Any = document
    for depth, (part, below) in enumerate(pairwise(path)):
        key = _key(container, part, path[:depth])
        if not _holds(container, key):
            _add(container, key, [] if _is_index(below) else {})
        container = container[key]
    key = _key(container, path[-1], path[:-1])
    if not _holds(container, key):
        _add(container, key, array)
    elif isinstance(container, list) and container[key] is None:
        container[key] = array
    else:
        raise _refusal(path, "expected this field once, got it as a tensor and in another form")


def _key(container: object, part: str, at: tuple[str, ...]) -> Any:
    """Return the key for this part of a name: an object's field, or the number of an item or of the next."""
    if isinstance(container, dict):
        return part
    if not isinstance(container, list):
        raise _refusal(at, "expected an object or a list here, as the names of tensors say")
    if not _is_index(part) or len(part) > _MOST_DIGITS or int(part) > len(container):
        raise _refusal(at, f"expected item {len(container)} of this list next, got another name")
    return int(part)


def _holds(container: Any, key: Any) -> bool:
    return key in container if isinstance(container, dict) else key < len(container)


def _add(container: Any, key: Any, value: Any) -> None:
    if isinstance(container, dict):
        container[key] = value
    else:
        container.append(value)


def _refusal(path: tuple[str, ...], detail: str) -> InvalidRequest:
    return InvalidRequest([Finding(_place(path), detail, InvalidValue)])


def _place(path: tuple[str, ...]) -> Place:
    return path if all(len(part) <= _LONGEST_NAME for part in path) else ()


def narrowed(answer: Any, layout: Layout | None) -> Any:
    """Return `answer` with every float64 array rounded once to float32.

    Raises `Overflow` where that makes an infinity of a number that has to be finite.
    """

    def narrow(value: object, kind: ArrayOf, at: Place) -> Array:
        array = np.asarray(value)
        if array.dtype != np.float64:
            return array
        with np.errstate(over="ignore"):
            rounded = array.astype(np.float32)
        if (kind.finite or kind.keeps) and (np.isfinite(rounded) < np.isfinite(array)).any():
            where = "/".join(map(str, at))
            raise Overflow(f"expected {where} within the range of float32; send tensors of float64")
        return rounded

    return replaced(answer, layout, narrow)


def write(answer: Any, layout: Layout | None) -> Parts:
    """Return `answer` as named tensors: the fields that `layout` knows as arrays, and the rest as JSON.

    Where an array is an item of a list, null stands in its place, so that the others keep theirs.
    """
    arrays, rest = arrays_in(answer, layout)
    return serialize(arrays, {RESPONSE: encode(rest).decode()})
