"""Servers on one core, and a client on another that asks them as fast as they answer."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from tests.serving import PROJECT, free_port

_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = _CORES[0], _CORES[-1]
_START = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its port, its process, and how long it took until it answered."""

    port: int
    process: psutil.Process
    start: float

    def peak(self) -> int:
        """Return the most memory that the server's own process has held, in bytes."""
        status = (PROJECT.__class__("/proc") / str(self.process.pid) / "status").read_text()
        return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


@contextmanager
def serving(command: list[str], ready: bytes) -> Iterator[Server]:
    """Start `command` (with {port}) on one core, wait until the request `ready` is answered with 200."""
    port = free_port()
    arguments = [part.replace("{port}", str(port)) for part in command]
    own = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "SOFTSTEP_LOG_LEVEL": "warning"}
    begin = time.perf_counter()
    process = subprocess.Popen(
        arguments,
        cwd=PROJECT,
        env=own,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
    )
    try:
        while not asyncio.run(_answers(port, ready)):
            if process.poll() is not None or time.perf_counter() - begin > _START:
                raise RuntimeError(f"{arguments} did not start")
            time.sleep(0.02)
        yield Server(port, psutil.Process(process.pid), time.perf_counter() - begin)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


async def _answers(port: int, message: bytes) -> bool:
    try:
        status, _ = await ask_once(port, message)
    except OSError:
        return False
    return status == 200


async def ask_once(port: int, message: bytes) -> tuple[int, int]:
    """Send one request on a connection of its own; return the status and the size of the body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**26)
    try:
        return await exchange(reader, writer, message)
    finally:
        writer.close()


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, message: bytes
) -> tuple[int, int]:
    writer.write(message)
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    at = lower.find(b"content-length:")
    size = int(lower[at + 15 : lower.index(b"\r\n", at)]) if at >= 0 else 0
    await reader.readexactly(size)
    return int(head[9:12]), size


def request(path: str, body: bytes | None = None, kind: str = "application/json") -> bytes:
    """Return the bytes of a request, which asks for an answer of its own kind; without a body a GET."""
    if body is None:
        return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    about = [
        f"Content-Type: {kind}",
        f"Accept: {kind}",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", *about, "", ""]).encode() + body


def ask_large(port: int, message: bytes) -> float:
    """Return the seconds that one large request takes, by a client that does nothing but move bytes."""
    block = bytearray(2**20)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        begin = time.perf_counter()
        connection.sendall(message)
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(2**16)
        head, _, body = head.partition(b"\r\n\r\n")
        if head[9:12] != b"200":
            raise RuntimeError(f"answered {head[9:12].decode()}")
        left = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]) - len(body)
        while left:
            left -= connection.recv_into(block)
        return time.perf_counter() - begin


async def _hammer(port: int, message: bytes, until: float, times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**26)
    while (begin := time.perf_counter()) < until:
        status, _ = await exchange(reader, writer, message)
        if status != 200:
            raise RuntimeError(f"answered {status}")
        times.append(time.perf_counter() - begin)
    writer.close()


def hammer(port: int, message: bytes, seconds: float = 2.0, connections: int = 16) -> list[float]:
    """Return the latencies of all requests that so many connections had answered within `seconds`."""
    times: list[float] = []

    async def run() -> None:
        until = time.perf_counter() + seconds
        await asyncio.gather(*(_hammer(port, message, until, times) for _ in range(connections)))

    asyncio.run(run())
    return times


SOFTSTEP = [sys.executable, "-m", "app", "--port", "{port}"]


def uvicorn(target: str) -> list[str]:
    """Return the command that serves a peer."""
    return [sys.executable, "-m", "uvicorn", target, "--port", "{port}", "--log-level", "error"]
