"""No request keeps the event loop from the others: attacks on a service, judged by its own watchdog."""

import gzip
import json
import re
import struct
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.http.test_gzip_body import bomb
from tests.oracles import hostile
from tests.oracles.hostile_questions import QUESTIONS
from tests.serving import running

MIB = 1 << 20
ATTEMPTS = 5
"""Of which one must pass: on a crowded machine the system itself takes the loop off its core."""
LAW = "0.02"
RELU = "/v1/activations/relu"
PLAIN = {"content-type": hostile.JSON}
PACKED = {**PLAIN, "content-encoding": "gzip"}
TENSORS = {"content-type": hostile.TENSORS}
FILE = {"content-type": "application/octet-stream"}


def tensors(names: list[str], metadata: str = "{}", data: bytes = b"") -> bytes:
    header: dict[str, object] = {"__metadata__": {"request": metadata}}
    header |= {name: {"dtype": "F64", "shape": [0], "data_offsets": [0, 0]} for name in names}
    if data:
        header["inputs"] = {"dtype": "F64", "shape": [len(data) // 8], "data_offsets": [0, len(data)]}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def nested_findings(networks: int, layers: int) -> bytes:
    network = b'{"network":{"layers":[' + b",".join([b"{}"] * layers) + b"]}}"
    return b'{"networks":[' + b",".join([network] * networks) + b"]}"


def repeated(unit: bytes, size: int) -> bytes:
    return b'{"inputs":[' + unit * (size // len(unit)) + b"1]}"


def attacks() -> dict[str, tuple[str, bytes | None, dict[str, str]]]:
    """Return by name a target, a body (none of a GET) and headers."""
    problem = QUESTIONS["/v1/gradients"]
    check = QUESTIONS["/v1/gradients/check"]
    wide = {"W": [[0.5] * 6] * 6, "Theta": [[0.25] * 6] * 6, "inputs": [[1.0] * 6], "targets": [1]}
    return {
        "nested faults": ("/v1/networks/plot.txt", nested_findings(42, 1000), PLAIN),
        "small nested faults": ("/v1/networks/plot.txt", nested_findings(3, 850), PLAIN),
        "submitted faults": (
            "/v1/networks/gradients/check",
            b'{"submission":{"layers":[' + b"[]," * 80_000 + b"1]}}",
            PLAIN,
        ),
        "an explanation": ("/v1/gradients", json.dumps({**wide, "explain": True}).encode(), PLAIN),
        "a small explanation": ("/v1/gradients", json.dumps(problem).encode(), PLAIN),
        "a check": ("/v1/gradients/check", json.dumps(check).encode(), PLAIN),
        "a comparison of networks": (
            "/v1/networks/compare",
            json.dumps(QUESTIONS["/v1/networks/compare"]).encode(),
            PLAIN,
        ),
        "an identity": ("/v1/identities/tanh_as_sigmoid", None, {}),
        "a comparison": ("/v1/activations/compare?first=gelu&second=mish", None, {}),
        "the catalogue": ("/v1/activations", None, {}),
        "a long Accept": (RELU, b'{"inputs":1}', {**PLAIN, "accept": ",".join(["a/b;q=0.1"] * 6000)}),
        "a long path": ("/static" + "/a" * 30_000, None, {}),
        "a long query": ("/v1/activations/plot.txt?" + "a=1&" * 15_000, None, {}),
        "ragged rows": (RELU, repeated(b"[1],[1,2],", 20 * MIB), PLAIN),
        "quotes": (RELU, repeated(b'"",', 20 * MIB), PLAIN),
        "bare quotes": (RELU, b'"' * (20 * MIB), PLAIN),
        "spaces": (RELU, b" " * (20 * MIB), PLAIN),
        "spaces in an array": (RELU, repeated(b" ", 20 * MIB), PLAIN),
        "one long string": (RELU, b'{"inputs":"' + b"a" * (20 * MIB) + b'"}', PLAIN),
        "brackets that close": (RELU, b'{"inputs":' + b"[" * 64 + b"1" + b"]" * (20 * MIB) + b"}", PLAIN),
        "brackets": (RELU, repeated(b"[],", 20 * MIB), PLAIN),
        "brackets read at once": (RELU, repeated(b"[[[[[[[[]]]]]]]],", 260_000), PLAIN),
        "braces read by the loop": (RELU, repeated(b"{},", 8_000), PLAIN),
        "numbers": (RELU, repeated(b"0.125,", 20 * MIB), PLAIN),
        "digits": (RELU, b'{"inputs":' + b"1" * (20 * MIB) + b"}", PLAIN),
        "escapes": (RELU, b'{"inputs":"' + b"\\n" * (10 * MIB) + b'"}', PLAIN),
        "not a number at the end": (RELU, repeated(b"0.125,", 20 * MIB)[:-2] + b',NaN]}', PLAIN),
        "tensors with many names": (RELU, tensors([f"a{i}" for i in range(14_000)]), TENSORS),
        "tensors with a long name": (RELU, tensors(["a." * 400_000]), TENSORS),
        "tensors with a document": (RELU, tensors([], '{"inputs":[' + "[]," * 200_000 + "1]}"), TENSORS),
        "large tensors": (RELU, tensors([], data=bytes(32 * MIB)), TENSORS),
        "a bomb": (RELU, bomb(65 * MIB), PACKED),
        "a packed list": (RELU, gzip.compress(repeated(b"0.125,", 20 * MIB), 1), PACKED),
        "members of nothing": (RELU, gzip.compress(b"") * 50_000, PACKED),
        "no model file": ("/v1/models/describe", bytes(range(256)) * (128 << 10), FILE),
        "many numbers answered": (
            RELU,
            tensors([], data=bytes(32 * MIB)),
            {**TENSORS, "accept": hostile.JSON},
        ),
        "a model file of nothing": ("/v1/models/describe", bytes(32 * MIB), FILE),
    }  # fmt: skip


ATTACKS = attacks()


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with running(log_level="warning") as base:
        yield base


def late(client: httpx.Client) -> int:
    """Return how often the loop was late by more than the law allows, by the service's own doing."""
    text = client.get("/metrics").text
    total = re.search(r"^softstep_loop_held_seconds_count (\S+)$", text, re.MULTILINE)
    below = re.search(rf'^softstep_loop_held_seconds_bucket{{le="{LAW}"}} (\S+)$', text, re.MULTILINE)
    assert total and below
    return round(float(total[1]) - float(below[1]))


def times_late(client: httpx.Client, name: str) -> int:
    target, body, headers = ATTACKS[name]
    before = late(client)
    answer = client.request("GET" if body is None else "POST", target, content=body, headers=headers)
    assert answer.status_code != 500
    time.sleep(0.05)
    return late(client) - before


@pytest.mark.parametrize("name", ATTACKS)
def test_no_request_holds_the_loop(base: str, name: str) -> None:
    with httpx.Client(base_url=base, timeout=120) as client:
        found = []
        for _ in range(ATTEMPTS):
            found.append(times_late(client, name))
            if not found[-1]:
                return
        pytest.fail(f"{name}: the loop was held for more than {LAW} s {found} times")
