"""`GET /openapi.json`, and `/docs` and `/redoc` that show it: all their files from here, nothing inline."""

import asyncio
from collections.abc import Callable
from functools import cache
from pathlib import Path

import fastapi_offline
import orjson
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, Response

from ..http.compression import lastingly_compressed
from ..http.files import Files
from ..http.middleware import POLICY
from ..http.reading import JSON

_REDOC_BUNDLE = "redoc.standalone.js"
ASSETS = Path(fastapi_offline.__file__).parent / "static"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Softstep: the API</title>
<link rel="icon" href="data:,">
{style}</head>
<body>
<div id="docs"></div>
<script src="docs/assets/{bundle}"></script>
<script src="static/docs/{start}"></script>
</body>
</html>
"""
SWAGGER = _PAGE.format(
    style='<link rel="stylesheet" href="docs/assets/swagger-ui.css">\n',
    bundle="swagger-ui-bundle.js",
    start="swagger.js",
)
REDOC = _PAGE.format(style="", bundle=_REDOC_BUNDLE, start="redoc.js")
# ReDoc fills empty style elements by script, adds one of fixed text, and searches in a worker that it makes
# of text of its own: just these are allowed, the styles by their hashes.
_REDOC_POLICY = POLICY.replace(
    "style-src 'self'",
    "worker-src blob:; style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' "
    "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='",
)


# The one picture that ReDoc asks another host for; of an empty one it shows nothing.
_LOGO, _NOTHING = b"https://cdn.redoc.ly/redoc/logo-mini.svg", b"data:,"


def told(document: Callable[[], bytes], request: Request) -> Response:
    """Return a document of JSON that never changes, compressed where its reader takes that."""
    text = document()
    accepted = request.headers.get("accept-encoding", "")
    return lastingly_compressed(Response(text, media_type=JSON), text, accepted)


def serve(app: FastAPI) -> None:
    """Serve the document, both pages and their files."""

    @cache
    def document() -> bytes:
        return orjson.dumps(app.openapi())

    async def openapi(request: Request) -> Response:
        # Describing a hundred routes takes a quarter of a second, once.
        return await asyncio.to_thread(told, document, request)

    app.add_route("/openapi.json", openapi, include_in_schema=False)
    bundle = (ASSETS / _REDOC_BUNDLE).read_bytes().replace(_LOGO, _NOTHING)

    async def redoc_bundle(_: Request) -> Response:
        return Response(bundle, media_type="text/javascript")

    app.add_route(f"/docs/assets/{_REDOC_BUNDLE}", redoc_bundle, include_in_schema=False)
    app.mount("/docs/assets", Files(directory=ASSETS))

    async def docs(_: Request) -> HTMLResponse:
        return HTMLResponse(SWAGGER)

    async def redoc(_: Request) -> HTMLResponse:
        return HTMLResponse(REDOC, headers={"Content-Security-Policy": _REDOC_POLICY})

    app.add_route("/docs", docs, include_in_schema=False)
    app.add_route("/redoc", redoc, include_in_schema=False)
