"""The supervisor of several servers: what ended one is said, and the next comes ever later."""

import logging
import signal
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn.supervisors import Multiprocess

from app.commands import serve
from app.commands.serve import Supervisor, ending


def test_endings_are_told_by_name_and_usual_cause() -> None:
    assert ending(1) == "exit code 1"
    assert ending(-signal.SIGBUS).startswith("SIGBUS (as a rule no room is left")
    assert "memory" in ending(-signal.SIGKILL)
    assert ending(-signal.SIGSEGV) == "SIGSEGV"
    assert ending(-200) == "signal 200"


def test_server_that_ends_again_is_started_ever_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Two servers ended and were started anew twice a second, without one line in the log."""
    now, started = [1000.0], []
    monkeypatch.setattr(serve, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    supervisor = Supervisor(SimpleNamespace(workers=1), [])  # type: ignore[arg-type]  # what it looks at

    def process() -> Any:
        return SimpleNamespace(exitcode=-signal.SIGBUS, pid=len(started))

    def renew(self: Multiprocess) -> None:
        started.append(now[0])
        self.processes = [process()]

    monkeypatch.setattr(Multiprocess, "keep_subprocess_alive", renew)
    supervisor.processes = [process()]
    with caplog.at_level(logging.ERROR, "softstep"):
        for _ in range(400):
            supervisor.keep_subprocess_alive()
            now[0] += 0.5
    assert 4 <= len(started) <= 9  # of 400 before
    assert caplog.text.count("SIGBUS") == len(caplog.records) <= 10


def test_no_temporary_folder_is_one_sentence(tmp_path: Any) -> None:
    code = "from app.commands.serve import _sharing\nwith _sharing(2): pass"
    broken = "import tempfile; tempfile.mkdtemp = lambda *a: open('/nonexistent/x')\n"
    ended = subprocess.run(
        [sys.executable, "-c", broken + code], capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1 and "SOFTSTEP_WORKERS" in ended.stderr and "TMPDIR" in ended.stderr
