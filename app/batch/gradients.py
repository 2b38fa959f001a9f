"""The loss and the gradients over all rows, or over one part of them, by processes of this machine."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

from ..nn.error_free import Floats
from ..nn.errors import Fault, InvalidValue
from .blocks import BLOCK_ROWS, BatchJob, empty_sums, evaluate_rows, sum_rows
from .data import Data
from .local import run_locally
from .model import read_model
from .state import Belonging, State, StatesDiffer, hashed, lacking, read_question, written_question

# Blocks in one task at most: what is sent back costs nothing beside them, and what dies is not much.
_MOST_BLOCKS = 16
_TASKS_EACH = 4

Told = Callable[[State], None]


def belonging_of(job: BatchJob) -> Belonging:
    """Return what sums of this job have in common. Raises `UnusableData`."""
    data = Data(job.data)
    return Belonging(hashed(job.model), data.digest(), written_question(job.question), data.rows)


def part_of(rows: int, part: tuple[int, int]) -> tuple[int, int]:
    """Return the rows of part i of n, from the first to before the second: whole blocks, none twice.

    Raises `InvalidValue`.
    """
    number, parts = part
    if not 1 <= number <= parts:
        raise InvalidValue("expected a part i/n with i from 1 to n, like 2/7")
    blocks = -(-rows // BLOCK_ROWS)
    first, last = ((blocks * one // parts) * BLOCK_ROWS for one in (number - 1, number))
    return first, min(last, rows)


def sum_gradients(
    job: BatchJob,
    *,
    workers: int = 1,
    part: tuple[int, int] = (1, 1),
    begun: State | None = None,
    told: Told = lambda state: None,
) -> State:
    """Return the exact sums over a part of the rows; the same for any number of workers.

    `begun` is what an earlier run left. `told` is called after every task, and every second, with what is
    summed so far.

    Raises a `Fault`: `BadRows` of the smallest row that is at fault, `StatesDiffer` where workers round
    otherwise or `begun` is of something else.
    """
    model, common = read_model(job.model), belonging_of(job)
    start, stop = part_of(common.rows, part)
    state = State(common, (), empty_sums(model, job.question))
    if begun is not None:
        state = state.merged(begun)
        if any(first < start or last > stop for first, last in state.ranges):
            raise StatesDiffer("expected sums of the same part")
    tasks = [
        (job, first, last)
        for begin, end in lacking(state.ranges, start, stop)
        for first, last in _cut(begin, end, workers)
    ]
    for one in _smallest_fault_first(sum_rows, tasks, workers):
        if one is not None:
            (_, first, last), (fingerprint, sums) = one
            state = state.merged(State(replace(common, fingerprint=fingerprint), ((first, last),), sums))
        told(state)
    return state


def gradients_of(state: State, model: bytes) -> dict[str, Floats]:
    """Return the loss and the gradients, rounded once, of sums over all rows, by name.

    Raises `StatesDiffer` where rows lack or the network is another one, `Overflow`.
    """
    if hashed(model) != state.belonging.model:
        raise StatesDiffer("expected the network that the sums were made with")
    rows = state.belonging.rows
    missing = lacking(state.ranges, 0, rows)
    if missing or not rows:
        first, last = missing[0] if missing else (0, 0)
        raise StatesDiffer(f"expected sums over all {rows} rows, got none of rows {first} to {last - 1}")
    found, question = read_model(model), read_question(state.belonging.question)
    if {name: one.shape for name, one in state.sums.items()} != found.shapes(question):
        raise StatesDiffer("expected sums that softstep gradients --part wrote")
    return found.answer(state.sums, rows, question)


def evaluate_to(
    job: BatchJob,
    path: str,
    offset: int,
    *,
    workers: int = 1,
    part: tuple[int, int] = (1, 1),
    told: Callable[[int], None] = lambda rows: None,
) -> None:
    """Write the outputs of a part of the rows into a file that has room for them behind `offset`.

    `told` is called with the number of rows that are done. Raises a `Fault`.
    """
    start, stop = part_of(Data(job.data).rows, part)
    tasks = [(job, first, last, path, start, offset) for first, last in _cut(start, stop, workers)]
    done = 0
    for one in _smallest_fault_first(evaluate_rows, tasks, workers):
        done += one[1] if one is not None else 0
        told(done)


def _cut(start: int, stop: int, workers: int) -> Iterator[tuple[int, int]]:
    blocks = -(-(stop - start) // BLOCK_ROWS)
    height = max(1, min(_MOST_BLOCKS, blocks // (_TASKS_EACH * workers))) * BLOCK_ROWS
    return ((first, min(first + height, stop)) for first in range(start, stop, height))


def _smallest_fault_first(
    function: Callable[..., Any], tasks: list[Any], workers: int
) -> Iterator[tuple[Any, Any] | None]:
    """Yield tasks with their results, and None as `run_locally` does.

    Of several faults that of the first task is raised, whichever came first, so that the sentence is the same
    for any number of workers.
    """
    worst: Fault | None = None
    unfinished = set(range(len(tasks)))
    before = len(tasks)
    with closing(run_locally(function, tasks, workers)) as running:
        for one in running:
            if one is None:
                yield None
                continue
            number, result = one
            unfinished.discard(number)
            if not isinstance(result, Fault):
                yield tasks[number], result
            elif number < before:
                worst, before = result, number
            if worst is not None and not any(other < before for other in unfinished):
                raise worst
