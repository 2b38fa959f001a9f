"""Rows of numbers in Parquet files, by pyarrow, which is imported when the first one is opened."""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..files.errors import MalformedModel, UnsupportedModel
from ..nn.error_free import Floats
from ..nn.errors import Fault, InvalidValue
from .stored_file import StoredFile


class UnusableRow(Fault):
    """A row with another count of numbers than the others; `row` is its number in the file."""

    def __init__(self, detail: str, row: int) -> None:
        super().__init__(detail)
        self.row = row

    def __reduce__(self) -> tuple[type["UnusableRow"], tuple[object, ...]]:
        """Return how another process makes this fault again."""
        return type(self), (self.detail, self.row)


class ParquetRows:
    """Columns of a Parquet file: several of numbers, or one whose every value is a list of equally many."""

    def __init__(self, file: StoredFile, columns: tuple[str, ...]) -> None:
        self._file, self._version, self._columns = file, file.version(), columns
        opened = _opened(file, self._version)
        for name in columns:
            if name not in opened.schema_arrow.names:
                raise InvalidValue(f"expected a column named {name}")
        counts = [opened.metadata.row_group(i).num_rows for i in range(opened.metadata.num_row_groups)]
        self._ends = np.cumsum(counts, dtype=np.int64)

    @property
    def rows(self) -> int:
        """N."""
        return int(self._ends[-1]) if len(self._ends) else 0

    def read(self, start: int, stop: int) -> Floats:
        """Return the rows from `start` to before `stop`, (N, columns). A row group is decoded as a whole.

        Raises `UnusableRow` for the first row in which a number is missing, or of another length;
        `MalformedModel`, `UnsupportedModel`.
        """
        parts = []
        group = int(np.searchsorted(self._ends, start, side="right"))
        while start < stop:
            first = int(self._ends[group - 1]) if group else 0
            end = min(stop, int(self._ends[group]))
            numbers, unusable = _decoded(self._file, self._version, self._columns, group)
            at = int(np.searchsorted(unusable, start - first))
            if at < len(unusable) and unusable[at] < end - first:
                row = int(unusable[at])
                raise UnusableRow(self._lack(group, row), first + row)
            parts.append(numbers[start - first : end - first])
            if parts[-1].shape[1] != parts[0].shape[1]:
                raise UnusableRow("expected lists of one length in all rows", start)
            start, group = end, group + 1
        return np.concatenate(parts) if len(parts) > 1 else parts[0]

    def _lack(self, group: int, row: int) -> str:
        """Return what is wrong with a row of a group."""
        table = _table(self._file, self._version, self._columns, group)
        for name in self._columns:
            value, width = table.column(name)[row].as_py(), _width(table.column(name))
            if value is None:
                return f"expected a number in the column {name}, got none"
            if isinstance(value, list):
                if len(value) != width:
                    return f"expected lists of one length in the column {name}, got {len(value)} for {width}"
                if None in value:
                    return f"expected a number at {value.index(None)} in the column {name}, got none"
        raise AssertionError("a row is unusable for one of these")


@lru_cache(maxsize=4)
def _opened(file: StoredFile, version: str) -> Any:
    """Return an open file. A version that has changed is another file, of which nothing is known."""
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise UnsupportedModel("expected pyarrow for Parquet: pip install softstep[batch]") from None
    try:
        return parquet.ParquetFile(file.source())
    except ArrowException:
        raise MalformedModel("expected a Parquet file") from None


@lru_cache(maxsize=2)  # inputs and targets of one group: what a process holds beside its block
def _decoded(
    file: StoredFile, version: str, columns: tuple[str, ...], group: int
) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Return the numbers of a row group, NaN in unusable rows, and the numbers of these."""
    table = _table(file, version, columns, group)
    found = [_numbers(name, table.column(name)) for name in columns]
    unusable = np.flatnonzero(np.logical_or.reduce([~usable for _, usable in found]))
    arrays = [numbers for numbers, _ in found]
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=1), unusable


def _table(file: StoredFile, version: str, columns: tuple[str, ...], group: int) -> Any:
    from pyarrow import ArrowException

    try:
        return _opened(file, version).read_row_group(group, columns=list(columns), use_threads=False)
    except (ArrowException, OSError):
        raise MalformedModel("expected a Parquet file that can be decoded") from None


def _width(column: Any) -> int:
    """Return how many numbers the rows of a column hold: as many as the first that is not missing."""
    for value in column:
        if value.is_valid:
            return len(value) if hasattr(value, "__len__") else 1
    return 1


def _numbers(name: str, column: Any) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return a column as (N, 1), or (N, n) for one of lists, NaN in unusable rows, and which are usable."""
    from pyarrow import array, compute, types

    kind = column.type
    is_fixed = types.is_fixed_size_list(kind)
    is_list = is_fixed or types.is_list(kind) or types.is_large_list(kind)
    of = kind.value_type if is_list else kind
    if not (types.is_integer(of) or types.is_floating(of)):
        raise UnsupportedModel(f"expected numbers in the column {name}")
    given = column.is_valid().to_numpy()
    width = _width(column)
    if is_list and not is_fixed:
        given = (
            given
            & compute.fill_null(compute.equal(compute.list_value_length(column), width), False).to_numpy()
        )
    values = column if given.all() else column.filter(array(given))
    if is_list:
        values = compute.list_flatten(values)
    numbers = values.to_numpy().astype(np.float64, copy=False).reshape(int(given.sum()), width)
    usable = given.copy()
    if values.null_count:
        usable[given] = values.is_valid().to_numpy().reshape(numbers.shape).all(axis=1)
    if len(numbers) < len(given):
        numbers, some = np.full((len(given), width), np.nan), numbers
        numbers[given] = some
    return numbers, usable
