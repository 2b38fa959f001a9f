"""Processes of this machine: results of every task, whoever dies."""

import multiprocessing
import os
import signal
import threading

import pytest
from pebble import ProcessPool

from app.batch.engine import Work, WorkerLost
from app.batch.local import LocalEngine
from tests.batch.work import die_always, double_but_die_once


def test_a_task_whose_process_was_killed_is_done_again(tmp_path, caplog):
    before = os.environ.get("OPENBLAS_NUM_THREADS")
    tasks = [(number, str(tmp_path)) for number in range(4)]
    found = dict(one for one in LocalEngine(2).run(Work(double_but_die_once, 0, tasks)) if one is not None)
    assert found == {(number,): 2 * number for number in range(4)}
    assert [one.message.rpartition("(")[2] for one in caplog.records] == ["2 of 3 times)"] * 2
    assert sorted(one.name for one in tmp_path.iterdir()) == ["1", "3"]
    assert os.environ.get("OPENBLAS_NUM_THREADS") == before


def test_a_task_that_always_ends_its_process_is_told():
    with pytest.raises(WorkerLost, match="3 ended"):
        list(LocalEngine(1).run(Work(die_always, 0, [(0,)])))


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_ends_a_run_waits_for_the_process_that_starts(monkeypatch, tmp_path, end):
    """It would be half told what to do; no thread that takes the signal cuts the start short."""
    whole = []

    def schedule(pool, *given, **options):
        os.kill(os.getpid(), end)
        made = original(pool, *given, **options)
        whole.append(made)
        return made

    def interrupted(number, frame):
        raise KeyboardInterrupt(number)

    original = ProcessPool.schedule
    monkeypatch.setattr(ProcessPool, "schedule", schedule)
    another = threading.Event()
    thread = threading.Thread(target=another.wait)
    thread.start()
    before = signal.signal(end, interrupted)
    try:
        with pytest.raises(KeyboardInterrupt, match=str(int(end))):
            list(LocalEngine(2).run(Work(double_but_die_once, 0, [(0, str(tmp_path))])))
        assert signal.getsignal(end) is interrupted
    finally:
        signal.signal(end, before)
        another.set()
        thread.join()
    assert len(whole) == 1
    assert not multiprocessing.active_children()
