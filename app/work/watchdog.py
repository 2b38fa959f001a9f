"""A watchdog of the event loop: how late it is, and how much memory the process holds."""

import asyncio
import logging
import os
import time
from pathlib import Path

from .metrics import Metrics

EVERY = 0.01
"""Seconds between two looks; the loop may stand still for as much more before one is missed."""
_COUNTED = 0.005  # seconds of lateness; less is how finely timers go, and there are a hundred looks a second
_TOLD_EVERY = 0.25  # seconds between two times that the gauges are set
_FORGOTTEN = 60.0  # seconds after which the largest lag is forgotten
_TOLD = 1.0  # seconds from which the log says so

log = logging.getLogger("softstep")


async def watch(metrics: Metrics, every: float = EVERY) -> None:
    """Measure for ever how late the loop wakes this up: who comes at a bad moment waits as long.

    What the loop's thread waited for a core was the machine's doing, which ran others; the rest was this
    process's own, as far as it computed meanwhile.
    """
    before = now = 0.0  # the largest lag of the minute before, and of this one
    told = forgotten = time.monotonic()
    while True:
        due = time.monotonic() + every
        computed, waited = time.process_time(), seconds_without_core()
        await asyncio.sleep(every)
        moment = time.monotonic()
        late = max(moment - due, 0.0)
        now = max(now, late)
        if late > _COUNTED:
            own = min(late - (seconds_without_core() - waited), time.process_time() - computed)
            metrics.late(late, max(own, 0.0))
        if late > _TOLD:
            log.warning("the event loop stood still for %.1f seconds: nobody was answered meanwhile", late)
        if moment - told >= _TOLD_EVERY or late > every:
            told = moment
            metrics.lag(max(before, now))
            metrics.memory(resident_bytes())
        if moment - forgotten >= _FORGOTTEN:
            before, now, forgotten = now, 0.0, moment


def seconds_without_core() -> float:
    """Return how long this thread has been ready and waited for a core; 0 where the system does not tell."""
    try:
        with open("/proc/thread-self/schedstat", "rb", buffering=0) as status:
            return int(status.read().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


def resident_bytes() -> int:
    """Return how many bytes of memory this process holds; 0 where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
