"""The names of semaphores outlive the process that removes them."""

import logging
import threading
from collections.abc import Sized
from contextlib import suppress

import pytest

from app.work.tracker import TrackedNames


class TwoAtOnce:
    """A tracker that has ended, found so by two threads in the same moment."""

    def __init__(self) -> None:
        self.sent: list[Sized] = []
        self._both = threading.Barrier(2)

    @property
    def _pid(self) -> int:
        """The number of its process, which neither thread gets before the other one asks."""
        if threading.current_thread() is threading.main_thread():
            return 1
        with suppress(threading.BrokenBarrierError):  # where the other one has to wait until this one is done
            self._both.wait(0.2)
        return 2

    def ensure_running(self) -> None:
        """Start the next one."""

    def register(self, name: Sized, _rtype: str) -> None:
        """Note what is told to it."""
        self.sent.append(name)

    unregister = register


def test_tracked_names_are_told_again_once(caplog: pytest.LogCaptureFixture) -> None:
    """Two threads that found the tracker ended told the next one twice, and the log too."""
    tracker = TwoAtOnce()
    names = TrackedNames(tracker)
    names.register("/kept", "semaphore")
    threads = [threading.Thread(target=names.register, args=(f"/{at}", "semaphore")) for at in range(2)]
    with caplog.at_level(logging.ERROR, "softstep"):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(caplog.records) == 1
    assert sorted(tracker.sent) == ["/0", "/1", "/kept", "/kept"]
