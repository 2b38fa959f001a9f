"""What can be wrong with a question put to the mathematics, and where.

The tree knows no status codes: `http/problem_types.py` holds the one table from these classes to HTTP.
A place is a path into the question, as in `("network", "layers", 0, "weight")`; whoever passes a part
of its own question on prefixes the place with `located`, so that a fault found deep inside a network
still points at the entry that its sender wrote.
"""

from collections.abc import Iterator
from contextlib import contextmanager

Place = tuple[str | int, ...]


class Fault(Exception):
    """A question that cannot be answered as it was put.

    `detail` says what was expected and what came, in one sentence without the rejected value itself;
    `at` is the place. Never raised as itself: each subclass is one kind of problem.
    """

    def __init__(self, detail: str, at: Place = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.at = at

    @property
    def pointer(self) -> str:
        """The place as a JSON pointer."""
        return pointer(self.at)

    def __str__(self) -> str:
        """Return the sentence, behind the place where there is one."""
        return f"{self.pointer}: {self.detail}" if self.at else self.detail

    def __reduce__(self) -> tuple[type["Fault"], tuple[object, ...]]:
        """Return how another process makes this fault again: work is done in several."""
        return type(self), (self.detail, self.at)


def pointer(at: Place) -> str:
    """Return a place as a JSON pointer (RFC 6901): ("layers", 0, "weight") is /layers/0/weight."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in at)


class InvalidValue(Fault):
    """A value outside what the question allows: a negative scale, an unknown word."""


class UnknownName(InvalidValue):
    """A name that no catalogue holds."""


class ShapeMismatch(Fault):
    """Arrays whose shapes do not fit together, or an empty one where none may be."""


class NotFinite(Fault):
    """NaN or an infinity where a finite number is needed."""


class Overflow(Fault):
    """Finite numbers whose answer is beyond the largest float64."""


class UnsupportedNetwork(Fault):
    """A network outside the family for which a theorem answers."""


class Withheld(Fault):
    """An answer that the ceiling of help keeps back."""


class LimitExceeded(Fault):
    """A question that costs more than a limit allows; `limit` names the limit."""

    def __init__(self, limit: str, detail: str, at: Place = ()) -> None:
        super().__init__(detail, at)
        self.limit = limit

    def __reduce__(self) -> tuple[type["LimitExceeded"], tuple[object, ...]]:
        """Return how another process makes this fault again."""
        return type(self), (self.limit, self.detail, self.at)


@contextmanager
def located(*prefix: str | int) -> Iterator[None]:
    """Prefix the place of any `Fault` raised inside with `prefix`."""
    try:
        yield
    except Fault as fault:
        fault.at = (*prefix, *fault.at)
        raise
