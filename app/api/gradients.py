"""Softmax cross-entropy in closed form, Problem 3: its gradients, and the grading of somebody else's."""

from typing import Annotated

from fastapi import APIRouter

from ..http.help_level import refuse_below_solution
from ..http.picture_route import PICTURES, Format, PictureRoute
from ..http.route import CurrentSettings, FromQuery, Route
from ..plots.gradient_maps import GradientMaps
from ..plots.wrong_entries import WrongEntries
from ..wire import gradients as wire
from ..wire import grading
from ..wire.gradients import GradientsAnswer, GradientsBody
from ..wire.grading import CheckAnswer, CheckBody
from ..wire.pictures import GradientsLink, GradientsPictureBody
from . import drawing

router = APIRouter(prefix="/v1/gradients", route_class=Route, tags=["gradients"])
pictures = APIRouter(prefix="/v1/gradients", route_class=PictureRoute, tags=["gradients"])


@router.post("")
def gradients(body: GradientsBody, settings: CurrentSettings) -> GradientsAnswer:
    """Return f(x), and with targets the loss, ∂ℓ/∂W, ∂ℓ/∂Θ and their laws, on request with every step."""
    refuse_below_solution(settings)
    return wire.answer(body)


@router.post("/check")
def check(body: CheckBody, settings: CurrentSettings) -> CheckAnswer:
    """Grade a submission: right or wrong, which entries, by which mistake, as far as the ceiling allows."""
    return grading.answer(body, settings.help, settings.tolerance)


@pictures.post("/plot.{format}", response_model=None, responses=PICTURES)
def plot(
    format: Format, body: GradientsPictureBody, settings: CurrentSettings
) -> GradientMaps | WrongEntries:
    """Draw ∂ℓ/∂W and ∂ℓ/∂Θ as heat maps, p beside y, and where a submission is wrong; or only that."""
    if body.feedback == "entries":
        return drawing.wrong_entries(body, settings)
    refuse_below_solution(settings)
    return drawing.gradients(body, settings)


@pictures.get("/plot.{format}", response_model=None, responses=PICTURES)
def plot_link(
    format: Format, query: Annotated[GradientsLink, FromQuery], settings: CurrentSettings
) -> GradientMaps | WrongEntries:
    """Draw the gradients of a problem that stands in the address itself, so that a page can embed them."""
    if query.body.feedback == "entries":
        return drawing.linked_wrong_entries(query, settings)
    refuse_below_solution(settings)
    return drawing.linked_gradients(query, settings)
