"""`softstep gradients`: the loss and the gradients over rows that no memory holds, the same bits always."""

import argparse
import math
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from ..batch.blocks import BatchJob
from ..batch.gradients import belonging_of, gradients_of, part_of, sum_gradients
from ..batch.gradients_file import written_gradients
from ..batch.model import LossQuestion
from ..batch.progress import BatchProgress
from ..batch.state import State, StatesDiffer, read_state, refuse_difference, written_state
from . import _batch as batch
from ._model_file import fail

_EVERY = 10.0  # seconds between checkpoints
_INTERRUPTED = 130


def main(arguments: Sequence[str]) -> None:
    """Sum what the arguments say, and write the gradients, or with --part the sums of one part."""
    given = option_parser().parse_args(arguments)
    batch.refuse_existing(given)
    with batch.one_sentence():
        weights = None if given.class_weights is None else tuple(given.class_weights)
        question = LossQuestion(
            given.loss, given.reduction, given.label_smoothing, weights, given.l2, given.exact
        )
        job = BatchJob(batch.question_of(given, targets=True), batch.read_network(given), question)
        state = _summed(job, given, arguments)
        if given.part[1] > 1:
            batch.write_whole(given.out, [written_state(state)])
            said = f"{state.done} of {state.belonging.rows} rows; softstep merge adds the parts"
        else:
            found = gradients_of(state, job.model)
            batch.write_whole(given.out, [written_gradients(found, state)])
            said = f"loss {float(found['loss'])!r} over {state.belonging.rows} rows"
        _checkpoint(given.out).unlink(missing_ok=True)
    print(f"{given.out}: {said}")


def _summed(job: BatchJob, given: argparse.Namespace, arguments: Sequence[str]) -> State:
    partial, common = _checkpoint(given.out), belonging_of(job)
    begun = _begun(partial, job)
    start, stop = part_of(common.rows, given.part)
    progress = BatchProgress(max(1, stop - start))
    reached, written = begun, monotonic()

    def told(state: State) -> None:
        nonlocal reached, written
        reached = state
        progress.reach(state.done)
        if state.done and monotonic() - written > _EVERY:
            batch.write_whole(partial, [written_state(state)])
            written = monotonic()

    try:
        with batch.engine_of(given) as engine:
            return sum_gradients(job, engine=engine, part=given.part, begun=begun, told=told)
    except KeyboardInterrupt:
        if reached is None or not reached.done:
            raise fail("interrupted before anything was summed", _INTERRUPTED) from None
        batch.write_whole(partial, [written_state(reached)])
        command = shlex.join(["softstep", "gradients", *arguments])
        print(f"{partial} holds {reached.done} rows; go on with: {command}", file=sys.stderr)
        raise SystemExit(_INTERRUPTED) from None
    finally:
        progress.close()


def _begun(partial: Path, job: BatchJob) -> State | None:
    """Return what an interrupted run left. Raises `StatesDiffer` where it is of something else."""
    if not partial.exists():
        return None
    begun = read_state(partial.read_bytes())
    try:
        refuse_difference(belonging_of(job), begun.belonging)
        when = partial.stat().st_mtime_ns
        if any(Path(name).stat().st_mtime_ns > when for name in job.data.files):
            raise StatesDiffer("expected data that have not changed since")
    except StatesDiffer as fault:
        raise StatesDiffer(
            f"{partial} is of an interrupted run: {fault.detail}; delete it to begin anew"
        ) from None
    return begun


def _checkpoint(out: Path) -> Path:
    return out.with_name(f"{out.name}.partial")


def option_parser() -> argparse.ArgumentParser:
    """Return the parser of this command's options."""
    made = batch.batch_parser(
        "gradients",
        "The loss and the gradients over the rows of files of any size: the same bits for any number of "
        "workers and parts. An interrupted run goes on when it is started again.",
    )
    batch.add_data(made)
    made.add_argument(
        "--targets",
        type=batch.column_names,
        metavar="COLUMNS",
        help="columns of targets: class numbers, or one column for each class (default: the last one in "
        ".npy, else targets)",
    )
    made.add_argument(
        "--loss",
        choices=("cross_entropy", "squared_error"),
        default="cross_entropy",
        help="what is made small (default: cross_entropy)",
    )
    made.add_argument(
        "--reduction", choices=("mean", "sum"), default="mean", help="over the rows (default: mean)"
    )
    made.add_argument(
        "--label-smoothing", type=float, default=0.0, metavar="A", help="in [0, 1) (default: 0)"
    )
    made.add_argument(
        "--class-weights", type=_numbers, metavar="W", help="one for each class, separated by commas"
    )
    made.add_argument(
        "--l2", type=_penalty, default=0.0, metavar="L", help="½·L·Σweights² is added (default: 0)"
    )
    made.add_argument(
        "--exact",
        action="store_true",
        help="sum every row exactly and round once: the order of the rows cannot show either; some times "
        "as slow",
    )
    return made


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(one) for one in text.split(","))


def _penalty(text: str) -> float:
    number = float(text)
    if not 0.0 <= number < math.inf:
        raise argparse.ArgumentTypeError("expected a finite number of at least 0")
    return number
