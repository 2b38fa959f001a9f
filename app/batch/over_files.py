"""The library's functions over files of any size: what the commands `gradients` and `evaluate` do."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..nn.error_free import Floats
from ..nn.networks.backpropagation import Loss
from ..nn.networks.documents import network_document
from ..nn.networks.network import Network
from .blocks import BatchJob
from .data import Data, DataQuestion, found_files
from .engines import EngineName, started_engine
from .gradients import gradients_of, sum_gradients
from .model import LossQuestion, SumReduction
from .outputs_file import write_outputs
from .progress import BatchProgress

Files = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""Files, patterns, folders and URLs of .npy, .safetensors or .parquet, whose rows follow each other."""

Model = Network | Mapping[str, Any] | str | os.PathLike[str]
"""A network, a document as in the contract (`layers`, or `W` and `Theta`), or a network's file."""


def gradients_over_files(
    data: Files,
    network: Model,
    *,
    inputs: Sequence[str] | None = None,
    targets: Sequence[str] | None = None,
    loss: Loss = "cross_entropy",
    reduction: SumReduction = "mean",
    label_smoothing: float = 0.0,
    class_weights: Sequence[float] | None = None,
    l2: float = 0.0,
    exact: bool = False,
    workers: int | None = None,
    engine: EngineName = "local",
    address: str | None = None,
    progress: bool = False,
) -> dict[str, Floats]:
    """Return `loss` and the gradients by name over all rows: the same bits for any number of workers.

    `loss` is cross_entropy or squared_error, `reduction` mean or sum. The `engine` is local (processes, one
    for each core or `workers`: a script calls this below `if __name__ == "__main__":`) or ray (the cluster at
    `address`). `exact` adds every row exactly, so that their order cannot show either.

    Raises `Fault`: of the smallest bad row, of data or a network that cannot be read, of lost workers.
    """
    question = DataQuestion(_found(data), _columns(inputs), _columns(targets))
    weights = None if class_weights is None else tuple(map(float, class_weights))
    asked = LossQuestion(loss, reduction, float(label_smoothing), weights, float(l2), exact)
    job = BatchJob(question, _bytes(network), asked)
    with (
        started_engine(engine, address, workers, question) as working,
        _progress(progress, question) as reach,
    ):
        state = sum_gradients(job, engine=working, told=lambda state: reach(state.done))
    return gradients_of(state, job.model)


def evaluate_over_files(
    data: Files,
    network: Model,
    out: str | os.PathLike[str],
    *,
    inputs: Sequence[str] | None = None,
    workers: int | None = None,
    engine: EngineName = "local",
    address: str | None = None,
    overwrite: bool = False,
    progress: bool = False,
) -> np.memmap[Any, np.dtype[np.float64]]:
    """Write the answer to every row as .npy, renamed into place when whole, and return it as a map of `out`.

    The `engine`, local or ray, is that of `gradients_over_files`. What an interrupted call left beside `out`
    is gone on with.

    Raises `FileExistsError` where `out` exists, unless it may be overwritten, and `Fault` as
    `gradients_over_files`.
    """
    path = Path(out)
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists: overwrite=True overwrites it")
    question = DataQuestion(_found(data), _columns(inputs), wants_targets=False)
    job = BatchJob(question, _bytes(network))
    with (
        started_engine(engine, address, workers, question) as working,
        _progress(progress, question) as reach,
    ):
        write_outputs(job, path, engine=working, told=reach)
    return np.load(path, mmap_mode="r")  # type: ignore[no-any-return]


@contextmanager
def _progress(wanted: bool, question: DataQuestion) -> Iterator[Callable[[int], None]]:
    """Yield what is told how many rows are done."""
    if not wanted:
        yield lambda done: None
        return
    bar = BatchProgress(Data(question).rows)
    try:
        yield bar.reach
    finally:
        bar.close()


def _found(data: Files) -> tuple[str, ...]:
    return found_files([os.fspath(one) for one in ([data] if isinstance(data, str | os.PathLike) else data)])


def _columns(names: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if names is None else (names,) if isinstance(names, str) else tuple(names)


def _bytes(network: Model) -> bytes:
    """Return the network as a file's bytes: what is summed belongs to these, whichever worker reads them."""
    if isinstance(network, str | os.PathLike):
        return Path(network).read_bytes()
    document = {"network": network_document(network)} if isinstance(network, Network) else network
    return json.dumps(document, default=_listed).encode()


def _listed(value: object) -> object:
    return np.asarray(value).tolist()
