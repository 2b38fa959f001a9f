"""Answers → JSON bytes: NumPy arrays straight, non-finite numbers as words."""

from math import isfinite
from typing import Any

import numpy as np
import orjson

_WORDS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def encode(answer: object) -> bytes:
    """Return `answer` as JSON: dicts, sequences, numbers, strings and arrays of any shape.

    Every finite float64 is written with the fewest digits that read back as the same bits; NaN and the
    infinities are the strings "NaN", "Infinity", "-Infinity". There is no bare NaN and no silent null.
    """
    return orjson.dumps(writable(answer), option=orjson.OPT_SERIALIZE_NUMPY)


def writable(value: Any) -> Any:
    """Return `value` with every non-finite number replaced by its word, and arrays made contiguous."""
    match value:
        case np.ndarray():
            if value.ndim == 0:
                return writable(value.item())
            if value.dtype == np.float32:
                # Its own shortest digits are another number to a reader of float64, as JSON's readers are.
                value = value.astype(np.float64)
            if np.count_nonzero(np.isfinite(value)) == value.size:  # for a few numbers a third of `all`
                return np.ascontiguousarray(value)
            return _with_words(value)
        case dict():
            return {key: writable(member) for key, member in value.items()}
        case list() | tuple():
            return [writable(item) for item in value]
        case float():
            return float(value) if isfinite(value) else _WORDS[repr(float(value))]
        case _:
            return value


def _with_words(array: Any) -> Any:
    flat = array.astype(object).ravel()
    for index in np.flatnonzero(~np.isfinite(array)):
        flat[index] = _WORDS[repr(float(flat[index]))]
    return flat.reshape(array.shape).tolist()
