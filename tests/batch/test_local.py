"""Processes of this machine: results of every task, whoever dies."""

import os

import pytest

from app.batch.local import WorkerLost, run_locally
from tests.batch.work import die_always, double_but_die_once


def test_a_task_whose_process_was_killed_is_done_again(tmp_path):
    before = os.environ.get("OPENBLAS_NUM_THREADS")
    tasks = [(number, str(tmp_path)) for number in range(4)]
    found = dict(one for one in run_locally(double_but_die_once, tasks, 2) if one is not None)
    assert found == {number: 2 * number for number in range(4)}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["1", "3"]
    assert os.environ.get("OPENBLAS_NUM_THREADS") == before


def test_a_task_that_always_ends_its_process_is_told():
    with pytest.raises(WorkerLost, match="three ended"):
        list(run_locally(die_always, [(0,)], 1))
