"""The server of the Model Context Protocol: lists the tools, answers a call by one request."""

import asyncio
import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from mcp.server import Server
from mcp.server.context import ServerRequestContext
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ImageContent,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from .. import __version__
from ..nn.errors import Fault
from .in_process import EndpointAnswer, ask
from .tools import BY_NAME, TOOLS, AgentTool

_HINTS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_INSTRUCTIONS = (
    "Exact mathematics of small neural networks. Let these tools compute instead of computing yourself: "
    "every number is right to the last bits or comes with a bound. Errors say which argument, and what was "
    "expected there."
)


def make_server(app: FastAPI) -> Server[Any]:
    """Return the server of `app`'s tools. It keeps nothing between calls."""
    most: int = app.state.settings.max_mcp_bytes
    listed = ListToolsResult(tools=[_told(tool) for tool in TOOLS])

    async def list_tools(_: ServerRequestContext[Any], __: PaginatedRequestParams | None) -> ListToolsResult:
        return listed

    async def call_tool(context: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
        tool = BY_NAME.get(params.name)
        if tool is None:
            return _error(f"expected one of the tools {', '.join(BY_NAME)}")
        result = await answer(tool, params.arguments or {}, context)
        app.state.metrics.tool_called(tool.name, failed=bool(result.is_error))
        return result

    async def answer(
        tool: AgentTool, arguments: Mapping[str, Any], context: ServerRequestContext[Any]
    ) -> CallToolResult:
        try:
            asked = tool.request(arguments)
        except Fault as fault:
            return _error(str(fault))
        around = None
        if context.request is None:  # by stdio there is nobody to say "busy, warming up" to
            await _warm(app)
        else:
            around = context.request.scope
        return _result(await ask(app, asked, most, around), most)

    return Server(
        "softstep",
        version=__version__,
        instructions=_INSTRUCTIONS,
        get_tool_input_schema=_schema,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _told(tool: AgentTool) -> Tool:
    return Tool(name=tool.name, description=tool.description, input_schema=tool.schema, annotations=_HINTS)


def _schema(name: str) -> Mapping[str, Any] | None:
    tool = BY_NAME.get(name)
    return None if tool is None else tool.schema


async def _warm(app: FastAPI) -> None:
    while app.state.executor.ready is None:
        await asyncio.sleep(0.02)


def _result(answer: EndpointAnswer, most: int) -> CallToolResult:
    if answer.body is None:
        return _error(f"expected an answer of at most {most} bytes; ask for less, or in several calls")
    if answer.status != 200:
        return _error("\n".join(_problem(json.loads(answer.body))))
    kind = answer.headers["content-type"]
    if kind.startswith("image/"):
        picture = ImageContent(data=base64.b64encode(answer.body).decode(), mime_type=kind)
        return CallToolResult(content=[TextContent(text=answer.headers["x-alt-text"]), picture])
    told = _without_mathml(json.loads(answer.body))
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return CallToolResult(content=[TextContent(text=text)], structured_content=told)


def _without_mathml(value: Any) -> Any:
    """Return a document without the formulas' MathML: a model reads LaTeX, in a tenth of the letters."""
    if isinstance(value, dict):
        return {name: _without_mathml(one) for name, one in value.items() if name != "mathml"}
    return [_without_mathml(one) for one in value] if isinstance(value, list) else value


def _problem(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a problem document that say what to do."""
    places = [f"{one['pointer']}: {one['detail']}" for one in document["errors"] if one["pointer"]]
    yield document["title"] if places else f"{document['title']}: {document['detail']}"
    yield from places


def _error(text: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=text)], is_error=True)
