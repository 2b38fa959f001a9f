"""Mutated questions: none is a failure of ours, and each has the same answer whichever reader it meets."""

import json
from collections.abc import Iterator

import httpx
import numpy as np
import pytest

from tests.http.test_hostile import complaints
from tests.oracles.hostile_questions import QUESTIONS
from tests.service import Client

TOKENS = (
    b"null", b"true", b"-0", b"1e308", b"-1e309", b"5e-324", b"NaN", b'"NaN"', b'"-Infinity"', b"[]", b"{}",
    b"[[", b"]]", b",", b":", b'"', b"\\", b"\\u0000", b"\\ud800", b"\xff", b"\xef\xbb\xbf", b"[1,[2]]",
    b"0.1", b"1" * 400, b'"a":1,', b" ", b"\n", b"18446744073709551616", b"[[[[[[[[1]]]]]]]]",
)  # fmt: skip
PADDING = b" " * 70_000
"""With it a body is read by the reader for large ones, in a thread."""
PATHS = [path for path in QUESTIONS if "plot" not in path]
SEED = 23


def mutated(body: bytes, random: np.random.Generator) -> bytes:
    """Return `body` with one to four things done to it."""
    for _ in range(random.integers(1, 5)):
        start = int(random.integers(0, len(body) + 1))
        end = min(start + int(random.geometric(0.2)), len(body))
        match random.integers(5):
            case 0:
                body = body[:start] + body[end:]
            case 1:
                body = body[:end] + body[start:end] * int(random.integers(1, 4)) + body[end:]
            case 2:
                body = body[:start] + bytes([int(random.integers(256))]) + body[start + 1 :]
            case 3:
                body = body[:start] + TOKENS[random.integers(len(TOKENS))] + body[end:]
            case _:
                body = body[:start] + TOKENS[random.integers(len(TOKENS))] + body[start:]
    return body


def essence(answer: httpx.Response) -> object:
    """Return what must not depend on how a body was read: all, but for the words about broken JSON."""
    if answer.status_code == 400:
        return 400, answer.json()["type"]
    return answer.status_code, answer.json()


def cases(number: int, seed: int) -> Iterator[tuple[str, bytes]]:
    random = np.random.default_rng(seed)
    for _ in range(number):
        path = PATHS[random.integers(len(PATHS))]
        yield path, mutated(json.dumps(QUESTIONS[path], separators=(",", ":")).encode(), random)


def attack(client: Client, number: int, seed: int) -> set[int]:
    statuses = set()
    headers = {"Content-Type": "application/json"}
    for path, body in cases(number, seed):
        answer = client.post(path, content=body, headers=headers)
        assert not list(complaints(answer)), (path, body, answer.text)
        padded = client.post(path, content=body + PADDING, headers=headers)
        assert essence(padded) == essence(answer), (path, body)
        statuses.add(answer.status_code)
    return statuses


def test_mutated_questions_are_answered_alike_and_never_fail(client: Client) -> None:
    assert attack(client, 400, SEED) >= {200, 400, 422}


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 140))
def test_mutated_questions_by_the_hundred_thousand(client: Client, seed: int) -> None:
    attack(client, 10_000, seed)
