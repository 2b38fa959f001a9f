"""`POST /mcp`: one message of the Model Context Protocol, checked before the SDK sees it."""

import asyncio
import json
from typing import Any

from fastapi import FastAPI, Response
from mcp.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.types import Message, Scope

from ..http.errors import NotFound, UnsupportedMediaType
from ..http.reading import JSON, LARGE, body_type, read_document
from ..http.request import ServiceRequest
from ..http.route import Route
from ..nn.errors import InvalidValue
from ..settings import Settings
from ..wire.faults import Finding, InvalidRequest
from ..wire.json.structure import Text
from .server import make_server

PATH = "/mcp"
_ACCEPT = (b"accept", f"{JSON}, text/event-stream".encode())
"""What the SDK asks of every caller, though all its answers are JSON here."""


def make_route(app: FastAPI) -> Route:
    """Return the route of `app`'s tools."""
    server = make_server(app)

    class AgentRoute(Route):
        """Answers one message. It has the key, the limits and the faults of every route."""

        async def answer(self, request: ServiceRequest) -> Response:
            """Check where the message goes and what it is, and have the SDK answer it."""
            settings = request.settings
            if not _is_named(request.field(b"host"), settings.hosts_of_mcp):
                raise NotFound("expected a host that SOFTSTEP_MCP_HOSTS names")
            if body_type(request) != JSON:
                raise UnsupportedMediaType(f"expected a body of type {JSON}", (JSON,))
            most = min(settings.max_mcp_bytes, settings.max_body_bytes)
            request.settings = settings.model_copy(update={"max_body_bytes": most})
            body = await request.body()

            def check() -> None:
                _check_message(read_document(body, JSON, settings).document)

            if len(body) < LARGE:
                check()
            else:
                await request.executor.read(check)
            return await request.unless_gone(_handled(server, request.scope, body, settings))

    def mcp() -> Response:
        """Answer one message of the Model Context Protocol."""
        raise AssertionError("AgentRoute answers itself")

    return AgentRoute(PATH, mcp, methods=["POST"], include_in_schema=False, response_model=None)


def _is_named(host: str, allowed: tuple[str, ...]) -> bool:
    """Tell whether a Host header, with or without a port, is one of the hosts that are allowed."""
    name = host.strip().lower()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    return allowed == ("*",) or name in allowed


def _check_message(document: object) -> None:
    """Refuse what is no request or notification of JSON-RPC. Raises `InvalidRequest`.

    The SDK would answer with a validator's words, which repeat the message.
    """
    if not isinstance(document, dict):
        raise InvalidValue("expected one JSON-RPC request, an object")
    findings = []
    if document.get("jsonrpc") != "2.0":
        findings.append(Finding(("jsonrpc",), 'expected "2.0"', InvalidValue))
    if not isinstance(document.get("method"), str):
        findings.append(Finding(("method",), "expected a string", InvalidValue))
    identity = document.get("id", 0)
    if isinstance(identity, bool) or not isinstance(identity, int | str):
        findings.append(Finding(("id",), "expected an integer or a string", InvalidValue))
    if not isinstance(document.get("params", {}), dict):
        findings.append(Finding(("params",), "expected an object", InvalidValue))
    if findings:
        raise InvalidRequest(findings)


async def _handled(server: Server[Any], scope: Scope, body: Text, settings: Settings) -> Response:
    """Return the SDK's answer to a message.

    A manager for each message: its tasks end with the request, at a drain or a hang-up too, and nothing has
    to be opened when the service starts.
    """
    manager = StreamableHTTPSessionManager(
        server, json_response=True, stateless=True, max_request_body_size=settings.max_body_bytes
    )
    answered = Response(status_code=500)
    parts: list[bytes] = []
    pending: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def receive() -> Message:
        if pending:
            return pending.pop()
        await asyncio.Event().wait()  # who hangs up is noticed around this
        raise AssertionError("nothing more comes")

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answered.status_code, answered.raw_headers = message["status"], list(message["headers"])
        else:
            parts.append(message.get("body", b""))

    headers = [(name, value) for name, value in scope["headers"] if name != b"accept"]
    async with manager.run():
        await manager.handle_request({**scope, "headers": [*headers, _ACCEPT]}, receive, send)
    answered.body = _without_echo(b"".join(parts))
    size = (b"content-length", b"%d" % len(answered.body))
    answered.raw_headers = [*(one for one in answered.raw_headers if one[0] != size[0]), size]
    return answered


def _without_echo(body: bytes) -> bytes:
    """Return the SDK's answer without the `data` of an error that is but the caller's own word."""
    if b'"error"' not in body[:200]:
        return body
    answer = json.loads(body)
    if isinstance(answer.get("error", {}).get("data"), str):
        del answer["error"]["data"]
    return json.dumps(answer).encode()
