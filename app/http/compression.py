"""Answers that go compressed: text from a kilobyte on, as gzip, where the caller takes that."""

import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from fastapi import Response
from starlette.datastructures import MutableHeaders
from starlette.types import Receive, Scope, Send

from .gzip_body import CODING
from .negotiation import quality
from .request import ServiceRequest
from .responses import LargeResponse

SMALLEST = 1 << 10
"""Bytes from which an answer is compressed: what is smaller goes in one packet all the same."""
_AT_ONCE = 1 << 15  # bytes that are compressed on the event loop, in two milliseconds
_LEVEL, _LEVEL_OF_LARGE = 5, 1  # a large answer is numbers: 5 saves a sixteenth more, in five times the time
_GZIP = 31  # zlib's window of 32 kB, with gzip's own head and check sum, and no date
_TEXT = ("text/", "application/json", "application/problem+json", "image/svg+xml")
_MOST = 64  # codings, and parameters of each; what comes after them is not looked at


class CodingWish(NamedTuple):
    """Which forms of an answer a caller takes, by its Accept-Encoding (RFC 9110 §12.5.3)."""

    gzip: bool
    """Whether gzip is at least as welcome as what is not compressed."""
    plain: bool
    """Whether what is not compressed may come where gzip may, too."""

    def wants(self, kind: str, size: int) -> bool:
        """Tell whether an answer of that media type and so many bytes is to be compressed."""
        return self.gzip and (not self.plain or (size >= SMALLEST and kind.startswith(_TEXT)))


def coding_wish(accept_encoding: str) -> CodingWish:
    """Return what an Accept-Encoding header asks for; without one nothing is compressed, though it may be."""
    named: dict[str, float] = {}
    for part in accept_encoding.lower().split(",", _MOST)[:_MOST]:
        coding, *parameters = (piece.strip() for piece in part.split(";", _MOST)[:_MOST])
        named[coding] = quality(parameters)
    gzip = named.get(CODING, named.get(f"x-{CODING}", named.get("*", 0.0)))
    plain = named.get("identity", 0.0 if named.get("*") == 0 else None)
    return CodingWish(gzip > 0 and gzip >= (plain or 0.0), plain is None or plain > 0)


async def compressed(request: ServiceRequest, response: Response) -> Response:
    """Return an answer as its caller takes it: as it is, or as gzip, off the event loop where it is large."""
    size = response.size if isinstance(response, LargeResponse) else len(response.body)
    accepted = request.field(b"accept-encoding")
    if size < SMALLEST and "identity" not in accepted and "*" not in accepted:
        return response
    kind = response.headers.get("content-type", "")
    if size == 0 or "content-encoding" in response.headers or not kind:
        return response
    if kind.startswith(_TEXT) and size >= SMALLEST:
        _vary(response)
    if not coding_wish(accepted).wants(kind, size):
        return response
    if isinstance(response, LargeResponse):
        if request.scope["http_version"] != "1.0":  # which has no chunks
            return _GzipParts(response, request)
        return response
    body = bytes(response.body)
    _replace(response, gzipped(body) if size < _AT_ONCE else await off_the_loop(request, body))
    return response


async def off_the_loop(request: ServiceRequest, body: bytes) -> bytes:
    """Return `body` as gzip, made in a thread."""
    packed: bytes = await request.executor.read(lambda: gzipped(body), is_long=True)
    return packed


def gzipped(body: bytes, level: int = _LEVEL) -> bytes:
    """Return `body` as gzip: the same bytes at any time."""
    squeeze = zlib.compressobj(level, wbits=_GZIP)
    return squeeze.compress(body) + squeeze.flush()


def lastingly_compressed(response: Response, content: bytes, accept_encoding: str) -> Response:
    """Return an answer whose bytes never change as its caller takes it: compressed once, and kept."""
    _vary(response)
    if not coding_wish(accept_encoding).wants(response.headers["content-type"], len(content)):
        return response
    plain = Response(status_code=response.status_code)
    plain.raw_headers = list(response.raw_headers)
    _replace(plain, _kept(content))
    return plain


def vary_unchanged(response: Response, accept_encoding: str) -> None:
    """Give a 304 what the answer in its place would say of its form (RFC 9110 §15.4.5)."""
    _vary(response)
    if coding_wish(accept_encoding).gzip and "etag" in response.headers:
        response.headers["etag"] = weak(response.headers["etag"])


@lru_cache(maxsize=256)
def _kept(content: bytes) -> bytes:
    return gzipped(content, 9)


def _vary(response: Response) -> None:
    if "accept-encoding" not in response.headers.get("vary", "").lower():
        response.headers.add_vary_header("Accept-Encoding")


def weak(tag: str) -> str:
    """Return the tag of an answer that is compressed: the same as another's, but not to the byte."""
    return tag if tag.startswith("W/") else f"W/{tag}"


def _replace(response: Response, body: bytes) -> None:
    """Put gzip in place of the body, with all that its headers say of it (RFC 9110 §8.8.3)."""
    response.body = body
    _describe(response.headers)
    response.headers["content-length"] = str(len(body))


def _describe(headers: MutableHeaders) -> None:
    headers["content-encoding"] = CODING
    if "etag" in headers:
        headers["etag"] = weak(headers["etag"])


class _GzipParts(LargeResponse):
    """A large answer that is compressed part by part, each when the one before is on its way."""

    def __init__(self, plain: LargeResponse, request: ServiceRequest) -> None:
        self.status_code = plain.status_code
        self.background = None
        self.body = b""
        self.raw_headers = [pair for pair in plain.raw_headers if pair[0] != b"content-length"]
        _describe(self.headers)
        self.parts = plain.parts
        self._request = request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Compress and send the parts, one after the other."""
        squeeze = zlib.compressobj(_LEVEL_OF_LARGE, wbits=_GZIP)
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        self.parts.reverse()
        while self.parts:
            await self._send(send, lambda: squeeze.compress(self.parts.pop()))
        await self._send(send, squeeze.flush)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, send: Send, make: Callable[[], bytes]) -> None:
        part = await self._request.executor.read(make, is_long=True)
        if part:
            await send({"type": "http.response.body", "body": part, "more_body": True})
