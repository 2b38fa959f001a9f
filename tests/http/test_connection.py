"""Connections below HTTP: what is none, what has no end, what is slow, and who hangs up."""

import json
import re
import socket
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import NamedTuple

import httpx
import pytest

from tests.oracles.hostile_questions import QUESTIONS
from tests.serving import counted, memory, running, server, until

RELU = "/v1/activations/relu"
CHUNKED = b"Transfer-Encoding: chunked"
CLOSE = "Connection: close"  # of the last request: then all has come when the connection ends


class Heard(NamedTuple):
    """What came back on a connection, and after how many seconds it was closed; None while it stays open."""

    text: bytes
    seconds: float | None


def connected(base: str) -> socket.socket:
    host, port = base.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def heard(connection: socket.socket, patience: float = 60.0) -> Heard:
    """Read until the other side closes, or nothing has come for so many seconds."""
    text, start = b"", time.monotonic()
    connection.settimeout(patience)
    try:
        while piece := connection.recv(1 << 16):
            text += piece
    except TimeoutError:
        return Heard(text, None)
    except ConnectionError:
        pass
    return Heard(text, time.monotonic() - start)


def post(body: bytes = b'{"inputs":-1}', path: str = RELU, *lines: str) -> bytes:
    head = [
        f"POST {path} HTTP/1.1",
        "Host: x",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*head, *lines, "", ""]).encode() + body


@pytest.fixture(scope="module")
def impatient() -> Iterator[str]:
    with running(client_timeout_seconds=1, log_level="warning") as base:
        yield base


NO_HTTP: dict[str, bytes] = {
    "another protocol": bytes.fromhex("16030102000100") * 50,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no method": b"BREW /livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "a tunnel": b"CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "lines without a return": b"GET /livez HTTP/1.1\nHost: x\n\n",
    "a folded header": b"GET /livez HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
    "a zero byte in a header": b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Request-ID: a\x00b\r\n\r\n",
    "two lengths": post(b'{"inputs":1}', RELU, "Content-Length: 13"),
    "a length and chunks": post(b"0\r\n\r\n", RELU, "Transfer-Encoding: chunked"),
    "a length below zero": post(b"").replace(b"Length: 0", b"Length: -1"),
    "a length in words": post(b"").replace(b"Length: 0", b"Length: ten"),
    "a length of 5,000 digits": post(b"").replace(b"Length: 0", b"Length: " + b"9" * 5000),
    "a chunk of no size": post(b"").replace(b"Content-Length: 0", CHUNKED) + b"zz\r\n",
    "a chunk of 2^68": post(b"").replace(b"Content-Length: 0", CHUNKED) + b"f" * 17 + b"\r\n",
    "a coding that is unknown": post(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: gzip")
    + b"0\r\n\r\n",
}
_CHUNKS = post(b"").replace(b"Content-Length: 0", CHUNKED)
_CLOSING_CHUNKS = post(b"", RELU, CLOSE).replace(b"Content-Length: 0", CHUNKED)
ENDLESS: dict[str, bytes] = {
    "one long header": b"GET /livez HTTP/1.1\r\nX: " + b"a" * 2_000_000,
    "many headers": b"GET /livez HTTP/1.1\r\n" + b"X: a\r\n" * 400_000,
    "a long address": b"GET /" + b"a" * 2_000_000,
    "a long name": b"GET /livez HTTP/1.1\r\n" + b"a" * 2_000_000,
    "many trailers": _CHUNKS + b"1\r\n1\r\n0\r\n" + b"X: a\r\n" * 400_000,
    "one long trailer": _CHUNKS + b"1\r\n1\r\n0\r\nX: " + b"a" * 2_000_000,
    "a chunk with a long word": _CHUNKS + b"1;x=" + b"a" * 2_000_000,
}


@pytest.mark.parametrize("name", NO_HTTP)
def test_what_is_not_http_is_answered_and_closed(impatient: str, name: str) -> None:
    with connected(impatient) as connection:
        connection.sendall(NO_HTTP[name])
        answer = heard(connection)
    assert answer.text.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"application/problem+json" in answer.text
    assert answer.seconds is not None


@pytest.mark.parametrize("name", ENDLESS)
def test_a_head_without_an_end_is_refused(impatient: str, name: str) -> None:
    with connected(impatient) as connection:
        try:
            connection.sendall(ENDLESS[name])
        except ConnectionError:
            pass  # refused while it was still being sent
        answer = heard(connection)
    assert answer.seconds is not None
    # A caller who is still sending may lose the answer to the reset that follows it.
    assert not answer.text or b" 431 " in answer.text.splitlines()[0]


class Slow(NamedTuple):
    """What comes at once, what comes byte by byte, and what the answer's first line holds."""

    once: bytes
    drops: bytes = b""
    expected: bytes = b""


_ENDLESS = post(b"").replace(b"Content-Length: 0", b"Content-Length: 99999999999")
SLOW: dict[str, Slow] = {
    "nothing at all": Slow(b""),
    "a head that stops": Slow(b"GET /livez HTT"),
    "a head in drops": Slow(b"", b"GET /livez HTTP/1.1\r\nX-Padding: " + b"a" * 100),
    "a body that stops": Slow(post()[:-3], b"", b" 408 "),
    "a body in drops": Slow(post(b" " * 99)[:-99], b" " * 99, b" 408 "),
    "chunks in drops": Slow(_CHUNKS, b"1\r\n \r\n" * 20, b" 408 "),
    "a body that is refused and goes on": Slow(_ENDLESS, b" " * 99, b" 413 "),
    "empty lines after an answer": Slow(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n" * 5, b" 200 "),
}


def drip(slow: Slow, connection: socket.socket) -> None:
    with suppress(OSError):  # closed: what is waited for
        connection.sendall(slow.once)
        for byte in slow.drops:
            connection.sendall(bytes([byte]))
            time.sleep(0.03)


def test_slow_senders_are_given_up_and_others_do_not_wait(impatient: str) -> None:
    def send(slow: Slow) -> Heard:
        with connected(impatient) as connection, ThreadPoolExecutor(1) as sender:
            sender.submit(drip, slow, connection)
            return heard(connection)

    with ThreadPoolExecutor(3 * len(SLOW)) as callers:
        answers = {name: [callers.submit(send, slow) for _ in range(3)] for name, slow in SLOW.items()}
        time.sleep(0.3)
        # At one moment at least, however busy the machine is.
        assert min(seconds_of_one(impatient) for _ in range(10)) < 2
        for name, several in answers.items():
            for answer in (one.result() for one in several):
                assert answer.seconds is not None, f"{name}: still open"
                expected = SLOW[name].expected
                assert bool(answer.text) == bool(expected), f"{name}: {answer.text[:60]!r}"
                assert expected in answer.text.partition(b"\r\n")[0], f"{name}: {answer.text[:60]!r}"


def seconds_of_one(base: str) -> float:
    start = time.monotonic()
    assert httpx.post(base + RELU, json={"inputs": 1}, timeout=60).status_code == 200
    return time.monotonic() - start


def test_who_reads_nothing_is_given_up(impatient: str) -> None:
    body = b'{"inputs":[' + b"0.123456789," * 1_000_000 + b"1]}"
    before = memory(impatient)
    with ExitStack() as stack:
        connections = [stack.enter_context(connected(impatient)) for _ in range(4)]
        for connection in connections:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(post(body))  # more than the system holds: the service has taken it
        ours = {connection.getsockname()[1] for connection in connections}
        until(lambda: not held(impatient, ours))
        assert memory(impatient) < before + 64 * 2**20
        assert httpx.post(impatient + RELU, json={"inputs": 1}, timeout=60).status_code == 200


def held(base: str, ports: set[int]) -> set[int]:
    """Return which of these ports' connections the service still holds."""
    return {one.raddr.port for one in server(base).net_connections("tcp") if one.raddr} & ports


def test_pipelined_requests_are_all_answered_in_turn(impatient: str) -> None:
    asked = [post(b'{"inputs":%d}' % number) for number in range(60)]
    asked[20] = post(b'{"inputs":')
    asked[40] = b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
    asked[-1] = post(b'{"inputs":59}', RELU, CLOSE)
    with connected(impatient) as connection:
        connection.sendall(b"".join(asked))
        text = heard(connection).text
    answers = text.split(b"HTTP/1.1 ")[1:]
    assert len(answers) == len(asked)
    for number, answer in enumerate(answers):
        if number == 20:
            assert answer.startswith(b"400 ")
        elif number == 40:
            assert answer.startswith(b"404 ")
        else:
            assert answer.startswith(b"200 ") and answer.endswith(b'{"outputs":%d.0}' % number)


def test_upgrade_is_ignored_and_the_body_read(impatient: str) -> None:
    """A wish for another protocol is ignored and the body read."""
    for wish in ("h2c", "websocket"):
        wished = post(b'{"inputs":-1}', RELU, "Connection: Upgrade, HTTP2-Settings", f"Upgrade: {wish}")
        with connected(impatient) as connection:
            connection.sendall(wished + post(b'{"inputs":7}', RELU, CLOSE))
            text = heard(connection).text
        assert text.count(b"HTTP/1.1 200 OK") == 2 and text.endswith(b'{"outputs":7.0}')


@pytest.mark.parametrize("cut", ["Upg", "Upgrade: h", "h2c\r\n", "h2c\r\n\r"])
def test_a_wish_that_comes_in_pieces_is_ignored_too(impatient: str, cut: str) -> None:
    wished = post(b'{"inputs":-1}', RELU, "Connection: Upgrade", "Upgrade: h2c")
    at = wished.index(cut.encode()) + len(cut)
    with connected(impatient) as connection:
        connection.sendall(post(b'{"inputs":7}') + wished[:at])
        time.sleep(0.05)
        connection.sendall(wished[at:] + post(b'{"inputs":5}', RELU, CLOSE))
        text = heard(connection).text
    answers = [part.rpartition(b"\r\n")[2] for part in text.split(b"HTTP/1.1 200 OK")[1:]]
    assert answers == [b'{"outputs":7.0}', b'{"outputs":0.0}', b'{"outputs":5.0}']


FAULTS = {
    "no HTTP": b"BREW\r\n\r\n",
    "no end": b"GET /" + b"a" * 100_000,
    "a chunk of no size": _CHUNKS + b"zz\r\n",
    "a chunk with a long word": _CHUNKS + b"1;x=" + b"a" * 100_000,
    "no size behind another": post() + _CHUNKS + b"zz\r\n",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_comes_before_a_fault_is_answered_first(impatient: str, fault: str) -> None:
    then = FAULTS[fault]
    drawn = b"GET /v1/activations/gelu/plot.txt?low=-%d.25 HTTP/1.1\r\nHost: x\r\n\r\n" % len(then)
    for first in (drawn, post(b'{"inputs":3}')):
        with connected(impatient) as connection:
            connection.sendall(first + then)
            answer = heard(connection)
        statuses = re.findall(rb"HTTP/1.1 (\d+)", answer.text)
        good = 1 + then.count(post())
        assert statuses[:good] == [b"200"] * good
        assert b"200" not in statuses[good:]  # what is at fault may be told so, as its own answer
        assert answer.seconds is not None


def test_trailers_are_no_headers(impatient: str) -> None:
    trailed = (
        _CLOSING_CHUNKS
        + b'd\r\n{"inputs":-1}\r\n0\r\nX-Request-ID: trailed\r\nContent-Type: text/csv\r\n\r\n'
    )
    with connected(impatient) as connection:
        connection.sendall(trailed)
        text = heard(connection).text
    assert text.endswith(b'{"outputs":0.0}') and b"trailed" not in text


def test_who_closes_one_half_is_answered(impatient: str) -> None:
    with connected(impatient) as connection:
        connection.sendall(post())
        connection.shutdown(socket.SHUT_WR)
        answer = heard(connection)
    assert answer.text.endswith(b'{"outputs":0.0}') and answer.seconds is not None


@pytest.mark.parametrize("before", [b"", b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"], ids=["alone", "behind"])
@pytest.mark.parametrize(
    ("kind", "told"),
    [("application/json", b" 400 Bad Request"), ("text/csv", b" 415 Unsupported Media Type")],
)
def test_a_body_that_is_cut_off_has_an_answer(impatient: str, before: bytes, kind: str, told: bytes) -> None:
    """Behind another request it had none, not even one that its head had earned."""
    with connected(impatient) as connection:
        cut = post().replace(b"application/json", kind.encode())[:-1]
        connection.sendall(before + cut)
        connection.shutdown(socket.SHUT_WR)
        answer = heard(connection)
    assert answer.seconds is not None
    last = answer.text.rpartition(b"HTTP/1.1")[2]
    assert last.startswith(told), answer.text
    assert answer.text.count(b"HTTP/1.1 200 OK") == (1 if before else 0)


@pytest.mark.parametrize("reset", [False, True])
def test_who_hangs_up_is_no_failure_of_ours(impatient: str, reset: bool) -> None:
    drawn = json.dumps(QUESTIONS["/v1/networks/plot.txt"]).encode()
    for sent in (
        post(b'{"inputs":[' + b"1," * 50_000 + b"1]}")[:-30_000],
        post(drawn, "/v1/networks/plot.png"),
        b"POST /v1/gradients HTTP/1.1\r\nContent-Type: appl",
    ):
        for _ in range(10):
            with connected(impatient) as connection:
                connection.sendall(sent)
                if reset:  # at once and with a reset, as a process that is killed does
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with httpx.Client(base_url=impatient, timeout=60) as client:
        until(lambda: f'route="{RELU}",status="499"' in client.get("/metrics").text)
        until(lambda: counted(client, "softstep_waiting ") == 0)
        text = client.get("/metrics").text
        assert 'status="500"' not in text and 'type="internal"' not in text
        assert client.post(RELU, json={"inputs": 1}).status_code == 200


def test_caller_who_hangs_up_with_more_behind_is_no_failure(impatient: str) -> None:
    """Of two requests on a connection, only the later one was told: the other was worked on to the end."""
    pictures = 30

    def link(number: int) -> str:
        return f"/v1/activations/gelu/plot.png?low=-{3 + number / 64}&width=1200&height=900"

    with httpx.Client(base_url=impatient, timeout=60) as client:
        failures = counted(client, 'softstep_refusals_total{type="internal"}')
        for number in range(pictures):
            drawn = f"GET {link(number)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
            with connected(impatient) as connection:
                connection.sendall(drawn + post())
        start = time.monotonic()
        until(lambda: counted(client, "softstep_waiting ") == 0)
        given_up = time.monotonic()
        assert client.get(link(pictures)).status_code == 200
        assert given_up - start < (time.monotonic() - given_up) * pictures / 2
        assert counted(client, 'softstep_refusals_total{type="internal"}') == failures


def test_a_length_may_have_any_number_of_zeros_before_it(impatient: str) -> None:
    with connected(impatient) as connection:
        connection.sendall(
            post(b'{"inputs":-1}', RELU, CLOSE).replace(b"Length: ", b"Length: " + b"0" * 5000)
        )
        assert heard(connection).text.endswith(b'{"outputs":0.0}')


@pytest.mark.parametrize("earlier", [b'{"inputs":[0', b'{"inputs":0}'])
def test_bytes_behind_a_fault_are_no_part_of_what_was_before(impatient: str, earlier: bytes) -> None:
    """Behind a proxy that shares its connections it would be somebody else's."""
    number = len(earlier)
    drawn = f"GET /v1/activations/gelu/plot.png?low=-{number}.75&width=1200 HTTP/1.1\r\nHost: x\r\n\r\n"
    with connected(impatient) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in (
            drawn.encode() + post(earlier) + _CHUNKS,
            b"5;" + b"e" * 70_000,
            b"\r\n, 1]}\r\n0\r\n\r\n",
        ):
            connection.sendall(piece)
            time.sleep(0.003)
        text = heard(connection).text
    picture, answer, *own = re.split(rb"(?=HTTP/1\.1 )", text)[1:]
    assert picture.startswith(b"HTTP/1.1 200 OK")
    assert not any(one.startswith(b"HTTP/1.1 200") for one in own)  # the fault's own answer, if it had a turn
    if earlier.endswith(b"}"):
        assert answer.endswith(b'{"outputs":0.0}')
    else:
        assert b"/problems/malformed-json" in answer
