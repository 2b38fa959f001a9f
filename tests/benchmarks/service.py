"""The service under load, beside the same endpoint written otherwise, each alone on one core."""

import importlib.util
import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator

import numpy as np
import orjson

from tests.benchmarks.servers import CLIENT_CORE, SOFTSTEP, hammer, request, serving, uvicorn
from tests.benchmarks.table import Row

PATH = "/v1/activations/sigmoid"
SMALL = request(PATH, orjson.dumps({"inputs": np.linspace(-9, 9, 100).tolist()}))
ROUNDS = 3
NOT_HERE = float("nan")

PEERS = {
    "the usual FastAPI way": (uvicorn("tests.benchmarks.peers.usual:app"), 2.5),
    "raw ASGI and orjson": (uvicorn("tests.benchmarks.peers.raw:app"), 0.5),
    "LitServe": ([sys.executable, "-m", "tests.benchmarks.peers.lit", "{port}"], 8.0),
}


def rows() -> Iterator[Row]:
    """Measure throughput, large bodies, fairness and the cold start."""
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {CLIENT_CORE})
    try:
        yield from _small()
        yield from _large()
        yield from _fair()
    finally:
        os.sched_setaffinity(0, everywhere)


def _small() -> Iterator[Row]:
    with serving(SOFTSTEP, request("/readyz")) as ours:
        hammer(ours.port, SMALL, 0.5)
        for name, (command, goal) in PEERS.items():
            subject = "requests a second, 100 floats, 16 connections"
            if name == "LitServe" and importlib.util.find_spec("litserve") is None:
                yield Row(subject, "not installed", name, NOT_HERE, f"≥ {goal}", True)
                continue
            with serving(command, SMALL) as theirs:
                hammer(theirs.port, SMALL, 0.5)
                ratios = []
                for _ in range(ROUNDS):  # in turn, so that a drift of the machine meets both
                    mine = len(hammer(ours.port, SMALL))
                    ratios.append(mine / max(1, len(hammer(theirs.port, SMALL))))
                ratio = statistics.median(ratios)
                yield Row(subject, f"{mine / 2:.0f}/s", name, ratio, f"≥ {goal}", ratio >= goal)


def _large() -> Iterator[Row]:
    numbers = np.random.default_rng(0).standard_normal(10**6)
    body = orjson.dumps({"inputs": numbers}, option=orjson.OPT_SERIALIZE_NUMPY)
    message = request(PATH, body)
    with (
        serving(SOFTSTEP, request("/readyz")) as ours,
        serving(PEERS["the usual FastAPI way"][0], SMALL) as usual,
    ):
        hammer(ours.port, SMALL, 0.2)
        before = ours.peak()
        mine = [min(hammer(ours.port, message, 0.01, 1)) for _ in range(ROUNDS)]
        theirs = [min(hammer(usual.port, message, 0.01, 1)) for _ in range(ROUNDS)]
        ratio = statistics.median(theirs) / statistics.median(mine)
        yield Row(
            "10⁶ floats as JSON",
            f"{1000 * statistics.median(mine):.0f} ms",
            "the usual FastAPI way",
            ratio,
            "≥ 12",
            ratio >= 12,
        )
        share = (ours.peak() - before) / len(body)
        yield Row(
            "peak memory for it", f"{len(body) / 2**20:.0f} MiB body", "the body", share, "≤ 4", share <= 4
        )


def _fair() -> Iterator[Row]:
    with serving(SOFTSTEP, request("/readyz")) as ours:
        hammer(ours.port, SMALL, 0.5)
        alone = _p99(hammer(ours.port, SMALL, 2.0, 4))
        stop = threading.Event()
        drawing = threading.Thread(target=_draw, args=(ours.port, stop))
        drawing.start()
        time.sleep(0.3)
        beside = _p99(hammer(ours.port, SMALL, 4.0, 4))
        stop.set()
        drawing.join()
        ratio = beside / alone
        subject = "p99 of the small request while 4 clients ask for pictures"
        yield Row(subject, f"{1000 * beside:.1f} ms", "alone", ratio, "≤ 4", ratio <= 4)
        yield Row("cold start until ready", f"{ours.start:.1f} s", "–", NOT_HERE, "–", True)


def _draw(port: int, stop: threading.Event) -> None:
    """Ask for pictures that nobody has asked for, on 4 connections, until told to stop."""

    def one(client: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            window = f"low=-{1 + client}.{number:06d}"
            hammer(port, request(f"/v1/activations/gelu/plot.png?{window}"), 0.001, 1)

    clients = [threading.Thread(target=one, args=(client,)) for client in range(4)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


def _p99(times: list[float]) -> float:
    return sorted(times)[int(0.99 * (len(times) - 1))]
