"""The errors of work that is not done: there is too much of it, or it takes too long."""

from ..nn.errors import Fault, Place


class Busy(Fault):
    """Work that would have to wait behind too much, or whose worker was lost.

    `seconds` is when it may be asked for again.
    """

    def __init__(self, detail: str, at: Place = (), seconds: int = 1) -> None:
        super().__init__(detail, at)
        self.seconds = seconds


class TimeLimit(Fault):
    """Work that was stopped at its deadline."""
