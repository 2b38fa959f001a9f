"""The page's own files."""

import asyncio
import re
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, Response

from ..http.page_files import FRESH, PageFiles
from ..http.root_path import to_the_page
from ..settings import Settings

# What the page must know of the service before it asks: how far its help goes, how exactly it checks.
_TOLD = re.compile(r'(?<=<meta name=")(help|tolerance)" content="[^"]*')


def serve(app: FastAPI, directory: Path, settings: Settings) -> None:
    """Serve the page at `/`, which is told some settings, and its files at `/static`, compressed."""
    files = PageFiles(directory)

    def told(name: re.Match[str]) -> str:
        return f'{name[1]}" content="{getattr(settings, name[1])}'

    async def page(_: Request) -> HTMLResponse:
        text = _TOLD.sub(told, await asyncio.to_thread(files.page))
        return HTMLResponse(text, headers={"Cache-Control": FRESH})

    app.add_route("/", page, include_in_schema=False)
    app.mount("/static", files)
    if settings.root_path:

        async def without_slash(request: Request) -> Response:
            return to_the_page(settings.root_path, request.scope["query_string"])

        app.add_route(settings.root_path, without_slash, include_in_schema=False)
