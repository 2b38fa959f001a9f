"""The library beside what it calls: a function beside its kernel, a client beside curl, its import."""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import numpy as np
from safetensors.numpy import save

import app as softstep
from app.nn.activations.catalogue import create
from tests.benchmarks.gradients import in_turns
from tests.benchmarks.servers import CLIENT_CORE, SOFTSTEP, request, serving
from tests.benchmarks.table import Row
from tests.serving import PROJECT

KERNEL = {100: 1.3, 10**6: 1.05}
IMPORT, CURL, HTTPX = 0.6, 1.5, 1.15
COUNT, ROUNDS = 10**5, 21
PATH = "/v1/activations/sigmoid"
TENSORS = "application/vnd.safetensors"
HEADERS = {"Content-Type": TENSORS, "Accept": TENSORS}


def rows() -> Iterator[Row]:
    """Yield what was measured."""
    for count, goal in KERNEL.items():
        yield _function(count, goal)
    yield _import()
    yield from _client()


def _row(subject: str, measured: str, against: str, ratio: float, goal: float) -> Row:
    return Row(subject, measured, against, ratio, f"≤ {goal:g}", ratio <= goal)


def _function(count: int, goal: float) -> Row:
    numbers = np.random.default_rng(0).normal(0, 4, count)
    kernel, sigmoid = create("sigmoid").evaluate, softstep.sigmoid
    called, bare = in_turns(lambda: sigmoid(numbers), lambda: kernel(numbers))
    return _row(f"softstep.sigmoid of {count:,} numbers", "time", "its kernel", called / bare, goal)


def _import() -> Row:
    """Time fresh interpreters in turns, less the time of one that imports nothing."""
    commands = ["pass", "import app", "import app.main"]
    taken = [min(times) for times in zip(*(map(_seconds, commands) for _ in range(5)), strict=True)]
    nothing, library, server = taken
    # `import softstep` loads what it names only when that is asked for: what counts is the first answer.
    first = min(_seconds("import app; app.sigmoid(0.5)") for _ in range(5))
    ratio = (max(library, first) - nothing) / (server - nothing)
    return _row(
        "import softstep and sigmoid(0.5)", f"{first - nothing:.2f} s", "the server's import", ratio, IMPORT
    )


def _seconds(code: str) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)
    return time.perf_counter() - begin


def _client() -> Iterator[Row]:
    """Ask for sigmoid of many numbers by the client, by httpx and by curl, in turns, each on one connection.

    What httpx takes beside curl is the HTTP of a Python program; what the client adds to that is ours.
    """
    subject = f"{COUNT:,} numbers through Client"
    numbers = np.random.default_rng(0).normal(0, 4, COUNT)
    everywhere = os.sched_getaffinity(0)
    with TemporaryDirectory() as folder, serving(SOFTSTEP, request("/readyz")) as server:
        os.sched_setaffinity(0, {CLIENT_CORE})
        try:
            body = Path(folder) / "inputs.safetensors"
            body.write_bytes(save({"inputs": numbers}))
            url = f"http://127.0.0.1:{server.port}"
            with softstep.Client(url) as client, httpx.Client(base_url=url) as plain:
                asks = {
                    "client": lambda: _timed(lambda: client.values("sigmoid", numbers)),
                    "httpx": lambda: _timed(
                        lambda: plain.post(PATH, content=body.read_bytes(), headers=HEADERS)
                    ),
                }
                if shutil.which("curl"):
                    asks["curl"] = lambda: _by_curl(url + PATH, body)
                turns = [[ask() for ask in asks.values()] for _ in range(ROUNDS + 1)][1:]
        finally:
            os.sched_setaffinity(0, everywhere)
    taken = {
        name: statistics.median(times) for name, times in zip(asks, zip(*turns, strict=True), strict=True)
    }
    ours = f"{1000 * taken['client']:.1f} ms"
    yield _row(subject, ours, "httpx with the same body", taken["client"] / taken["httpx"], HTTPX)
    if "curl" in taken:
        yield _row(subject, ours, "curl with the same body", taken["client"] / taken["curl"], CURL)


def _timed(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def _by_curl(url: str, body: Path) -> float:
    """Return the seconds of curl's second request, on the connection of its first."""
    one = ["-s", "-o", os.devnull, "-w", "%{http_code} %{time_total}\n", "--data-binary", f"@{body}"]
    one += [word for name, value in HEADERS.items() for word in ("-H", f"{name}: {value}")] + [url]
    said = subprocess.run(["curl", *one, "--next", *one], check=True, capture_output=True, text=True).stdout
    status, seconds = said.splitlines()[1].split()
    if status != "200":
        raise RuntimeError(f"answered {status}")
    return float(seconds)
