"""The rows of all files together, numbered through: inputs, and targets where there are any."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from ..nn.error_free import Floats
from ..nn.errors import Fault, InvalidValue, ShapeMismatch
from ..nn.words import plural
from .numbered_rows import Columns, NumberedRows, npy_rows, safetensors_rows
from .parquet import ParquetRows, UnusableRow
from .stored_file import StoredFile, addresses, place_of, version_of

SUFFIXES = (".npy", ".safetensors", ".parquet")

Rows = npt.NDArray[Any]
ReadRows = Callable[[int, int], tuple[Rows, Rows | None]]
"""Inputs, and targets where they are wanted, of the rows from the first to before the second."""


# Of all files together: looking at ten thousand of them must not take as long as reading them.
_MOST_PIECES = 4096


class UnusableData(Fault):
    """Data that cannot be read or worked on: the detail says the file and, where there is one, the row."""

    def __init__(self, detail: str, row: int | None = None) -> None:
        super().__init__(detail)
        self.row = row

    def __reduce__(self) -> tuple[type["UnusableData"], tuple[object, ...]]:
        """Return how another process makes this fault again."""
        return type(self), (self.detail, self.row)


@dataclass(frozen=True, slots=True)
class DataQuestion:
    """Which files, and which of their columns are inputs and targets; None is what the format does without.

    .npy holds one matrix, whose last column is the targets; safetensors holds tensors, and Parquet columns,
    of the names `inputs` and `targets`. Columns of .npy are numbers, or ranges: 0:784.
    """

    files: tuple[str, ...]
    inputs: tuple[str, ...] | None = None
    targets: tuple[str, ...] | None = None
    wants_targets: bool = True


@dataclass(frozen=True, slots=True)
class _File:
    stored: StoredFile
    rows: int
    read: ReadRows


class Data:
    """All rows of the files in their order, numbered from 0."""

    def __init__(self, question: DataQuestion) -> None:
        self._files = [_opened(StoredFile(address), question) for address in question.files]
        self._ends = np.cumsum([file.rows for file in self._files], dtype=np.int64).tolist()
        if not self._ends or not self._ends[-1]:
            raise UnusableData("expected at least one row of data, got none")

    @property
    def rows(self) -> int:
        """N."""
        return int(self._ends[-1])

    def digest(self) -> str:
        """Return a hash of the files' names, sizes, rows and samples of their contents, in order.

        Copies on other machines have the same. Raises `UnusableData`.
        """
        pieces = max(2, min(16, _MOST_PIECES // len(self._files)))
        told = []
        for file in self._files:
            stored = file.stored
            with _located(stored):
                told.append((stored.name, stored.size(), file.rows, stored.sample(pieces)))
        return sha256(repr(told).encode()).hexdigest()

    def seen(self) -> tuple[str, str]:
        """Return hashes of where the files lie, and of their versions there. Raises `UnusableData`."""
        files = [file.stored for file in self._files]
        for file in files:
            with _located(file):
                file.version()
        return place_of(files), version_of(files)

    def read(self, start: int, stop: int) -> tuple[Floats, Floats | None]:
        """Return inputs (n, d) and targets (n,) or (n, k) of the rows from `start` to before `stop`.

        Raises `UnusableData`, with the row where one is at fault.
        """
        inputs, targets = [], []
        while start < stop:
            index = bisect_right(self._ends, start)
            file, first = self._files[index], self._ends[index] - self._files[index].rows
            end = min(stop, self._ends[index])
            try:
                with _located(file.stored):
                    x, y = file.read(start - first, end - first)
                    inputs.append(_floats(x))
                    if y is not None:
                        targets.append(_floats(y))
            except UnusableRow as fault:
                row = first + fault.row
                raise UnusableData(f"{self.place(row)}: {fault.detail}", row) from None
            for parts, what in ((inputs, "inputs"), (targets, "targets")):
                if parts and parts[-1].shape[1] != parts[0].shape[1]:
                    before, seen = parts[0].shape[1], parts[-1].shape[1]
                    said = f"expected {plural(before, 'column')} of {what}, as before, got {seen}"
                    raise UnusableData(f"{self.place(start)}: {said}", start)
            start = end
        if not targets:
            return _joined(inputs), None
        joined = _joined(targets)
        return _joined(inputs), joined[:, 0] if joined.shape[1] == 1 else joined

    def place(self, row: int) -> str:
        """Return "b.npy, row 3 (41203 of all)", both counted from 0."""
        index = bisect_right(self._ends, row)
        inside = row - (self._ends[index] - self._files[index].rows)
        return f"{self._files[index].stored.name}, row {inside} ({row} of all)"


def found_files(asked: Sequence[str]) -> tuple[str, ...]:
    """Return the data files that names, patterns, folders and URLs stand for.

    Those of a pattern or folder come by name. Raises `UnusableData`.
    """
    try:
        return tuple(addresses(asked, SUFFIXES))
    except Fault as fault:
        raise UnusableData(fault.detail) from None


def _opened(file: StoredFile, question: DataQuestion) -> _File:
    if file.suffix not in SUFFIXES:
        raise UnusableData(f"{file.name}: expected one of {', '.join(SUFFIXES)}")
    with _located(file):
        return {".npy": _npy, ".safetensors": _safetensors, ".parquet": _parquet}[file.suffix](file, question)


def _npy(file: StoredFile, question: DataQuestion) -> _File:
    rows = npy_rows(file)
    if len(rows.shape) != 2:
        raise ShapeMismatch(f"expected a matrix, one row for each example, got {len(rows.shape)} dimensions")
    width = rows.shape[1]
    if question.wants_targets and question.inputs is None and width < 2:
        raise ShapeMismatch(f"expected columns of inputs and, as the last one, targets, got {width}")
    last = width - 1 if question.wants_targets else width
    inputs = _selected(question.inputs or (f"0:{last}",), width)
    targets = _selected(question.targets or (str(width - 1),), width) if question.wants_targets else None

    def read(start: int, stop: int) -> tuple[Rows, Rows | None]:
        if rows.columns_first:
            found = rows.read(start, stop, inputs)
            return found, None if targets is None else rows.read(start, stop, targets)
        found = rows.read(start, stop)
        return found[:, inputs], None if targets is None else found[:, targets]

    return _File(file, rows.shape[0], read)


def _selected(asked: tuple[str, ...], width: int) -> Columns:
    chosen: list[int] = []
    for text in asked:
        first, _, last = text.partition(":")
        try:
            begin = int(first)
            end = int(last) if last else begin + 1
        except ValueError:
            raise InvalidValue("expected columns as numbers or ranges, like 0:784,790") from None
        if not 0 <= begin < end <= width:
            raise ShapeMismatch(f"expected columns from 0 to {width - 1}")
        chosen += range(begin, end)
    if chosen == list(range(chosen[0], chosen[-1] + 1)):  # which NumPy need not copy
        return slice(chosen[0], chosen[-1] + 1)
    return chosen


def _safetensors(file: StoredFile, question: DataQuestion) -> _File:
    tensors = safetensors_rows(file)
    inputs = _tensor(tensors, question.inputs or ("inputs",))
    targets = _tensor(tensors, question.targets or ("targets",)) if question.wants_targets else None
    if targets is not None and targets.shape[0] != inputs.shape[0]:
        raise ShapeMismatch(f"expected {plural(inputs.shape[0], 'row')} of targets, got {targets.shape[0]}")
    return _File(file, inputs.shape[0], _pair(inputs.read, None if targets is None else targets.read))


def _tensor(tensors: dict[str, NumberedRows], names: tuple[str, ...]) -> NumberedRows:
    if len(names) != 1 or names[0] not in tensors:
        raise InvalidValue(f"expected a tensor of numbers named {names[0]}")
    if len(tensors[names[0]].shape) not in (1, 2):
        raise ShapeMismatch(f"expected {names[0]} of one or two dimensions")
    return tensors[names[0]]


def _parquet(file: StoredFile, question: DataQuestion) -> _File:
    inputs = ParquetRows(file, question.inputs or ("inputs",))
    targets = ParquetRows(file, question.targets or ("targets",)) if question.wants_targets else None
    return _File(file, inputs.rows, _pair(inputs.read, None if targets is None else targets.read))


def _pair(inputs: Callable[[int, int], Rows], targets: Callable[[int, int], Rows] | None) -> ReadRows:
    return lambda start, stop: (inputs(start, stop), None if targets is None else targets(start, stop))


def _floats(rows: Rows) -> Floats:
    numbers = np.ascontiguousarray(rows, dtype=np.float64)
    return numbers[:, np.newaxis] if numbers.ndim == 1 else numbers


def _joined(parts: list[Floats]) -> Floats:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


@contextmanager
def _located(file: StoredFile) -> Iterator[None]:
    """Name the file in what is wrong with all of it."""
    try:
        yield
    except UnusableRow:
        raise
    except Fault as fault:
        raise UnusableData(f"{file.name}: {fault.detail}") from None
    except OSError as error:
        raise UnusableData(f"{file.name}: {error.strerror or 'it cannot be read'}") from None
