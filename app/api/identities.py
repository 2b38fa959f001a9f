"""Identities: what the sheet asks to be shown, each with its steps and a live check."""

from fastapi import APIRouter

from app.api.route import ApartRoute, Route
from app.nn.identities.catalogue import identity
from app.wire import identities as wire
from app.wire.identities import IdentityAnswer, IdentityList, Name

router = APIRouter(prefix="/v1/identities", route_class=Route, tags=["identities"])


@router.get("")
def identities() -> IdentityList:
    """Return all identities: names, statements and the sheet's numbers."""
    return wire.listed()


def show(name: Name) -> IdentityAnswer:
    """Return one identity with its steps, and its check computed now."""
    return wire.written(identity(name))


router.add_api_route("/{name}", show, methods=["GET"], route_class_override=ApartRoute)
