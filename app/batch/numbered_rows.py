"""Rows of numbers that lie in a file by their place, as in .npy and safetensors.

Read rather than mapped into memory: pages of a mapped file count as the process's own, and a bucket has none.
"""

import io
import json
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy_format

from ..files.errors import MalformedModel, UnsupportedModel
from .stored_file import StoredFile

Columns = slice | list[int]
"""Which columns of a matrix."""

_DTYPES = {
    **{"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "<i1"},
    **{"U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "<u1"},
    "BF16": "<u2",  # which NumPy lacks: each is the upper half of a float32
}
_LENGTH = 8
_LONGEST_HEADER = 1 << 20
_NPY_HEADER = 1 << 14  # NumPy itself reads no longer ones
_NPY_HEADERS = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}


@dataclass(frozen=True, slots=True)
class NumberedRows:
    """N rows of numbers: where they begin in the file, (N,) or (N, columns) of them, and of which type.

    In `columns_first` order each column lies one behind the other, as Fortran has it.
    """

    file: StoredFile
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    offset: int
    columns_first: bool = False
    halves: bool = False

    def read(self, start: int, stop: int, columns: Columns = slice(None)) -> npt.NDArray[Any]:
        """Return columns of the rows from `start` to before `stop`.

        Raises `MalformedModel` where the file was cut, `UnreachableFile`, or `OSError`.
        """
        size, count = self.dtype.itemsize, stop - start
        if self.columns_first:
            chosen = range(self.shape[1])[columns] if isinstance(columns, slice) else columns
            offsets = [self.offset + (column * self.shape[0] + start) * size for column in chosen]
            return self.file.numbers(self.dtype, count, offsets).T
        width = prod(self.shape[1:])
        found = self.file.numbers(self.dtype, count * width, [self.offset + start * width * size])
        rows = found.reshape(count, *self.shape[1:])
        if self.halves:
            with np.errstate(invalid="ignore"):
                rows = (rows.astype(np.uint32) << 16).view(np.float32)
        return rows if rows.ndim == 1 else rows[:, columns]


def npy_rows(file: StoredFile) -> NumberedRows:
    """Return the rows of a .npy file. Raises `MalformedModel` or `UnsupportedModel`, or as `StoredFile`."""
    head = io.BytesIO(file.read(0, min(file.size(), _NPY_HEADER)))
    try:
        version = npy_format.read_magic(head)
        if version not in _NPY_HEADERS:
            raise UnsupportedModel("expected .npy of version 1 or 2")
        shape, columns_first, dtype = _NPY_HEADERS[version](head)
    except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError):
        raise MalformedModel("expected an array in NumPy's format") from None
    columns_first = columns_first and len(shape) == 2
    return _checked(NumberedRows(file, dtype, tuple(shape), head.tell(), columns_first))


def safetensors_rows(file: StoredFile) -> dict[str, NumberedRows]:
    """Return the tensors of a safetensors file by name. Raises as `npy_rows`."""
    size = file.size()
    length = int.from_bytes(file.read(0, min(_LENGTH, size)), "little")
    if length > _LONGEST_HEADER:
        raise UnsupportedModel(f"expected a header of at most {_LONGEST_HEADER} bytes")
    found = {}
    try:
        header = json.loads(file.read(_LENGTH, max(_LENGTH, min(_LENGTH + length, size))))
        for name, entry in header.items():
            if name == "__metadata__" or entry["dtype"] not in _DTYPES:
                continue
            begin, end = entry["data_offsets"]
            dtype, shape = np.dtype(_DTYPES[entry["dtype"]]), tuple(map(int, entry["shape"]))
            if begin < 0 or end - begin != prod(shape) * dtype.itemsize:
                raise ValueError
            found[name] = NumberedRows(
                file, dtype, shape, _LENGTH + length + begin, halves=entry["dtype"] == "BF16"
            )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise MalformedModel("expected a safetensors file, and its header is not one") from None
    return {name: _checked(rows) for name, rows in found.items()}


def _checked(rows: NumberedRows) -> NumberedRows:
    if rows.dtype.kind not in "fiu" or rows.dtype.itemsize > 8:
        kind = "structures" if rows.dtype.names else rows.dtype.name
        raise UnsupportedModel(f"expected whole or floating-point numbers of 64 bits at most, got {kind}")
    if any(side < 0 for side in rows.shape):
        raise MalformedModel("expected sides that are not negative")
    if rows.file.size() < rows.offset + prod(rows.shape) * rows.dtype.itemsize:
        raise MalformedModel("expected as many numbers as the header says, got the end of the file")
    return rows
