"""Bodies that come compressed: what they become counts, and what they are not is told."""

import gzip
import json
import tracemalloc
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.http.gzip_body import GzipDecoder
from app.wire.faults import MalformedDocument
from tests.agents.test_route import PING
from tests.files.onnx.models import gemm_chain
from tests.service import Client, Connect, slug
from tests.timing import cpu_seconds

RELU = "/v1/activations/relu"
GZIP = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
BODY = json.dumps({"inputs": [-1, 0.5]}).encode()
MIB = 1 << 20


def packed(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


def decoded(data: bytes, pieces: int, most: int) -> bytes:
    """Undo `data`, fed and read in pieces of these sizes."""
    decoder, parts = GzipDecoder(), []
    for start in range(0, len(data), pieces):
        decoder.feed(data[start : start + pieces])
        while part := decoder.read(most):
            assert len(part) <= most
            parts.append(part)
    decoder.end()
    return b"".join(parts)


@given(st.lists(st.binary(max_size=200) | st.just(bytes(5_000)), min_size=1, max_size=4),
       st.integers(1, 50), st.integers(1, 300))  # fmt: skip
def test_gzip_in_any_pieces_is_what_it_was(members: list[bytes], pieces: int, most: int) -> None:
    assert decoded(b"".join(map(packed, members)), pieces, most) == b"".join(members)


def test_gzip_of_many_members_takes_time_by_their_number() -> None:
    """Of a piece with four times as many members each took four times as long."""

    def seconds(members: int) -> float:
        decoder = GzipDecoder()
        decoder.feed(packed(b"") * members)
        answers: list[bytes] = []
        taken = cpu_seconds(lambda: answers.append(decoder.read(MIB)), times=1)
        assert answers == [b""]
        decoder.end()
        return taken

    assert min(seconds(40_000) / seconds(10_000) for _ in range(5)) < 8


@given(st.binary(min_size=1, max_size=300), st.data())
def test_gzip_cut_off_anywhere_is_refused(body: bytes, data: st.DataObject) -> None:
    whole = packed(body)
    with pytest.raises(MalformedDocument):
        decoded(whole[: data.draw(st.integers(0, len(whole) - 1))], 7, 100)
    garbage = data.draw(st.binary(min_size=1, max_size=30))
    with pytest.raises(MalformedDocument):
        decoded(whole + b"z" + garbage, 7, 100)


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip"])
def test_gzip_asks_what_plain_bytes_ask(client: Client, coding: str) -> None:
    for path, kind, body in (
        (RELU, "application/json", BODY),
        ("/v1/models/describe", "application/onnx", gemm_chain("Tanh")),
    ):
        headers = {"Content-Type": kind}
        plain = client.post(path, content=body, headers=headers)
        answer = client.post(path, content=packed(body), headers={**headers, "Content-Encoding": coding})
        assert plain.status_code == answer.status_code == 200
        assert answer.content == plain.content


def test_gzip_is_undone_for_tools_too(connect: Connect) -> None:
    agent = connect(mcp=True, mcp_hosts="softstep")
    answer = agent.post("/mcp", content=packed(json.dumps(PING).encode()), headers=GZIP)
    assert answer.json()["result"] == {}


def test_gzip_in_many_chunks_is_whole(client: Client) -> None:
    body = json.dumps({"inputs": [0.1 * i for i in range(100_000)]}).encode()
    data = packed(body)

    async def chunks() -> Any:
        for start in range(0, len(data), 10_000):
            yield data[start : start + 10_000]

    answer = client.post(RELU, content=chunks(), headers=GZIP)
    assert len(answer.json()["outputs"]) == 100_000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        BODY,
        b"\x1f\x8b",
        packed(BODY)[:-1],
        packed(BODY)[:12],
        packed(BODY) + b"{}",
        packed(BODY) + b"\0",
        packed(BODY)[:-8] + bytes(8),
        zlib.compress(BODY),
    ],
)
def test_what_is_no_gzip_is_400_and_not_echoed(client: Client, data: bytes) -> None:
    answer = client.post(RELU, content=data, headers=GZIP)
    assert (answer.status_code, slug(answer)) == (400, "malformed-json")
    assert answer.json()["detail"].startswith("expected gzip")
    assert "inputs" not in answer.text


@pytest.mark.parametrize("coding", ["br", "deflate", "zstd", "gzip, gzip", "gzip, identity", "zebra", "*"])
def test_other_codings_are_415_and_say_which_is_read(client: Client, coding: str) -> None:
    answer = client.post(RELU, content=BODY, headers={**GZIP, "Content-Encoding": coding})
    assert (answer.status_code, slug(answer)) == (415, "unsupported-media-type")
    assert answer.headers["accept-encoding"] == "gzip"
    assert "accept" not in answer.headers and "zebra" not in answer.text


@pytest.mark.parametrize(
    ("path", "accepted"),
    [
        (RELU, {"application/json", "application/vnd.safetensors"}),
        ("/v1/models/read", {"application/onnx", "application/zip", "application/octet-stream"}),
        ("/mcp", {"application/json"}),
    ],
)
def test_other_media_types_are_415_and_say_which_are_read(
    connect: Connect, path: str, accepted: set[str]
) -> None:
    client = connect(mcp=True, mcp_hosts="softstep")
    answer = client.post(path, content=b"1,2", headers={"Content-Type": "text/csv"})
    assert slug(answer) == "unsupported-media-type"
    assert accepted <= set(answer.headers["accept"].split(", "))
    assert answer.headers["accept-post"] == answer.headers["accept"]


def bomb(size: int) -> bytes:
    """Return gzip of `size` zeros, a thousandth of that."""
    squeeze = zlib.compressobj(9, wbits=31)
    return b"".join([*(squeeze.compress(bytes(MIB)) for _ in range(size // MIB)), squeeze.flush()])


def test_a_bomb_is_refused_when_the_limit_is_reached(connect: Connect) -> None:
    """A gigabyte that comes as one is never held: the peak is near the limit of a body."""
    client = connect(max_body_bytes=MIB)
    data = bomb(1024 * MIB)
    assert len(data) < 1_100_000

    async def chunks() -> Any:
        for start in range(0, len(data), 1 << 16):
            yield data[start : start + (1 << 16)]

    tracemalloc.start()
    answer = client.post(RELU, content=chunks(), headers=GZIP)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (answer.status_code, slug(answer)) == (413, "too-large")
    assert peak < 6 * MIB


def test_members_of_nothing_do_not_go_on_for_ever(connect: Connect) -> None:
    client = connect(max_body_bytes=10_000)
    nothing = packed(b"") * 20

    async def chunks() -> Any:
        while True:
            yield nothing

    answer = client.post(RELU, content=chunks(), headers=GZIP)
    assert slug(answer) == "too-large"


def test_the_limit_counts_what_a_body_becomes(connect: Connect) -> None:
    client = connect(max_body_bytes=1000)
    for size, status in ((1000, 200), (1001, 413)):
        body = b'{"inputs":1}'.ljust(size)
        assert client.post(RELU, content=packed(body), headers=GZIP).status_code == status
