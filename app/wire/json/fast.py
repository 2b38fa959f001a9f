"""Large JSON → a document whose regular arrays of numbers are NumPy arrays, by way of simdjson."""

from math import prod
from typing import Any

import numpy as np

from .structure import Text, outline_of_array

try:
    import simdjson
except ImportError:  # no wheel for this Python: the other reader gives the same answers
    simdjson = None  # type: ignore[assignment]  # a module or nothing


_MOST_VALUES = 10_000
"""Values outside arrays of numbers, each walked by itself: networks have hundreds, attacks millions."""


class _Irregular(Exception):
    """The document is not of the kind that can be lifted; another reader must judge it."""


def lift(body: Text, structure: Text) -> object | None:
    """Return the document with every regular array of numbers as a float64 ndarray, or None.

    None says nothing about validity: it stands for anything that simdjson reads otherwise than the strict
    reader or flattens without telling. `as_buffer` takes [[1,[2,3]],[4,[]]] for 2×2, so the `structure`,
    the outline of the text, must be that of the arrays found: one comparison of bytes instead of a walk
    over every row.
    """
    if simdjson is None:
        return None
    walk = _Walk()
    try:
        document = walk.value(simdjson.Parser().parse(body))
    except (_Irregular, ValueError, RuntimeError, TypeError, UnicodeDecodeError):
        return None
    return document if b"".join(walk.outline) == structure else None


class _Walk:
    """One pass through a document, ended where it has too many values to be worth it."""

    def __init__(self) -> None:
        self.outline: list[bytes] = []
        """What was found, as `outline` tells it of the text; in pieces until the parser has let go of its
        memory."""
        self._left = _MOST_VALUES

    def value(self, element: Any) -> Any:
        """Return a value, and put its outline at the end of `outline`."""
        if isinstance(element, simdjson.Object):
            return self._members(element)
        if isinstance(element, simdjson.Array):
            return self._array(element)
        return element

    def _spend(self, values: int) -> None:
        self._left -= values
        if self._left < 0:
            raise _Irregular

    def _members(self, element: Any) -> dict[str, Any]:
        self._spend(len(element))
        keys = list(element.keys())
        # simdjson looks a key up by what stands before its first NUL, and finds another key's value.
        if len(set(keys)) < len(keys) or any("\0" in key for key in keys):
            raise _Irregular
        members = {}
        self.outline.append(b"{")
        for place, key in enumerate(keys):
            self.outline.append(b",:" if place else b":")
            members[key] = self.value(element[key])
        self.outline.append(b"}")
        return members

    def _array(self, element: Any) -> Any:
        first, shape = element, []
        while isinstance(first, simdjson.Array):
            shape.append(len(first))
            first = first[0] if len(first) else None
        self._spend(len(shape))  # of brackets inside brackets each would be walked from every level above
        if type(first) in (int, float):
            buffer = np.frombuffer(element.as_buffer(of_type="d"), dtype=np.float64)
            if len(shape) == 1:  # whose length simdjson tells up to 2²⁴ − 1 only
                shape = [buffer.size]
            elif buffer.size != prod(shape):
                raise _Irregular
            self.outline.append(outline_of_array(shape))
            return buffer.reshape(shape)
        self._spend(len(element))
        items = []
        self.outline.append(b"[")
        for place, item in enumerate(element):
            self.outline.append(b"," if place else b"")
            items.append(self.value(item))
        self.outline.append(b"]")
        # Where the first item is no number but a later one is an array, only the strict reader is exact.
        if any(isinstance(item, np.ndarray) for item in items):
            raise _Irregular
        return items
