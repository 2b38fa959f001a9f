"""A watchdog of the event loop: how late it is, and how much memory the process holds."""

import asyncio
import logging
import os
from pathlib import Path

from .metrics import Metrics

EVERY = 0.25
"""Seconds between two looks."""
_LOOKS = 240  # after which the largest lag is forgotten: a minute
_TOLD = 1.0  # seconds from which the log says so

log = logging.getLogger("softstep")


async def watch(metrics: Metrics, every: float = EVERY) -> None:
    """Measure for ever how late the loop wakes this up: who comes at a bad moment waits as long."""
    loop = asyncio.get_running_loop()
    before = now = 0.0  # the largest lag of the minute before, and of this one
    looks = 0
    while True:
        due = loop.time() + every
        await asyncio.sleep(every)
        late = max(loop.time() - due, 0.0)
        now = max(now, late)
        metrics.lag(max(before, now), late)
        metrics.memory(resident_bytes())
        if late > _TOLD:
            log.warning("the event loop stood still for %.1f seconds: nobody was answered meanwhile", late)
        looks += 1
        if looks == _LOOKS:
            before, now, looks = now, 0.0, 0


def resident_bytes() -> int:
    """Return how many bytes of memory this process holds; 0 where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
