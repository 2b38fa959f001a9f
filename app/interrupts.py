"""Ctrl-C in a terminal reaches its whole group of processes; those that we start are left to us to stop."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

ENDING = tuple(getattr(signal, one) for one in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, one))
"""What ends a process: Ctrl-C, a stop, a terminal that closes; Windows has not all."""


@contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Start processes that what a terminal sends does not reach, not even while they start.

    Their first thread inherits the mask of this one, as do threads that are started meanwhile.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing import resource_tracker

    # It is started together with the first process, and would unblock them again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
