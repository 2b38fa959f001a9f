"""Networks, Problem 2: what they answer, and the same function with another activation."""

from fastapi import APIRouter

from app.api.ceiling import refuse_below_solution
from app.api.picture_route import PICTURES, Format, PictureRoute
from app.api.route import CurrentSettings, Route
from app.plots.network_curves import NetworkCurves
from app.wire import network_gradients
from app.wire import networks as wire
from app.wire.network_gradients import BackpropagationAnswer, BackpropagationBody
from app.wire.networks import ConversionAnswer, ConversionBody, EvaluationAnswer, EvaluationBody
from app.wire.pictures import NetworksPictureBody

router = APIRouter(prefix="/v1/networks", route_class=Route, tags=["networks"])
pictures = APIRouter(prefix="/v1/networks", route_class=PictureRoute, tags=["networks"])


@router.post("/evaluate")
def evaluate(body: EvaluationBody) -> EvaluationAnswer:
    """Return the network's outputs, and on request every layer's numbers."""
    return wire.evaluation(body)


@router.post("/convert")
def convert(body: ConversionBody) -> ConversionAnswer:
    """Return the network of the other activation that computes the same function, with its certificate."""
    return wire.conversion(body)


@router.post("/gradients")
def gradients(body: BackpropagationBody, settings: CurrentSettings) -> BackpropagationAnswer:
    """Return the loss of the network, and its gradients by every weight, every bias and the inputs."""
    refuse_below_solution(settings)
    return network_gradients.answer(body)


@pictures.post("/plot.{format}", response_model=None, responses=PICTURES)
def plot(format: Format, body: NetworksPictureBody) -> NetworkCurves:
    """Draw networks of one input on common axes."""
    return body.scene()
