"""NumPy's own file format, one array: bounded before it is read, never unpickled."""

import io
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy_format

from .errors import MalformedModel, UnsupportedModel

MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000
_MOST_DIMENSIONS = 32
_READERS = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}


def read_npy(data: bytes) -> npt.NDArray[Any]:
    """Return the array of numbers in `data`.

    Raises `UnsupportedModel` for Python objects and other types, `MalformedModel` where the shape is not
    that of the bytes: the library would make an array of any shape that the header tells.
    """
    stream = io.BytesIO(data)
    try:
        version = npy_format.read_magic(stream)
        if version not in _READERS:
            raise UnsupportedModel("expected .npy of version 1 or 2")
        shape, fortran, dtype = _READERS[version](stream, max_header_size=_LONGEST_HEADER)
    except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError):
        raise MalformedModel("expected an array in NumPy's format") from None
    if dtype.hasobject:
        raise UnsupportedModel(
            "expected arrays of numbers, got Python objects, which are never unpickled here"
        )
    if dtype.kind not in "fiub" or dtype.itemsize > 8:
        raise UnsupportedModel("expected arrays of numbers of 64 bits at most")
    sides = tuple(shape)
    if len(sides) > _MOST_DIMENSIONS or any(side < 0 for side in sides):
        raise MalformedModel(f"expected arrays of at most {_MOST_DIMENSIONS} sides, none of them negative")
    rest = memoryview(data)[stream.tell() :]
    if prod(sides) * dtype.itemsize != len(rest):
        raise MalformedModel("expected as many numbers in each array as its shape says")
    flat = np.frombuffer(rest, dtype)
    return flat.reshape(sides, order="F" if fortran else "C")
