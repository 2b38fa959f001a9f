"""The safetensors format: bytes ↔ arrays by name, beside a few words of metadata.

No number is copied: arrays that were read are views of the body, but for bfloat16, which NumPy lacks, and
arrays are written as they lie. The library's own reader copies them all, and keeps the metadata of bytes in
memory to itself; its writer copies them three times. `tests/wire/test_tensor_file.py` holds both together.
"""

from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple

import numpy as np
import orjson

from ..nn.arrays import MOST_DIMENSIONS
from ..nn.errors import InvalidValue, LimitExceeded, ShapeMismatch
from ..nn.networks.storage import StoredAs
from .faults import Finding, InvalidRequest, MalformedDocument
from .json.strict import read_strictly
from .json.structure import Text, depth, outline
from .tensor_layout import DTYPES, LENGTH, METADATA, Array, Parts, laid_out, stored_tensors

MEDIA_TYPE = "application/vnd.safetensors"

_DEPTH = 3  # the header, a tensor in it, its shape
_ORDER = ("I64", "F64", "F32", "I32", "F16")  # in which the library writes them
_RANKS = {(DTYPES[name].kind, DTYPES[name].itemsize): rank for rank, name in enumerate(_ORDER)}
_LONGEST_SIDE = 2**31  # of an empty array, whose size bounds no other side


class TensorFile(NamedTuple):
    """Arrays by name, and the metadata."""

    arrays: dict[str, Array]
    metadata: dict[str, str]


class _Entry(NamedTuple):
    name: str
    dtype: str
    shape: list[int]
    begin: int
    end: int


def parse(body: Text, most: int) -> TensorFile:
    """Return the arrays in `body` as read-only views of it, and the metadata.

    Raises `MalformedDocument` where it is not of the format: a header that is cut off, is no JSON, or says
    otherwise than the bytes behind it; `LimitExceeded` where the header has more than `most` bytes;
    `InvalidRequest` for a name that comes twice, and for a tensor of a type that is not taken.
    """
    data = _header_end(body, most)
    header = _header(body[LENGTH:data])
    metadata = header.pop(METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        raise MalformedDocument("expected metadata of strings")
    entries = [_entry(name, written) for name, written in header.items()]
    _refuse_holes(entries, len(body) - data)
    return TensorFile({entry.name: _view(body, data, entry) for entry in entries}, metadata)


def serialize(arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> Parts:
    """Return arrays of floats and integers, and the metadata, in the format, as pieces of a body.

    The widest come first, so that with a padded header every number lies where its width allows.
    """
    widest_first = sorted(arrays.items(), key=lambda item: (_rank(item[1]), item[0]))
    tensors = [(name, _ORDER[_rank(array)], array) for name, array in widest_first]
    return laid_out(tensors, metadata, orjson.dumps)


def serialize_stored(arrays: Mapping[str, Array], stored_as: StoredAs, metadata: Mapping[str, str]) -> Parts:
    """Return arrays of float64, whose numbers are all of a type, as tensors of that type, in order."""
    return laid_out(stored_tensors(arrays, stored_as), metadata, orjson.dumps)


def _rank(array: Array) -> int:
    return _RANKS[array.dtype.kind, array.dtype.itemsize]


def _header_end(body: Text, most: int) -> int:
    if len(body) < LENGTH:
        raise MalformedDocument(f"expected at least the {LENGTH} bytes that say how long the header is")
    length = int.from_bytes(body[:LENGTH], "little")
    if length > most:
        raise LimitExceeded("header", f"expected a header of at most {most} bytes, got a longer one")
    if LENGTH + length > len(body):
        raise MalformedDocument(
            f"expected a header of {length} bytes, got the end of the body before its end"
        )
    return LENGTH + length


def _header(text: Text) -> dict[str, Any]:
    if depth(outline(text), _DEPTH) > _DEPTH:
        raise MalformedDocument("expected a header of tensors' names, types, shapes and places")
    header = read_strictly(text)
    if not isinstance(header, dict):
        raise MalformedDocument("expected a header that is a JSON object")
    return header


def _entry(name: str, written: object) -> _Entry:
    match written:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [begin, end], **others} if (
            not others
        ):
            if all(type(number) is int and number >= 0 for number in (*shape, begin, end)) and begin <= end:
                return _Entry(name, dtype, shape, begin, end)
    raise MalformedDocument("expected for each tensor dtype, shape and data_offsets, in whole numbers")


def _refuse_holes(entries: list[_Entry], size: int) -> None:
    reached = 0
    for entry in sorted(entries, key=lambda entry: (entry.begin, entry.end)):
        if entry.begin != reached:
            raise MalformedDocument("expected each tensor to begin where the one before ends")
        reached = entry.end
    if reached != size:
        raise MalformedDocument(f"expected {reached} bytes behind the header, got {size}")


def _view(body: Text, data: int, entry: _Entry) -> Array:
    dtype = DTYPES.get(entry.dtype)
    if dtype is None:
        detail = f"expected a tensor of one of the types {', '.join(DTYPES)}"
        raise InvalidRequest([Finding((entry.name,), detail, InvalidValue)])
    # First of all: the product of a hundred thousand sides would itself be work.
    if len(entry.shape) > MOST_DIMENSIONS:
        raise _refused(entry, f"expected at most {MOST_DIMENSIONS} dimensions")
    if prod(entry.shape) * dtype.itemsize != entry.end - entry.begin:
        raise MalformedDocument("expected as many bytes of each tensor as its shape and type need")
    if any(side > _LONGEST_SIDE for side in entry.shape):
        raise _refused(entry, f"expected sides of at most {_LONGEST_SIDE}")
    if not prod(entry.shape):
        return _nothing(entry, dtype)
    array = np.frombuffer(body, dtype, prod(entry.shape), data + entry.begin).reshape(entry.shape)
    array.flags.writeable = False  # it may be a view of what can be written
    if entry.dtype == "BF16":
        array = _widened(array)
    # Only a file whose tensors are not sorted by width, or whose header is not padded, needs this copy.
    return array if array.flags.aligned else array.copy()


def _widened(halves: Array) -> Array:
    """Return numbers of bfloat16 as float64, and not as float32: a question of that is answered in it."""
    with np.errstate(invalid="ignore"):  # of a NaN that signals
        wide = (halves.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    wide.flags.writeable = False
    return wide


def _nothing(entry: _Entry, dtype: np.dtype[Any]) -> Array:
    try:
        return np.empty(entry.shape, np.float64 if entry.dtype == "BF16" else dtype)
    except ValueError:  # an empty array of more than 2^63 numbers, were its empty side not empty
        raise _refused(entry, "expected an empty array whose other sides are of a size that exists") from None


def _refused(entry: _Entry, detail: str) -> InvalidRequest:
    return InvalidRequest([Finding((entry.name,), detail, ShapeMismatch)])
