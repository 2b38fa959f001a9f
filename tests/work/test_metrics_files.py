"""Counters that several server processes keep together: their room is taken at the start."""

import os
from pathlib import Path

import pytest

from app.work import metrics


def test_room_for_the_counters_is_taken_at_the_start(tmp_path: Path) -> None:
    """A file with holes in a full folder ended every server by SIGBUS, and each that followed."""
    metrics._allocate(tmp_path)
    for file in tmp_path.iterdir():
        assert file.stat().st_blocks * 512 >= file.stat().st_size > 0
    assert {file.name for file in tmp_path.iterdir()} == {
        f"{kind}_{os.getpid()}.db" for kind in metrics._ROOM
    }


def test_no_room_for_the_counters_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(metrics.os, "posix_fallocate", full)
    monkeypatch.setenv(metrics.SHARED, str(tmp_path))
    with pytest.raises(SystemExit):
        metrics.Metrics()
    assert "No space left" in caplog.text
