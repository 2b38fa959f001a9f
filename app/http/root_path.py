"""A service below a path of its host, behind a proxy that passes the path on or takes it off."""

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send


class BelowRootPath:
    """Takes the root path off each request, so that everything inside knows one set of paths."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root = root_path
        self._raw = root_path.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; one without the root path, as a probe's, goes on as it is."""
        if scope["type"] == "http" and scope["path"].startswith(self._root + "/"):
            scope = {**scope, "path": scope["path"][len(self._root) :]}
            raw = scope.get("raw_path") or b""
            if raw.startswith(self._raw + b"/"):
                scope["raw_path"] = raw[len(self._raw) :]
        await self._app(scope, receive, send)


def to_the_page(root_path: str, query: bytes) -> Response:
    """Return the redirect from the root path to the page, whose own links begin behind its last slash."""
    address = root_path + "/" + (f"?{query.decode('ascii', 'ignore')}" if query else "")
    return Response(status_code=308, headers={"Location": address})
