"""What RFC 9110 and 9112 ask of every server, as bytes on a connection, where no other test has it."""

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from functools import partial
from typing import NamedTuple

import pytest

from tests.http.test_connection import CHUNKED, connected, heard, post
from tests.serving import running


class Asked(NamedTuple):
    """Bytes as they are sent, which statuses come back, and whether the connection is closed then."""

    sent: bytes
    statuses: list[int]
    closed: bool = False


def head(line: str, *lines: str) -> bytes:
    return "\r\n".join([line, "Host: x", *lines, "", ""]).encode()


LIVE = head("GET /livez HTTP/1.1")
EXPECTING = post(b'{"inputs":-1}', "/v1/activations/relu", "Expect: 100-continue")
CHUNKS = post(b"").replace(b"Content-Length: 0", CHUNKED)
MUSTS: dict[str, Asked] = {
    # RFC 9112 §3: the line
    "a method in lower case is another": Asked(head("get /livez HTTP/1.1"), [400], True),
    "a method that is no token": Asked(head("GE(T /livez HTTP/1.1"), [400], True),
    "two spaces": Asked(head("GET  /livez HTTP/1.1"), [400], True),
    "a space behind the line": Asked(head("GET /livez HTTP/1.1 "), [400], True),
    "a version in lower case": Asked(head("GET /livez http/1.1"), [400], True),
    "a version of two digits": Asked(head("GET /livez HTTP/1.10"), [400], True),
    "letters beyond ASCII": Asked("GET /ä HTTP/1.1\r\nHost: x\r\n\r\n".encode(), [400], True),
    "an address without a path": Asked(head("GET http://y HTTP/1.1"), [200]),
    "an address with parameters alone": Asked(head("GET http://y?a=b HTTP/1.1"), [200]),
    "an address in capitals": Asked(head("GET HTTP://Y:80/livez HTTP/1.1"), [200]),
    "an address without a host": Asked(head("GET http:///livez HTTP/1.1"), [400], True),
    "an address with a user": Asked(head("GET http://u:p@y/livez HTTP/1.1"), [400], True),
    "an address of another kind": Asked(head("GET ftp://y/livez HTTP/1.1"), [400], True),
    "a host and a port alone": Asked(head("GET y:80 HTTP/1.1"), [400], True),
    "no path": Asked(head("GET livez HTTP/1.1"), [400], True),
    "a star that is no OPTIONS": Asked(head("GET * HTTP/1.1"), [404]),
    "letters that need no percent": Asked(head("GET /%6c%69vez HTTP/1.1"), [200]),
    "a percent that is none": Asked(head("GET /%zz HTTP/1.1"), [404]),
    # §5: headers
    "space around a value": Asked(b"GET /livez HTTP/1.1\r\nHost:\t x \t\r\nA:b\r\n\r\n", [200]),
    "a tab before a colon": Asked(head("GET /livez HTTP/1.1", "A\t: b"), [400], True),
    "no name": Asked(head("GET /livez HTTP/1.1", ": b"), [400], True),
    "a name that is no token": Asked(head("GET /livez HTTP/1.1", "a(b: c"), [400], True),
    "no colon": Asked(head("GET /livez HTTP/1.1", "abc"), [400], True),
    "a return in a value": Asked(head("GET /livez HTTP/1.1", "A: b\rc"), [400], True),
    "space before the first header": Asked(b"GET /livez HTTP/1.1\r\n Host: x\r\n\r\n", [400], True),
    # §6, §7: the body
    "a length that is a list": Asked(post().replace(b"th: 13", b"th: 13, 13"), [400], True),
    "a length with a sign": Asked(post().replace(b"th: 13", b"th: +13"), [400], True),
    "a length of no digits": Asked(post(b"").replace(b"th: 0", b"th: "), [400], True),
    "chunks and then a length": Asked(
        CHUNKS.replace(CHUNKED, CHUNKED + b"\r\nContent-Length: 5") + b"0\r\n\r\n", [400], True
    ),
    "chunks of chunks": Asked(CHUNKS.replace(b"chunked", b"chunked, chunked"), [400], True),
    "chunks that are not the last": Asked(CHUNKS.replace(b"chunked", b"chunked, gzip"), [400], True),
    "words behind a chunk's size": Asked(
        CHUNKS + b'd;a="b;\\" c";x\r\n{"inputs":-1}\r\n0\r\n\r\n' + LIVE, [200, 200]
    ),
    "a chunk's size in capitals": Asked(CHUNKS + b'000D\r\n{"inputs":-1}\r\n000\r\n\r\n' + LIVE, [200, 200]),
    "a chunk's size as a program has it": Asked(CHUNKS + b"0xd\r\n", [400], True),
    "a chunk's size with a sign": Asked(CHUNKS + b"-d\r\n", [400], True),
    "a chunk's size and a line feed": Asked(CHUNKS + b'd\n{"inputs":-1}\r\n0\r\n\r\n', [400], True),
    "a chunk longer than its size": Asked(CHUNKS + b'c\r\n{"inputs":-1}\r\n0\r\n\r\n', [400], True),
    "a body that GET does not need": Asked(
        head("GET /livez HTTP/1.1", "Content-Length: 3") + b"abc" + LIVE, [200, 200]
    ),
    # §9: connections
    "the last request": Asked(head("GET /livez HTTP/1.1", "Connection: close") + LIVE, [200], True),
    "the last one, in a list": Asked(head("GET /livez HTTP/1.1", "Connection: a, Close") + LIVE, [200], True),
    "the last one, said behind": Asked(
        head("GET /livez HTTP/1.1", "Connection: a", "Connection: close") + LIVE, [200], True
    ),
    "a word that ends alike": Asked(head("GET /livez HTTP/1.1", "Connection: aclose") + LIVE, [200, 200]),
    "an older version's last": Asked(head("GET /livez HTTP/1.0") + LIVE, [200], True),
    # RFC 9110 §9, §10, §15
    "a method that this path has not": Asked(head("DELETE /livez HTTP/1.1"), [405]),
    "a method that would echo": Asked(head("TRACE /livez HTTP/1.1", "Cookie: a=secret"), [405]),
    "another method where nothing is": Asked(head("PATCH /nothing HTTP/1.1"), [404]),
    "a body that is waited for": Asked(EXPECTING[:-13], [100]),
    "a body that is not waited for": Asked(EXPECTING.replace(b"continue", b"Continue"), [100, 200]),
    "a wait that an older version knows not": Asked(EXPECTING.replace(b"P/1.1", b"P/1.0"), [200], True),
    "a wait for a refusal": Asked(EXPECTING.replace(b"/v1/", b"/v2/")[:-13], [404]),
    "a wait for too much": Asked(EXPECTING.replace(b"th: 13", b"th: 99999999999")[:-13], [413]),
    "an expectation that nobody knows": Asked(EXPECTING.replace(b"100-continue", b"200-ok"), [200]),
}  # fmt: skip


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with running(log_level="error", processes=0) as base:
        yield base


def answered(base: str, asked: Asked) -> tuple[bytes, bool]:
    """Return what comes until it closes, or, where it is to stay open, until all answers and no more have."""
    text = b""
    with connected(base) as connection:
        connection.sendall(asked.sent)
        while asked.closed or len(statuses(text)) < len(asked.statuses):
            more, seconds = heard(connection, 20 if asked.closed else 0.1)
            text += more
            if seconds is not None:
                return text, True
            assert not asked.closed, text
        more, seconds = heard(connection, 0.1)
    return text + more, seconds is not None


def statuses(text: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", text)]


def fields(text: bytes, name: str) -> list[str]:
    """Return the values of this header in the first answer."""
    found = re.findall(rf"(?im)^{name}: ([^\r\n]*)\r$".encode(), text.partition(b"\r\n\r\n")[0] + b"\r\n")
    return [value.decode() for value in found]


@pytest.mark.parametrize("name", MUSTS)
def test_conformance_of_what_is_asked(base: str, name: str) -> None:
    asked = MUSTS[name]
    text, closed = answered(base, asked)
    assert statuses(text) == asked.statuses, text[:200]
    assert closed == asked.closed
    assert b"secret" not in text
    first = asked.statuses[0]
    if first >= 200:
        assert len(fields(text, "date")) == 1
        parsedate_to_datetime(fields(text, "date")[0])
    if first == 405:
        assert fields(text, "allow") == ["GET, HEAD"]
    if closed:
        assert fields(text, "connection") == ["close"]


@pytest.mark.parametrize(
    ("target", "lines", "status"),
    [
        ("/livez", [], 200),
        ("/v1/activations", [], 200),
        ("/v1/activations/relu/plot.txt", [], 200),
        ("/static/page.css", [], 200),
        ("/static/page.css", ["Range: bytes=0-3"], 200),
        ("/nothing", [], 404),
        ("/v1/networks/convert", [], 405),
        ("/livez", ["Host: y"], 400),
        ("/livez", ["A: b", " c"], 400),
    ],
)
def test_conformance_of_heads_that_are_asked_for_alone(
    base: str, target: str, lines: list[str], status: int
) -> None:
    """No answer to HEAD has a body, a refusal's neither."""
    text, _ = answered(base, Asked(head(f"HEAD {target} HTTP/1.1", *lines, "Connection: close"), [], True))
    assert statuses(text) == [status], text[:200]
    assert text.endswith(b"\r\n\r\n") and text.count(b"\r\n\r\n") == 1
    assert int(fields(text, "content-length")[0]) > 0


def got(base: str, path: str, coding: str, *lines: str) -> bytes:
    """Return the answer to a GET with these further lines of its head."""
    asked = head(f"GET {path} HTTP/1.1", f"Accept-Encoding: {coding}", *lines, "Connection: close")
    return answered(base, Asked(asked, [], True))[0]


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize(
    "path", ["/static/page.css", "/v1/activations/relu/plot.svg", "/docs/assets/swagger-ui.css"]
)
def test_conformance_of_what_is_unchanged(base: str, path: str, coding: str) -> None:
    """A 304 has the headers of the 200 in its place, and no body; tags come before dates."""
    get = partial(got, base, path, coding)
    whole = get()
    (tag,) = fields(whole, "etag")
    weak = f"W/{tag.removeprefix('W/')}"
    later = "If-Modified-Since: Sat, 01 Jan 2050 00:00:00 GMT"
    for line in (f"If-None-Match: {tag}", f'If-None-Match: "a", {weak}', "If-None-Match: *"):
        text = get(line, "If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT")
        assert text.startswith(b"HTTP/1.1 304 ") and text.endswith(b"\r\n\r\n")
        for name in ("etag", "vary", "cache-control"):
            assert fields(text, name) == fields(whole, name), name
        assert len(fields(text, "date")) == 1
    assert get('If-None-Match: "a"', later).startswith(b"HTTP/1.1 200 ")
    assert get("If-Modified-Since: x").startswith(b"HTTP/1.1 200 ")
    assert get('If-Range: "a"', "Range: bytes=0-3").startswith(b"HTTP/1.1 200 ")


EARLIER, LATER = (f"If-Unmodified-Since: Sat, 01 Jan {year} 00:00:00 GMT" for year in (2000, 2050))


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize(
    "path",
    [
        "/static/page.css",
        "/v1/activations/relu/plot.svg",
        "/v1/activations/relu/plot.txt",
        "/docs/assets/swagger-ui.css",
    ],
)
def test_conformance_of_what_is_asked_for_as_it_was(base: str, path: str, coding: str) -> None:
    """If-Match compares strongly and comes before all else; a date counts where it stands alone (§13.2.2)."""
    get = partial(got, base, path, coding)
    whole = get()
    (tag,) = fields(whole, "etag")
    same = 412 if tag.startswith("W/") else 200
    dated = bool(fields(whole, "last-modified"))
    for lines, status in (
        ((f"If-Match: {tag}",), same),
        ((f'If-Match: "a", {tag}', EARLIER), same),
        (('If-Match: "a"', f"If-Match: {tag}"), same),
        ((f"If-Match: W/{tag.removeprefix('W/')}",), 412),
        (('If-Match: "a"', LATER), 412),
        (('If-Match: "a"', f"If-None-Match: {tag}"), 412),
        (("If-Match: *", EARLIER), 200),
        (("If-Match: *", f"If-None-Match: {tag}"), 304),
        ((EARLIER,), 412 if dated else 200),
        ((LATER,), 200),
        (("If-Unmodified-Since: yesterday",), 200),
    ):
        text = get(*lines)
        assert statuses(text) == [status], (lines, text[:200])
        assert (b"/problems/changed" in text) is (status == 412)
