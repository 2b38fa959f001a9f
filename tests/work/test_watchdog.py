"""The watchdog of the event loop, and the memory that it tells."""

import asyncio
import contextlib
import logging
import re
import time

import psutil
import pytest

from app.work import watchdog
from app.work.metrics import Metrics
from app.work.watchdog import resident_bytes, watch


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


def test_watchdog_tells_the_memory_that_the_process_holds() -> None:
    assert resident_bytes() == pytest.approx(psutil.Process().memory_info().rss, rel=0.2)
