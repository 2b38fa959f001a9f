"""What the service counts."""

import logging
import os
from contextlib import suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_ROOM = {"histogram": 1 << 21, "counter": 1 << 17, "gauge_livesum": 1 << 16, "gauge_livemax": 1 << 16}
"""Bytes for a process's counters, by the library's names of their files: routes and statuses are few."""
_LATE = (0.02, 0.1, 1.0)  # seconds
SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the directory where several server processes count together."""


log = logging.getLogger("softstep")


class Metrics:
    """The counters of one server process; `text` adds up all of them where there are several."""

    def __init__(self) -> None:
        if SHARED in os.environ:
            _allocate(Path(os.environ[SHARED]))
        own = self._registry = CollectorRegistry()
        self._latency = Histogram(
            "softstep_request_seconds",
            "From the request's first byte to the answer's last.",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=own,
        )
        self._latencies: dict[tuple[str, str, int], Histogram] = {}
        self._received = Counter("softstep_received_bytes", "Bytes of bodies received.", registry=own)
        self._sent = Counter("softstep_sent_bytes", "Bytes of bodies sent.", registry=own)
        self._refused = Counter("softstep_refusals", "Problems answered, by type.", ("type",), registry=own)
        self._pictures = Counter(
            "softstep_pictures", "Pictures asked for: kept or to be drawn.", ("cache",), registry=own
        )
        self._tools = Counter(
            "softstep_tool_calls",
            "Calls by language models, by tool and outcome.",
            ("tool", "outcome"),
            registry=own,
        )
        self._waiting = Gauge(
            "softstep_waiting",
            "Large requests that wait or work.",
            registry=own,
            multiprocess_mode="livesum",
        )

        self._lag = Gauge(
            "softstep_loop_lag_seconds",
            "How late the event loop was, at most, in the last minute or two.",
            registry=own,
            multiprocess_mode="livemax",
        )
        self._late = Counter(
            "softstep_loop_late", "Times the event loop was late by more.", ("than",), registry=own
        )
        self._held = Histogram(
            "softstep_loop_held_seconds",
            "How late the event loop was, where by more than 5 ms, as far as this process itself computed.",
            buckets=(*_LATE[:1], 0.05, *_LATE[1:]),
            registry=own,
        )
        self._memory = Gauge(
            "softstep_resident_bytes",
            "Resident memory of the server processes, without those for pictures.",
            registry=own,
            multiprocess_mode="livesum",
        )

    def late(self, seconds: float, held: float) -> None:
        """Count how late the event loop was, and as far as that was this process's own doing."""
        self._held.observe(held)
        for bound in _LATE:
            if seconds > bound:
                self._late.labels(f"{bound:g}").inc()

    def lag(self, largest: float) -> None:
        """Say how late the event loop was, at most, for a while."""
        self._lag.set(largest)

    def memory(self, size: int) -> None:
        """Say how many bytes this process holds."""
        self._memory.set(size)

    def answered(self, method: str, route: str, status: int, seconds: float, sent: int) -> None:
        """Count one request."""
        key = (method, route, status)
        latency = self._latencies.get(key)
        if latency is None:
            latency = self._latencies[key] = self._latency.labels(method, route, str(status))
        latency.observe(seconds)
        self._sent.inc(sent)

    def received(self, size: int) -> None:
        """Count bytes of a body."""
        self._received.inc(size)

    def refused(self, slug: str) -> None:
        """Count one problem."""
        self._refused.labels(slug).inc()

    def picture(self, *, kept: bool) -> None:
        """Count one picture asked for."""
        self._pictures.labels("hit" if kept else "miss").inc()

    def tool_called(self, tool: str, *, failed: bool) -> None:
        """Count one call of a tool by a language model."""
        self._tools.labels(tool, "error" if failed else "answer").inc()

    def waiting(self, count: int) -> None:
        """Say how many large requests wait or work."""
        self._waiting.set(count)

    def text(self) -> bytes:
        """Return everything in Prometheus's format."""
        if SHARED not in os.environ:
            return generate_latest(self._registry)
        _forget_the_dead(Path(os.environ[SHARED]))
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # untyped in the library
        return generate_latest(together)


def _allocate(directory: Path) -> None:
    """Take the room for this process's counters on the disk; end the process, saying so, where there is none.

    The library makes files with holes; writing to a hole where no room is left ends the process (SIGBUS).
    """
    try:
        take_room(directory)
    except OSError as error:
        log.error("no room for this process's counters in %s: %s", directory, error.strerror)
        raise SystemExit(1) from None


def take_room(directory: Path) -> None:
    """Make this process's files of counters as large as they ever get. Raises `OSError` for want of room."""
    for kind, size in _ROOM.items():
        with (directory / f"{kind}_{os.getpid()}.db").open("ab") as file:
            if hasattr(os, "posix_fallocate") and file.tell() < size:
                os.posix_fallocate(file.fileno(), 0, size)


def _forget_the_dead(directory: Path) -> None:
    """Leave out what a server process that was killed has said of its present; what it has counted stays."""
    for process in {int(file.stem.rpartition("_")[2]) for file in directory.glob("gauge_live*.db")}:
        try:
            os.kill(process, 0)  # no signal, but an error where there is no such process
        except ProcessLookupError:
            with suppress(FileNotFoundError):  # another server process has removed the file meanwhile
                mark_process_dead(process, directory)  # type: ignore[no-untyped-call]  # untyped there
        except PermissionError:
            pass  # somebody else's
