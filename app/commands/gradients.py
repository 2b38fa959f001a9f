"""`softstep gradients`: the loss and the gradients over rows that no memory holds, the same bits always."""

import argparse
import math
from collections.abc import Sequence
from time import monotonic

from ..batch.belonging import Belonging, StatesDiffer, refuse_difference
from ..batch.blocks import BadRows, BatchJob
from ..batch.gradients import gradients_of, sum_gradients, sums_belong_to
from ..batch.gradients_file import written_gradients
from ..batch.model import LossQuestion
from ..batch.progress import BatchProgress
from ..batch.ranges import part_of
from ..batch.state import State, read_state, written_state
from ..nn.errors import Fault
from ..nn.words import plural
from . import _batch as batch

_EVERY = 10.0  # seconds between checkpoints


def main(arguments: Sequence[str]) -> None:
    """Sum what the arguments say, and write the gradients, or with --part the sums of one part."""
    given = option_parser().parse_args(arguments)
    batch.refuse_existing(given)
    work = _Work(given, arguments)
    with batch.one_sentence(work.kept):
        weights = None if given.class_weights is None else tuple(given.class_weights)
        question = LossQuestion(
            given.loss, given.reduction, given.label_smoothing, weights, given.l2, given.exact
        )
        job = BatchJob(batch.question_of(given, targets=True), batch.read_network(given), question)
        state = work.summed(job)
        if given.part[1] > 1:
            batch.write_whole(given.out, [written_state(state)])
            said = f"{state.done} of {plural(state.belonging.rows, 'row')}; softstep merge adds the parts"
        else:
            found = gradients_of(state, job.model)
            batch.write_whole(given.out, [written_gradients(found, state)])
            said = f"loss {float(found['loss'])!r} over {plural(state.belonging.rows, 'row')}"
        work.partial.unlink(missing_ok=True)
    print(f"{given.out}: {said}")


class _Work:
    """The sums, and what is kept of them in OUT.partial."""

    def __init__(self, given: argparse.Namespace, arguments: Sequence[str]) -> None:
        self._given, self._arguments = given, arguments
        self.partial = given.out.with_name(f"{given.out.name}.partial")
        self._reached: State | None = None
        self._written = monotonic()

    def summed(self, job: BatchJob) -> State:
        """Return the sums over the rows. Raises a `Fault`."""
        common = sums_belong_to(job)
        start, stop = part_of(common.rows, self._given.part)
        begun = self._begun(common, start, stop)
        progress = BatchProgress(max(1, stop - start))

        def told(state: State) -> None:
            self._reached = state
            progress.reach(state.done)
            if state.done and monotonic() - self._written > _EVERY:
                batch.write_whole(self.partial, [written_state(state)])
                self._written = monotonic()

        try:
            with batch.engine_of(self._given, job.data) as engine:
                return sum_gradients(
                    job, engine=engine, part=self._given.part, begun=begun, common=common, told=told
                )
        except BadRows:
            self._reached = None  # rows that are mended are other data
            self.partial.unlink(missing_ok=True)
            raise
        finally:
            progress.close()

    def kept(self) -> str:
        """Write what is summed so far; return a sentence about it, empty where nothing is."""
        if self._reached is None or not self._reached.done:
            return ""
        batch.write_whole(self.partial, [written_state(self._reached)])
        said = f"{self.partial} holds {plural(self._reached.done, 'row')}"
        return batch.go_on(said, "gradients", self._arguments)

    def _begun(self, common: Belonging, start: int, stop: int) -> State | None:
        """Return what an interrupted run left. Raises `StatesDiffer` where it is of something else."""
        if not self.partial.exists():
            return None
        try:
            begun = read_state(self.partial.read_bytes())
            refuse_difference(common, begun.belonging)
            if any(first < start or last > stop for first, last in begun.ranges):
                raise StatesDiffer("expected sums of the same part")
        except Fault as fault:
            raise StatesDiffer(
                f"{self.partial} is of an interrupted run: {fault.detail}; delete it to begin anew"
            ) from None
        return begun


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
