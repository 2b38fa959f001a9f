"""The page's own files."""

import os
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

# Asked for at every visit and mostly answered by 304: modules of two releases must never meet in one browser.
_FRESH = "no-cache"
# What the page must know of the service before it asks anything: how far its help goes.
_HELP = '<meta name="help" content="{}">'


def serve(app: FastAPI, directory: Path, ceiling: str) -> None:
    """Serve the page at `/`, which is told the ceiling of help, and its files at `/static`, compressed."""

    async def page(_: Request) -> HTMLResponse:
        text = (directory / "index.html").read_text(encoding="utf-8")
        told = text.replace(_HELP.format("solution"), _HELP.format(ceiling))
        return HTMLResponse(told, headers={"Cache-Control": _FRESH})

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
