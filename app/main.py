"""The one place where everything is wired."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from . import __version__
from .api import (
    activations,
    discovery,
    docs,
    gradients,
    health,
    identities,
    metrics,
    models,
    networks,
    page,
    problems,
)
from .http import problem_responses
from .http.cors import with_cors
from .http.keys import Keys
from .http.openapi import describe
from .http.root_path import BelowRootPath
from .http.route_table import RouteTable, served_paths
from .settings import Settings
from .wire import activation_descriptor
from .wire import identities as wire_identities
from .work.admission import Admission
from .work.executor import Executor
from .work.machine import connections_allowed, tell_of_loop
from .work.memory import set_allocator_thresholds, spare_the_collector
from .work.metrics import Metrics
from .work.picture_cache import PictureCache
from .work.watchdog import watch

ROUTERS = (
    health.router,
    metrics.router,
    activations.router,
    activations.pictures,
    identities.router,
    identities.pictures,
    networks.router,
    networks.decisions,
    networks.conversions,
    networks.pictures,
    models.router,
    gradients.router,
    gradients.pictures,
    problems.router,
)

DESCRIPTION = """The mathematics of a first neural-networks course: activations, the rewriting of tanh
networks as sigmoid networks, and softmax cross-entropy gradients, each with its picture and its proof."""


class Service(FastAPI):
    """FastAPI with at most two plain layers around everything, failures included."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, without the telemetry that FastAPI looks for first: the envelope counts and logs."""
        scope["app"] = self
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        await self.middleware_stack(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = describe(self)
        return self.openapi_schema

    def build_middleware_stack(self) -> ASGIApp:
        """Return FastAPI's own stack inside the envelope, open to the origins that are let in."""
        settings: Settings = self.state.settings
        direct = RouteTable(super().build_middleware_stack(), self.router.routes)
        stack = with_cors(direct, settings.origins, Keys(settings), self.state.metrics)
        return BelowRootPath(stack, settings.root_path) if settings.root_path else stack


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the service, wired as `settings` (by default the environment) say."""
    settings = settings or Settings()
    app = Service(
        title="Softstep",
        version=__version__,
        description=DESCRIPTION,
        lifespan=_lifespan,
        # A path names one thing or nothing; a redirect would be an address made of the caller's Host.
        redirect_slashes=False,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.metrics = Metrics()
    app.state.admission = Admission(settings, app.state.metrics)
    app.state.executor = Executor(settings, app.state.admission)
    app.state.pictures = PictureCache(settings.picture_cache_bytes)
    problem_responses.install(app)
    for router in ROUTERS:
        # Straight into the list: include_router would wrap each route once more on every request.
        app.router.routes.extend(router.routes)
    if settings.mcp:
        from .agents import route as agents  # not above: the SDK takes a second and 20 MB

        app.router.routes.append(agents.make_route(app))
    docs.serve(app)
    page.serve(app, static_directory(), settings)
    discovery.serve(app, static_directory())
    app.state.served_paths = cache(lambda: served_paths(app.router.routes))
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    set_allocator_thresholds()
    # A thread that computes in Python lets the event loop go on after so many seconds, by default 5 ms; a
    # small request waits for that four times or more.
    sys.setswitchinterval(0.0002)
    asyncio.get_running_loop().set_exception_handler(tell_of_loop)
    app.state.most_connections = connections_allowed(app.state.settings.max_connections)
    app.state.executor.open()
    _fill_caches(app)
    watching = asyncio.ensure_future(watch(app.state.metrics))
    spare_the_collector()
    yield
    watching.cancel()
    # Closing joins threads and processes; in a thread of its own it holds up nobody's last answer.
    await asyncio.to_thread(app.state.executor.close)


def _fill_caches(app: FastAPI) -> None:
    """Make what is made once: of the first who asks for it, formulas would hold the loop for 20 ms."""
    activation_descriptor.catalogue()
    wire_identities.identity_list()
    app.state.served_paths()


def static_directory() -> Path:
    """Return where the page's files are: beside `app/` in a checkout, inside it in a wheel."""
    here = Path(__file__).resolve().parent
    return next(path for path in (here / "static", here.parent / "static") if path.is_dir())
