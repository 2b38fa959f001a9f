"""Activations, Problem 1: what is known of each, its values, and two side by side."""

from typing import Annotated

from fastapi import APIRouter

from ..http.picture_route import Format, PictureRoute
from ..http.route import FromQuery, LastingRoute, ProcessRoute, Route
from ..nn.activations.catalogue import CATALOGUE
from ..nn.activations.record import Activation
from ..plots.activation_curves import ActivationCurves
from ..wire import activations as wire
from ..wire.activation_comparison import ComparisonQuery, SideBySide, side_by_side
from ..wire.activation_descriptor import Catalogue, Descriptor, catalogue, descriptor
from ..wire.activations import ActivationQuery, Factory, Values, ValuesBody
from ..wire.pictures import CurvesQuery, CurveWindow, SeveralCurvesQuery
from .canvas import canvas

router = APIRouter(prefix="/v1/activations", route_class=Route, tags=["activations"])
pictures = APIRouter(prefix="/v1/activations", route_class=PictureRoute, tags=["activations"])


def activations() -> Catalogue:
    """Return the descriptors of all activations."""
    return catalogue()


router.add_api_route("", activations, methods=["GET"], route_class_override=LastingRoute)


def compare(query: Annotated[ComparisonQuery, FromQuery]) -> SideBySide:
    """Return what two activations have in common, what sets them apart, and how far they differ."""
    return side_by_side(query)


router.add_api_route("/compare", compare, methods=["GET"], route_class_override=ProcessRoute)


@pictures.get("/plot.{format}")
def plot_several(format: Format, query: Annotated[SeveralCurvesQuery, FromQuery]) -> ActivationCurves:
    """Draw several activations on one pair of axes, and on request the gap between two."""
    return _curves(query, *query.activations(), gap=query.gap)


def _curves(query: CurveWindow, *activations: Activation, gap: bool = False) -> ActivationCurves:
    return ActivationCurves(
        activations,
        query.low,
        query.high,
        query.derivative,
        query.asymptotes,
        gap,
        query.title or "",
        canvas(query),
        query.y_low,
        query.y_high,
    )


def add_routes(make: Factory) -> None:
    """Serve one activation: a path of its own, so that OpenAPI has its parameters and others are 404."""
    name = make.__name__

    def describe(query: ActivationQuery) -> Descriptor:
        return descriptor(query.activation(name))

    def evaluate(body: ValuesBody) -> Values:
        return wire.values(body, name)

    def plot(format: Format, query: CurvesQuery) -> ActivationCurves:
        return _curves(query, query.activation(name))

    # The models with this activation's own parameters are made while running, beyond a type checker's sight.
    describe.__annotations__["query"] = Annotated[wire.query_of(make), FromQuery]
    evaluate.__annotations__["body"] = wire.values_of(make)
    plot.__annotations__["query"] = Annotated[wire.query_of(make, CurvesQuery), FromQuery]

    describe.__doc__ = f"Return what is known of {name}."
    evaluate.__doc__ = f"Return the values of {name}, and on request its derivatives."
    router.add_api_route(f"/{name}", describe, methods=["GET"], name=f"describe_{name}")
    plot.__doc__ = f"Draw {name} with its asymptotes, and on request its derivative."
    router.add_api_route(f"/{name}", evaluate, methods=["POST"], name=f"evaluate_{name}")
    pictures.add_api_route(
        f"/{name}/plot.{{format}}",
        plot,
        methods=["GET"],
        name=f"plot_{name}",
    )


for _make in CATALOGUE:
    add_routes(_make)
