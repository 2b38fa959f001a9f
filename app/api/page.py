"""The page's own files."""

import os
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

# Asked for at every visit and mostly answered by 304: modules of two releases must never meet in one browser.
_FRESH = "no-cache"


def serve(app: FastAPI, directory: Path) -> None:
    """Serve the page at `/` and its files at `/static`, compressed where the browser takes it."""

    async def page(_: Request) -> FileResponse:
        return FileResponse(directory / "index.html", headers={"Cache-Control": _FRESH})

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
