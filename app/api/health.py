"""Whether the process lives, and whether it can take work."""

from fastapi import APIRouter
from typing_extensions import TypedDict

from app.api.route import Route


class Status(TypedDict):
    """The state of the service."""

    status: str


router = APIRouter(route_class=Route, tags=["service"])


@router.get("/livez")
def live() -> Status:
    """Say that the process lives."""
    return {"status": "live"}


@router.get("/readyz")
def ready() -> Status:
    """Say that requests are taken."""
    return {"status": "ready"}
