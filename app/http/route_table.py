"""The short way to a route: exact paths are looked up, everything else goes through the framework's routing.

Routing tries over a hundred patterns in turn, and the framework's layers look for exit stacks and telemetry;
for a hundred floats that is more than the work itself.
"""

from collections.abc import Iterable

from starlette.routing import BaseRoute
from starlette.routing import Route as PlainRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from .route import Route


class RouteTable:
    """Serves a route whose path is the request's to the letter; passes every other request on."""

    def __init__(self, otherwise: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self._otherwise = otherwise
        self._routes: dict[tuple[str, str], tuple[Route, dict[str, str]]] = {}
        for route in routes:
            if isinstance(route, Route):
                for path, parameters in route.paths():
                    for method in route.served:
                        self._routes.setdefault((method, path), (route, parameters))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request by its route, or by `otherwise` where the table has none."""
        found = self._routes.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if found is None:
            await self._otherwise(scope, receive, send)
            return
        route, parameters = found
        scope["route"] = route
        scope["path_params"] = parameters
        await route.app(scope, receive, send)


def served_paths(routes: Iterable[BaseRoute]) -> dict[str, list[str]]:
    """Return every path that leads to a route, with its methods, HEAD aside."""
    served: dict[str, list[str]] = {}
    for route in routes:
        if isinstance(route, PlainRoute):
            methods = [one for one in sorted(route.methods or ()) if one != "HEAD"]
            paths = [path for path, _ in route.paths()] if isinstance(route, Route) else [route.path]
            for path in paths:
                served.setdefault(path, []).extend(methods)
    return served
