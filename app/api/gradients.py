"""Softmax cross-entropy in closed form, Problem 3: its gradients, and the grading of somebody else's."""

from fastapi import APIRouter

from app.api.route import CurrentSettings, Route
from app.nn.errors import Withheld
from app.settings import Settings
from app.wire import gradients as wire
from app.wire.gradients import ForwardBody, GradientsAnswer

router = APIRouter(prefix="/v1/gradients", route_class=Route, tags=["gradients"])


@router.post("")
def gradients(body: ForwardBody, settings: CurrentSettings) -> GradientsAnswer:
    """Return f(x), and with targets the loss, ∂ℓ/∂W, ∂ℓ/∂Θ and the two laws that they obey."""
    refuse_below_solution(settings)
    return wire.answer(body)


def refuse_below_solution(settings: Settings) -> None:
    """Raise `Withheld` where the ceiling of help keeps reference numbers back."""
    if settings.help != "solution":
        raise Withheld(
            "expected a service whose ceiling of help is solution; here submissions are checked only"
        )
