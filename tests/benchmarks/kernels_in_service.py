"""What a request costs the server in processor time, beside the same endpoint with FastAPI and PyTorch.

relu has no kernel to speak of: what it costs is reading, checking and writing.
"""

import ctypes
import importlib.util
import os
import time
from collections.abc import Iterator

import numpy as np
import orjson
from safetensors.numpy import save

from tests.benchmarks.servers import (
    CLIENT_CORE,
    SOFTSTEP,
    Server,
    ask_large,
    request,
    serving,
    uvicorn,
)
from tests.benchmarks.table import Row

FUNCTIONS = (("relu", False), ("sigmoid", False), ("gelu", False), ("mish", True))
COUNTS = (100, 10_000, 1_000_000)
TENSORS = "application/vnd.safetensors"
ROUNDS = 7
NOT_HERE = float("nan")
PEER = "FastAPI, safetensors and PyTorch"


def rows() -> Iterator[Row]:
    """Measure every function at every size, by JSON and by safetensors."""
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {CLIENT_CORE})
    ready = request("/readyz")
    try:
        with serving(SOFTSTEP, ready) as ours:
            if importlib.util.find_spec("torch") is None:
                yield from _measured(ours, None)
            else:
                with serving(uvicorn("tests.benchmarks.peers.torch_kernels:app"), ready) as theirs:
                    yield from _measured(ours, theirs)
    finally:
        os.sched_setaffinity(0, everywhere)


def _measured(ours: Server, theirs: Server | None) -> Iterator[Row]:
    for count in COUNTS:
        for kind in ("application/json", TENSORS):
            messages = [_message(name, derivative, count, kind) for name, derivative in FUNCTIONS]
            times = _in_turns(messages, count, ours, theirs)
            least = times[0][0]
            for (name, derivative), (mine, peer) in zip(FUNCTIONS, times, strict=True):
                subject = f"server CPU, {name}{' with derivative' if derivative else ''}, {count} floats"
                told = f"{1e3 * mine:.2f} ms by {'JSON' if kind != TENSORS else 'safetensors'}"
                goal = _goal(name, count, kind)
                yield Row(subject, told, "relu's", mine / least, goal[1], mine <= goal[0] * least)
                if theirs is None:
                    yield Row(subject, f"{told}; PyTorch is not installed", PEER, NOT_HERE, "reported", True)
                else:
                    yield Row(subject, told, PEER, mine / peer, "reported", True)


def _goal(name: str, count: int, kind: str) -> tuple[float, str]:
    if name == "gelu" and count == COUNTS[0]:
        return 1.3, "≤ 1.3"
    if count == COUNTS[-1] and kind == TENSORS:
        return 4.0, "≤ 4"
    return float("inf"), "reported"


def _message(name: str, derivative: bool, count: int, kind: str) -> bytes:
    inputs = np.random.default_rng(0).normal(0, 3, count)
    if kind == TENSORS:
        about = {"request": orjson.dumps({"derivative": derivative}).decode()}
        body = save({"inputs": inputs}, about)
    else:
        question = {"inputs": inputs, "derivative": derivative}
        body = orjson.dumps(question, option=orjson.OPT_SERIALIZE_NUMPY)
    return request(f"/v1/activations/{name}", body, kind)


def _in_turns(messages: list[bytes], count: int, *servers: Server | None) -> list[list[float]]:
    """Return the least processor time, in seconds, that each request takes each server.

    All by turns: what else the machine does in a while then changes no ratio.
    """
    repeats = max(2, min(100, 300_000 // count))
    least = [[float("inf")] * len(servers) for _ in messages]
    for _ in range(ROUNDS):
        for message, times in zip(messages, least, strict=True):
            for i, server in enumerate(servers):
                if server is None:
                    continue
                before = _processor_time(server)
                for _ in range(repeats):
                    ask_large(server.port, message)
                times[i] = min(times[i], (_processor_time(server) - before) / repeats)
    return least


def _processor_time(server: Server) -> float:
    """Return the seconds that the server's process has computed, to the nanosecond.

    /proc/PID/stat counts hundredths: a quarter of what a request of 10⁶ numbers takes.
    """
    clock = ctypes.c_int()
    failed = ctypes.CDLL(None).clock_getcpuclockid(server.process.pid, ctypes.byref(clock))
    if failed:
        raise OSError(failed, os.strerror(failed))
    return time.clock_gettime(clock.value)
