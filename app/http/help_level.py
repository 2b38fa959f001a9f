"""The ceiling of help: below solution, no answer holds a number that a student is asked for."""

from ..nn.errors import Withheld
from ..settings import Settings


def refuse_below_solution(settings: Settings) -> None:
    """Raise `Withheld` where the ceiling of help keeps reference numbers back."""
    if settings.help != "solution":
        raise Withheld(
            "expected a service whose ceiling of help is solution; here submissions are checked only"
        )
