"""The head of a request as every server must read it: one Host, and one way to tell where the body ends."""

import re

_HOST_EXPECTED = "expected one valid Host header (RFC 9112, section 3.2)"
_CODING = "expected no transfer coding but chunked, in HTTP/1.1"
_HOST = re.compile(
    rb"(\[[0-9A-Fa-fvV:.]+\]|[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*(:[0-9]*)?"  # RFC 3986 §3.2.2
)


class NotTaken(Exception):
    """What the parser takes, and no request may be."""


def body_length(headers: list[tuple[bytes, bytes]], version: str) -> int | None:
    """Return the bytes of the body, None where chunks tell.

    Raises `NotTaken` where another server might read the framing or the Host otherwise.
    """
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) > 1 or (not hosts and version != "1.0") or not all(map(_HOST.fullmatch, hosts)):
        raise NotTaken(_HOST_EXPECTED)
    codings = [value for name, value in headers if name == b"transfer-encoding"]
    if codings:
        if len(codings) > 1 or codings[0].strip().lower() != b"chunked" or version == "1.0":
            raise NotTaken(_CODING)
        return None
    return next((int(value[-20:]) for name, value in headers if name == b"content-length"), 0)
