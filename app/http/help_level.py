"""The ceiling of help: below solution, no answer holds a number that a student is asked for."""

from ..nn.errors import Withheld
from ..nn.gradients.parts import Rules
from ..settings import Settings


def refuse_below_solution(settings: Settings) -> None:
    """Raise `Withheld` where the ceiling of help keeps reference numbers back."""
    if settings.help != "solution":
        raise Withheld(
            "expected a service whose ceiling of help is solution; here submissions are checked only"
        )


def own_rules(settings: Settings) -> Rules:
    """Return what the service's operator counts as right in a check."""
    return Rules(settings.tolerance, settings.absolute_tolerance, settings.rounding)
