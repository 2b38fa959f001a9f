"""Memory as a law: no body takes an endpoint more than docs/operating.md says, whatever it is made of.

Linux tells the peak, and holds the service to its limit of addresses. Elsewhere all is asked and answered as
well, and what the service holds behind each answer is within the same law.
"""

import gzip
import itertools
import sys
from collections.abc import Iterator
from typing import NamedTuple

import httpx
import pytest

from tests.http.test_loop import nested_findings, tensors
from tests.oracles import hostile
from tests.oracles.hostile_questions import QUESTIONS
from tests.serving import PROJECT, TELLS_PEAK, peak, server, started

MIB = 1 << 20
FACTOR, BESIDE = 10, 32 * MIB
"""docs/operating.md: a body on its way twice its size, the one that is read 8 times its size and 32 MiB."""
MOST = 64 * MIB  # of a body, sent or unpacked
LIMIT_KIB = 4 << 20  # what deploy/kubernetes.yaml gives
UNITS = ["".join(unit) for size in (1, 2, 3) for unit in itertools.product('[]{},:"\\1 n', repeat=size)]
FILES = ("/v1/models/describe", "/v1/models/read", "/v1/models/convert?to=sigmoid")


class Attack(NamedTuple):
    """A body, and the bytes that it has when it is read."""

    name: str
    path: str
    body: bytes
    size: int
    headers: dict[str, str]


def attack(name: str, path: str, body: bytes, kind: str = hostile.JSON, compressed: bool = False) -> Attack:
    headers = {"content-type": kind} | ({"content-encoding": "gzip"} if compressed else {})
    sent = gzip.compress(body, 1) if compressed else body
    return Attack(name, path, sent, min(len(body), MOST), headers)


def of_units(units: list[str], size: int) -> Iterator[Attack]:
    """Yield bodies that repeat a unit in the place of a question's first field, for every endpoint."""
    for path, unit in itertools.product([*QUESTIONS, *FILES], units):
        repeated = unit.encode() * (size // len(unit))
        if path in FILES:
            yield attack(unit, path, repeated, "application/octet-stream")
        else:
            field = next(iter(QUESTIONS[path]))
            yield attack(unit, path, b'{"%b":[%b1]}' % (field.encode(), repeated))


def of_forms(size: int) -> Iterator[Attack]:
    """Yield nested and wide documents, tensors with many and with long names, and bombs of gzip."""
    relu = "/v1/activations/relu"
    names = [f"a{index}" for index in range(14_000)]
    deep = b'{"inputs":' + b"[" * 64 + b"1" + b"]" * 64 + b',"more":[' + b"[[[[1]]]]," * (size // 10) + b"1]}"
    wide = b"{" + b",".join(b'"f%07d":1' % index for index in range(size // 12)) + b"}"
    yield attack("nested", relu, deep)
    yield attack("wide", relu, wide)
    yield attack("findings", "/v1/networks/plot.txt", nested_findings(100, 1000))
    yield attack("many names", relu, tensors(names), hostile.TENSORS)
    yield attack("a path of many parts", relu, tensors(["a." * 400_000]), hostile.TENSORS)
    yield attack("a long name", relu, tensors(["a" * 800_000]), hostile.TENSORS)
    yield attack(
        "a document of lists", relu, tensors([], '{"inputs":[' + "[]," * 200_000 + "1]}"), hostile.TENSORS
    )
    yield attack(
        "numbers as tensors", "/v1/networks/evaluate", tensors([], data=bytes(size)), hostile.TENSORS
    )
    for unit in ('"",', "0,", " "):
        bomb = b'{"more":[' + unit.encode() * (size // len(unit)) + b"1]}"
        yield attack(f"a bomb of {unit}", relu, bomb, compressed=True)
    yield attack("a bomb that is no question", relu, bytes(4 * size), compressed=True)
    yield attack("a bomb that is no file", FILES[0], bytes(size), "application/octet-stream", compressed=True)


def excess(base: str, attacks: Iterator[Attack]) -> list[str]:
    """Return the attacks that took more than is promised, or that the service did not survive."""
    wrong = []
    with httpx.Client(base_url=base, timeout=120) as client:
        own = server(base)
        processes = [own, *own.children(recursive=True)]
        for one in attacks:
            before = sum(peak(process, renewed=True) for process in processes)
            answer = client.post(one.path, content=one.body, headers=one.headers)
            more = sum(map(peak, processes)) - before
            if answer.status_code >= 500 or more > FACTOR * one.size + BESIDE:
                told = f"{more / MIB:.0f} MiB for {one.size / MIB:.0f}"
                wrong.append(f"{one.name} to {one.path}: {answer.status_code}, {told}")
    return wrong


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    serve = [sys.executable, "-m", "app"]
    limited = ["sh", "-c", f"ulimit -v {LIMIT_KIB}; exec {sys.executable} -m app"]
    command = limited if TELLS_PEAK else serve
    with started(command, PROJECT, {"SOFTSTEP_LOG_LEVEL": "error"}) as base:
        yield base


def test_no_body_takes_an_endpoint_more_than_is_promised(base: str) -> None:
    assert excess(base, of_units(['"",', "1,"], 2 * MIB)) == []
    assert excess(base, of_forms(16 * MIB)) == []


@pytest.mark.long
@pytest.mark.parametrize("part", range(20))
def test_no_body_of_the_largest_size_takes_more(base: str, part: int) -> None:
    assert excess(base, of_units(UNITS[part::20], 64 * MIB - 100)) == []


@pytest.mark.long
def test_no_form_of_the_largest_size_takes_more(base: str) -> None:
    assert excess(base, of_forms(64 * MIB - 1_000_000)) == []
