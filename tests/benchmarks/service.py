"""The service under load, beside the same endpoint written otherwise, each alone on one core."""

import importlib.util
import itertools
import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator

import numpy as np
import orjson
from safetensors.numpy import save

from app.nn.activations.catalogue import create
from tests.benchmarks.servers import CLIENT_CORE, SOFTSTEP, ask_large, hammer, request, serving, uvicorn
from tests.benchmarks.table import Row

PATH = "/v1/activations/sigmoid"
NUMBERS = np.random.default_rng(0).standard_normal(10**6)
SMALL = request(PATH, orjson.dumps({"inputs": np.linspace(-9, 9, 100).tolist()}))
ROUNDS = 3
NOT_HERE = float("nan")
_FRESH = itertools.count(1)

TYPED = SMALL.replace(PATH.encode(), b"/typed", 1)
USUAL = uvicorn("tests.benchmarks.peers.usual:app")
PEERS = {
    "FastAPI, a dictionary out": (USUAL, SMALL, 2.5),
    "FastAPI, a typed answer out": (USUAL, TYPED, None),
    "raw ASGI and orjson": (uvicorn("tests.benchmarks.peers.raw:app"), SMALL, 0.5),
    "LitServe": ([sys.executable, "-m", "tests.benchmarks.peers.lit", "{port}"], SMALL, 8.0),
}


def rows() -> Iterator[Row]:
    """Measure throughput, large bodies, fairness and the cold start."""
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {CLIENT_CORE})
    try:
        yield from _small()
        yield from _large()
        yield from _tensors()
        yield from _fair()
    finally:
        os.sched_setaffinity(0, everywhere)


def _small() -> Iterator[Row]:
    subject = "requests a second, 100 floats, 16 connections"
    with serving(SOFTSTEP, request("/readyz")) as ours:
        hammer(ours.port, SMALL, 0.5)
        for name, (command, message, goal) in PEERS.items():
            if name == "LitServe" and importlib.util.find_spec("litserve") is None:
                yield Row(subject, "not installed", name, NOT_HERE, f"≥ {goal}", True)
                continue
            with serving(command, message) as theirs:
                hammer(theirs.port, message, 0.5)
                ratios = []
                for _ in range(ROUNDS):  # in turn, so that a drift of the machine meets both
                    mine = len(hammer(ours.port, SMALL))
                    ratios.append(mine / max(1, len(hammer(theirs.port, message))))
                ratio = statistics.median(ratios)
                wanted = "–" if goal is None else f"≥ {goal}"
                yield Row(subject, f"{mine / 2:.0f}/s", name, ratio, wanted, goal is None or ratio >= goal)


def _large() -> Iterator[Row]:
    body = orjson.dumps({"inputs": NUMBERS}, option=orjson.OPT_SERIALIZE_NUMPY)
    message = request(PATH, body)
    with serving(SOFTSTEP, request("/readyz")) as ours, serving(USUAL, SMALL) as usual:
        hammer(ours.port, SMALL, 0.2)
        before = ours.peak()
        mine = statistics.median(ask_large(ours.port, message) for _ in range(2 * ROUNDS))
        share = (ours.peak() - before) / len(body)
        theirs = statistics.median(ask_large(usual.port, message) for _ in range(ROUNDS))
        ratio = theirs / mine
        subject = "10⁶ floats as JSON"
        yield Row(subject, f"{1000 * mine:.0f} ms", "FastAPI, a dictionary out", ratio, "≥ 12", ratio >= 12)
        message = request("/typed", body)
        typed = statistics.median(ask_large(usual.port, message) for _ in range(ROUNDS))
        yield Row(subject, f"{1000 * mine:.0f} ms", "FastAPI, a typed answer out", typed / mine, "–", True)
        yield Row(
            "peak memory for it", f"{len(body) / 2**20:.0f} MiB body", "the body", share, "≤ 4", share <= 4
        )


def _tensors() -> Iterator[Row]:
    """10⁶ floats as safetensors, against what no server can do without: two copies and the kernel."""
    message = request(PATH, save({"inputs": NUMBERS}), "application/vnd.safetensors")
    sigmoid = create("sigmoid")

    def least() -> float:
        begin = time.perf_counter()
        sigmoid.evaluate(NUMBERS.copy()).copy()
        return time.perf_counter() - begin

    with serving(SOFTSTEP, request("/readyz")) as ours:
        for _ in range(ROUNDS):
            ask_large(ours.port, message), least()
        pairs = [(ask_large(ours.port, message), least()) for _ in range(4 * ROUNDS)]
    mine, limit = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = mine / limit
    subject = "10⁶ floats as safetensors"
    yield Row(subject, f"{1000 * mine:.0f} ms", "two copies and the kernel", ratio, "≤ 2.5", ratio <= 2.5)


def _fair() -> Iterator[Row]:
    with serving(SOFTSTEP, request("/readyz")) as ours:
        hammer(ours.port, SMALL, 0.5)
        pairs = [(_p99(hammer(ours.port, SMALL, 2.0, 4)), _beside_drawing(ours.port)) for _ in range(ROUNDS)]
        ratio = statistics.median(beside / alone for alone, beside in pairs)
        beside = statistics.median(beside for _, beside in pairs)
        subject = "p99 of the small request while 4 clients ask for pictures"
        yield Row(subject, f"{1000 * beside:.1f} ms", "alone", ratio, "≤ 4", ratio <= 4)
        yield Row("cold start until ready", f"{ours.start:.1f} s", "–", NOT_HERE, "–", True)


def _beside_drawing(port: int) -> float:
    stop = threading.Event()
    drawing = threading.Thread(target=_draw, args=(port, stop))
    drawing.start()
    time.sleep(0.3)
    try:
        return _p99(hammer(port, SMALL, 4.0, 4))
    finally:
        stop.set()
        drawing.join()


def _draw(port: int, stop: threading.Event) -> None:
    """Ask for pictures that nobody has asked for, on 4 connections, until told to stop."""

    def one(client: int) -> None:
        while not stop.is_set():
            window = f"low=-{1 + client}.{next(_FRESH):06d}"
            hammer(port, request(f"/v1/activations/gelu/plot.png?{window}"), 0.001, 1)

    clients = [threading.Thread(target=one, args=(client,)) for client in range(4)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


def _p99(times: list[float]) -> float:
    return sorted(times)[int(0.99 * (len(times) - 1))]
