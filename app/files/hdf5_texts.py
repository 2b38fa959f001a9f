"""Texts in HDF5 that lie apart from their attributes: what libhdf5 does not check before it reads them.

Source: HDF5 file format 3.0, III.E (global heaps), IV.A.2.b and m (dataspaces, attributes).
"""

import re
from collections.abc import Iterator
from math import prod

import numpy as np

from .errors import MalformedModel, UnsupportedModel

_HEAP = b"GCOL\x01"
_HEAD = 16
"""How many bytes stand before the objects of a heap, and before what each of them holds."""
_MOST_HEAP_OBJECTS = 100_000
_MOST_ATTRIBUTES = _MOST_TEXTS = 2_000
_LYING_APART = 9
"""The class of types whose values are references."""
_PACKED = re.compile(rb"FRHP\0..(?!\0\0)", re.DOTALL)
"""A heap of attributes with filters, in which they could not be looked at."""
_REFERENCE = np.dtype([("length", "<u4"), ("heap", "<u8"), ("index", "<u4")])


def refuse_endless_heaps(body: bytes) -> None:
    """Refuse heaps of texts with an object that does not end behind its beginning, within its heap.

    libhdf5 2.0 reads these for ever: of an object without a number it skips the length that is told, which
    may be 0, and of others that plus 16 in 64 bits, which may be 0 too (`H5HG__cache_heap_deserialize`).
    """
    objects, start = 0, body.find(_HEAP)
    while start >= 0:
        place, end = start + _HEAD, start + int.from_bytes(body[start + 8 : start + _HEAD], "little")
        while place + _HEAD <= end:
            objects += 1
            if objects > _MOST_HEAP_OBJECTS:
                raise UnsupportedModel(f"expected at most {_MOST_HEAP_OBJECTS} texts in the file")
            length = int.from_bytes(body[place + 8 : place + _HEAD], "little")
            step = _HEAD + _padded(length) if any(body[place : place + 2]) else length
            if step < _HEAD or place + step > min(end, len(body)):
                raise _broken()
            place += step
        start = body.find(_HEAP, start + 1)


def longest_texts(body: bytes, name: str) -> int:
    """Return the length that the texts of an attribute of that name have together, of any object at most.

    libhdf5 takes memory for the length that a reference tells, up to 4 GiB, before it looks for the text.
    Only texts that lie apart are looked at.
    """
    if _PACKED.search(body):
        raise UnsupportedModel("expected attributes that are not compressed")
    totals = [int(lengths.sum()) for lengths in _lengths(body, name.encode() + b"\0")]
    if not totals:
        raise _broken()
    return max(totals)


def _lengths(body: bytes, name: bytes) -> Iterator[np.ndarray[tuple[int], np.dtype[np.uint64]]]:
    """Yield what the references of each attribute tell, wherever one of that name may begin."""
    told, found = len(name).to_bytes(2, "little"), 0
    place = body.find(name)
    while place >= 0:
        found += 1
        if found > _MOST_ATTRIBUTES:
            raise UnsupportedModel(f"expected at most {_MOST_ATTRIBUTES} attributes of a name")
        for head, version in ((8, 1), (8, 2), (9, 3)):
            start = place - head
            if start < 0 or body[start] != version or body[start + 2 : start + 4] != told:
                continue
            if version > 1 and body[start + 1]:
                raise UnsupportedModel("expected attributes with types of their own")
            sizes = [int.from_bytes(body[start + at : start + at + 2], "little") for at in (4, 6)]
            kind = place + (_padded(len(name)) if version == 1 else len(name))
            space = kind + (_padded(sizes[0]) if version == 1 else sizes[0])
            data = space + (_padded(sizes[1]) if version == 1 else sizes[1])
            if data > len(body):
                raise _broken()
            if body[kind] & 15 == _LYING_APART:
                count = _count(body, space)
                if count > _MOST_TEXTS or data + count * _REFERENCE.itemsize > len(body):
                    raise _broken()
                yield np.frombuffer(body, _REFERENCE, count, data)["length"].astype(np.uint64)
        place = body.find(name, place + 1)


def _count(body: bytes, space: int) -> int:
    """Return how many values a dataspace has."""
    version, rank = body[space : space + 2]
    start = space + (8 if version == 1 else 4)
    sides = [int.from_bytes(body[at : at + 8], "little") for at in range(start, start + 8 * rank, 8)]
    return prod(sides)


def _padded(length: int) -> int:
    return -(-length // 8) * 8


def _broken() -> MalformedModel:
    return MalformedModel("expected texts that are whole: save the model again")
