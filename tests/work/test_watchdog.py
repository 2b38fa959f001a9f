"""The watchdog of the event loop, and the memory that it tells."""

import asyncio
import contextlib
import logging
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import psutil
import pytest

from app.work import watchdog
from app.work.metrics import Metrics
from app.work.watchdog import resident_bytes, seconds_without_core, watch
from tests.serving import PROJECT


def told(metrics: Metrics, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", metrics.text().decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_watchdog_tells_how_long_the_loop_stood_still(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "_TOLD", 0.1)
    metrics = Metrics()

    async def run() -> None:
        watching = asyncio.ensure_future(watch(metrics, every=0.01))
        await asyncio.sleep(0.02)
        time.sleep(0.15)
        await asyncio.sleep(0.02)
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching

    with caplog.at_level(logging.WARNING, "softstep"):
        asyncio.run(run())
    assert 0.1 < told(metrics, "softstep_loop_lag_seconds") < 60
    assert told(metrics, 'softstep_loop_late_total{than="0.1"}') >= 1
    assert "stood still for" in caplog.text


async def _held(hold: Callable[[], None]) -> float:
    """Return the seconds that the watchdog calls the process's own doing while `hold` keeps the loop."""
    metrics = Metrics()
    watching = asyncio.ensure_future(watch(metrics, every=0.01))
    await asyncio.sleep(0.02)
    hold()
    await asyncio.sleep(0.02)
    watching.cancel()
    return told(metrics, "softstep_loop_held_seconds_sum")


def _hold_the_lock() -> None:
    """Let a thread hold Python's lock, in one call into C that no other thread interrupts."""
    thread = threading.Thread(target=sum, args=(range(20_000_000),))
    thread.start()
    thread.join()


def _wait_for_another_process() -> None:
    time.sleep(0.3)


def test_watchdog_calls_own_what_computes_and_no_waiting() -> None:
    """A busy thread is the service's own doing as the loop itself is, and waiting for others is not."""
    assert asyncio.run(_held(_hold_the_lock)) > 0.1
    assert asyncio.run(_held(_wait_for_another_process)) < 0.1


@pytest.mark.skipif(not os.path.exists("/proc/thread-self/schedstat"), reason="only Linux tells")
def test_watchdog_takes_off_what_another_process_had_the_core() -> None:
    """On a core that it shares a thread waits for half of its time."""
    program = "import sys, tests.work.test_watchdog as t; sys.exit(t.waited_share() < 0.25)"
    cores = {min(os.sched_getaffinity(0))}
    busy = f"import os; os.sched_setaffinity(0, {cores!r})\nwhile True: pass"
    with subprocess.Popen([sys.executable, "-c", busy]) as other:
        try:
            code = f"import os; os.sched_setaffinity(0, {cores!r}); {program}"
            done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, timeout=60)
            assert done.returncode == 0
        finally:
            other.kill()


def waited_share() -> float:
    """Return what part of half a second this thread was ready and had no core."""
    before, start = seconds_without_core(), time.monotonic()
    while time.monotonic() - start < 0.5:
        pass
    return (seconds_without_core() - before) / (time.monotonic() - start)


def test_watchdog_tells_the_memory_that_the_process_holds() -> None:
    assert resident_bytes() == pytest.approx(psutil.Process().memory_info().rss, rel=0.2)
