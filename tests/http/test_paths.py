"""Paths: each is read once, by one eye, and a key guards what was matched, however it was spelled."""

import hashlib
from typing import Any
from urllib.parse import unquote

import anyio.from_thread
import pytest

from app.http.keys import guarded
from app.http.negotiation import prefers
from app.http.route import Route
from app.main import create_app
from app.settings import Settings
from tests.service import Client, slug
from tests.timing import cpu_seconds

SPELLINGS = [
    "{}%0a", "{}%0d", "{}%0d%0a", "{}%00", "{}%20", "%20{}", "{}/", "/{}", "/.{}", "/x/..{}", "{};x", "{}%3f",
    "{}%23", "{}%2f", "{}/.", "{}%e2%80%a8", "{}%c2%85", "{}%7f", "{}%0b",
]  # fmt: skip
KEY = hashlib.sha256(b"key").hexdigest()


def test_paths_in_every_spelling_open_nothing_that_needs_a_key(
    portal: anyio.from_thread.BlockingPortal,
) -> None:
    app = create_app(Settings(api_key_hashes=KEY, processes=0))
    routes = [route for route in app.router.routes if isinstance(route, Route)]
    paths = {path for route in routes for path, _ in route.paths()}
    assert "/metrics" in paths and len(paths) > 50
    opened: set[tuple[str, str]] = set()

    async def ask(method: str, path: str) -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                opened.add((method, path))

        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
            "headers": [], "root_path": "", "scheme": "http", "server": ("x", 80), "http_version": "1.1",
        }  # fmt: skip
        await app(scope, receive, send)

    async def walk() -> None:
        for path in paths:
            for spelling in SPELLINGS:
                for method in ("GET", "HEAD", "POST", "PUT", "get"):
                    await ask(method, unquote(spelling.format(path)))
        for method in ("GET", "HEAD", "POST"):
            await ask(method, "/metrics")

    portal.call(walk)
    # Each is 404 or 401: no spelling but the one is a path.
    assert opened == set()


@pytest.mark.parametrize("end", ["%0a", "%0d%0a", "%00", "%1f", "%7f", "%e2%80%a8"])
@pytest.mark.parametrize("path", ["/metrics", "/v1/activations/relu", "/docs", "/", "/static/page.css"])
def test_paths_with_control_characters_are_none(client: Client, path: str, end: str) -> None:
    answer = client.get(path + end)
    assert (answer.status_code, slug(answer)) == (404, "not-found")


def test_paths_that_are_long_are_refused_unread(client: Client) -> None:
    """Paths that are long are refused before they are looked for."""
    answer = client.get("/static" + "/a" * 20_000)
    assert slug(answer) == "not-found"
    assert "printable" in answer.json()["detail"]


def test_metrics_are_guarded_by_their_route_too() -> None:
    assert guarded("GET", "/metrics", private=False)
    app = create_app(Settings(processes=0))
    keyed = [route.path for route in app.router.routes if getattr(route, "_needs_key", False)]
    assert "/metrics" in keyed and "/livez" not in keyed and "/v1/activations" not in keyed


@pytest.mark.parametrize("accept", ["application/json;q=0.1," * 3_000, "application/json" + ";a=b" * 20_000])
def test_accept_of_any_length_is_cheap(accept: str) -> None:
    # 70 ms for each of them
    assert cpu_seconds(lambda: prefers(accept, "application/json", "text/html")) < 0.01
