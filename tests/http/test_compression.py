"""Answers that go compressed: which, for whom, and that they are the same."""

import gzip
import json
from typing import Any

import httpx
import pytest

from app.http.compression import SMALLEST, coding_wish
from tests.service import Client, pointers, slug
from tests.serving import running

RELU = "/v1/activations/relu"
GZIP = {"Accept-Encoding": "gzip"}
PLAIN = {"Accept-Encoding": "identity"}
NUMBERS = {"inputs": [0.1 * one for one in range(2_000)]}


@pytest.mark.parametrize(
    ("accepted", "gzip_wanted", "plain_taken"),
    [
        ("", False, True),
        ("gzip", True, True),
        ("x-gzip", True, True),
        ("GZip , br", True, True),
        ("deflate, br, zstd", False, True),
        ("gzip;q=0", False, True),
        ("gzip; q=0.001", True, True),
        ("*", True, True),
        ("*;q=0.5, gzip;q=0", False, True),
        ("gzip;q=0.5, identity", False, True),
        ("gzip;q=0.5, identity;q=0.5", True, True),
        ("gzip;q=0.5, identity;q=0.6", False, True),
        ("gzip, identity;q=0", True, False),
        ("identity;q=0", False, False),
        ("gzip, *;q=0", True, False),
        ("*;q=0, identity;q=0.1", False, True),
        ("gzip;q=zebra", True, True),
        ("," * 100_000 + "gzip", False, True),
        ("gzip" + ";a=b" * 20_000, True, True),
    ],
)  # fmt: skip
def test_what_a_caller_takes(accepted: str, gzip_wanted: bool, plain_taken: bool) -> None:
    assert coding_wish(accepted) == (gzip_wanted, plain_taken)


@pytest.mark.parametrize(
    "path",
    ["/v1/activations", "/v1/identities/tanh_as_sigmoid", f"{RELU}/plot.svg",
     "/v1/activations/gelu/plot.csv", "/metrics", "/openapi.json", "/llms.txt", "/", "/problems/busy"],
)  # fmt: skip
def test_text_is_the_same_compressed(client: Client, path: str) -> None:
    plain = client.get(path, headers=PLAIN)
    packed = client.get(path, headers=GZIP)
    assert plain.status_code == packed.status_code == 200
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    if path != "/metrics":  # which counts what was asked before
        assert plain.content == packed.content
    head = client.head(path, headers=GZIP)
    assert head.headers["content-encoding"] == "gzip" and head.content == b""


def test_answers_of_many_numbers_are_the_same_compressed(client: Client) -> None:
    for count in (200, 2_000, 200_000):
        question = {"inputs": [0.1 * one for one in range(count)]}
        plain = client.post(RELU, json=question, headers=PLAIN)
        packed = client.post(RELU, json=question, headers=GZIP)
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content == plain.content


@pytest.mark.parametrize("form", ["png", "pdf"])
def test_what_is_compressed_already_goes_as_it_is(client: Client, form: str) -> None:
    answer = client.get(f"{RELU}/plot.{form}", headers=GZIP)
    assert "content-encoding" not in answer.headers and "vary" not in answer.headers
    tensors = {**GZIP, "Accept": "application/vnd.safetensors"}
    assert "content-encoding" not in client.post(RELU, json=NUMBERS, headers=tensors).headers


def test_small_answers_go_as_they_are_but_to_who_refuses_that(client: Client) -> None:
    one = {"inputs": [1.0]}
    answer = client.post(RELU, json=one, headers=GZIP)
    assert "content-encoding" not in answer.headers and len(answer.content) < SMALLEST
    packed = client.post(RELU, json=one, headers={"Accept-Encoding": "gzip, identity;q=0"})
    assert packed.headers["content-encoding"] == "gzip" and packed.json() == {"outputs": [1.0]}
    picture = client.get(f"{RELU}/plot.png", headers={"Accept-Encoding": "gzip, *;q=0"})
    assert picture.headers["content-encoding"] == "gzip" and picture.content.startswith(b"\x89PNG")


def test_problems_are_compressed_where_they_are_long(client: Client) -> None:
    wrong = {"inputs": 1, **{f"unknown{one}": 1 for one in range(20)}}
    packed = client.post(RELU, json=wrong, headers=GZIP)
    plain = client.post(RELU, json=wrong, headers=PLAIN)
    assert (packed.headers["content-encoding"], slug(packed)) == ("gzip", "invalid-request")
    assert len(pointers(packed)) == 20 and packed.content == plain.content


def test_the_tag_tells_compressed_bytes_from_plain_ones(client: Client) -> None:
    """A strong tag names bytes: those of gzip are others, and the weak tag names what both show."""
    path = f"{RELU}/plot.svg?low=-2.5"
    plain = client.get(path, headers=PLAIN).headers["etag"]
    packed = client.get(path, headers=GZIP).headers["etag"]
    assert packed == f"W/{plain}" and plain.startswith('"')
    for accepted, own in ((PLAIN, plain), (GZIP, packed)):
        for tag in (plain, packed):
            again = client.get(path, headers={**accepted, "If-None-Match": tag})
            assert (again.status_code, again.headers["etag"], again.content) == (304, own, b"")
            assert again.headers["vary"] == "Accept-Encoding" and "content-encoding" not in again.headers
    png = client.get(f"{RELU}/plot.png", headers=GZIP).headers["etag"]
    again = client.get(f"{RELU}/plot.png", headers={**GZIP, "If-None-Match": png})
    assert (again.status_code, again.headers["etag"]) == (304, png)


def test_a_file_of_the_page_is_asked_for_again_by_its_tag(client: Client) -> None:
    for accepted in (PLAIN, GZIP):
        first = client.get("/static/page.js", headers=accepted)
        assert first.headers["etag"].startswith("W/") == (accepted is GZIP)
        again = client.get("/static/page.js", headers={**accepted, "If-None-Match": first.headers["etag"]})
        assert again.status_code == 304


def test_a_large_answer_goes_compressed_over_a_connection() -> None:
    """In chunks to HTTP/1.1, and as it is to HTTP/1.0, which knows none."""
    question: dict[str, Any] = {"inputs": [0.1 * one for one in range(300_000)]}
    with running(log_level="warning") as base, httpx.Client(base_url=base, timeout=60) as asked:
        with asked.stream("POST", RELU, json=question, headers=GZIP) as answer:
            assert answer.headers["transfer-encoding"] == "chunked"
            raw = b"".join(answer.iter_raw())
        outputs = json.loads(gzip.decompress(raw))["outputs"]
        plain = asked.post(RELU, json=question, headers=PLAIN)
        assert outputs == plain.json()["outputs"] and len(raw) < 0.6 * len(plain.content)
