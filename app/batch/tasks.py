"""Rows cut into tasks, done by an engine, the same sentence about the same rows whoever did them."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from ..nn.errors import Fault
from .belonging import Belonging, hashed
from .blocks import BatchJob
from .data import Data
from .engine import Engine, Work
from .model import BLOCK_ROWS
from .ranges import Ranges, lacking

# Blocks in one task at most: what is sent back costs nothing beside them, and what dies is not much.
_MOST_BLOCKS = 16
_TASKS_EACH = 4


def belonging_of(job: BatchJob, question: str) -> Belonging:
    """Return what work on parts of this job has in common. Raises `UnusableData`."""
    data = Data(job.data)
    return Belonging(hashed(job.model), data.digest(), question, data.rows, seen=dict([data.seen()]))


def tasks_of(done: Ranges, start: int, stop: int, workers: int) -> list[tuple[int, int]]:
    """Return the rows from `start` to before `stop` that are not done, cut into whole blocks."""
    return [cut for first, last in lacking(done, start, stop) for cut in _cut(first, last, workers)]


def _cut(start: int, stop: int, workers: int) -> Iterator[tuple[int, int]]:
    blocks = -(-(stop - start) // BLOCK_ROWS)
    height = max(1, min(_MOST_BLOCKS, blocks // (_TASKS_EACH * workers))) * BLOCK_ROWS
    return ((first, min(first + height, stop)) for first in range(start, stop, height))


def smallest_fault_first(engine: Engine, work: Work) -> Iterator[tuple[Sequence[int], Any] | None]:
    """Yield the numbers of tasks with their results, and None as engines do.

    Of several faults that of the first task is raised, whichever came first, so that the sentence is the same
    for any number of workers.
    """
    worst: Fault | None = None
    unfinished = set(range(len(work.tasks)))
    before = len(work.tasks)
    with closing(engine.run(work)) as running:
        for one in running:
            if one is None:
                yield None
                continue
            numbers, result = one
            unfinished.difference_update(numbers)
            if not isinstance(result, Fault):
                yield numbers, result
            elif numbers[0] < before:
                worst, before = result, numbers[0]
            if worst is not None and not any(other < before for other in unfinished):
                raise worst
