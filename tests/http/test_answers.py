"""Answers as they come over the wire: the same by every way of asking, whole, counted."""

import re
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.http.test_connection import connected, heard, post
from tests.service import Client
from tests.serving import running

RELU = "/v1/activations/relu"
PICTURE = "/v1/activations/relu/plot.svg"
BODY = b'{"inputs":[-1,0.5]}'
ORIGIN = "https://a.example"
OF_THE_MOMENT = {"date", "x-request-id", "connection"}


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with running(log_level="warning") as base:
        yield base


def parsed(text: bytes) -> tuple[bytes, dict[str, str], bytes]:
    """Return the status line, the headers that do not change from answer to answer, and the body."""
    head, _, body = text.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    headers = dict(line.decode().lower().split(": ", 1) for line in lines)
    assert len(headers) == len(lines), "a header came twice"
    assert re.fullmatch("[0-9a-f]{16}", headers["x-request-id"])
    return status, {name: value for name, value in headers.items() if name not in OF_THE_MOMENT}, body


def answered(connection: socket.socket, bodies: bool = True) -> bytes:
    """Read one answer, and what has come with it; without a body where HEAD was asked for."""
    text = b""
    while (end := text.find(b"\r\n\r\n", text.startswith(b"HTTP/1.1 100") and 25)) < 0:
        text += connection.recv(1 << 16)
    length = re.search(rb"content-length: (\d+)", text)
    assert length is not None
    while bodies and len(text) < end + 4 + int(length[1]):
        text += connection.recv(1 << 16)
    return text


def whole(base: str, message: bytes) -> bytes:
    """Send it in one piece, on a connection that stays open."""
    with connected(base) as connection:
        connection.sendall(message)
        return answered(connection)


def pieces(base: str, message: bytes) -> bytes:
    """Send head and body apart: by then the service waits for a message."""
    head, _, body = message.partition(b"\r\n\r\n")
    with connected(base) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(head + b"\r\n\r\n")
        time.sleep(0.2)
        connection.sendall(body)
        return answered(connection)


def closing(base: str, message: bytes) -> bytes:
    """Ask for the connection to be closed, which the answer has to say."""
    with connected(base) as connection:
        connection.sendall(message.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        text, seconds = heard(connection)
    assert seconds is not None
    assert b"connection: close\r\n" in text
    return text


def old(base: str, message: bytes) -> bytes:
    """Ask as HTTP/1.0 does."""
    return whole(base, message.replace(b"HTTP/1.1", b"HTTP/1.0", 1))


def expecting(base: str, message: bytes) -> bytes:
    """Ask to be told that the body may come, though it comes at once."""
    text = whole(base, message.replace(b"\r\n", b"\r\nExpect: 100-continue\r\n", 1))
    told, _, rest = text.partition(b"\r\n\r\n")
    assert told == b"HTTP/1.1 100 Continue"
    return rest


def chunked(base: str, message: bytes) -> bytes:
    """Send the body as one chunk."""
    size = b"Content-Length: %d" % len(BODY)
    text = message.replace(size, b"Transfer-Encoding: chunked").replace(
        BODY, b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    )
    return whole(base, text)


@pytest.mark.parametrize("way", [pieces, closing, old, expecting, chunked])
def test_an_answer_is_the_same_by_any_way(base: str, way: object) -> None:
    assert callable(way)
    status, headers, body = parsed(whole(base, post(BODY, RELU)))
    assert (status, body) == (b"HTTP/1.1 200 OK", b'{"outputs":[0.0,0.5]}')
    assert headers["content-length"] == str(len(body))
    assert b"\r\ndate: " in whole(base, post(BODY, RELU))
    assert parsed(way(base, post(BODY, RELU))) == (status, headers, body)


def test_it_is_the_same_without_our_server(base: str, client: Client) -> None:
    _, headers, body = parsed(whole(base, post(BODY, RELU)))
    answer = client.post(RELU, content=BODY, headers={"Content-Type": "application/json"})
    assert answer.content == body
    assert set(answer.headers) - OF_THE_MOMENT == set(headers)
    assert all(answer.headers[name].lower() == value for name, value in headers.items())


def test_an_answer_passes_through_the_layer_of_named_origins() -> None:
    """What opens answers to named origins stands around everything else."""
    with running(log_level="warning", cors_origins=ORIGIN) as base:
        _, headers, body = parsed(whole(base, post(BODY, RELU, f"Origin: {ORIGIN}")))
    assert body == b'{"outputs":[0.0,0.5]}'
    assert headers["access-control-allow-origin"] == ORIGIN


@pytest.mark.parametrize("path", [PICTURE, "/v1/activations/relu", "/livez"])
def test_head_says_what_get_says(base: str, path: str) -> None:
    """Head says what get says and leaves the connection in order."""

    def asked(method: str) -> bytes:
        return f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()

    httpx.get(base + path, timeout=60)  # a picture is a kept one from now on
    _, headers, body = parsed(whole(base, asked("GET")))
    assert int(headers["content-length"]) == len(body) > 0
    first, second = asked("HEAD"), post(BODY, RELU)
    with connected(base) as connection:
        connection.sendall(first)
        assert parsed(answered(connection, bodies=False))[1:] == (headers, b"")
        connection.sendall(second)
        assert parsed(answered(connection))[2] == b'{"outputs":[0.0,0.5]}'


@pytest.mark.parametrize("count", [6_500, 22_000, 300_000])
def test_long_bodies_and_answers_are_whole(base: str, count: int) -> None:
    body = b'{"inputs":[%b]}' % b",".join([b"0.5"] * count)
    _, headers, answer = parsed(whole(base, post(body, RELU)))
    assert answer == b'{"outputs":[%b]}' % b",".join([b"0.5"] * count)
    assert headers["content-length"] == str(len(answer))


def test_every_answer_is_counted(base: str) -> None:
    def counted(name: str) -> float:
        text = httpx.get(base + "/metrics", timeout=60).text
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    names = (
        f'softstep_request_seconds_count{{method="POST",route="{RELU}",status="200"}}',
        "softstep_received_bytes_total",
        "softstep_sent_bytes_total",
    )
    before = [counted(name) for name in names]
    for _ in range(3):
        whole(base, post(BODY, RELU))
    after = [counted(name) for name in names]
    assert after[0] - before[0] == 3
    assert after[1] - before[1] == 3 * len(BODY)
    assert after[2] - before[2] > 3 * len(b'{"outputs":[0.0,0.5]}')  # and what /metrics itself sent


def test_next_head_is_waited_for_as_long_as_the_first(base: str) -> None:
    """uvicorn closes connections on which nothing comes for five seconds, and took this for one."""
    asked = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    with connected(base) as connection:
        connection.settimeout(10)
        connection.sendall(asked + asked[:25])
        answered(connection)
        time.sleep(6)
        connection.sendall(asked[25:])
        assert parsed(answered(connection))[0] == b"HTTP/1.1 200 OK"
