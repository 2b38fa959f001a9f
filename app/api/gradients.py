"""Softmax cross-entropy in closed form, Problem 3: its gradients, and the grading of somebody else's."""

from typing import Annotated

from fastapi import APIRouter

from ..http.help_level import own_rules, refuse_below_solution
from ..http.picture_route import Format, PictureRoute
from ..http.route import CurrentSettings, FromQuery, Route
from ..nn.errors import InvalidValue, located
from ..nn.gradients.grading import refuse_telling_sizes
from ..plots.gradient_maps import GradientMaps
from ..plots.wrong_entries import WrongEntries
from ..wire import gradients as wire
from ..wire import grading
from ..wire.gradients import GradientsAnswer, GradientsBody
from ..wire.grading import CheckAnswer, CheckBody
from ..wire.pictures import GradientsPictureBody, Link
from .canvas import canvas

router = APIRouter(prefix="/v1/gradients", route_class=Route, tags=["gradients"])
pictures = APIRouter(prefix="/v1/gradients", route_class=PictureRoute, tags=["gradients"])


@router.post("")
def gradients(body: GradientsBody, settings: CurrentSettings) -> GradientsAnswer:
    """Return f(x), and with targets the loss, ∂ℓ/∂W, ∂ℓ/∂Θ and their laws, on request with every step."""
    refuse_below_solution(settings)
    return wire.gradients_answer(body)


@router.post("/check")
def check(body: CheckBody, settings: CurrentSettings) -> CheckAnswer:
    """Grade a submission: right or wrong, which entries, by which mistake, as far as the ceiling allows."""
    return grading.check_answer(body, settings.help, own_rules(settings))


@pictures.post("/plot.{format}")
def plot(
    format: Format, body: GradientsPictureBody, settings: CurrentSettings
) -> GradientMaps | WrongEntries:
    """Draw ∂ℓ/∂W and ∂ℓ/∂Θ as heat maps, p beside y, and where a submission is wrong; or only that."""
    if body.feedback == "entries":
        return _wrong_entries(body, settings)
    refuse_below_solution(settings)
    return GradientMaps(
        body.problem(),
        body.targets_drawn(),
        body.reduction,
        body.submission.parts(),
        body.rules(settings.help, own_rules(settings)),
        body.title or "",
        canvas(body),
    )


@pictures.get("/plot.{format}")
def plot_link(
    format: Format, query: Annotated[Link[GradientsPictureBody], FromQuery], settings: CurrentSettings
) -> GradientMaps | WrongEntries:
    """Draw the gradients of a problem that stands in the address itself, so that a page can embed them."""
    if query.body.feedback != "entries":
        refuse_below_solution(settings)  # which is not about the link
    with located("q"):
        return plot(format, query.body, settings)


def _wrong_entries(body: GradientsPictureBody, settings: CurrentSettings) -> WrongEntries:
    """Return the picture of which entries are wrong. Raises `Withheld` where the ceiling of help says so."""
    grading.refuse_above(settings.help, "entries")
    problem, targets = body.problem(), body.targets_drawn()
    if settings.help != "solution":
        refuse_telling_sizes(problem, targets)
    rules = body.rules(settings.help, own_rules(settings))
    parts = body.submission.parts()
    if not parts:
        raise InvalidValue("expected W, Theta or both", ("submission",))
    return WrongEntries(problem, targets, body.reduction, parts, rules, body.title or "", canvas(body))
