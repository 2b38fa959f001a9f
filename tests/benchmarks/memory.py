"""What the service holds after 20,000 mixed requests: at rest, and whether it grows."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle, islice

import numpy as np
import orjson
import psutil
from safetensors.numpy import save

from tests.benchmarks.servers import SOFTSTEP, Server, exchange, request, serving
from tests.benchmarks.table import Row

COUNT, FIRST, EACH = 20_000, 2_000, 2
CONNECTIONS = 8
AT_REST, FLAT = 20.0, 1.03  # MiB, and how much of what it held after the first requests
TENSORS = "application/vnd.safetensors"
SETTLES = 2.0  # seconds


def rows() -> Iterator[Row]:
    """Ask a fresh service for a little of each, then for a tenth of all requests, then for the rest."""
    messages = _messages()
    with serving(SOFTSTEP, request("/readyz")) as server:
        held = []
        for count in (EACH * len(messages), FIRST, COUNT - FIRST):
            asyncio.run(_ask(server.port, list(islice(cycle(messages), count))))
            time.sleep(SETTLES)
            held.append(_held(server) / 2**20)
    begin, first, last = held
    few = EACH * len(messages)
    yield Row(
        f"memory at rest after {COUNT:,} mixed requests",
        f"{last - begin:.1f} MiB more than after {few} requests",
        f"{AT_REST:g} MiB",
        (last - begin) / AT_REST,
        "≤ 1",
        last - begin <= AT_REST,
    )
    yield Row(
        f"memory at rest after {COUNT:,} mixed requests",
        f"{last:.0f} MiB",
        f"after {FIRST:,}",
        last / first,
        f"≤ {FLAT:g}",
        last <= FLAT * first,
    )


def _messages() -> list[bytes]:
    """Return requests small and large, by JSON and safetensors, right and wrong, for one answer each."""
    random = np.random.default_rng(0)
    messages = []
    for name, count in (("sigmoid", 1), ("gelu", 100), ("mish", 1_000), ("tanhshrink", 3_000)):
        inputs = random.normal(0, 3, count)
        body = {"inputs": inputs, "derivative": True}
        path = f"/v1/activations/{name}"
        messages.append(request(path, orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)))
        messages.append(request(path, save({"inputs": inputs}, {"request": '{"derivative": true}'}), TENSORS))
    for rows, wide in ((1, 3), (100, 30)):
        question = {
            "W": random.normal(0, 1, (4, wide)),
            "Theta": random.normal(0, 1, (4, 3)),
            "inputs": random.normal(0, 1, (rows, wide)),
            "targets": random.integers(0, 3, rows),
        }
        messages.append(request("/v1/gradients", orjson.dumps(question, option=orjson.OPT_SERIALIZE_NUMPY)))
    messages.append(request("/v1/gradients", b'{"W": [[1, 2], [3]], "Theta": "none"}'))
    messages.append(request("/v1/activations/sigmoid", b'{"inputs": [1, 2, "three"]}'))
    messages.append(request("/v1/activations"))
    large = save({"inputs": random.normal(0, 3, 300_000)}, {"request": "{}"})
    return [*messages * 10, request("/v1/activations/gelu", large, TENSORS)]


async def _ask(port: int, messages: list[bytes]) -> None:
    """Send all messages over a few connections at once; RuntimeError for another status than is due."""

    async def some(which: list[bytes]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**26)
        for message in which:
            status, _ = await exchange(reader, writer, message)
            if status not in (200, 422):
                raise RuntimeError(f"answered {status}")
        writer.close()

    await asyncio.gather(*(some(messages[i::CONNECTIONS]) for i in range(CONNECTIONS)))


def _held(server: Server) -> int:
    """Return the bytes of all processes of the service, of what they share a part each."""
    total = 0
    for process in (server.process, *server.process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total
