"""A request to the service from inside of it, by ASGI: all holds that holds for one from outside."""

import asyncio
import json
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Scope

from ..http.keys import HEADER as KEY_HEADER
from ..http.middleware import ID_HEADER
from ..http.reading import JSON
from ..http.trace import HEADER as TRACE
from .tools import EndpointRequest

_KEY, _ID = KEY_HEADER.lower().encode(), ID_HEADER.lower().encode()


class EndpointAnswer(NamedTuple):
    """What an endpoint answered; `body` is None where it has more bytes than were taken."""

    status: int
    headers: Headers
    body: bytes | None


async def ask(app: ASGIApp, asked: EndpointRequest, most: int, around: Scope | None = None) -> EndpointAnswer:
    """Return the answer of `app`, of at most `most` bytes.

    The request has the key, the id and the address of the one `around` it, so it is let in, logged and
    limited as that one is. When the caller of that one hangs up, the task is cancelled, and the work is too.
    """
    sent = b"" if asked.body is None else json.dumps(asked.body).encode()
    pending: list[Message] = [{"type": "http.request", "body": sent, "more_body": False}]
    status, headers, size = 500, Headers(), 0
    parts: list[bytes] = []

    async def receive() -> Message:
        if pending:
            return pending.pop()
        await asyncio.Event().wait()
        raise AssertionError("nothing more comes")

    async def send(message: Message) -> None:
        nonlocal status, headers, size
        if message["type"] == "http.response.start":
            status, headers = message["status"], Headers(raw=message["headers"])
            return
        body = message.get("body", b"")
        size += len(body)
        if size <= most:
            parts.append(bytes(body))

    await app(_scope(asked, len(sent), around), receive, send)
    return EndpointAnswer(status, headers, b"".join(parts) if size <= most else None)


def _scope(asked: EndpointRequest, size: int, around: Scope | None) -> Scope:
    headers = [(b"accept", b"*/*"), (b"content-length", b"%d" % size)]
    if asked.body is not None:
        headers.append((b"content-type", JSON.encode()))
    if around is not None:
        headers += [(name, value) for name, value in around["headers"] if name in (_KEY, TRACE)]
        headers.append((_ID, around["state"]["request_id"].encode()))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": asked.method,
        "scheme": "http",
        "path": asked.path,
        "raw_path": asked.path.encode(),
        "query_string": asked.query.encode(),
        "root_path": "",
        "headers": headers,
        "client": None if around is None else around.get("client"),
        "server": None,
        "state": {},
    }
