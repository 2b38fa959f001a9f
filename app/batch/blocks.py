"""The work of one process: blocks of rows by their global numbers, whatever else it was given."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from ..nn.error_free import Floats
from ..nn.errors import Fault, ShapeMismatch
from ..nn.limbs import LimbSums
from .data import Data, DataQuestion, UnusableData
from .model import BLOCK_ROWS, LossQuestion, SummedModel, Sums, read_model
from .state import hashed

_OPTIONS = ("label_smoothing", "class_weights")

T = TypeVar("T")


class BadRows(Fault):
    """Rows that cannot be worked on; `row` is the smallest of them, of all."""

    def __init__(self, detail: str, row: int) -> None:
        super().__init__(detail)
        self.row = row

    def __reduce__(self) -> tuple[type["BadRows"], tuple[object, ...]]:
        """Return how another process makes this fault again."""
        return type(self), (self.detail, self.row)


@dataclass(frozen=True, slots=True)
class BatchJob:
    """What every process is told: where the rows are, the network's file, and what is summed."""

    data: DataQuestion
    model: bytes
    question: LossQuestion = field(default_factory=LossQuestion)


def sum_rows(job: BatchJob, start: int, stop: int) -> tuple[str, Sums]:
    """Return the fingerprint of this process's arithmetic, and the exact sums over the blocks of some rows.

    `start` begins a block. Raises `BadRows`.
    """
    data, model = _opened(job.data), _model(job.model)
    sums = empty_sums(model, job.question)
    for first, last in _blocks(start, stop):
        inputs, targets = _read(data, first, last)

        def add(rows: int, inputs: Floats = inputs, targets: Floats | None = targets) -> Sums:
            assert targets is not None
            _refuse_width(inputs, model)
            block = empty_sums(model, job.question)
            model.add(block, inputs[:rows], targets[:rows], job.question)
            return block

        for name, one in _first_fault(data, first, last - first, add).items():
            sums[name].merge(one)
    return _fingerprint(job.model, job.question), sums


def evaluate_rows(job: BatchJob, start: int, stop: int, path: str, first: int, offset: int) -> int:
    """Write the outputs of some rows into a file whose row `first` lies at `offset`; return how many rows.

    Raises `BadRows`. Writing them twice does no harm.
    """
    data, model = _opened(job.data), _model(job.model)
    for begin, end in _blocks(start, stop):
        inputs, _ = _read(data, begin, end)

        def outputs(rows: int, inputs: Floats = inputs) -> Floats:
            _refuse_width(inputs, model)
            return model.outputs(inputs[:rows])

        found = _first_fault(data, begin, end - begin, outputs)
        with Path(path).open("r+b") as file:
            file.seek(offset + (begin - first) * found.shape[1] * 8)
            file.write(np.ascontiguousarray(found, dtype="<f8").tobytes())
    return stop - start


def empty_sums(model: SummedModel, question: LossQuestion) -> Sums:
    """Return sums to which nothing was added."""
    return {name: LimbSums(shape) for name, shape in model.shapes(question).items()}


def _blocks(start: int, stop: int) -> Iterator[tuple[int, int]]:
    return ((first, min(first + BLOCK_ROWS, stop)) for first in range(start, stop, BLOCK_ROWS))


def _read(data: Data, start: int, stop: int) -> tuple[Floats, Floats | None]:
    try:
        return data.read(start, stop)
    except UnusableData as fault:
        raise BadRows(fault.detail, start) from None


def _refuse_width(inputs: Floats, model: SummedModel) -> None:
    if inputs.shape[1] != model.inputs:
        raise ShapeMismatch(f"expected {model.inputs} columns of inputs, got {inputs.shape[1]}")


def _first_fault(data: Data, first: int, rows: int, work: Callable[[int], T]) -> T:
    """Return `work` of so many rows of a block. Raises `BadRows` for the smallest row that is at fault."""
    try:
        return work(rows)
    except Fault as fault:
        found = fault
    while (row := _row(found)) > 0:  # one in a row before it may have come to light later
        try:
            work(row)
            break
        except Fault as fault:
            found = fault
    if found.at and found.at[0] in _OPTIONS:
        raise BadRows(f"--{str(found.at[0]).replace('_', '-')}: {found.detail}", first)
    row, column = _row(found), found.at[2:3]
    said = f", column {column[0]} of the {found.at[0]}" if column else ""
    raise BadRows(f"{data.place(first + row)}{said}: {found.detail}", first + row)


def _row(fault: Fault) -> int:
    at = fault.at[1] if len(fault.at) > 1 and fault.at[0] in ("inputs", "targets") else 0
    return at if isinstance(at, int) else 0


@lru_cache(maxsize=2)
def _opened(question: DataQuestion) -> Data:
    return Data(question)


@lru_cache(maxsize=2)
def _model(body: bytes) -> SummedModel:
    return read_model(body)


@lru_cache(maxsize=2)
def _fingerprint(body: bytes, question: LossQuestion) -> str:
    """Return a hash of the sums over rows that are always the same: what rounds otherwise has another one."""
    model = _model(body)
    size = BLOCK_ROWS * (model.inputs + model.classes)
    numbers = np.arange(size, dtype=np.uint64) * np.uint64(2654435761) % np.uint64(2**32)
    rows = (numbers.astype(np.float64) / 2.0**31 - 1.0).reshape(BLOCK_ROWS, -1)
    sums = empty_sums(model, question)
    try:
        model.add(sums, rows[:, : model.inputs], np.abs(rows[:, model.inputs :]), question)
    except Fault:  # weights so large that these rows overflow: in every process alike
        return "overflow"
    told = [(name, level, limb.tobytes()) for name, one in sums.items() for level, limb in one.limbs.items()]
    return hashed(repr(told).encode())
