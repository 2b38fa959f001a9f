"""Rows of numbers in Parquet files, by pyarrow, which is imported when the first one is opened."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..files.errors import MalformedModel, UnsupportedModel
from ..nn.error_free import Floats
from ..nn.errors import InvalidValue, NotFinite, ShapeMismatch


class ParquetRows:
    """Columns of a Parquet file: several of numbers, or one whose every value is a list of equally many."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self._path, self._columns = path, columns
        file = _opened(path)
        for name in columns:
            if name not in file.schema_arrow.names:
                raise InvalidValue(f"expected a column named {name}")
        self._ends = np.cumsum(
            [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)], dtype=np.int64
        )

    @property
    def rows(self) -> int:
        """N."""
        return int(self._ends[-1]) if len(self._ends) else 0

    def read(self, start: int, stop: int) -> Floats:
        """Return the rows from `start` to before `stop`, (N, columns). A row group is decoded as a whole."""
        parts = []
        group = int(np.searchsorted(self._ends, start, side="right"))
        while start < stop:
            first = int(self._ends[group - 1]) if group else 0
            end = min(stop, int(self._ends[group]))
            decoded = _decoded(self._path, self._columns, group)
            parts.append(decoded[start - first : end - first])
            start, group = end, group + 1
        if len({part.shape[1] for part in parts}) > 1:
            raise ShapeMismatch("expected lists of one length in all rows")
        return np.concatenate(parts)


@lru_cache(maxsize=4)
def _opened(path: Path) -> Any:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise UnsupportedModel("expected pyarrow for Parquet: pip install softstep[batch]") from None
    try:
        return parquet.ParquetFile(path)
    except ArrowException:
        raise MalformedModel("expected a Parquet file") from None


@lru_cache(maxsize=2)  # inputs and targets of one group: what a process holds beside its block
def _decoded(path: Path, columns: tuple[str, ...], group: int) -> Floats:
    import pyarrow

    try:
        table = _opened(path).read_row_group(group, columns=list(columns), use_threads=False)
    except (pyarrow.ArrowException, OSError):
        raise MalformedModel("expected a Parquet file that can be decoded") from None
    arrays = [_numbers(name, table.column(name).combine_chunks(), pyarrow) for name in columns]
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=1)


def _numbers(name: str, column: Any, pyarrow: Any) -> Floats:
    """Return a column as (N, 1), or (N, n) for one of lists."""
    if isinstance(column, pyarrow.ChunkedArray):
        column = pyarrow.concat_arrays(column.chunks)
    if column.null_count:
        raise NotFinite(f"expected a number in every row of the column {name}, got none in one")
    width, kind = 1, column.type
    if pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind):
        lengths = np.unique(np.diff(column.offsets.to_numpy()))
        if len(lengths) > 1:
            raise ShapeMismatch(f"expected lists of one length in the column {name}")
        width = int(lengths[0]) if len(lengths) else 0
        column = column.flatten()
    elif pyarrow.types.is_fixed_size_list(kind):
        width, column = kind.list_size, column.flatten()
    if not (pyarrow.types.is_integer(column.type) or pyarrow.types.is_floating(column.type)):
        raise UnsupportedModel(f"expected numbers in the column {name}")
    if column.null_count:
        raise NotFinite(f"expected numbers alone in the lists of the column {name}")
    numbers = column.to_numpy(zero_copy_only=False).astype(np.float64, copy=False)
    return np.asarray(numbers.reshape(-1, width))
