"""The service in the test's own process, asked as a client would ask it."""

from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import anyio
import anyio.from_thread
import httpx
import pytest

from app.main import create_app
from app.settings import Settings


class Client:
    """A synchronous face on httpx's ASGI transport, with the service's lifespan around it."""

    def __init__(self, portal: anyio.from_thread.BlockingPortal, client: httpx.AsyncClient) -> None:
        self._portal = portal
        self._client = client

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            return await self._client.request(method, url, **options)

        return self._portal.call(ask)

    def get(self, url: str, **options: Any) -> httpx.Response:
        return self.request("GET", url, **options)

    def head(self, url: str, **options: Any) -> httpx.Response:
        return self.request("HEAD", url, **options)

    def post(self, url: str, **options: Any) -> httpx.Response:
        return self.request("POST", url, **options)


Connect = Callable[..., Client]


async def _open(stack: AsyncExitStack, settings: Settings) -> httpx.AsyncClient:
    app = create_app(settings)
    await stack.enter_async_context(app.router.lifespan_context(app))
    if not settings.processes:
        while app.state.executor.ready is None:  # the start-up check, once in a test process
            await anyio.sleep(0.01)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://softstep"))


@pytest.fixture(scope="session")
def portal() -> Iterator[anyio.from_thread.BlockingPortal]:
    with anyio.from_thread.start_blocking_portal() as portal:
        yield portal


@pytest.fixture(scope="module")
def connect(portal: anyio.from_thread.BlockingPortal) -> Iterator[Connect]:
    """Start services of other settings: `connect(help="verdict")`.

    Work is done in threads unless processes are asked for, which take a second to start.
    """
    stack = AsyncExitStack()

    def start(**settings: Any) -> Client:
        return Client(portal, portal.call(_open, stack, Settings(**{"processes": 0, **settings})))

    yield start
    portal.call(stack.aclose)


@pytest.fixture(scope="module")
def client(connect: Connect) -> Client:
    """The service with the settings a newcomer has."""
    return connect()


def pointers(response: httpx.Response) -> list[str]:
    """Return the places that a problem document names."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    return [error["pointer"] for error in response.json()["errors"]]


def slug(response: httpx.Response) -> str:
    """Return the last segment of a problem's type."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    assert response.status_code == response.json()["status"]
    return str(response.json()["type"]).removeprefix("/problems/")
