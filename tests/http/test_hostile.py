"""Hostile requests to the service as a user starts it: refused as they should be, and nothing is left."""

import json
import struct
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.oracles import hostile
from tests.oracles.hostile import SECRET, Hostile
from tests.oracles.hostile_addresses import PATHS, addresses
from tests.oracles.hostile_costs import HEAVY, costly
from tests.oracles.hostile_questions import QUESTIONS, spoiled
from tests.oracles.hostile_tensors import tensor_files
from tests.serving import memory, running

RELU = "/v1/activations/relu"
AT_ONCE = 10.0  # seconds, on a busy machine; what hangs takes minutes
# Every limit so small that hardly anything gets through.
SMALL = {
    "max_body_bytes": 4096, "max_nesting_levels": 8, "max_tensor_header_bytes": 512, "max_layers": 2,
    "max_curves": 1, "max_pixels": 200_000, "max_multiply_adds": 1000, "max_intermediate_numbers": 200,
    "max_answer_numbers": 100, "max_large_requests": 2, "deadline_seconds": 3, "client_timeout_seconds": 2,
    "picture_cache_bytes": 10_000,
}  # fmt: skip


@pytest.fixture(scope="module")
def default() -> Iterator[str]:
    with running() as base:
        yield base


def bodies(part: int = 1) -> Iterator[tuple[str, Hostile]]:
    """Every hostile body with the path it is sent to; of the spoiled questions one in `part`."""
    for path in QUESTIONS:
        for body in (*hostile.texts(), *hostile.forms(), *tensor_files()):
            yield path, body
        yield from ((path, body) for body in list(spoiled(path))[::part])


def complaints(answer: httpx.Response) -> Iterator[str]:
    """Say what is wrong with an answer, whatever was asked."""
    if answer.status_code < 400:
        return
    if answer.status_code == 500:
        yield "the service failed"
    if answer.headers.get("content-type") != "application/problem+json":
        yield "no problem document"
        return
    problem = answer.json()
    if problem["status"] != answer.status_code or not problem["type"].startswith("/problems/"):
        yield "a problem of another status"
    if len(problem["errors"]) > 20 or len(json.dumps(problem["errors"])) > 20_000:
        yield "too much said"
    if not all(error["pointer"] == "" or error["pointer"].startswith("/") for error in problem["errors"]):
        yield "no pointer"
    if any(SECRET in text for error in problem["errors"] for text in (error["detail"], problem["detail"])):
        yield "what came is told again"
    if "x-request-id" not in answer.headers:
        yield "no id"
    if (
        answer.status_code == 503
        and problem["type"] == "/problems/busy"
        and "retry-after" not in answer.headers
    ):
        yield "no time to come back"


def expectations(answer: httpx.Response, slugs: Iterable[str], place: str) -> Iterator[str]:
    """Say what an answer of the service with its own limits should have been."""
    if not slugs:
        return
    if answer.status_code < 400:
        yield "taken"
        return
    problem = answer.json()
    if answer.status_code != 422 if slugs == {"refused"} else problem["type"].split("/")[-1] not in slugs:
        yield f"another problem: {problem['type']}"
    if place and not any(error["pointer"].startswith(place) for error in problem["errors"]):
        yield "another place"


def judge(base: str, part: int, limits: bool) -> list[str]:
    """Send the corpus; return what was wrong with the answers, none where all is well."""
    wrong: list[str] = []
    with httpx.Client(base_url=base, timeout=AT_ONCE) as client:

        def ask(
            name: str, method: str, target: str, body: Hostile | None, slugs: set[str], place: str
        ) -> None:
            sent = {"content": body.body, "headers": dict(body.headers)} if body else {}
            try:
                answer = client.request(method, target, **sent)  # type: ignore[arg-type]  # both are httpx's
            except httpx.TransportError as error:
                wrong.append(f"{name} to {target[:60]}: {error!r}")
                return
            found = [*complaints(answer), *(() if limits else expectations(answer, slugs, place))]
            wrong.extend(f"{name} to {target[:60]}: {one}: {answer.text[:300]}" for one in found)

        for path, body in bodies(part):
            ask(body.name, "POST", path, body, set(body.slugs), body.place)
        for one in costly():
            ask(one.name, "POST", one.path, Hostile(one.name, one.body), {"limit"}, "")
        for address in addresses():
            ask(address.name, "GET", address.target, None, {"refused"}, address.place)
        for target in PATHS:
            ask("a path", "GET", target, None, {"not-found"}, "")
        ask("its health afterwards", "GET", "/livez", None, set(), "")
    return wrong


def test_the_corpus_is_large_and_each_body_has_a_name() -> None:
    every = [(path, body.name) for path, body in bodies()]
    assert len(every) == len(set(every)) > 5_000
    assert len({body.name for body in (*hostile.texts(), *hostile.forms(), *tensor_files())}) > 150
    assert len(list(addresses())) + len(PATHS) > 300


@pytest.mark.parametrize("path", QUESTIONS)
def test_what_is_spoiled_is_answered_when_it_is_whole(default: str, path: str) -> None:
    answer = httpx.post(default + path, json=QUESTIONS[path], timeout=AT_ONCE)
    assert answer.status_code == 200, answer.text


def test_every_hostile_request_is_refused_as_it_should_be(default: str) -> None:
    assert judge(default, part=13, limits=False) == []


def test_with_the_smallest_limits_nothing_fails_either() -> None:
    with running(**SMALL) as base:
        assert judge(base, part=61, limits=True) == []


@pytest.mark.long
def test_every_field_spoiled_in_every_way(default: str) -> None:
    assert judge(default, part=1, limits=False) == []


def test_costly_bodies_name_the_limit(default: str) -> None:
    for body in costly():
        headers = {"content-type": hostile.JSON}
        answer = httpx.post(default + body.path, content=body.body, headers=headers, timeout=AT_ONCE)
        assert answer.json()["limit"] in body.limits, body.name


@pytest.mark.parametrize("shape", [[20_000_000, 0], [2**31, 0], [100_000, 100_000, 0]])
def test_empty_lists_cost_what_numbers_cost(default: str, shape: list[int]) -> None:
    """They are as long in JSON, and none of them is a number: eighty bytes brought back sixty million."""
    header = json.dumps({"inputs": {"dtype": "F64", "shape": shape, "data_offsets": [0, 0]}}).encode()
    body = struct.pack("<Q", len(header)) + header
    headers = {"content-type": hostile.TENSORS, "accept": hostile.JSON}
    answer = httpx.post(default + "/v1/activations/relu", content=body, headers=headers, timeout=AT_ONCE)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/limit")


def test_gradients_that_vanish_take_no_more_memory(default: str) -> None:
    """Gradients that vanish over many rows take no more memory than others."""
    # Seen: their second, careful way made an array of rows × hidden units, 27 GB.
    headers = {"content-type": hostile.JSON}
    answer = httpx.post(default + "/v1/gradients", content=HEAVY, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text[:300]


def large(size: int) -> dict[str, bytes]:
    """Return bodies of about so many bytes, each another way to keep a parser or a check busy."""
    return {
        "numbers": b'{"inputs":[' + b"0.125," * (size // 6) + b"1]}",
        "words": b'{"inputs":[' + b'"NaN",' * (size // 6) + b"1]}",
        "a bare NaN at the end": b'{"inputs":[' + b"0.125," * (size // 6) + b"NaN]}",
        "empty arrays": b'{"inputs":[' + b"[]," * (size // 3) + b"[]]}",
        "empty objects": b'{"inputs":[' + b"{}," * (size // 3) + b"{}]}",
        "ragged rows": b'{"inputs":[' + b"[1]," * (size // 4) + b"[1,2]]}",
        "deep arrays": b'{"inputs":[' + b",".join([b"[" * 60 + b"]" * 60] * (size // 121)) + b"]}",
        "escaped quotes": b'{"inputs":"' + b'\\"' * (size // 2),
        "unknown fields": b"{" + b",".join(b'"f%07d":1' % number for number in range(size // 12)) + b"}",
        "layers of null": b'{"inputs":1,"network":{"layers":[' + b"null," * (size // 5) + b"null]}}",
        "one field again and again": b"{" + b'"inputs":1,' * (size // 11) + b'"inputs":1}',
    }


def test_large_hostile_bodies_give_their_memory_back() -> None:
    """Large hostile bodies stop nobody and give their memory back."""
    sent = large(8_000_000)
    slowest, taken = 0.0, ("numbers", "words")

    def send(name: str) -> int:
        path = "/v1/networks/evaluate" if "layers" in name else RELU
        headers = {"content-type": hostile.JSON}
        return httpx.post(base + path, content=sent[name], headers=headers, timeout=60).status_code

    with running() as base, ThreadPoolExecutor(1) as sender, httpx.Client(base_url=base, timeout=20) as small:
        send("numbers")  # what stays behind once, such as code that is loaded when it is needed, is no leak
        send("a bare NaN at the end")
        before = memory(base)
        for name in sent:
            sending = sender.submit(send, name)
            while not sending.done():
                start = time.monotonic()
                assert small.post(RELU, json={"inputs": 1}).status_code == 200
                slowest = max(slowest, time.monotonic() - start)
            assert sending.result() in ((200,) if name in taken else (400, 422)), name
        # Parsers of C let nothing else run: for what a body of 8 MB takes them, not for what Python does.
        assert slowest < 3
        assert memory(base) < before + 64 * 2**20
