"""The tools in memory: the SDK's client calls each; their schemas are short, and those of the endpoints."""

import asyncio
import base64
import io
import json
from collections.abc import Sequence
from typing import Any

import pytest
from mcp.client.client import Client
from mcp_types import CallToolResult, ListToolsResult, TextContent
from PIL import Image

from app.agents.server import make_server
from app.agents.tools import BY_NAME, TOOLS
from app.main import create_app
from app.settings import Settings

from .calls import CALLS, NETWORK, PROBLEM, SIGN


def called(
    calls: Sequence[tuple[str, dict[str, Any]]], mode: str = "auto", **settings: Any
) -> tuple[ListToolsResult, list[CallToolResult]]:
    """Return the list of tools, and the answers to some calls, of a service of its own."""

    async def ask() -> tuple[ListToolsResult, list[CallToolResult]]:
        app = create_app(Settings(**{"processes": 0, **settings}))
        async with app.router.lifespan_context(app), Client(make_server(app), mode=mode) as client:
            return await client.list_tools(), [await client.call_tool(*call) for call in calls]

    return asyncio.run(ask())


def words(result: CallToolResult) -> str:
    first = result.content[0]
    assert isinstance(first, TextContent)
    return first.text


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_every_tool_answers_in_both_revisions(mode: str) -> None:
    listed, results = called([(name, arguments) for name, arguments, _ in CALLS], mode)
    assert {tool.name for tool in listed.tools} == {name for name, _, _ in CALLS}
    for (name, _, expected), result in zip(CALLS, results, strict=True):
        assert not result.is_error and expected in words(result), (name, words(result))
        if name == "plot":
            picture = result.content[1]
            with Image.open(io.BytesIO(base64.b64decode(picture.data))) as image:
                assert (picture.mime_type, image.size) == ("image/png", (640, 480))
        else:
            assert json.loads(words(result)) == result.structured_content


def test_the_schemas_are_short_and_say_read_only() -> None:
    listed, _ = called([])
    written = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed.tools]
    assert len(written) <= 8
    assert len(json.dumps(written, ensure_ascii=False).encode()) <= 8_000
    assert all(tool["annotations"] == {"readOnlyHint": True, "openWorldHint": False} for tool in written)


@pytest.mark.parametrize("name", [name for name in BY_NAME if name not in ("plot", "prove_identity")])
def test_arguments_are_fields_of_the_endpoint(name: str) -> None:
    """A tool asks for nothing that its endpoint does not take, and for all that the endpoint needs."""
    tool = BY_NAME[name]
    document = create_app(Settings()).openapi()
    path = tool.request({"name": "elu"} if name == "evaluate_activation" else {}).path
    content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    body = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
    own = {"name"} if name == "evaluate_activation" else set()
    assert set(tool.properties) - own <= set(body["properties"])
    assert set(tool.required) - own == set(body["required"])
    for argument, schema in tool.properties.items():
        if "enum" in schema and argument not in own:
            assert set(schema["enum"]) <= set(json.loads(json.dumps(_enum(body["properties"][argument]))))


def _enum(schema: dict[str, Any]) -> list[Any]:
    return schema.get("enum") or next(one["enum"] for one in schema["anyOf"] if "enum" in one)


@pytest.mark.parametrize(
    ("tool", "arguments", "expected"),
    [
        ("evaluate_activation", {"name": "../metrics", "inputs": 1}, "/name: expected one of identity,"),
        ("evaluate_activation", {"inputs": 1}, "/name: expected one of identity,"),
        ("evaluate_activation", {"name": "tanh", "inputs": [1, "zebra"]}, "/inputs/1: expected a number"),
        ("evaluate_network", {"network": NETWORK, "inputs": [1, 2]}, "/inputs: expected"),
        ("convert_network", {"network": {"layers": [{}]}, "to": "sigmoid"}, "/network/layers/0/weight:"),
        ("compare_networks", {"first": NETWORK}, "/second: expected"),
        ("gradients", {**PROBLEM, "zebra": 1}, "/zebra: expected no field of this name"),
        ("check_gradients", {**PROBLEM, "submission": SIGN, "feedback": "z"}, "/feedback: expected"),
        ("plot", {}, "expected either activations or networks"),
        ("plot", {"activations": "relu"}, "/activations: expected a list"),
        ("plot", {"activations": ["relu", {"name": "elu", "low": 1}]}, "/activations/1/low: expected no"),
        ("plot", {"activations": [{"name": "elu", "alpha": [1]}]}, "/activations/0/alpha: expected a number"),
        ("plot", {"activations": ["relu"], "low": 3, "high": 2}, "/low: expected"),
        ("plot", {"activations": ["relu"], "y_low": 3, "y_high": 2}, "/y_low: expected"),
        ("plot", {"activations": ["relu"], "title": "\ud800"}, "expected text without lone surrogates"),
        ("plot", {"networks": [{"network": 3}]}, "/networks/0/network: expected"),
        ("prove_identity", {"name": "zebra"}, "/name: expected one of softplus_derivative"),
        ("zebra", {}, "expected one of the tools evaluate_activation"),
    ],
)
def test_an_error_says_where_and_what_was_expected(
    tool: str, arguments: dict[str, Any], expected: str
) -> None:
    _, (result,) = called([(tool, arguments)])
    assert result.is_error and expected in words(result), words(result)
    assert words(result).count("zebra") == ("/zebra:" in expected)


def test_the_ceiling_of_help_and_limits_hold() -> None:
    calls = [("gradients", PROBLEM), ("check_gradients", {**PROBLEM, "submission": SIGN})]
    _, (withheld, checked) = called(calls, help="verdict")
    assert withheld.is_error and "ceiling of help is solution" in words(withheld)
    assert not checked.is_error and "mistakes" not in words(checked)
    rows = {"network": NETWORK, "inputs": [[1.0]] * 9}
    _, (limited,) = called([("evaluate_network", rows)], max_answer_numbers=8)
    assert limited.is_error and "expected at most 8 " in words(limited)
    many = {"name": "tanh", "inputs": [0.1] * 400}
    _, (long,) = called([("evaluate_activation", many)], max_mcp_bytes=1024)
    assert long.is_error and "expected an answer of at most 1024 bytes" in words(long)


def test_every_tool_has_words_and_a_call() -> None:
    assert {tool.name for tool in TOOLS} == {name for name, _, _ in CALLS}
    assert all(tool.description.endswith(".") for tool in TOOLS)
