"""The process that removes our semaphores, where it is killed: the next one is told of them."""

import logging
import threading
import warnings
from collections.abc import Sized
from multiprocessing import resource_tracker
from typing import Any

log = logging.getLogger("softstep")


class TrackedNames:
    """The names that this process has given to Python's resource tracker.

    Where that is killed the library starts another, which knows none of them, and prints an error for each
    that is given back to it.
    """

    def __init__(self, tracker: Any) -> None:
        self._tracker = tracker
        self._names: set[tuple[Sized, str]] = set()
        self._told: int | None = None  # the process that knows them
        self._telling = threading.RLock()  # one that is collected meanwhile is taken back by the same thread
        self._register = self._tracker.register
        self._unregister = self._tracker.unregister

    def register(self, name: Sized, rtype: str) -> None:
        """Have a name removed when all who know it have ended."""
        self._tell()
        self._register(name, rtype)
        self._names.add((name, rtype))

    def unregister(self, name: Sized, rtype: str) -> None:
        """Take a name back, which has been removed."""
        self._tell()
        self._names.discard((name, rtype))
        self._unregister(name, rtype)

    def _tell(self) -> None:
        with self._telling:
            self._tracker.ensure_running()
            if self._told == self._tracker._pid:
                return
            self._told = self._tracker._pid
            if self._names:
                log.error("the process that removes our semaphores had ended; another one is started")
            for name, rtype in self._names.copy():  # one that is collected now may leave them
                self._register(name, rtype)


def keep_tracked() -> None:
    """Let the names that are tracked from now on outlive the process that tracks them."""
    warnings.filterwarnings("ignore", "resource_tracker: process died")  # the log says it in a sentence
    if not isinstance(getattr(resource_tracker.register, "__self__", None), TrackedNames):
        names = TrackedNames(resource_tracker._resource_tracker)
        resource_tracker.register = names.register
        resource_tracker.unregister = names.unregister
