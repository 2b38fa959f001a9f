"""Files, and parts of them, as RFC 9110 §14 asks for these."""

import re
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from .conditions import holds

_RANGE = re.compile(rb"bytes *= *(\d{0,18}) *- *(\d{0,18})", re.IGNORECASE)
_OF_PARTS = (b"range", b"if-range")


class Files(StaticFiles):
    """A folder of files. One part of one may be asked for; any other wish for parts is ignored.

    Starlette answers what is no range with 400, and what lies behind the end with 416, in plain text.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a file, or the part of it that the header Range names."""
        wishes = [header for header in scope["headers"] if header[0] in _OF_PARTS]
        part = (
            _RANGE.fullmatch(wishes[0][1].strip()) if len(wishes) == 1 and scope["method"] == "GET" else None
        )
        first, last = part.groups() if part else (b"", b"")
        if not (first or last) or (first and last and int(last) < int(first)):
            kept = [header for header in scope["headers"] if header[0] not in _OF_PARTS]
            scope = {**scope, "headers": kept}
            first = last = b""
        response = await self.get_response(self.get_path(scope), scope)
        _check(Headers(scope=scope), response)
        size = _size(response)
        if size is not None and (first or last) and (int(first) >= size if first else int(last) == 0):
            raise HTTPException(416, headers={"Content-Range": f"bytes */{size}"})
        await response(scope, receive, send)


def _check(asked: Headers, response: Response) -> None:
    """Refuse what is to be sent where it is another than is asked for."""
    if_match, since = (",".join(asked.getlist(name)) for name in ("if-match", "if-unmodified-since"))
    tag = response.headers.get("etag")
    if tag and not holds(if_match, since, tag, response.headers.get("last-modified", "")):
        raise HTTPException(412)


def _size(response: Response) -> int | None:
    """Return the bytes of the file that would be sent, None where none would be."""
    return Path(response.path).stat().st_size if isinstance(response, FileResponse) else None
