"""Connections under people who mean harm: what waits is bounded, closes end, heads leave no doubt."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import httpx
import pytest

from tests.http.test_connection import CHUNKED, CLOSE, RELU, Heard, connected, heard, held, post
from tests.serving import memory, running, until

LIVE = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
MOST = 50
DRAIN = 150  # seconds


@pytest.fixture(scope="module")
def strict() -> Iterator[str]:
    with running(
        client_timeout_seconds=1,
        close_grace_seconds=0.5,
        max_connections=MOST,
        min_read_bytes_per_second=1_000_000,
        log_level="warning",
    ) as base:
        yield base


def deaf(base: str, stack: ExitStack, sent: bytes) -> socket.socket:
    """Return a connection on which all was sent that the service takes, and nothing is read."""
    connection = stack.enter_context(socket.socket())
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    host, port = base.removeprefix("http://").split(":")
    connection.connect((host, int(port)))
    connection.settimeout(0.2)
    with suppress(TimeoutError, ConnectionError):
        connection.sendall(sent)
    return connection


def gone(base: str, connections: list[socket.socket]) -> None:
    """Wait until the service has let go of these connections."""
    ours = {one.getsockname()[1] for one in connections}
    # Connections are accepted in turn: when this one is answered, those are no longer on their way.
    assert httpx.get(base + "/livez", timeout=60).status_code == 200
    until(lambda: not held(base, ours))


def test_what_waits_behind_an_answer_that_is_not_read_is_bounded(strict: str) -> None:
    """Each head that waited cost a hundred times its bytes: 40 MB of them killed the service within 4 GiB."""
    large = b"GET /docs/assets/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n" * 3
    before = memory(strict)
    with ExitStack() as stack:
        connections = [deaf(strict, stack, large + LIVE * 10_000) for _ in range(10)]
        assert memory(strict) < before + 64 * 2**20
        gone(strict, connections)
    assert httpx.get(strict + "/livez", timeout=60).status_code == 200


@pytest.mark.parametrize("number", [2, 53])
def test_a_close_ends_although_nothing_is_read(strict: str, number: int) -> None:
    """Closing waits for what is written to be read; some connections were held for ever."""
    asked = b"GET /v1/activations HTTP/1.1\r\nHost: x\r\n\r\n" * number
    with ExitStack() as stack:
        connections = [
            deaf(strict, stack, asked + LIVE * (number % 7) + tail)
            for tail in (b"", b"BREW\r\n\r\n", LIVE.replace(b"Host: x", b"Host: x\r\nConnection: close"))
        ]
        gone(strict, connections)


def test_slow_reader_is_given_up_and_a_fast_one_is_not(strict: str) -> None:
    """Who reads too slowly is given up and who is fast enough is not."""
    body = b'{"inputs":[' + b"0.123456789," * 800_000 + b"1]}"

    def read(pause: float) -> int:
        with connected(strict) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            connection.sendall(post(body, "/v1/activations/identity"))
            count = 0
            with suppress(TimeoutError, ConnectionError):
                while piece := connection.recv(65_536):
                    count += len(piece)
                    if count > 8_000_000:
                        break
                    time.sleep(pause)
            return count

    assert any(read(0.0) > 8_000_000 for _ in range(5))  # a machine may have no time for who reads, too
    assert read(0.3) < 8_000_000  # 200 kB a second


def test_more_connections_than_there_may_be_are_told(strict: str) -> None:
    def one_more() -> Heard:
        with ExitStack() as stack:
            for _ in range(MOST):
                stack.enter_context(connected(strict))
            return heard(stack.enter_context(connected(strict)))

    # Where the machine is slow, the first are given up before the last has come, which then is one of few.
    refused = next(one for one in (one_more() for _ in range(20)) if one.text)
    assert refused.text.startswith(b"HTTP/1.1 503 ") and b"Retry-After: 1\r\n" in refused.text
    assert b"application/problem+json" in refused.text and refused.seconds is not None


HALF_CLOSED = {
    "no path": b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n",
    "a file": b"GET /static/page.css HTTP/1.1\r\nHost: x\r\n\r\n",
    "a page": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "an identity": b"GET /v1/identities/sigmoid_symmetry HTTP/1.1\r\nHost: x\r\n\r\n",
    "a picture": b"GET /v1/activations/gelu/plot.svg?low=-7.5 HTTP/1.1\r\nHost: x\r\n\r\n",
    "many numbers": post(b'{"inputs":[' + b"0.5," * 50_000 + b"1]}"),
    "several": LIVE * 3 + b"GET /v1/activations/gelu/plot.svg?low=-8.5 HTTP/1.1\r\nHost: x\r\n\r\n",
    "an older version": b"GET /v1/identities/sigmoid_symmetry HTTP/1.0\r\n\r\n",
}


@pytest.mark.parametrize("name", HALF_CLOSED)
def test_half_closed_callers_are_answered(strict: str, name: str) -> None:
    sent = HALF_CLOSED[name]
    with connected(strict) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = heard(connection)
    final = [part for part in answer.text.split(b"HTTP/1.")[1:] if not part.startswith(b"1 102 ")]
    assert len(final) == sent.count(b" HTTP/1."), answer.text[:200]
    assert b"content-length" in final[-1].lower() and answer.seconds is not None


def test_half_closed_at_any_moment_all_is_answered(strict: str) -> None:
    """A half close that came between an answer and the reading of what waits behind it lost the rest."""
    for moment in range(300):
        with connected(strict) as connection:
            connection.sendall(LIVE * 6)
            time.sleep(moment * 1e-5)
            connection.shutdown(socket.SHUT_WR)
            assert heard(connection).text.count(b'{"status":"live"}') == 6, moment


_CODED = post(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: %b")
DOUBTFUL = {
    "no host": b"GET /livez HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /livez HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    "an invalid host": b"GET /livez HTTP/1.1\r\nHost: a b\r\n\r\n",
    "a host with a path": b"GET /livez HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "a host with a user": b"GET /livez HTTP/1.1\r\nHost: a@b\r\n\r\n",
    "two hosts in one": b"GET /livez HTTP/1.1\r\nHost: a, b\r\n\r\n",
    "HTTP/2.0": b"GET /livez HTTP/2.0\r\nHost: x\r\n\r\n",
    "HTTP/0.9": b"GET /livez HTTP/0.9\r\nHost: x\r\n\r\n",
    "no version": b"GET /livez\r\n\r\n",
    "RTSP": b"GET /livez RTSP/1.0\r\nHost: x\r\n\r\n",
    "ICE": b"SOURCE /livez ICE/1.0\r\nHost: x\r\n\r\n",
    "gzip and chunked": post(b"").replace(
        b"Content-Length: 0", CHUNKED.replace(b"chunked", b"gzip, chunked")
    ),
    "identity and chunked": post(b"").replace(
        b"Content-Length: 0", CHUNKED.replace(b"chunked", b"identity, chunked")
    ),
    "two codings": post(b"").replace(b"Content-Length: 0", CHUNKED + b"\r\n" + CHUNKED),
    "chunks in HTTP/1.0": post(b"").replace(b"HTTP/1.1", b"HTTP/1.0").replace(b"Content-Length: 0", CHUNKED),
    "a space before a colon": b"GET /livez HTTP/1.1\r\nHost : x\r\n\r\n",
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_heads_that_can_be_read_in_two_ways_are_refused(strict: str, name: str) -> None:
    """Heads that two servers might read in two ways are refused."""
    with connected(strict) as connection:
        connection.sendall(DOUBTFUL[name] + b"0\r\n\r\n" * name.count("chunk"))
        answer = heard(connection)
    assert answer.text.startswith(b"HTTP/1.1 400 Bad Request\r\n"), answer.text[:100]
    assert answer.text.count(b"HTTP/1.1 ") == 1 and answer.seconds is not None


TAKEN = {
    "an empty host": b"GET /livez HTTP/1.1\r\nHost:\r\n\r\n",
    "an address": b"GET /livez HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n",
    "a name and a port": b"GET /livez HTTP/1.1\r\nHost: a.example:80\r\n\r\n",
    "no host in HTTP/1.0": b"GET /livez HTTP/1.0\r\n\r\n",
    "empty lines before": b"\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "a whole address": b"GET http://x/livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "chunked in capitals": post(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: CHUNKED")
    + b'd\r\n{"inputs":-1}\r\n0\r\n\r\n',
}


@pytest.mark.parametrize("name", TAKEN)
def test_heads_that_are_right_are_taken_whole_and_byte_by_byte(strict: str, name: str) -> None:
    for step in (len(TAKEN[name]), 1, 7):
        with connected(strict) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for start in range(0, len(TAKEN[name]), step):
                connection.sendall(TAKEN[name][start : start + step])
            connection.shutdown(socket.SHUT_WR)
            answer = heard(connection)
        assert answer.text.startswith(b"HTTP/1.1 200 OK\r\n"), answer.text[:100]


def test_requests_behind_chunks_are_answered_in_turn(strict: str) -> None:
    chunked = post(b"").replace(b"Content-Length: 0", CHUNKED) + b'd\r\n{"inputs":-1}\r\n0\r\n\r\n'
    with connected(strict) as connection:
        last = LIVE.replace(b"Host: x", b"Host: x\r\n" + CLOSE.encode())
        connection.sendall(((chunked + post(b'{"inputs":7}') + LIVE) * 30).removesuffix(LIVE) + last)
        text = heard(connection).text
    assert text.count(b"HTTP/1.1 200 OK") == 90
    assert text.count(b'{"outputs":0.0}') == text.count(b'{"outputs":7.0}') == 30


def test_requests_behind_a_trailer_are_answered_or_closed(strict: str) -> None:
    """Requests behind a trailer are answered or the connection closed."""
    trailed = (
        post(b"").replace(b"Content-Length: 0", CHUNKED) + b'd\r\n{"inputs":-1}\r\n0;a=b\r\nX: y\r\n\r\n'
    )
    with connected(strict) as connection:
        connection.sendall(trailed + post(b'{"inputs":7}') * 3)
        answer = heard(connection)
    assert answer.text.count(b'{"outputs":0.0}') == 1 and answer.seconds is not None
    assert b"400" not in answer.text.partition(b"\r\n")[0]


def test_a_fault_behind_a_trailer_takes_no_answer_away(strict: str) -> None:
    """Its 400 stood where the answer to the request before it was due."""
    trailed = post(b"").replace(b"Content-Length: 0", CHUNKED) + b'd\r\n{"inputs":-1}\r\n0\r\nA: b\r\n\r\n'
    with connected(strict) as connection:
        connection.sendall(trailed + b"BREW / HTTP/1.1\r\n\r\n")
        answer = heard(connection)
    assert answer.text.startswith(b"HTTP/1.1 200 OK\r\n") and answer.seconds is not None
    assert b'{"outputs":0.0}' in answer.text


ENDS = b"0\r\n\r\n"


def test_a_body_of_ends_of_chunks_takes_no_longer_than_another(strict: str) -> None:
    """As a ratio, the best of five tries."""

    def seconds(piece: bytes) -> float:
        data = piece * (500_000 // len(piece))
        head, text = post(b"").replace(b"Content-Length: 0", CHUNKED), b""
        start = time.monotonic()
        with connected(strict) as connection:
            connection.sendall(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data))
            while not text.endswith(b"}") and (more := connection.recv(1 << 16)):
                text += more
        assert b"/problems/limit" in text
        return time.monotonic() - start

    assert min(seconds(ENDS) / seconds(b"1,2,3") for _ in range(5)) < 10


def test_a_stop_does_not_wait_for_who_does_not_read() -> None:
    with ExitStack() as stack:
        with running(close_grace_seconds=0.3, drain_seconds=DRAIN, log_level="warning") as base:
            for number in (2, 53):
                deaf(base, stack, b"GET /v1/activations HTTP/1.1\r\nHost: x\r\n\r\n" * number + LIVE * 50)
            deaf(base, stack, b"GET /docs/assets/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n" * 9)
            assert httpx.post(base + RELU, json={"inputs": 1}, timeout=60).status_code == 200
            start = time.monotonic()
        assert time.monotonic() - start < DRAIN  # all of it, and the grace, before
