"""Identities: what the sheet asks to be shown, each with its steps and a live check."""

from fastapi import APIRouter

from app.api.route import ApartRoute, Route
from app.nn.identities.catalogue import IDENTITIES
from app.nn.identities.record import Identity
from app.wire import identities as wire
from app.wire.identities import IdentityAnswer, IdentityList

router = APIRouter(prefix="/v1/identities", route_class=Route, tags=["identities"])


@router.get("")
def identities() -> IdentityList:
    """Return all identities: names, statements and the sheet's numbers."""
    return wire.listed()


def add_route(one: Identity) -> None:
    """Serve one identity; its check runs beside the event loop."""

    def show() -> IdentityAnswer:
        return wire.written(one)

    show.__doc__ = f"Return the proof: {one.title[0].lower()}{one.title[1:]}."
    router.add_api_route(
        f"/{one.name}", show, methods=["GET"], name=f"show_{one.name}", route_class_override=ApartRoute
    )


for _one in IDENTITIES:
    add_route(_one)
