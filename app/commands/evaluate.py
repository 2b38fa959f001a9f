"""`softstep evaluate`: the outputs of a network for rows that no memory holds, as .npy."""

import io
import os
from collections.abc import Sequence

import numpy as np

from ..batch.blocks import BatchJob
from ..batch.data import Data
from ..batch.gradients import evaluate_to, part_of
from ..batch.model import read_model
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
    beside = given.out.with_name(f"{given.out.name}.{os.getpid()}.new")
    with batch.one_sentence():
        job = BatchJob(batch.question_of(given, targets=False), batch.read_network(given))
        start, stop = part_of(Data(job.data).rows, given.part)
        shape = stop - start, read_model(job.model).classes
        head = io.BytesIO()
        np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": shape})
        progress = BatchProgress(max(1, stop - start))
        try:
            with beside.open("wb") as file:
                file.write(head.getvalue())
                file.truncate(head.tell() + shape[0] * shape[1] * 8)
            with batch.engine_of(given) as engine:
                evaluate_to(
                    job, str(beside), head.tell(), engine=engine, part=given.part, told=progress.reach
                )
            beside.replace(given.out)
        except KeyboardInterrupt:
            raise fail("interrupted; nothing was written", _INTERRUPTED) from None
        finally:
            progress.close()
            beside.unlink(missing_ok=True)
    print(f"{given.out}: {shape[0]} rows of {shape[1]} outputs")
