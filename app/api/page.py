"""The page's own files."""

import asyncio
import re
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, Response

from ..http.compression import lastingly_compressed
from ..http.frames import page_policy
from ..http.page_files import FRESH, PageFiles
from ..http.root_path import to_the_page
from ..settings import Settings

# What the page must know of the service before it asks: how far its help goes, how exactly it checks, whether
# any page may frame it.
_TOLD = re.compile(r'(?<=<meta name=")(help|tolerance|frames)" content="[^"]*')


def serve(app: FastAPI, directory: Path, settings: Settings) -> None:
    """Serve the page at `/` and its files, compressed, at `/static`.

    The page is told some settings; with `?embed` pages of other origins may frame it.
    """
    files = PageFiles(directory)

    def told(name: re.Match[str]) -> str:
        value = bool(settings.frames) if name[1] == "frames" else getattr(settings, name[1])
        return f'{name[1]}" content="{value}'

    framable = {"Content-Security-Policy": page_policy(settings.framing_origins)}

    async def page(request: Request) -> Response:
        text = _TOLD.sub(told, await asyncio.to_thread(files.page))
        own = framable if "embed" in request.query_params else {}
        shown = HTMLResponse(text, headers={"Cache-Control": FRESH, **own})
        return lastingly_compressed(shown, text.encode(), request.headers.get("accept-encoding", ""))

    app.add_route("/", page, include_in_schema=False)
    app.mount("/static", files)
    if settings.root_path:

        async def without_slash(request: Request) -> Response:
            return to_the_page(settings.root_path, request.scope["query_string"])

        app.add_route(settings.root_path, without_slash, include_in_schema=False)
