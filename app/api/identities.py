"""Identities: what the sheet asks to be shown, each with its steps and a live check."""

from typing import Annotated

from fastapi import APIRouter

from ..http.picture_route import Format, PictureRoute
from ..http.route import FromQuery, LastingRoute, ProcessRoute, Route
from ..nn.identities.catalogue import IDENTITIES, identity
from ..nn.identities.record import Identity
from ..plots.identity_curves import IdentityCurves
from ..wire import identities as wire
from ..wire.identities import IdentityAnswer, IdentityList, IdentityName
from ..wire.pictures import IdentityCurvesQuery
from .canvas import canvas

router = APIRouter(prefix="/v1/identities", route_class=Route, tags=["identities"])
pictures = APIRouter(prefix="/v1/identities", route_class=PictureRoute, tags=["identities"])


def identities() -> IdentityList:
    """Return all identities: names, statements and the sheet's numbers."""
    return wire.identity_list()


router.add_api_route("", identities, methods=["GET"], route_class_override=LastingRoute)


def show(name: IdentityName) -> IdentityAnswer:
    """Return one identity with its steps, and its check computed now."""
    return wire.identity_answer(identity(name))


router.add_api_route("/{name}", show, methods=["GET"], route_class_override=ProcessRoute)


def add_picture(one: Identity) -> None:
    """Serve the curves of an identity between two functions of one number."""

    def plot(format: Format, query: Annotated[IdentityCurvesQuery, FromQuery]) -> IdentityCurves:
        return IdentityCurves(one.name, query.low, query.high, query.title or "", canvas(query))

    plot.__doc__ = f"Draw both sides: {one.title[0].lower()}{one.title[1:]}."
    pictures.add_api_route(
        f"/{one.name}/plot.{{format}}",
        plot,
        methods=["GET"],
        name=f"plot_{one.name}",
    )


for _one in IDENTITIES:
    if _one.curves is not None:
        add_picture(_one)
