"""Mutated requests as bytes on a connection: however they are cut, the same answers, each one whole."""

import re
import socket
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pytest

from tests.http.test_connection import connected, post
from tests.serving import running

SEED = 23
CHUNKED = b"POST /v1/activations/relu HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED += b'Transfer-Encoding: chunked\r\n\r\n5;a=b\r\n{"inp\r\n8\r\nuts":-1}\r\n0\r\nA: b\r\n\r\n'
GET = b"GET %b HTTP/1.1\r\nHost: a.example:80\r\nAccept: */*\r\n\r\n"
REQUESTS = (
    post(), CHUNKED, GET % b"/livez", GET % b"/v1/activations/elu", GET % b"/v1/identities/sigmoid_symmetry",
    GET % b"/v1/activations/compare?first=relu&second=gelu", GET % b"/static/page.css", GET % b"/nothing",
    post().replace(b"Host: x", b"Host: x\r\nExpect: 100-continue"),
    post().replace(b"Host: x", b"Host: x\r\nConnection: Upgrade\r\nUpgrade: h2c"),
    post().replace(b"HTTP/1.1", b"HTTP/1.0").replace(b"Host: x", b"Connection: keep-alive"),
)  # fmt: skip
TOKENS = (
    b"\r\n", b"\n", b"\r", b":", b" ", b"\t", b"\0", b"\xff", b"Host: y\r\n", b"Content-Length: 3\r\n",
    b"%0a", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n",
    b"Connection: close\r\n", b"HTTP/1.0", b"HTTP/2.0", b"HEAD ", b"OPTIONS ", b"0\r\n\r\n",
    b"ffffffffffffffffff\r\n", b"/../", b"?&=", b"Content-Length: -1\r\n", b"Expect: 100-continue\r\n",
    b"Upgrade: h2c\r\n", b"http://y/", b"%", b"//", b"#",
)  # fmt: skip
_HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n((?:[!-9;-~]+: [^\r\n]*\r\n)*)\r\n")
_OWN = re.compile(rb"(?i)^(date|x-request-id): [^\r\n]*\r\n", re.MULTILINE)
_ID = re.compile(rb"(?i)request's id|[0-9a-f]{16}")
_CLOSE = re.compile(rb"(?im)^connection: close\r\n")


class Answer(NamedTuple):
    """One answer without what is its own: the date, the request's id."""

    status: int
    headers: bytes
    body: bytes


def mutated(random: np.random.Generator) -> bytes:
    """Return one to four requests behind each other, with something done to them."""
    sent = b"".join(REQUESTS[random.integers(len(REQUESTS))] for _ in range(random.integers(1, 5)))
    for _ in range(random.integers(0, 4)):
        start = int(random.integers(0, len(sent) + 1))
        end = min(start + int(random.geometric(0.2)), len(sent))
        token = TOKENS[random.integers(len(TOKENS))]
        match random.integers(4):
            case 0:
                sent = sent[:start] + sent[end:]
            case 1:
                sent = sent[:start] + token + sent[end:]
            case 2:
                sent = sent[:start] + token + sent[start:]
            case _:
                sent = sent[:start] + bytes([int(random.integers(256))]) + sent[start + 1 :]
    return sent


def answers(text: bytes, sent: bytes, whole: bool) -> Iterator[Answer]:
    """Yield status, headers and body of each answer. Fails for bytes that are none, but at a lost end."""
    while text:
        head = _HEAD.match(text)
        if head is None and not whole:
            return
        assert head, (sent, text[:300])
        status, headers = int(head[1]), _OWN.sub(b"", head[2])
        text = text[head.end() :]
        if status < 200:
            continue
        assert status != 500, sent
        length = re.search(rb"(?im)^content-length: (\d+)\r$", headers)
        size = int(length[1]) if length and status not in (204, 304) else 0
        if b"HEAD " in sent and not re.match(rb'[{/a-z<#:@"]', text[:1]):
            size = 0  # a head alone was asked for
        if len(text) < size and not whole:
            return
        assert len(text) >= size, (sent, "cut off")
        yield Answer(status, headers, _ID.sub(b"", text[:size]))
        text = text[size:]


def asked(base: str, sent: bytes, cuts: list[int]) -> tuple[list[Answer], bool]:
    """Send bytes, cut at these places; return the answers, and whether all of them could be read.

    What it had said may be lost on the way where it closes before all was sent (RFC 9112 §9.6).
    """
    text, whole = b"", True
    with connected(base) as connection:
        connection.settimeout(20)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
                connection.sendall(sent[start:end])
                if end < len(sent):
                    time.sleep(0.002)
            connection.shutdown(socket.SHUT_WR)
        except TimeoutError:
            raise  # it neither reads nor closes
        except OSError:
            whole = False
        try:
            while piece := connection.recv(1 << 16):
                text += piece
        except ConnectionError:
            whole = False
    return list(answers(text, sent, whole)), whole


def number_told(answers: list[Answer], whole: bool) -> int:
    """Return how many answers bind the other way of asking: after one that closes none is owed."""
    closing = (place for place, one in enumerate(answers, 1) if _CLOSE.search(one.headers))
    return next(closing, len(answers) if not whole else sys.maxsize)


def as_answers(answers: list[Answer]) -> list[Answer]:
    return [one._replace(headers=_CLOSE.sub(b"", one.headers)) for one in answers]


def both_right(first: list[Answer], second: list[Answer]) -> bool:
    """Tell whether one last answer is to a head alone, and the other to a fault in the body behind that.

    Which of them it is, is a matter of time: a path that is not served needs no body.
    """
    of_head = [one for one in (*first, *second) if one.status in (404, 405, 413, 415)]
    of_body = [one for one in (*first, *second) if one.status == 400 and b'"about:blank"' in one.body]
    return len(of_head) == len(of_body) == 1


def attack(base: str, number: int, seed: int) -> set[int]:
    """Ask in one go and in pieces: the same answers, up to one that says that it is the last, or was lost."""
    random = np.random.default_rng(seed)
    seen = set()
    for _ in range(number):
        sent = mutated(random)
        cuts = sorted(int(cut) for cut in random.integers(0, len(sent), random.integers(1, 6)))
        (once, all_once), (pieces, all_pieces) = asked(base, sent, []), asked(base, sent, cuts)
        told = min(number_told(once, all_once), number_told(pieces, all_pieces))
        if told == len(once) == len(pieces) and both_right(once[-1:], pieces[-1:]):
            told -= 1
        assert as_answers(once[:told]) == as_answers(pieces[:told]), (sent, cuts, once, pieces)
        seen.update(one.status for one in once)
    return seen


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with running(log_level="error", processes=0) as base:
        yield base


def test_heads_mutated_and_cut_anywhere_fare_alike(base: str) -> None:
    assert attack(base, 400, SEED) >= {200, 400, 404, 422}


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 110))
def test_heads_mutated_by_the_ten_thousand(base: str, seed: int) -> None:
    attack(base, 10_000, seed)
