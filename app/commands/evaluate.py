"""`softstep evaluate`: the outputs of a network for rows that no memory holds, as .npy."""

from collections.abc import Sequence

from ..batch.blocks import BatchJob
from ..batch.data import Data
from ..batch.gradients import part_of
from ..batch.outputs_file import write_outputs
from ..batch.progress import BatchProgress
from . import _batch as batch
from ._model_file import fail

_INTERRUPTED = 130


def main(arguments: Sequence[str]) -> None:
    """Write what the network answers to every row; with --part to the rows of one part."""
    made = batch.batch_parser(
        "evaluate",
        "Write what a network answers to the rows of files of any size, as .npy: the probabilities of W and "
        "Theta, the outputs of layers. A row's bits are those that the service answers.",
    )
    batch.add_data(made)
    given = made.parse_args(arguments)
    batch.refuse_existing(given)
    with batch.one_sentence():
        job = BatchJob(batch.question_of(given, targets=False), batch.read_network(given))
        start, stop = part_of(Data(job.data).rows, given.part)
        progress = BatchProgress(max(1, stop - start))
        try:
            with batch.engine_of(given) as engine:
                rows, outputs = write_outputs(
                    job, given.out, engine=engine, part=given.part, told=progress.reach
                )
        except KeyboardInterrupt:
            raise fail("interrupted; nothing was written", _INTERRUPTED) from None
        finally:
            progress.close()
    print(f"{given.out}: {rows} rows of {outputs} outputs")
