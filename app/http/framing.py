"""The head of a request as every server must read it: one Host, and one way to tell where the body ends."""

import re

_HOST_EXPECTED = "expected one valid Host header (RFC 9112, section 3.2)"
_CODING = "expected no transfer coding but chunked, in HTTP/1.1"
_TARGET = "expected a target like /path, or http://host/path"
_HOST = re.compile(
    rb"(\[[0-9A-Fa-fvV:.]+\]|[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*(:[0-9]*)?"  # RFC 3986 §3.2.2
)
_WHOLE = re.compile(rb"(?i:https?)://([^/?#]*)(.*)", re.DOTALL)

Headers = list[tuple[bytes, bytes]]


class NotTaken(Exception):
    """What the parser takes, and no request may be."""


def from_whole_address(target: bytes, headers: Headers) -> tuple[bytes, Headers]:
    """Return path and query of a target that is a whole address, and the headers with its host (§3.2.2).

    Raises `NotTaken` for an address of another kind, and for one with a user or without a host.
    """
    found = _WHOLE.fullmatch(target)
    if found is None:
        raise NotTaken(_TARGET)
    host, rest = found.groups()
    if not host or not _HOST.fullmatch(host):
        raise NotTaken(_HOST_EXPECTED)
    # What stands in the line is the host; another one in the headers is not to be heeded.
    told = [(name, host if name == b"host" else value) for name, value in headers]
    return (rest if rest.startswith(b"/") else b"/" + rest), told


def body_length(headers: Headers, version: str) -> int | None:
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
