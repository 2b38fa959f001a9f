"""A network's answers to all rows as .npy: made beside its place, renamed into it when whole.

What is made so far is `OUT.partial`, and which rows these are stands in `OUT.partial.json`: an interrupted
run goes on from there. Behind the last row the file has a few bytes that were drawn for it: a worker that
does not find them there writes on another disk, and is refused.
"""

import io
import json
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import monotonic

import numpy as np

from ..nn.error_free import Floats
from ..nn.errors import Fault
from .belonging import Belonging, StatesDiffer, refuse_difference
from .blocks import BadRows, BatchJob, evaluate_rows
from .engine import Engine, Work
from .model import read_model
from .ranges import Ranges, joined_ranges, part_of, rows_in
from .tasks import belonging_of, smallest_fault_first, tasks_of
from .whole_file import whole_file

_EVERY = 10.0  # seconds between checkpoints
_QUESTION = "outputs"
_MARK = 16


class UnwritableOutputs(Fault):
    """Outputs that cannot be written where they belong."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a worker writes: row `first` lies at `offset`, and `mark` behind the last one."""

    path: str
    first: int
    offset: int
    mark: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """What `OUT.partial.json` says."""

    belonging: Belonging
    part: tuple[int, int]
    mark: str
    ranges: Ranges = ()


def partial_of(out: Path) -> Path:
    """Return where outputs are made that belong at `out`."""
    return out.with_name(f"{out.name}.partial")


def write_outputs(
    job: BatchJob,
    out: Path,
    *,
    engine: Engine,
    part: tuple[int, int] = (1, 1),
    told: Callable[[int], None] = lambda rows: None,
) -> tuple[int, int]:
    """Write the outputs of a part of the rows, and return their shape.

    What an interrupted run left is gone on with. `told` is called with the number of rows that are done.
    Raises a `Fault`: `BadRows`, after which nothing is left; `StatesDiffer`, `UnwritableOutputs`.
    """
    common, model = belonging_of(job, _QUESTION), read_model(job.model)
    start, stop = part_of(common.rows, part)
    shape = stop - start, model.classes
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": shape})
    partial = partial_of(out)
    size = head.tell() + shape[0] * shape[1] * 8
    kept = _kept(partial, size, _Kept(common, part, ""))
    if kept is None:
        kept = _Kept(common, part, secrets.token_hex(_MARK // 2))
        _begin(partial, head.getvalue(), size, kept.mark)
    place = _Place(str(partial.absolute()), start, head.tell(), kept.mark)
    written = monotonic()
    rows = tasks_of(kept.ranges, start, stop, engine.workers)
    try:
        for one in smallest_fault_first(engine, Work(evaluate_range, (job, common, place), rows)):
            if one is not None:
                belonging = kept.belonging.joined(replace(common, fingerprint=one[1]))
                ranges = joined_ranges([*kept.ranges, *(rows[number] for number in one[0])])
                kept = replace(kept, belonging=belonging, ranges=ranges)
            if monotonic() - written > _EVERY:
                _keep(partial, kept)
                written = monotonic()
            told(rows_in(kept.ranges))
        refuse_difference(common, belonging_of(job, _QUESTION))
    except BadRows:
        _remove(partial)
        raise
    except BaseException:
        if kept.ranges:
            _keep(partial, kept)
        else:
            _remove(partial)
        raise
    _finish(partial, size, out)
    return shape


def evaluate_range(shared: tuple[BatchJob, Belonging, _Place], start: int, stop: int) -> str:
    """Write the outputs of some rows, and return the fingerprint of this process: the work of one task.

    Writing them twice does no harm. Raises `BadRows`, `StatesDiffer` or `UnwritableOutputs`.
    """
    job, common, place = shared
    try:
        with open(place.path, "r+b") as file:
            file.seek(-_MARK, os.SEEK_END)
            if file.read() != place.mark.encode():
                raise _unseen(place)

            def write(first: int, outputs: Floats) -> None:
                file.seek(place.offset + (first - place.first) * outputs.shape[1] * 8)
                file.write(np.ascontiguousarray(outputs, dtype="<f8").data)

            return evaluate_rows(job, start, stop, write, common.data)
    except FileNotFoundError:
        raise _unseen(place) from None
    except OSError as error:
        raise UnwritableOutputs(f"{place.path}: {error.strerror}") from None


def _unseen(place: _Place) -> UnwritableOutputs:
    return UnwritableOutputs(
        f"{place.path}: expected a folder that every worker sees, as on a disk that the machines share"
    )


def _kept(partial: Path, size: int, asked: _Kept) -> _Kept | None:
    """Return what an interrupted run left, None where it left nothing. Raises `StatesDiffer`."""
    told = _told_of(partial)
    if not told.exists() or not partial.exists():
        return None
    try:
        found = json.loads(told.read_bytes())
        ranges = joined_ranges((int(first), int(last)) for first, last in found["ranges"])
        number, parts = found["part"]
        kept = _Kept(Belonging(**found["belonging"]), (number, parts), str(found["mark"]), ranges)
        with partial.open("rb") as file:
            file.seek(size)
            if file.read() != kept.mark.encode() or len(kept.mark) != _MARK:
                raise ValueError
        start, stop = part_of(kept.belonging.rows, kept.part)
        if not all(start <= first < last <= stop for first, last in ranges):
            raise ValueError
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, Fault):
        raise StatesDiffer(
            f"{partial}: expected what an interrupted run left; delete it to begin anew"
        ) from None
    try:
        refuse_difference(asked.belonging, kept.belonging)
        if kept.part != asked.part:
            raise StatesDiffer("expected the same part")
    except StatesDiffer as fault:
        raise StatesDiffer(
            f"{partial} is of an interrupted run: {fault.detail}; delete it to begin anew"
        ) from None
    return kept


def _begin(partial: Path, head: bytes, size: int, mark: str) -> None:
    _told_of(partial).unlink(missing_ok=True)
    free = shutil.disk_usage(partial.absolute().parent).free
    if free < size:
        raise UnwritableOutputs(
            f"{partial}: expected {size / 1e9:.2g} GB of free space for the outputs, got {free / 1e9:.2g}"
        )
    with partial.open("wb") as file:
        file.write(head)
        file.seek(size)
        file.write(mark.encode())


def _keep(partial: Path, kept: _Kept) -> None:
    """Write which rows are done, once they are on the disk."""
    _sync(partial)
    with whole_file(_told_of(partial)) as beside:
        beside.write_text(json.dumps(asdict(kept), sort_keys=True))
        _sync(beside)


def _finish(partial: Path, size: int, out: Path) -> None:
    os.truncate(partial, size)
    _sync(partial)
    partial.replace(out)
    _remove(partial)


def _remove(partial: Path) -> None:
    partial.unlink(missing_ok=True)
    _told_of(partial).unlink(missing_ok=True)


def _told_of(partial: Path) -> Path:
    return partial.with_name(f"{partial.name}.json")


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
