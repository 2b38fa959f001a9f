"""Networks, Problem 2: what they answer, and the same function with another activation."""

from typing import Annotated

from fastapi import APIRouter

from ..http.help_level import own_rules, refuse_below_solution
from ..http.named_network_route import NamedNetworkRoute
from ..http.picture_route import Format, PictureRoute
from ..http.route import CurrentSettings, FromQuery, ProcessRoute, Route
from ..nn.errors import located
from ..plots.labelled_network import LabelledNetwork
from ..plots.networks import NetworkPicture
from ..wire import (
    network_comparison,
    network_conversion,
    network_gradients,
    network_grading,
    network_reduction,
)
from ..wire import networks as wire
from ..wire.network_comparison import ComparisonAnswer, ComparisonBody
from ..wire.network_conversion import ConversionAnswer, ConversionBody
from ..wire.network_gradients import BackpropagationAnswer, NetworkGradientsBody
from ..wire.network_grading import NetworkCheckAnswer, NetworkCheckBody
from ..wire.network_reduction import ReductionAnswer, ReductionBody
from ..wire.networks import EvaluationAnswer, EvaluationBody
from ..wire.pictures import Link, NetworksPictureBody
from .canvas import canvas

router = APIRouter(prefix="/v1/networks", route_class=Route, tags=["networks"])
decisions = APIRouter(prefix="/v1/networks", route_class=ProcessRoute, tags=["networks"])
conversions = APIRouter(prefix="/v1/networks", route_class=NamedNetworkRoute, tags=["networks"])
pictures = APIRouter(prefix="/v1/networks", route_class=PictureRoute, tags=["networks"])


@router.post("/evaluate")
def evaluate(body: EvaluationBody) -> EvaluationAnswer:
    """Return the network's outputs, and on request every layer's numbers."""
    return wire.evaluation(body)


@conversions.post("/convert")
def convert(body: ConversionBody) -> ConversionAnswer:
    """Return the network of the other activation that computes the same function, with its certificate."""
    return network_conversion.conversion(body)


@decisions.post("/compare")
def compare(body: ComparisonBody) -> ComparisonAnswer:
    """Tell whether two networks are the same function, how far they are apart, and where that shows."""
    return network_comparison.comparison(body)


@decisions.post("/reduce")
def reduce(body: ReductionBody) -> ReductionAnswer:
    """Return the smallest network with the same function, and the function's fingerprint."""
    return network_reduction.reduction(body)


@router.post("/gradients")
def gradients(body: NetworkGradientsBody, settings: CurrentSettings) -> BackpropagationAnswer:
    """Return the loss of the network and its gradients, on request with every step of backpropagation."""
    refuse_below_solution(settings)
    return network_gradients.network_gradients_answer(body)


@router.post("/gradients/check")
def check(body: NetworkCheckBody, settings: CurrentSettings) -> NetworkCheckAnswer:
    """Grade a submission of a network's gradients: right or wrong, where, and by which mistake."""
    return network_grading.network_check_answer(body, settings.help, own_rules(settings))


@pictures.post("/plot.{format}")
def plot(format: Format, body: NetworksPictureBody) -> NetworkPicture:
    """Draw networks: curves of one input, a map of two, or a diagram with the weights."""
    networks = tuple(LabelledNetwork(label, network) for label, network in body.labelled())
    return NetworkPicture(
        networks, body.low, body.high, body.view, body.title or "", canvas(body), body.y_low, body.y_high
    )


@pictures.get("/plot.{format}")
def plot_link(format: Format, query: Annotated[Link[NetworksPictureBody], FromQuery]) -> NetworkPicture:
    """Draw networks that stand in the address itself, so that a page can embed them."""
    with located("q"):
        return plot(format, query.body)
