"""The loss and the gradients over all rows, or over one part of them, by whatever engine."""

from collections.abc import Callable
from dataclasses import replace
from math import prod

from ..nn.error_free import Floats
from ..nn.errors import Fault
from ..nn.words import plural
from .belonging import Belonging, StatesDiffer, hashed, refuse_difference
from .blocks import BatchJob, empty_sums, sum_rows
from .engine import Engine, Work
from .local import LocalEngine
from .model import SummedModel, read_model
from .ranges import lacking, part_of
from .state import State, read_question, read_state, written_question, written_state
from .tasks import belonging_of, smallest_fault_first, tasks_of

# From so many bytes of a state on, the engine adds some of them before they come here: adding two of 24 MB
# takes 14 ms, and as many as a thousand cores make would keep them waiting.
_COMBINED_BYTES = 4 * 10**6
_BYTES_OF_SUM = 12  # an int32 for each of three levels or so

Told = Callable[[State], None]


def sums_belong_to(job: BatchJob) -> Belonging:
    """Return what sums of this job have in common. Raises `UnusableData`."""
    return belonging_of(job, written_question(job.question))


def sum_gradients(
    job: BatchJob,
    *,
    engine: Engine | None = None,
    part: tuple[int, int] = (1, 1),
    begun: State | None = None,
    common: Belonging | None = None,
    told: Told = lambda state: None,
) -> State:
    """Return the exact sums over a part of the rows; the same for any engine and number of workers.

    Without an engine one process of this machine works.

    `begun` is what an earlier run left; `common` what `sums_belong_to` said, where it is known. `told` is
    called after every task, and every second, with what is summed so far.

    Raises a `Fault`: `BadRows` of the smallest row that is at fault, `StatesDiffer` where workers round
    otherwise, `begun` is of something else, or the data change meanwhile.
    """
    model, common = read_model(job.model), common or sums_belong_to(job)
    start, stop = part_of(common.rows, part)
    state = State(common, (), empty_sums(model, job.question))
    if begun is not None:
        state = state.merged(begun)
        if any(first < start or last > stop for first, last in state.ranges):
            raise StatesDiffer("expected sums of the same part")
    engine = engine or LocalEngine()
    tasks = tasks_of(state.ranges, start, stop, engine.workers)
    combine = merged_states if _bytes_of(model, job) >= _COMBINED_BYTES else None
    for one in smallest_fault_first(engine, Work(sum_range, (job, common), tasks, combine)):
        if one is not None:
            state = state.merged(read_state(one[1]))
        told(state)
    refuse_difference(common, sums_belong_to(job))
    return state


def sum_range(shared: tuple[BatchJob, Belonging], start: int, stop: int) -> bytes:
    """Return the written state of some rows: the work of one task. Raises `BadRows`."""
    job, common = shared
    fingerprint, sums = sum_rows(job, start, stop, common.data)
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
        raise StatesDiffer(
            f"expected sums over all {plural(rows, 'row')}, got none of rows {first} to {last - 1}"
        )
    found, question = read_model(model), read_question(state.belonging.question)
    if {name: one.shape for name, one in state.sums.items()} != found.shapes(question):
        raise StatesDiffer("expected sums that softstep gradients --part wrote")
    return found.answer(state.sums, rows, question)
