"""Whoever works, in whichever order, in however many parts: one file of gradients."""

import json
import os
import pickle
import platform
import random
import subprocess
import sys

import numpy as np
import psutil
import pytest

from app.batch.belonging import StatesDiffer
from app.batch.blocks import BLOCK_ROWS
from app.batch.engine import Work
from app.batch.gradients import gradients_of, sum_gradients
from app.batch.gradients_file import written_gradients
from app.batch.local import HereEngine, LocalEngine
from app.batch.outputs_file import write_outputs
from app.batch.state import read_state, written_state
from tests.batch.work import job_of, layers_file, numbers, saved, softmax_file
from tests.serving import command_of

ROWS = 33 * BLOCK_ROWS + 99
# 60 classes from 2 hidden values: the gradients themselves are summed, S would be larger.
WIDE = json.dumps(
    {
        "W": np.random.default_rng(1).standard_normal((2, 5)).tolist(),
        "Theta": np.random.default_rng(2).standard_normal((2, 60)).tolist(),
    }
).encode()


class ShuffledEngine(HereEngine):
    """Does tasks in any order, more at once than there are."""

    workers = 5

    def run(self, work):
        order = random.sample(range(len(work.tasks)), len(work.tasks))
        shuffled = [work.tasks[number] for number in order]
        for (number,), result in super().run(Work(work.function, work.shared, shuffled)):
            yield None
            yield (order[number],), result


def bytes_of(state, job):
    return written_gradients(gradients_of(state, job.model), state)


@pytest.mark.parametrize(
    ("model", "exact"),
    [
        (softmax_file(), False),
        (softmax_file(), True),
        (layers_file(), False),
        (layers_file(), True),
        (WIDE, False),
    ],
    ids=["softmax", "softmax exact", "layers", "layers exact", "wide"],
)
def test_parts_in_any_order_are_the_same_file(tmp_path, model, exact):
    job = job_of(saved(tmp_path / "a", numbers(16 * BLOCK_ROWS + 5)), model=model, exact=exact)
    wanted = bytes_of(sum_gradients(job, engine=HereEngine()), job)
    for parts in (1, 2, 7, 16):
        states = [
            written_state(sum_gradients(job, engine=ShuffledEngine(), part=(number, parts)))
            for number in range(1, parts + 1)
        ]
        random.shuffle(states)
        whole = read_state(states[0])
        for state in states[1:]:
            whole = whole.merged(read_state(state))
        assert bytes_of(whole, job) == wanted, parts


def test_workers_that_are_killed_in_the_sum_do_not_show(tmp_path):
    job = job_of(saved(tmp_path / "a", numbers(ROWS)))
    wanted = bytes_of(sum_gradients(job, engine=HereEngine()), job)
    killed = []

    def kill(state):
        if state.done and not killed:
            for one in psutil.Process().children():
                if "spawn_main" in command_of(one):
                    killed.append(one.pid)
                    one.kill()

    assert bytes_of(sum_gradients(job, engine=LocalEngine(2), told=kill), job) == wanted
    assert len(killed) == 2


class TwoKindsEngine:
    """Does tasks by processes of two kinds of processor in turn."""

    workers = 2
    script = (
        "import pickle, sys\n"
        "function, shared, task = pickle.load(sys.stdin.buffer)\n"
        "pickle.dump(function(shared, *task), sys.stdout.buffer)\n"
    )

    def run(self, work):
        for number, task in enumerate(work.tasks):
            kind = ("Haswell", "Prescott")[number % 2]
            environment = {**os.environ, "OPENBLAS_CORETYPE": kind, "OPENBLAS_NUM_THREADS": "1"}
            given = pickle.dumps((work.function, work.shared, task))
            ran = subprocess.run(
                [sys.executable, "-c", self.script],
                env=environment,
                input=given,
                stdout=subprocess.PIPE,
                check=True,
            )
            yield (number,), pickle.loads(ran.stdout)


@pytest.mark.skipif(
    platform.machine() != "x86_64",
    reason="needs an x86-64 processor: of these OpenBLAS lets one play two kinds that round differently",
)
def test_two_kinds_of_processors_in_one_run_are_refused(tmp_path):
    """Before anything is added; --exact takes both, and gives what one kind gives."""
    name = saved(tmp_path / "a", numbers(BLOCK_ROWS + 9, d=40))
    reached = []
    job = job_of(name, model=softmax_file(d=40))
    with pytest.raises(StatesDiffer, match="--exact"):
        sum_gradients(job, engine=TwoKindsEngine(), told=reached.append)
    assert [state.done for state in reached] == [BLOCK_ROWS]
    with pytest.raises(StatesDiffer, match="round alike"):
        write_outputs(job, tmp_path / "outputs.npy", engine=TwoKindsEngine())
    exact = job_of(name, model=softmax_file(d=40), exact=True)
    found = gradients_of(sum_gradients(exact, engine=TwoKindsEngine()), exact.model)
    wanted = gradients_of(sum_gradients(exact, engine=HereEngine()), exact.model)
    assert all(found[key].tobytes() == wanted[key].tobytes() for key in ("W", "Theta"))


def test_data_that_change_while_they_are_summed_are_told(tmp_path):
    name = saved(tmp_path / "a", numbers(3 * BLOCK_ROWS))
    job = job_of(name)

    def change(state):
        with open(name, "r+b") as file:
            file.seek(-8, os.SEEK_END)
            file.write(np.float64(1.0).tobytes())

    with pytest.raises(StatesDiffer, match="expected"):
        sum_gradients(job, engine=HereEngine(), told=change)


PEAK = """
import sys
from app.batch.gradients import sum_gradients
from app.batch.local import HereEngine
from tests.batch.work import job_of, softmax_file
from tests.peak import own_peak
sum_gradients(job_of(sys.argv[1], model=softmax_file(d=20)), engine=HereEngine())
print(own_peak())
"""


@pytest.mark.parametrize("order", "CF")
def test_memory_does_not_grow_with_the_rows(tmp_path, order):
    peaks = []
    for rows in (10**5, 10**6):
        matrix = np.zeros((rows, 21), np.float32, order=order)
        matrix[:, :2] = np.arange(2 * rows).reshape(rows, 2) % 3
        np.save(tmp_path / "rows.npy", matrix)
        ran = subprocess.run(
            [sys.executable, "-c", PEAK, tmp_path / "rows.npy"], check=True, capture_output=True, text=True
        )
        peaks.append(int(ran.stdout))
    assert peaks[1] <= 1.15 * peaks[0], peaks
