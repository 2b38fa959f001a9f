"""`softstep evaluate`: the outputs of a network for rows that no memory holds, as .npy."""

from collections.abc import Sequence

from ..batch.blocks import BatchJob
from ..batch.data import Data
from ..batch.outputs_file import partial_of, write_outputs
from ..batch.progress import BatchProgress
from ..batch.ranges import part_of
from ..nn.words import plural
from . import _batch as batch


def main(arguments: Sequence[str]) -> None:
    """Write what the network answers to every row; with --part to the rows of one part."""
    made = batch.batch_parser(
        "evaluate",
        "Write what a network answers to the rows of files of any size, as .npy: the probabilities of W and "
        "Theta, the outputs of layers. A row's bits are those that the service answers. An interrupted run "
        "goes on when it is started again.",
    )
    batch.add_data(made)
    given = made.parse_args(arguments)
    batch.refuse_existing(given)
    done = 0

    def kept() -> str:
        partial = partial_of(given.out)
        return (
            batch.go_on(f"{partial} holds {plural(done, 'row')}", "evaluate", arguments)
            if partial.exists()
            else ""
        )

    with batch.one_sentence(kept):
        job = BatchJob(batch.question_of(given, targets=False), batch.read_network(given))
        start, stop = part_of(Data(job.data).rows, given.part)
        progress = BatchProgress(max(1, stop - start))

        def told(rows: int) -> None:
            nonlocal done
            done = rows
            progress.reach(rows)

        try:
            with batch.engine_of(given, job.data) as engine:
                rows, outputs = write_outputs(job, given.out, engine=engine, part=given.part, told=told)
        finally:
            progress.close()
    print(f"{given.out}: {plural(rows, 'row')} of {plural(outputs, 'output')}")
