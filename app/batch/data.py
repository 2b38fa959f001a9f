"""The rows of all files together, numbered through: inputs, and targets where there are any."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from glob import glob
from hashlib import sha256
from pathlib import Path

import numpy as np

from ..nn.error_free import Floats
from ..nn.errors import Fault, InvalidValue, ShapeMismatch
from .numbered_rows import NumberedRows, npy_rows, safetensors_rows
from .parquet import ParquetRows

SUFFIXES = (".npy", ".safetensors", ".parquet")

ReadRows = Callable[[int, int], Floats]


class UnusableData(Fault):
    """Data that cannot be read or worked on: the detail says the file and, where there is one, the row."""


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
    path: Path
    rows: int
    inputs: ReadRows
    targets: ReadRows | None


class Data:
    """All rows of the files in their order, numbered from 0."""

    def __init__(self, question: DataQuestion) -> None:
        self._files = [_opened(Path(name), question) for name in question.files]
        self._ends = np.cumsum([file.rows for file in self._files], dtype=np.int64).tolist()
        if not self._ends or not self._ends[-1]:
            raise UnusableData("expected at least one row of data, got none")

    @property
    def rows(self) -> int:
        """N."""
        return int(self._ends[-1])

    def digest(self) -> str:
        """Return a hash of what tells these files from others: their names, sizes and rows, in order."""
        told = [(file.path.name, file.path.stat().st_size, file.rows) for file in self._files]
        return sha256(repr(told).encode()).hexdigest()

    def read(self, start: int, stop: int) -> tuple[Floats, Floats | None]:
        """Return inputs (n, d) and targets (n,) or (n, k) of the rows from `start` to before `stop`.

        Raises `UnusableData`.
        """
        inputs, targets = [], []
        while start < stop:
            index = bisect_right(self._ends, start)
            file, first = self._files[index], self._ends[index] - self._files[index].rows
            end = min(stop, self._ends[index])
            try:
                inputs.append(_floats(file.inputs(start - first, end - first)))
                if file.targets is not None:
                    targets.append(_floats(file.targets(start - first, end - first)))
            except (Fault, OSError) as fault:
                raise _of_file(file.path, fault) from None
            if any(part[-1].shape[1] != part[0].shape[1] for part in (inputs, targets) if part):
                raise UnusableData(f"{file.path.name}: expected as many columns as the files before have")
            start = end
        if not targets:
            return np.concatenate(inputs), None
        joined = np.concatenate(targets)
        return np.concatenate(inputs), joined[:, 0] if joined.shape[1] == 1 else joined

    def place(self, row: int) -> str:
        """Return "b.npy, row 3 (41203 of all)", both counted from 0."""
        index = bisect_right(self._ends, row)
        inside = row - (self._ends[index] - self._files[index].rows)
        return f"{self._files[index].path.name}, row {inside} ({row} of all)"


def found_files(asked: Sequence[str]) -> tuple[str, ...]:
    """Return the data files that names, patterns and folders stand for; those of a pattern or folder by name.

    Raises `UnusableData`.
    """
    files: list[str] = []
    for name in asked:
        if Path(name).is_dir():
            found = [str(one) for one in sorted(Path(name).iterdir()) if one.suffix in SUFFIXES]
        else:
            found = [name] if Path(name).exists() else sorted(glob(name))
        if not found:
            raise UnusableData(f"{name}: expected a file, a pattern or a folder with {', '.join(SUFFIXES)}")
        files += [str(Path(one).absolute()) for one in found]
    return tuple(files)


def _opened(path: Path, question: DataQuestion) -> _File:
    if path.suffix not in SUFFIXES:
        raise UnusableData(f"{path.name}: expected one of {', '.join(SUFFIXES)}")
    try:
        return {".npy": _npy, ".safetensors": _safetensors, ".parquet": _parquet}[path.suffix](path, question)
    except (Fault, OSError) as fault:
        raise _of_file(path, fault) from None


def _npy(path: Path, question: DataQuestion) -> _File:
    rows = npy_rows(path)
    if len(rows.shape) != 2:
        raise ShapeMismatch(f"expected a matrix, one row for each example, got {len(rows.shape)} dimensions")
    width = rows.shape[1]
    last = width - 1 if question.wants_targets else width
    inputs = _selected(question.inputs or (f"0:{last}",), width)
    targets = _selected(question.targets or (str(width - 1),), width) if question.wants_targets else None

    def columns(chosen: list[int]) -> ReadRows:
        return lambda start, stop: rows.read(start, stop)[:, chosen]

    return _File(path, rows.shape[0], columns(inputs), None if targets is None else columns(targets))


def _selected(asked: tuple[str, ...], width: int) -> list[int]:
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
    return chosen


def _safetensors(path: Path, question: DataQuestion) -> _File:
    tensors = safetensors_rows(path)
    inputs = _tensor(tensors, question.inputs or ("inputs",))
    targets = _tensor(tensors, question.targets or ("targets",)) if question.wants_targets else None
    if targets is not None and targets.shape[0] != inputs.shape[0]:
        raise ShapeMismatch(f"expected {inputs.shape[0]} rows of targets, got {targets.shape[0]}")
    return _File(path, inputs.shape[0], inputs.read, None if targets is None else targets.read)


def _tensor(tensors: dict[str, NumberedRows], names: tuple[str, ...]) -> NumberedRows:
    if len(names) != 1 or names[0] not in tensors:
        raise InvalidValue(f"expected a tensor of numbers named {names[0]}")
    if len(tensors[names[0]].shape) not in (1, 2):
        raise ShapeMismatch(f"expected {names[0]} of one or two dimensions")
    return tensors[names[0]]


def _parquet(path: Path, question: DataQuestion) -> _File:
    inputs = ParquetRows(path, question.inputs or ("inputs",))
    targets = ParquetRows(path, question.targets or ("targets",)) if question.wants_targets else None
    return _File(path, inputs.rows, inputs.read, None if targets is None else targets.read)


def _floats(rows: Floats) -> Floats:
    numbers = np.ascontiguousarray(rows, dtype=np.float64)
    return numbers[:, np.newaxis] if numbers.ndim == 1 else numbers


def _of_file(path: Path, fault: Fault | OSError) -> UnusableData:
    said = fault.detail if isinstance(fault, Fault) else fault.strerror or "it cannot be read"
    return UnusableData(f"{path.name}: {said}")
