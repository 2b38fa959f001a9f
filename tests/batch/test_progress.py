"""How far a run is: a line every ten seconds, a bar on a terminal, and nothing else."""

import io
import sys

import pytest

from app.batch import progress
from app.batch.progress import BatchProgress


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    return now


class Terminal(io.StringIO):
    def isatty(self):
        return True


def told(stream, clock, monkeypatch):
    monkeypatch.setattr(sys, "stderr", stream)
    made = BatchProgress(200)
    for second in range(25):
        clock[0] = float(second)
        made.reach(8 * second)
    made.close()
    return stream.getvalue()


def test_progress_is_a_line_every_ten_seconds(clock, monkeypatch):
    assert told(io.StringIO(), clock, monkeypatch) == "80 of 200 rows, 40 %\n160 of 200 rows, 80 %\n"


def test_progress_on_a_terminal_is_a_bar(clock, monkeypatch):
    said = told(Terminal(), clock, monkeypatch)
    assert "\r" in said and "192/200" in said and "of 200 rows" not in said


def test_progress_on_a_terminal_without_tqdm_is_lines(clock, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert told(Terminal(), clock, monkeypatch).startswith("80 of 200 rows, 40 %\n")
