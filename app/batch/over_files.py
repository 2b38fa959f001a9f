"""The library's functions over files of any size: what the commands `gradients` and `evaluate` do."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..nn.error_free import Floats
from ..nn.networks.backpropagation import Loss
from ..nn.networks.documents import network_document
from ..nn.networks.network import Network
from .blocks import BatchJob
from .data import Data, DataQuestion, found_files
from .engine import Engine
from .gradients import evaluate_to, gradients_of, sum_gradients
from .local import LocalEngine
from .model import LossQuestion, SumReduction, read_model
from .progress import BatchProgress

Files = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""Files, patterns and folders of .npy, .safetensors or .parquet, whose rows follow each other."""

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
    engine: Literal["local", "ray"] = "local",
    address: str | None = None,
    progress: bool = False,
) -> dict[str, Floats]:
    """Return `loss` and the gradients by name over all rows: the same bits for any number of workers.

    Processes are started, one for each core or `workers`: a script calls this below
    `if __name__ == "__main__":`. `exact` adds every row exactly, so that their order cannot show either.

    Raises `Fault`: of the smallest bad row, of data or a network that cannot be read, of lost workers.
    """
    question = DataQuestion(_found(data), _columns(inputs), _columns(targets))
    weights = None if class_weights is None else tuple(map(float, class_weights))
    job = BatchJob(
        question, _bytes(network), LossQuestion(loss, reduction, label_smoothing, weights, l2, exact)
    )
    told = BatchProgress(Data(question).rows) if progress else None
    try:
        with _engine(engine, address, workers) as working:
            state = sum_gradients(
                job, engine=working, told=lambda state: told.reach(state.done) if told else None
            )
    finally:
        if told:
            told.close()
    return gradients_of(state, job.model)


def evaluate_over_files(
    data: Files,
    network: Model,
    out: str | os.PathLike[str],
    *,
    inputs: Sequence[str] | None = None,
    workers: int | None = None,
    engine: Literal["local", "ray"] = "local",
    address: str | None = None,
    overwrite: bool = False,
    progress: bool = False,
) -> np.memmap[Any, np.dtype[np.float64]]:
    """Write the answer to every row as .npy, renamed into place when whole, and return it as a map of `out`.

    Processes are started as by `gradients_over_files`. Raises `FileExistsError` where `out` exists, unless
    it may be overwritten, and `Fault` as `gradients_over_files`.
    """
    path = Path(out)
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists: overwrite=True overwrites it")
    question = DataQuestion(_found(data), _columns(inputs), None, False)
    job = BatchJob(question, _bytes(network))
    shape = Data(question).rows, read_model(job.model).classes
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    told = BatchProgress(shape[0]) if progress else None
    try:
        made = np.lib.format.open_memmap(beside, "w+", np.dtype("<f8"), shape)
        offset = made.offset
        del made
        with _engine(engine, address, workers) as working:
            evaluate_to(
                job,
                str(beside.absolute()),
                offset,
                engine=working,
                told=lambda rows: told.reach(rows) if told else None,
            )
        beside.replace(path)
    finally:
        if told:
            told.close()
        beside.unlink(missing_ok=True)
    return np.load(path, mmap_mode="r")  # type: ignore[no-any-return]


@contextmanager
def _engine(name: str, address: str | None, workers: int | None) -> Iterator[Engine]:
    if name == "ray":
        from .ray import LOCAL, ray_engine

        with ray_engine(address or LOCAL, workers) as working:
            yield working
    elif name != "local":
        raise ValueError("expected the engine local or ray")
    elif address is not None:
        raise ValueError('expected engine="ray" beside an address')
    else:
        yield LocalEngine(workers or os.cpu_count() or 1)


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
