"""A network's answers to all rows as .npy: made beside its place, renamed into it when whole."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .blocks import BatchJob
from .data import Data
from .engine import Engine
from .gradients import evaluate_to, part_of
from .model import read_model
from .whole_file import whole_file


def write_outputs(
    job: BatchJob,
    path: Path,
    *,
    engine: Engine,
    part: tuple[int, int] = (1, 1),
    told: Callable[[int], None] = lambda rows: None,
) -> tuple[int, int]:
    """Write the outputs of a part of the rows, and return their shape.

    `told` is called with the number of rows that are done. Raises a `Fault`.
    """
    start, stop = part_of(Data(job.data).rows, part)
    shape = stop - start, read_model(job.model).classes
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": shape})
    with whole_file(path) as beside:
        with beside.open("wb") as file:
            file.write(head.getvalue())
            file.truncate(head.tell() + shape[0] * shape[1] * 8)
        evaluate_to(job, str(beside), head.tell(), engine=engine, part=part, told=told)
    return shape
