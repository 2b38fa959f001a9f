"""The loss and the gradients over all rows, or over one part of them, by whatever engine."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from math import prod
from typing import Any

from ..nn.error_free import Floats
from ..nn.errors import Fault, InvalidValue
from .blocks import BatchJob, empty_sums, evaluate_rows, sum_rows
from .data import Data
from .engine import Engine
from .local import LocalEngine
from .model import BLOCK_ROWS, SummedModel, read_model
from .state import (
    Belonging,
    State,
    StatesDiffer,
    hashed,
    lacking,
    read_question,
    read_state,
    written_question,
    written_state,
)

# Blocks in one task at most: what is sent back costs nothing beside them, and what dies is not much.
_MOST_BLOCKS = 16
_TASKS_EACH = 4

# From so many bytes of a state on, the engine adds some of them before they come here: adding two of 24 MB
# takes 14 ms, and as many as a thousand cores make would keep them waiting.
_COMBINED_BYTES = 4 * 10**6
_BYTES_OF_SUM = 12  # an int32 for each of three levels or so

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
    engine: Engine | None = None,
    part: tuple[int, int] = (1, 1),
    begun: State | None = None,
    told: Told = lambda state: None,
) -> State:
    """Return the exact sums over a part of the rows; the same for any engine and number of workers.

    Without an engine one process of this machine works.

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
    engine = engine or LocalEngine()
    tasks = [
        cut for begin, end in lacking(state.ranges, start, stop) for cut in _cut(begin, end, engine.workers)
    ]
    combine = merged_states if _bytes_of(model, job) >= _COMBINED_BYTES else None
    for one in _smallest_fault_first(engine, sum_range, (job, common), tasks, combine):
        if one is not None:
            state = state.merged(read_state(one[1]))
        told(state)
    return state


def sum_range(shared: tuple[BatchJob, Belonging], start: int, stop: int) -> bytes:
    """Return the written state of some rows: the work of one task. Raises `BadRows`."""
    job, common = shared
    fingerprint, sums = sum_rows(job, start, stop)
    return written_state(State(replace(common, fingerprint=fingerprint), ((start, stop),), sums))


def merged_states(*parts: bytes | Fault) -> bytes:
    """Return the written state over the rows of all, or raise the first fault. Raises `StatesDiffer`."""
    states = []
    for part in parts:
        if isinstance(part, Fault):
            raise part
        states.append(read_state(part))
    whole = states[0]
    for state in states[1:]:
        whole = whole.merged(state)
    return written_state(whole)


def _bytes_of(model: SummedModel, job: BatchJob) -> int:
    return sum(_BYTES_OF_SUM * prod(shape) for shape in model.shapes(job.question).values())


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
    engine: Engine | None = None,
    part: tuple[int, int] = (1, 1),
    told: Callable[[int], None] = lambda rows: None,
) -> None:
    """Write the outputs of a part of the rows into a file that has room for them behind `offset`.

    `told` is called with the number of rows that are done. Raises a `Fault`.
    """
    start, stop = part_of(Data(job.data).rows, part)
    engine = engine or LocalEngine()
    tasks = [(first, last, path, start, offset) for first, last in _cut(start, stop, engine.workers)]
    done = 0
    for one in _smallest_fault_first(engine, evaluate_rows, job, tasks):
        done += one[1] if one is not None else 0
        told(done)


def _cut(start: int, stop: int, workers: int) -> Iterator[tuple[int, int]]:
    blocks = -(-(stop - start) // BLOCK_ROWS)
    height = max(1, min(_MOST_BLOCKS, blocks // (_TASKS_EACH * workers))) * BLOCK_ROWS
    return ((first, min(first + height, stop)) for first in range(start, stop, height))


def _smallest_fault_first(
    engine: Engine,
    function: Callable[..., Any],
    shared: Any,
    tasks: Sequence[tuple[Any, ...]],
    combine: Callable[..., Any] | None = None,
) -> Iterator[tuple[Sequence[int], Any] | None]:
    """Yield the numbers of tasks with their results, and None as engines do.

    Of several faults that of the first task is raised, whichever came first, so that the sentence is the same
    for any number of workers.
    """
    worst: Fault | None = None
    unfinished = set(range(len(tasks)))
    before = len(tasks)
    with closing(engine.run(function, shared, tasks, combine)) as running:
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
