"""Whether the process lives, and whether it takes work."""

from fastapi import APIRouter, Request
from typing_extensions import TypedDict

from ..http.route import Route
from ..work.errors import Busy
from ..work.executor import Executor

router = APIRouter(route_class=Route, tags=["service"])


class Status(TypedDict):
    """The state of the service."""

    status: str


@router.get("/livez")
def live() -> Status:
    """Say that the process lives."""
    return {"status": "live"}


@router.get("/readyz", responses={503: {"description": "Still warming up, or failed its start-up check."}})
def ready(request: Request) -> Status:
    """Say that requests are taken: fonts and processes are warm, our own functions checked."""
    executor: Executor = request.app.state.executor
    if executor.ready is None:
        raise Busy("the service is warming up")
    if not executor.ready:
        raise Busy("warming up failed; the log says why")
    return {"status": "ready"}
