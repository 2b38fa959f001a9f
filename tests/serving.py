"""The service as a user starts it: a process of its own, on a free port, asked over HTTP."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import httpx
import psutil

PROJECT = Path(__file__).resolve().parent.parent
TELLS_PEAK = os.path.exists("/proc/self/clear_refs")
PATIENCE = 180.0  # seconds: a cold start builds matplotlib's font cache; on an overbooked machine it took 70


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(**settings: object) -> Iterator[str]:
    """Start `python -m app` with these settings; yield its base URL when ready; stop it as a container is."""
    own = {f"SOFTSTEP_{name.upper()}": str(value) for name, value in settings.items()}
    with started([sys.executable, "-m", "app"], PROJECT, own) as base:
        yield base


@contextmanager
def started(command: Sequence[str], directory: Path, settings: Mapping[str, str]) -> Iterator[str]:
    """Start any command that serves Softstep, in `directory`, as `running` starts this checkout's."""
    port = free_port()
    # A file, not a pipe: one that nobody reads is full after some hundred log lines, and the service halts.
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env={**os.environ, **settings, "SOFTSTEP_PORT": str(port)},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        base = f"http://127.0.0.1:{port}"
        try:
            _wait_until_ready(base, process, log)
            yield base
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def until(seen: Callable[[], object]) -> None:
    """Look again and again until something is seen, also where the server asked has just been killed."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with suppress(httpx.TransportError):
            if seen():
                return
        assert time.monotonic() < deadline
        time.sleep(0.05)


def counted(client: httpx.Client, name: str) -> float:
    """Return what the service counts by a name, under all labels that begin with it."""
    lines = client.get("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def server(base: str) -> psutil.Process:
    """Return the process that was started for this address."""
    port = base.rpartition(":")[2]
    for child in psutil.Process().children():
        with suppress(psutil.Error):  # one that has just ended
            if child.environ().get("SOFTSTEP_PORT") == port:
                return child
    raise RuntimeError("the service is not among our processes")


def command_of(process: psutil.Process) -> str:
    """Return a process's command line, "" for one that has just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def memory(base: str) -> int:
    """Return how many bytes the service's processes hold together."""
    own = server(base)
    total = 0
    for one in (own, *own.children(recursive=True)):
        with suppress(psutil.Error):
            total += one.memory_info().rss
    return total


def peak(process: psutil.Process, renewed: bool = False) -> int:
    """Return the most bytes that the process has held since it was `renewed`.

    Linux alone tells; elsewhere it is what the process holds now.
    """
    if not TELLS_PEAK:
        held: int = process.memory_info().rss
        return held
    if renewed:
        Path(f"/proc/{process.pid}/clear_refs").write_text("5", encoding="ascii")
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _wait_until_ready(base: str, process: "subprocess.Popen[bytes]", log: IO[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            log.seek(0)
            raise RuntimeError(f"the service ended with {process.returncode}: {log.read()!r}")
        try:
            if httpx.get(base + "/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise RuntimeError("the service was not ready in time")
