"""Large JSON → a document whose regular arrays of numbers are NumPy arrays, by way of simdjson."""

from math import prod
from typing import Any

import numpy as np

from app.wire.outline import Outline

try:
    import simdjson
except ImportError:  # no wheel for this Python: the other reader gives the same answers
    simdjson = None  # type: ignore[assignment]  # a module or nothing


class _Irregular(Exception):
    """The document is not of the kind that can be lifted; another reader must judge it."""


def lift(body: bytes, seen: Outline) -> object | None:
    """Return the document with every regular array of numbers as a float64 ndarray, or None.

    None says nothing about validity: it stands for anything that simdjson reads otherwise than the
    strict reader or flattens without telling. `as_buffer` takes [[1,[2,3]],[4,[]]] for 2×2, so the
    length of every row *and* the number of brackets in the text must fit the shapes found.
    """
    if simdjson is None:
        return None
    reader = _Reader()
    try:
        document = reader.value(simdjson.Parser().parse(body))
    except (_Irregular, ValueError, RuntimeError, TypeError, UnicodeDecodeError):
        return None
    return document if (reader.pairs, reader.lists) == (seen.pairs, seen.lists) else None


class _Reader:
    def __init__(self) -> None:
        self.pairs = 0
        self.lists = 0

    def value(self, element: Any) -> Any:
        if isinstance(element, simdjson.Object):
            return self.members(element)
        if isinstance(element, simdjson.Array):
            return self.array(element)
        return element

    def members(self, element: Any) -> dict[str, Any]:
        keys = list(element.keys())
        self.pairs += len(keys)
        if len(set(keys)) < len(keys):
            raise _Irregular
        return {key: self.value(element[key]) for key in keys}

    def array(self, element: Any) -> Any:
        first = element
        shape = []
        while isinstance(first, simdjson.Array):
            shape.append(len(first))
            first = first[0] if len(first) else None
        if type(first) not in (int, float):
            self.lists += 1
            items = [self.value(item) for item in element]
            # Where the first item is no number but a later one is an array, only the strict reader is exact.
            if any(isinstance(item, np.ndarray) for item in items):
                raise _Irregular
            return items
        _demand(element, shape)
        self.lists += sum(prod(shape[:level]) for level in range(len(shape)))
        buffer = np.frombuffer(element.as_buffer(of_type="d"), dtype=np.float64)
        if buffer.size != prod(shape):
            raise _Irregular
        return buffer.reshape(shape)


def _demand(element: Any, shape: list[int]) -> None:
    """Raise unless every list at every level has the length of the first at that level."""
    if len(element) != shape[0]:
        raise _Irregular
    if len(shape) > 1:
        for row in element:
            if not isinstance(row, simdjson.Array):
                raise _Irregular
            _demand(row, shape[1:])
