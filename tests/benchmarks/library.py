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

import numpy as np
from safetensors.numpy import save

import app as softstep
from app.nn.activations.catalogue import create
from tests.benchmarks.gradients import in_turns
from tests.benchmarks.servers import CLIENT_CORE, SOFTSTEP, request, serving
from tests.benchmarks.table import Row
from tests.serving import PROJECT

KERNEL = {100: 1.3, 10**6: 1.05}
IMPORT, CURL = 0.6, 1.5
COUNT, ROUNDS = 10**5, 21
TENSORS = "application/vnd.safetensors"


def rows() -> Iterator[Row]:
    """Yield what was measured."""
    for count, goal in KERNEL.items():
        yield _function(count, goal)
    yield _import()
    yield _client()


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


def _client() -> Row:
    """Ask for sigmoid of many numbers by the client and by curl, in turns, on one connection each."""
    subject, peer = f"{COUNT:,} numbers through Client", "curl with the same body"
    if shutil.which("curl") is None:
        return Row(subject, "not installed", peer, float("nan"), f"≤ {CURL:g}", True)
    numbers = np.random.default_rng(0).normal(0, 4, COUNT)
    everywhere = os.sched_getaffinity(0)
    with TemporaryDirectory() as folder, serving(SOFTSTEP, request("/readyz")) as server:
        os.sched_setaffinity(0, {CLIENT_CORE})
        try:
            body = Path(folder) / "inputs.safetensors"
            body.write_bytes(save({"inputs": numbers}))
            base = f"http://127.0.0.1:{server.port}"
            with softstep.Client(base) as client:
                client.values("sigmoid", numbers)
                pairs = [
                    (_timed(lambda: client.values("sigmoid", numbers)), _by_curl(base, body))
                    for _ in range(ROUNDS)
                ]
        finally:
            os.sched_setaffinity(0, everywhere)
    ours, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    return _row(subject, f"{1000 * ours:.1f} ms", peer, ours / theirs, CURL)


def _timed(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def _by_curl(base: str, body: Path) -> float:
    """Return the seconds of curl's second request, on the connection of its first."""
    url = f"{base}/v1/activations/sigmoid"
    one = ["-s", "-o", os.devnull, "-w", "%{http_code} %{time_total}\n", "--data-binary", f"@{body}"]
    one += ["-H", f"Content-Type: {TENSORS}", "-H", f"Accept: {TENSORS}", url]
    said = subprocess.run(["curl", *one, "--next", *one], check=True, capture_output=True, text=True).stdout
    status, seconds = said.splitlines()[1].split()
    if status != "200":
        raise RuntimeError(f"answered {status}")
    return float(seconds)
