"""The work of one process: blocks of rows by their global numbers, whatever else it was given."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

import numpy as np

from ..nn.error_free import Floats
from ..nn.errors import Fault, ShapeMismatch
from ..nn.limbs import LimbSums
from ..nn.words import plural
from .belonging import StatesDiffer, hashed
from .data import Data, DataQuestion, UnusableData
from .model import BLOCK_ROWS, LossQuestion, SummedModel, Sums, read_model

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


def sum_rows(job: BatchJob, start: int, stop: int, digest: str | None = None) -> tuple[str, Sums]:
    """Return the fingerprint of this process's arithmetic, and the exact sums over the blocks of some rows.

    `start` begins a block; `digest` is that of the data. Raises `BadRows`, and `StatesDiffer` where the data
    are other ones here.
    """
    data, model = _opened(job.data, digest), _model(job.model)
    sums = empty_sums(model, job.question)

    def add(first: int, last: int) -> Sums:
        inputs, targets = data.read(first, last)
        assert targets is not None
        _refuse_width(inputs, model)
        block = empty_sums(model, job.question)
        model.add(block, inputs, targets, job.question)
        return block

    for first, last in _blocks(start, stop):
        for name, one in _first_fault(data, first, last, add).items():
            sums[name].merge(one)
    return _fingerprint(job.model, job.question), sums


def evaluate_rows(
    job: BatchJob, start: int, stop: int, write: Callable[[int, Floats], None], digest: str | None = None
) -> str:
    """Give `write` the outputs of some rows, a block at a time, with the number of the first of them.

    Return the fingerprint of this process's arithmetic. Raises as `sum_rows`, and what `write` raises.
    """
    data, model = _opened(job.data, digest), _model(job.model)

    def outputs(first: int, last: int) -> Floats:
        inputs, _ = data.read(first, last)
        _refuse_width(inputs, model)
        return model.outputs(inputs)

    for first, last in _blocks(start, stop):
        write(first, _first_fault(data, first, last, outputs))
    return _fingerprint(job.model, None)


def empty_sums(model: SummedModel, question: LossQuestion) -> Sums:
    """Return sums to which nothing was added."""
    return {name: LimbSums(shape) for name, shape in model.shapes(question).items()}


def _blocks(start: int, stop: int) -> Iterator[tuple[int, int]]:
    return ((first, min(first + BLOCK_ROWS, stop)) for first in range(start, stop, BLOCK_ROWS))


def _refuse_width(inputs: Floats, model: SummedModel) -> None:
    if inputs.shape[1] != model.inputs:
        raise ShapeMismatch(f"expected {plural(model.inputs, 'column')} of inputs, got {inputs.shape[1]}")


def _first_fault(data: Data, first: int, last: int, work: Callable[[int, int], T]) -> T:
    """Return `work` of the rows of a block. Raises `BadRows` for the smallest row that is at fault."""
    found: BadRows | None = None
    while found is None or found.row > first:  # one in a row before it may have come to light later
        try:
            done = work(first, last if found is None else found.row)
        except Fault as fault:
            if isinstance(fault, UnusableData) and fault.row is None:  # of a file, or of what leads to it
                raise
            found = _of_row(data, first, fault)
        else:
            if found is None:
                return done
            break
    raise found


def _of_row(data: Data, first: int, fault: Fault) -> BadRows:
    """Return the fault in a block that begins at `first` with the number of its row."""
    if isinstance(fault, UnusableData):
        return BadRows(fault.detail, fault.row or 0)
    if fault.at and fault.at[0] in _OPTIONS:
        return BadRows(f"--{str(fault.at[0]).replace('_', '-')}: {fault.detail}", first)
    row, column = _row(fault), fault.at[2:3]
    said = f", column {column[0]} of the {fault.at[0]}" if column else ""
    return BadRows(f"{data.place(first + row)}{said}: {fault.detail}", first + row)


def _row(fault: Fault) -> int:
    at = fault.at[1] if len(fault.at) > 1 and fault.at[0] in ("inputs", "targets") else 0
    return at if isinstance(at, int) else 0


@lru_cache(maxsize=2)
def _opened(question: DataQuestion, digest: str | None) -> Data:
    data = Data(question)
    if digest is not None and data.digest() != digest:
        raise StatesDiffer("expected the same data on every machine, and that nobody writes them meanwhile")
    return data


@lru_cache(maxsize=2)
def _model(body: bytes) -> SummedModel:
    return read_model(body)


@lru_cache(maxsize=2)
def _fingerprint(body: bytes, question: LossQuestion | None) -> str:
    """Return a hash of the sums over rows that are always the same, without a question of their outputs.

    What rounds otherwise has another one.
    """
    model = _model(body)
    size = BLOCK_ROWS * (model.inputs + model.classes)
    numbers = np.arange(size, dtype=np.uint64) * np.uint64(2654435761) % np.uint64(2**32)
    rows = (numbers.astype(np.float64) / 2.0**31 - 1.0).reshape(BLOCK_ROWS, -1)
    inputs = np.ascontiguousarray(rows[:, : model.inputs])
    try:
        if question is None:
            return hashed(model.outputs(inputs).tobytes())
        sums = empty_sums(model, question)
        model.add(sums, inputs, np.abs(rows[:, model.inputs :]), question)
    except Fault:  # weights so large that these rows overflow: in every process alike
        return "overflow"
    told = [(name, level, limb.tobytes()) for name, one in sums.items() for level, limb in one.limbs.items()]
    return hashed(repr(told).encode())
