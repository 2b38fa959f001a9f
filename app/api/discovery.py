"""What programs look for at fixed addresses: `/llms.txt`, `/robots.txt`, `/favicon.ico`."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from ..http.compression import lastingly_compressed
from ..http.openapi import TAGS
from ..http.route import Route
from ..nn.activations.catalogue import names

_DAY = {"Cache-Control": "public, max-age=86400"}
_ROBOTS = "User-agent: *\nDisallow: {root}/metrics\n"


def serve(app: FastAPI, directory: Path) -> None:
    """Serve the three, the first made from the routes."""
    root: str = app.state.settings.root_path

    @cache
    def overview() -> str:
        return "\n".join(_overview(app)) + "\n"

    async def llms(request: Request) -> Response:
        text = overview()
        accepted = request.headers.get("accept-encoding", "")
        return lastingly_compressed(PlainTextResponse(text, headers=_DAY), text.encode(), accepted)

    async def robots(_: Request) -> Response:
        return PlainTextResponse(_ROBOTS.format(root=root), headers=_DAY)

    async def favicon(_: Request) -> Response:
        return FileResponse(directory / "icon.svg", media_type="image/svg+xml", headers=_DAY)

    for path, endpoint in (("/llms.txt", llms), ("/robots.txt", robots), ("/favicon.ico", favicon)):
        app.add_route(path, endpoint, include_in_schema=False)


def _overview(app: FastAPI) -> Iterator[str]:
    """Yield the lines of llms.txt: what the service is, and each endpoint in a line."""
    root: str = app.state.settings.root_path
    yield f"# {app.title}\n"
    yield "> " + " ".join(app.description.split()) + "\n"
    yield (
        "Every answer is right to the last bits or says how far it is off. Numbers that are not finite are "
        'the strings "NaN", "Infinity", "-Infinity". Errors are problem documents (RFC 9457) whose pointers '
        "name the place. Schemas and examples of every request: "
        f"[openapi.json]({root}/openapi.json), [docs]({root}/docs)."
    )
    for tag in TAGS:
        yield f"\n## {str(tag['name']).capitalize()}\n\n{tag['description']}\n"
        yield from dict.fromkeys(_endpoints(app, str(tag["name"])))
    if app.state.settings.mcp:
        yield f"\n## Tools\n\n- `POST {root}/mcp`: the same as tools, by the Model Context Protocol."
    yield f"\nActivations: {', '.join(names())}."


def _endpoints(app: FastAPI, tag: str) -> Iterator[str]:
    root: str = app.state.settings.root_path
    # Each activation has routes of its own; here one line speaks for all.
    one = re.compile(rf"/({'|'.join(names())})(?=/|$)")
    for route in app.router.routes:
        if isinstance(route, Route) and route.include_in_schema and tag in route.tags:
            said = (route.description or "").partition("\n")[0]
            path = route.path
            if tag == "activations":
                path = one.sub("/{name}", path)
                said = re.sub(rf"\b(of|Draw) (?:{'|'.join(names())})\b", r"\1 an activation", said)
            yield f"- `{' '.join(sorted(route.methods or ()))} {root}{path}`: {said}"
