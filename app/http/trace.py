"""What the log tells a request by: its id, and the trace it is part of (W3C Trace Context)."""

import re
from collections.abc import Iterable

from starlette.types import Scope

HEADER = b"traceparent"
_FORM = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_LENGTH = 55  # of version 00; later ones may add fields behind a hyphen


def traceparent(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the traceparent of a request, without what later versions add.

    None where it is malformed, or where several came.
    """
    came = [value for name, value in headers if name == HEADER]
    if len(came) != 1 or not _FORM.fullmatch(came[0][:_LENGTH]):
        return None
    rest = came[0][_LENGTH:]
    if rest and (came[0].startswith(b"00") or not rest.startswith(b"-")):
        return None
    return came[0][:_LENGTH].decode()


def marks(scope: Scope) -> dict[str, str]:
    """Return the marks of a request that every entry about it has."""
    state = scope["state"]
    return {name: state[name] for name in ("request_id", "traceparent") if name in state}
