"""Rows of numbers that lie in a file one behind the other, as in .npy and safetensors: read by their place.

Read rather than mapped into memory: pages of a mapped file count as the process's own.
"""

import json
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy_format

from ..files.errors import MalformedModel, UnsupportedModel

_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"}
_LENGTH = 8
_LONGEST_HEADER = 1 << 20
_NPY_HEADERS = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}


@dataclass(frozen=True, slots=True)
class NumberedRows:
    """N rows of numbers: where they begin in the file, (N,) or (N, columns) of them, and of which type."""

    path: Path
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    offset: int

    def read(self, start: int, stop: int) -> npt.NDArray[Any]:
        """Return the rows from `start` to before `stop`. Raises `MalformedModel` where the file was cut."""
        width = prod(self.shape[1:])
        at = self.offset + start * width * self.dtype.itemsize
        found = np.fromfile(self.path, self.dtype, (stop - start) * width, offset=at)
        if found.size != (stop - start) * width:
            raise MalformedModel("expected a file that stays as it is, got its end too early")
        return found.reshape(stop - start, *self.shape[1:])


def npy_rows(path: Path) -> NumberedRows:
    """Return the rows of a .npy file. Raises `MalformedModel` or `UnsupportedModel`."""
    with path.open("rb") as file:
        try:
            version = npy_format.read_magic(file)
            if version not in _NPY_HEADERS:
                raise UnsupportedModel("expected .npy of version 1 or 2")
            shape, fortran, dtype = _NPY_HEADERS[version](file)
        except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError):
            raise MalformedModel("expected an array in NumPy's format") from None
        offset = file.tell()
    if fortran and len(shape) > 1:
        raise UnsupportedModel(
            "expected rows one behind the other: np.save(path, np.ascontiguousarray(array))"
        )
    return _checked(NumberedRows(path, dtype, tuple(shape), offset))


def safetensors_rows(path: Path) -> dict[str, NumberedRows]:
    """Return the tensors of a safetensors file by name. Raises `MalformedModel` or `UnsupportedModel`."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH), "little")
        if length > _LONGEST_HEADER:
            raise UnsupportedModel(f"expected a header of at most {_LONGEST_HEADER} bytes")
        text = file.read(length)
    found = {}
    try:
        header = json.loads(text)
        for name, entry in header.items():
            if name == "__metadata__" or entry["dtype"] not in _DTYPES:
                continue
            begin, end = entry["data_offsets"]
            dtype, shape = np.dtype(_DTYPES[entry["dtype"]]), tuple(map(int, entry["shape"]))
            if begin < 0 or end - begin != prod(shape) * dtype.itemsize:
                raise ValueError
            found[name] = NumberedRows(path, dtype, shape, _LENGTH + length + begin)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise MalformedModel("expected a safetensors file, and its header is not one") from None
    return {name: _checked(rows) for name, rows in found.items()}


def _checked(rows: NumberedRows) -> NumberedRows:
    if rows.dtype.kind not in "fiu" or rows.dtype.itemsize > 8:
        raise UnsupportedModel("expected numbers of 64 bits at most")
    if any(side < 0 for side in rows.shape):
        raise MalformedModel("expected sides that are not negative")
    if rows.path.stat().st_size < rows.offset + prod(rows.shape) * rows.dtype.itemsize:
        raise MalformedModel("expected as many numbers as the header says, got the end of the file")
    return rows
