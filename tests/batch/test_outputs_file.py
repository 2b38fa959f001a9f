"""Outputs of many rows: whole or not there, gone on with after any end, on the disk of who asked."""

import json
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from app.batch import outputs_file
from app.batch.belonging import StatesDiffer
from app.batch.blocks import BLOCK_ROWS, BadRows
from app.batch.local import HereEngine
from app.batch.model import read_model
from app.batch.outputs_file import UnwritableOutputs, write_outputs
from tests.batch.work import job_of, numbers, saved, softmax_file
from tests.serving import PROJECT

ROWS = 9 * BLOCK_ROWS + 5


@pytest.fixture
def job(tmp_path):
    return job_of(saved(tmp_path / "rows", numbers(ROWS)))


def outputs():
    return read_model(softmax_file()).outputs(numbers(ROWS)[:, :-1])


def names(folder):
    return sorted(one.name for one in folder.iterdir())


class Stop(Exception):
    pass


def stop(rows):
    if rows:
        raise Stop


KILLED = """
import os, signal, sys
from app.batch import outputs_file
from app.batch.local import HereEngine
from pathlib import Path
from tests.batch.work import job_of
outputs_file._EVERY = 0.0
def die(rows):
    if rows > 20000:
        os.kill(os.getpid(), signal.SIGKILL)
outputs_file.write_outputs(job_of(sys.argv[1]), Path(sys.argv[2]), engine=HereEngine(), told=die)
"""


def test_a_run_that_was_killed_goes_on(tmp_path, job, monkeypatch):
    out = tmp_path / "out.npy"
    ran = subprocess.run([sys.executable, "-c", KILLED, job.data.files[0], out], cwd=PROJECT)
    assert ran.returncode == -signal.SIGKILL and not out.exists()
    assert names(tmp_path) == [
        "out.npy.partial",
        "out.npy.partial.json",
        "rows.npy",
    ]
    done = []
    real = outputs_file.evaluate_range
    monkeypatch.setattr(
        outputs_file, "evaluate_range", lambda shared, *rows: done.append(rows) or real(shared, *rows)
    )
    assert write_outputs(job, out, engine=HereEngine()) == (ROWS, 4)
    assert done[0][0] > 20000 and done[-1][1] == ROWS
    assert np.load(out).tobytes() == outputs().tobytes()
    assert names(tmp_path) == ["out.npy", "rows.npy"]


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.update(ranges=[[0, 5], [3, 9]]),
        lambda told: told.update(ranges=[[0, 10**9]]),
        lambda told: told.update(ranges=[[5, 5]]),
        lambda told: told.update(ranges=[["a", "b"]]),
        lambda told: told.update(part=[3, 2]),
        lambda told: told.update(part=1),
        lambda told: told.update(mark="0" * 16),
        lambda told: told.update(mark=""),
        lambda told: told.pop("belonging"),
        lambda told: told["belonging"].update(rows="many"),
        lambda told: told["belonging"].update(more=1),
    ],
)
def test_what_an_interrupted_run_left_is_not_trusted(tmp_path, job, change):
    out = tmp_path / "out.npy"
    with pytest.raises(Stop):
        write_outputs(job, out, engine=HereEngine(), told=stop)
    partial = tmp_path / "out.npy.partial.json"
    told = json.loads(partial.read_text())
    change(told)
    partial.write_text(json.dumps(told))
    with pytest.raises(StatesDiffer, match=r"partial: expected what an interrupted run left; delete it"):
        write_outputs(job, out, engine=HereEngine())
    partial.unlink()  # then nothing is known of it
    write_outputs(job, out, engine=HereEngine())
    assert np.load(out).tobytes() == outputs().tobytes()


def test_rows_of_another_network_or_part_are_not_gone_on_with(tmp_path, job):
    out = tmp_path / "out.npy"
    with pytest.raises(Stop):
        write_outputs(job, out, engine=HereEngine(), told=stop)
    with pytest.raises(StatesDiffer, match="the same network; delete it to begin anew"):
        write_outputs(job_of(*job.data.files, model=softmax_file(seed=9)), out, engine=HereEngine())
    fewer = numbers(ROWS)
    fewer[5, 1] += 1.0
    saved(tmp_path / "rows", fewer)
    with pytest.raises(StatesDiffer, match="delete it to begin anew"):
        write_outputs(job, out, engine=HereEngine())
    assert names(tmp_path) == [
        "out.npy.partial",
        "out.npy.partial.json",
        "rows.npy",
    ]


def test_rows_at_fault_leave_nothing(tmp_path):
    matrix = numbers(ROWS)
    matrix[5 * BLOCK_ROWS + 3, 2] = np.inf
    job = job_of(saved(tmp_path / "rows", matrix))
    with pytest.raises(BadRows, match=r"row 20483 .20483 of all., column 2 of the inputs: expected a finite"):
        write_outputs(job, tmp_path / "out.npy", engine=HereEngine())
    assert names(tmp_path) == ["rows.npy"]


@pytest.mark.parametrize("gone", [True, False])
def test_a_worker_on_another_disk_is_told(tmp_path, job, gone):
    """Where the folder lacks, and where a file of that name lies there from another run."""

    class Elsewhere(HereEngine):
        def run(self, work):
            if gone:
                os.rename(work.shared[2].path, tmp_path / "moved")
            else:
                with open(work.shared[2].path, "r+b") as file:
                    file.seek(-16, os.SEEK_END)
                    file.write(b"0" * 16)
            yield from super().run(work)

    with pytest.raises(UnwritableOutputs, match="a folder that every worker sees"):
        write_outputs(job, tmp_path / "out.npy", engine=Elsewhere())
    assert not (tmp_path / "out.npy").exists()


def test_a_disk_without_room_is_told_before_the_work(tmp_path, job, monkeypatch):
    monkeypatch.setattr(outputs_file.shutil, "disk_usage", lambda path: SimpleNamespace(free=10**6))
    with pytest.raises(UnwritableOutputs, match="GB of free space"):
        write_outputs(job, tmp_path / "out.npy", engine=HereEngine())
    assert names(tmp_path) == ["rows.npy"]


def test_a_disk_that_is_full_is_one_sentence(tmp_path, job, monkeypatch):
    def full(*given, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outputs_file, "evaluate_rows", full)
    with pytest.raises(UnwritableOutputs, match=r"out.npy.partial: No space left on device"):
        write_outputs(job, tmp_path / "out.npy", engine=HereEngine())
    assert names(tmp_path) == ["rows.npy"]
