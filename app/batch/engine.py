"""What runs tasks: processes of this machine, or a Ray cluster."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..nn.errors import Fault

ATTEMPTS = 3
"""So often a task is done, where the process or the machine that does it ends, before that is a fault."""

TICK = 1.0
"""Seconds after which the caller is asked whether there is something else to do."""

Results = Generator[tuple[Sequence[int], Any] | None, None, None]


class WorkerLost(Fault):
    """A task under which processes died again and again, as for want of memory."""


@dataclass(frozen=True, slots=True)
class Work:
    """What an engine does: `function(shared, *task)` for each of the tasks.

    Where `combine` is given, an engine that moves results between machines may make one of several of them,
    in order, by it; faults are among these.
    """

    function: Callable[..., Any]
    shared: Any
    tasks: Sequence[tuple[Any, ...]]
    combine: Callable[..., Any] | None = None


class Engine(Protocol):
    """Does tasks by several processes at once."""

    @property
    def workers(self) -> int:
        """How many tasks are done at once."""

    def run(self, work: Work) -> Results:
        """Yield the numbers of tasks and their result, or the fault that the function raised, when done.

        It is one number at a time, but where results are combined. None is yielded about every second in
        which nothing was done. What works is stopped when the generator is closed.

        Raises `WorkerLost`.
        """


def lost(attempts: int) -> str:
    """Return the line about a task that is done again."""
    return f"a worker ended before its task was done; the task is done again ({attempts} of {ATTEMPTS} times)"


def lost_too_often() -> WorkerLost:
    """Return the fault of a task under which too many processes ended."""
    return WorkerLost(
        f"expected workers that live, got one task under which {ATTEMPTS} ended, as for want of memory"
    )
