"""`/mcp` as agents and others ask it: the SDK's client over HTTP, malformed messages, keys, hosts."""

import asyncio
import hashlib
import subprocess
import sys
from typing import Any

import pytest
from mcp.client.client import Client as AgentClient
from mcp.client.stdio import StdioServerParameters, stdio_client

from app.settings import Settings
from tests.service import Client, Connect, pointers, slug
from tests.serving import PROJECT, running

from .calls import CALLS

MCP = {"mcp": True, "mcp_hosts": "softstep"}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


@pytest.fixture(scope="module")
def agent(connect: Connect) -> Client:
    return connect(**MCP)


def message(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


async def _all(client: AgentClient) -> None:
    async with client:
        for name, arguments, expected in CALLS:
            result = await client.call_tool(name, arguments)
            assert not result.is_error and expected in result.content[0].text, result


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_sdks_client_calls_every_tool_over_http(served: str, mode: str) -> None:
    asyncio.run(_all(AgentClient(f"{served}/mcp", mode=mode)))


@pytest.fixture(scope="module")
def served() -> Any:
    with running(mcp=True) as base:
        yield base


def test_the_command_answers_by_standard_input() -> None:
    # Keys that the service would ask for are none of its starter's business.
    environment = {"SOFTSTEP_API_KEY_HASHES": "0" * 64, "SOFTSTEP_PRIVATE": "true"}
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "app", "mcp"], cwd=PROJECT, env=environment
    )
    asyncio.run(_all(AgentClient(stdio_client(command))))


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_other_methods_are_405_at_once(agent: Client, method: str) -> None:
    answer = agent.request(method, "/mcp", headers={"Accept": "text/event-stream"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert method == "HEAD" or slug(answer) == "method-not-allowed"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "malformed-json"),
        (b'{"zebra', "malformed-json"),
        (b'[{"jsonrpc": "2.0", "id": 1, "method": "zebra"}]', "invalid-request"),
        (b'{"jsonrpc": "2.0", "id": 1, "id": 2, "method": "zebra"}', "invalid-request"),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "zebra", "params": {"zebra": NaN}}', "not-finite"),
        (b"[" * 100_000, "limit"),
        (b'{"zebra": "' + b"z" * 2**20 + b'"}', "too-large"),
    ],
)
def test_what_is_no_message_is_a_problem(agent: Client, body: bytes, expected: str) -> None:
    answer = agent.post("/mcp", content=body, headers={"Content-Type": "application/json"})
    assert slug(answer) == expected
    # A place may be named by the sender's own field, as everywhere; nothing else of it is repeated.
    assert "zebra" not in answer.text.replace('"/params/zebra"', "")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"jsonrpc": "zebra"}, "/jsonrpc"),
        ({"method": ["zebra"]}, "/method"),
        ({"id": {"zebra": 1}}, "/id"),
        ({"id": None}, "/id"),
        ({"id": True}, "/id"),
        ({"params": ["zebra"]}, "/params"),
    ],
)
def test_an_envelope_that_is_none_names_the_place(agent: Client, change: dict[str, Any], place: str) -> None:
    answer = agent.post("/mcp", json={**PING, **change})
    assert (answer.status_code, pointers(answer)) == (422, [place])
    assert "zebra" not in answer.text


@pytest.mark.parametrize("version", [None, "2025-06-18", "2026-07-28"])
@pytest.mark.parametrize(
    "sent",
    [
        message("zebra", zebra="zebra"),
        message("tools/call", name={"zebra": "zebra"}),
        message("tools/call", name="gradients", arguments=["zebra"]),
        message("initialize", protocolVersion={"zebra": 1}),
        message("subscriptions/listen"),
        message("tools/list", cursor={"zebra": 1}),
        {"jsonrpc": "2.0", "method": "notifications/zebra"},
    ],
    ids=lambda sent: str(sent["method"]),
)
def test_what_the_protocol_refuses_is_answered_at_once(
    agent: Client, sent: dict[str, Any], version: str | None
) -> None:
    headers = {} if version is None else {"Mcp-Protocol-Version": version, "Mcp-Method": sent["method"]}
    answer = agent.post("/mcp", json=sent, headers=headers, timeout=20)
    if "id" not in sent:
        assert (answer.status_code, answer.content) == (202, b"")
        return
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"]["message"] and "zebra" not in answer.text, answer.text


def test_a_body_that_is_no_json_is_415(agent: Client) -> None:
    assert slug(agent.post("/mcp", content=b"zebra")) == "unsupported-media-type"
    tensors = {"Content-Type": "application/vnd.safetensors"}
    assert slug(agent.post("/mcp", content=b"zebra", headers=tensors)) == "unsupported-media-type"


def test_the_key_is_asked_for_and_passed_on(connect: Connect) -> None:
    client = connect(api_key_hashes=hashlib.sha256(b"key").hexdigest(), **MCP)
    assert slug(client.post("/mcp", json=PING)) == "unauthorized"
    call = message("tools/call", name="evaluate_activation", arguments={"name": "relu", "inputs": -1})
    answer = client.post("/mcp", json=call, headers={"X-API-Key": "key", "X-Request-ID": "mine"})
    assert answer.json()["result"]["structuredContent"] == {"outputs": 0.0}
    assert answer.headers["x-request-id"] == "mine"
    counted = client.get("/metrics", headers={"X-API-Key": "key"}).text
    assert 'softstep_tool_calls_total{outcome="answer",tool="evaluate_activation"} 1.0' in counted
    assert 'route="/mcp"' in counted and 'route="/v1/activations/relu"' in counted


@pytest.mark.parametrize(
    ("host", "named", "status"),
    [
        ("127.0.0.1", "localhost:8000", 200),
        ("127.0.0.1", "[::1]:8000", 200),
        ("127.0.0.1", "evil.example", 404),
        ("127.0.0.1", "localhost.evil.example:8000", 404),
        ("0.0.0.0", "softstep.example", 200),
    ],
)
def test_the_host_is_one_that_is_meant(connect: Connect, host: str, named: str, status: int) -> None:
    client = connect(mcp=True, host=host)
    assert client.post("/mcp", json=PING, headers={"Host": named}).status_code == status


def test_pages_may_send_the_protocols_headers(agent: Client) -> None:
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    allowed = agent.request("OPTIONS", "/mcp", headers=asked).headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in ("mcp-protocol-version", "mcp-method", "mcp-name"))


def test_nothing_is_there_or_loaded_where_it_is_off(client: Client) -> None:
    assert slug(client.post("/mcp", json=PING)) == "not-found"
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from app.main import create_app; from app.settings import Settings\n"
            "import app.commands.serve, app.commands.mcp\n"
            "create_app(Settings())\n"
            "print({'mcp', 'mcp_types', 'app.agents'} & {*sys.modules})",
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert told.stdout == "set()\n"


def test_without_the_extra_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from app.commands import mcp, serve

    monkeypatch.setattr("app.settings.find_spec", lambda _: None)
    monkeypatch.setenv("SOFTSTEP_MCP", "true")
    with pytest.raises(SystemExit, match=r"pip install 'softstep\[mcp\]'"):
        serve.main([])
    monkeypatch.delenv("SOFTSTEP_MCP")
    with pytest.raises(SystemExit, match=r"pip install 'softstep\[mcp\]'"):
        mcp.main([])
    assert not Settings().mcp
