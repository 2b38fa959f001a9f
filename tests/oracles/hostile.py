"""Hostile requests, each by name, with what the service must answer: the corpus of what attackers try.

A body stands for itself: it is written as bytes, since most of these cannot be written by an encoder.
`SECRET` stands in every value that must not come back.
"""

import gzip
import zlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

SECRET = "hunter2"
JSON = "application/json"
TENSORS = "application/vnd.safetensors"

MALFORMED, REFUSED, LIMIT, MEDIA = "malformed-json", "invalid-request", "limit", "unsupported-media-type"


class Hostile(NamedTuple):
    """A body, and the types of problem that may answer it; none at all where it may also be answered.

    `place` is where the problem must point: a JSON pointer, or the beginning of one.
    """

    name: str
    body: bytes
    slugs: frozenset[str] = frozenset()
    place: str = ""
    headers: Mapping[str, str] = {"content-type": JSON}


def case(name: str, body: bytes, *slugs: str, place: str = "", **headers: str) -> Hostile:
    """Return a body of JSON, or of the media type and coding that `headers` name."""
    given = {name.replace("_", "-"): value for name, value in headers.items()} or {"content-type": JSON}
    return Hostile(name, body, frozenset(slugs), place, given)


HIDDEN = f'"{SECRET}"'.encode()


def texts() -> Iterator[Hostile]:
    """What no question is, whatever is asked."""
    for name, body in {
        "nothing": b"",
        "blanks": b" \t\r\n" * 50,
        "an opened object": b"{",
        "an object cut off in a key": b'{"inputs',
        "an object cut off behind a key": b'{"inputs"',
        "an object cut off behind a colon": b'{"inputs":',
        "an array cut off": b'{"inputs":[1,2',
        "a number cut off": b'{"inputs":-',
        "an exponent cut off": b'{"inputs":1e',
        "a word cut off": b'{"inputs":tru',
        "an escape cut off": b'{"inputs":"\\u12',
        "brackets crossed": b'{"inputs":[1}]',
        "a closing bracket too many": b'{"inputs":1}}',
        "two documents": b'{"inputs":1}{"inputs":2}',
        "something behind": b'{"inputs":1} ' + HIDDEN,
        "a comma behind the last": b'{"inputs":[1,]}',
        "a comma before the first": b'{"inputs":[,1]}',
        "no comma": b'{"inputs":[1 2]}',
        "no colon": b'{"inputs" 1}',
        "a key without quotes": b"{inputs:1}",
        "single quotes": b"{'inputs':1}",
        "a comment": b'{"inputs":1/*' + HIDDEN + b"*/}",
        "a leading zero": b'{"inputs":01}',
        "a plus": b'{"inputs":+1}',
        "no digit before the point": b'{"inputs":.5}',
        "no digit behind the point": b'{"inputs":1.}',
        "hexadecimal": b'{"inputs":0x10}',
        "an underscore": b'{"inputs":1_000}',
        "nan": b'{"inputs":nan}',
        "inf": b'{"inputs":inf}',
        "None": b'{"inputs":None}',
        "undefined": b'{"inputs":undefined}',
        "a control character in a string": b'{"inputs":"\x01"}',
        "a line's end in a string": b'{"inputs":"\n"}',
        "a bad escape": b'{"inputs":"\\x41"}',
        "a zero byte": b'{"inputs":1}\x00',
        "zero bytes": bytes(500),
        "a byte that UTF-8 never has": b'{"inputs":"\xff"}',
        "a character cut off": b'{"inputs":"\xe2\x82"}',
        "a character written too long": b'{"inputs":"\xc0\xaf"}',
        "a surrogate in UTF-8": b'{"inputs":"\xed\xa0\x80"}',
        "UTF-16": '{"inputs":1}'.encode("utf-16"),
        "UTF-32": '{"inputs":1}'.encode("utf-32"),
        "gzip that does not say so": gzip.compress(b'{"inputs":1}'),
        "a form": b"inputs=1&secret=" + SECRET.encode(),
        "XML": b"<inputs>1</inputs>",
        "escaped quotes that never close": b'{"inputs":"' + b'\\"' * 100_000,
        "backslashes that never close": b'{"inputs":"' + b"\\" * 100_000,
        "quotes without end": b'"' * 100_001,
        "colons without end": b"{" + b":" * 50_000,
    }.items():
        yield case(name, body, MALFORMED)
    for name, body in {
        "an array": b"[1,2]",
        "a number": b"918273645",
        "a string": HIDDEN,
        "null": b"null",
        "true": b"true",
        "a byte-order mark": b'\xef\xbb\xbf{"inputs":1}',
        "only a byte-order mark and an object": b"\xef\xbb\xbf{}",
        "a lone surrogate as a key": b'{"\\ud800":1}',
        "two lone surrogates": b'{"inputs":"\\udc00\\ud800"}',
        "an empty object": b"{}",
        "an empty name": b'{"":1}',
        "an unknown field": b'{"' + SECRET.encode() * 30 + b'":1}',
        "a name of quotes": b'{"\\"\\"\\"":1}',
        "a prototype": b'{"__proto__":{"x":1},"constructor":1}',
        "a hundred unknown fields": _object(100),
        "two thousand unknown fields": _object(2_000),
    }.items():
        yield case(name, body, REFUSED)
    for name, body in {
        "too many fields": _object(100_001),
        "arrays 65 deep": b'{"inputs":' + b"[" * 65 + b"1" + b"]" * 65 + b"}",
        "objects 65 deep": b'{"a":' * 65 + b"1" + b"}" * 65,
        "arrays a hundred thousand deep": b"[" * 100_000 + b"]" * 100_000,
        "arrays that never close": b"[" * 100_000,
        "objects a hundred thousand deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        "both kinds in turn, deep": b'[{"a":' * 20_000 + b"1" + b"}]" * 20_000,
    }.items():
        yield case(name, body, LIMIT)
    yield case("the same field twice", b'{"inputs":1,"inputs":2}', REFUSED)
    yield case("the same field twice, once by an escape", b'{"inputs":1,"\\u0069nputs":2}', REFUSED)
    yield case("the same field a thousand times", b"{" + b'"inputs":1,' * 999 + b'"inputs":1}', REFUSED)


def _object(fields: int) -> bytes:
    return b"{" + b",".join(b'"f%06d":1' % number for number in range(fields)) + b"}"


def forms() -> Iterator[Hostile]:
    """Bodies of other media types, and those that lie about theirs."""
    body = b'{"inputs":1}'
    for kind in (
        "",
        "text/plain",
        "text/json",
        "application/jsonx",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "application/problem+json",
        "*/*",
        "application/*",
        ";",
        "/",
        "application/json/json",
        SECRET * 100,
    ):
        yield case(f"of the type {kind[:40]!r}", body, MEDIA, content_type=kind)
    packed = {"deflate": zlib.compress(body), "br": body, "zstd": body}
    for coding, compressed in {**packed, "gzip, gzip": body, "x-unknown": body}.items():
        yield case(f"coded as {coding}", compressed, MEDIA, content_type=JSON, content_encoding=coding)
    for name, sent, expected in (
        ("a bomb of gzip", gzip.compress(bytes(10_000_000)), (LIMIT, MALFORMED)),
        ("gzip that is cut off", gzip.compress(body)[:-4], (MALFORMED,)),
        ("gzip with something behind it", gzip.compress(body) + b"{}", (MALFORMED,)),
        ("no gzip at all", body, (MALFORMED,)),
    ):
        yield case(name, sent, *expected, content_type=JSON, content_encoding="gzip")
    yield case("tensors called JSON", (2).to_bytes(8, "little") + b"{}", MALFORMED)
    yield case("JSON called tensors", body, MALFORMED, LIMIT, content_type=TENSORS)
