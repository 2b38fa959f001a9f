"""What processes of the tests do, and data and networks to do it with."""

import json
import os
import signal
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from app.batch.blocks import BLOCK_ROWS, BatchJob, sum_rows
from app.batch.data import Data, DataQuestion
from app.batch.gradients import sums_belong_to
from app.batch.model import LossQuestion
from app.batch.state import State

H, D, K = 3, 5, 4


def numbers(rows, seed=0, d=D, k=K):
    """Return float32 inputs of many sizes, and class numbers, as one matrix of float64."""
    generator = np.random.default_rng(seed)
    inputs = generator.standard_normal((rows, d)) * 2.0 ** generator.integers(-3, 3, (rows, 1))
    return np.column_stack([inputs.astype(np.float32), generator.integers(0, k, rows)]).astype(np.float64)


def softmax_file(seed=1, d=D):
    """Return the bytes of a file of W and Theta."""
    generator = np.random.default_rng(seed)
    return json.dumps(
        {"W": generator.standard_normal((H, d)).tolist(), "Theta": generator.standard_normal((H, K)).tolist()}
    ).encode()


def layers_file(seed=2, last="softmax"):
    """Return the bytes of a file of a network with two layers."""
    generator = np.random.default_rng(seed)
    layers = [
        {
            "weight": generator.standard_normal((H, D)).tolist(),
            "bias": generator.standard_normal(H).tolist(),
            "activation": "tanh",
        },
        {"weight": generator.standard_normal((K, H)).tolist(), "activation": last},
    ]
    return json.dumps({"network": {"layers": layers}}).encode()


def saved(path, matrix, form="npy"):
    """Write a matrix whose last column is the targets in a form; return the name."""
    name = str(path.with_suffix(f".{form}"))
    if form == "npy":
        np.save(name, matrix)
    elif form == "safetensors":
        save_file(
            {
                "inputs": np.ascontiguousarray(matrix[:, :-1]).astype(np.float32),
                "targets": matrix[:, -1].astype(np.int64),
            },
            name,
        )
    else:
        import pyarrow as pa
        from pyarrow import parquet

        inputs = pa.FixedSizeListArray.from_arrays(matrix[:, :-1].ravel(), matrix.shape[1] - 1)
        table = pa.table({"inputs": inputs, "targets": matrix[:, -1].astype(np.int64)})
        parquet.write_table(table, name, row_group_size=700)
    return name


def job_of(*files, model=None, **question):
    """Return a job over files."""
    return BatchJob(DataQuestion(files), model or softmax_file(), LossQuestion(**question))


def state_of(job, cuts=()):
    """Return the sums of a job in this process, in tasks cut at some blocks, the last one first."""
    rows = Data(job.data).rows
    edges = [0, *(cut * BLOCK_ROWS for cut in cuts), rows]
    whole = None
    for start, stop in reversed(list(pairwise(edges))):
        fingerprint, sums = sum_rows(job, start, stop)
        part = State(replace(sums_belong_to(job), fingerprint=fingerprint), ((start, stop),), sums)
        whole = part if whole is None else whole.merged(part)
    return whole


def double_but_die_once(_, number, folder):
    """Return twice a number; the process that is first given an odd one is killed under it."""
    flag = Path(folder) / str(number)
    if number % 2 and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def die_always(_, number):
    """End the process."""
    os.kill(os.getpid(), signal.SIGKILL)
