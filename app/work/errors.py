"""The errors of work that is not done: there is too much of it, or it takes too long."""

from ..nn.errors import Fault


class Busy(Fault):
    """Work that would have to wait behind too much, or whose worker was lost."""


class TimeLimit(Fault):
    """Work that was stopped at its deadline."""
