"""The page's own files."""

import asyncio
import os
import re
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ..settings import Settings

# Asked for at every visit and mostly answered by 304: modules of two releases must never meet in one browser.
_FRESH = "no-cache"
# What the page must know of the service before it asks: how far its help goes, how exactly it checks.
_TOLD = re.compile(r'(?<=<meta name=")(help|tolerance)" content="[^"]*')


def serve(app: FastAPI, directory: Path, settings: Settings) -> None:
    """Serve the page at `/`, which is told some settings, and its files at `/static`, compressed."""

    def told(name: re.Match[str]) -> str:
        return f'{name[1]}" content="{getattr(settings, name[1])}'

    async def page(_: Request) -> HTMLResponse:
        text = await asyncio.to_thread((directory / "index.html").read_text, encoding="utf-8")
        text = _TOLD.sub(told, text)
        return HTMLResponse(text, headers={"Cache-Control": _FRESH})

    app.add_route("/", page, include_in_schema=False)
    app.mount("/static", GZipMiddleware(_Files(directory=directory)))


class _Files(StaticFiles):
    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = _FRESH
        return response
