"""The names that are taken in a graph or a function."""

from collections import Counter
from collections.abc import Iterable


class Names:
    """The names of a graph and those inside of it, each as often as it is given: a new one is new in all."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()
        self._numbers: dict[str, int] = {}

    def take(self, names: Iterable[str]) -> None:
        """Count names that are given."""
        self._taken.update(names)

    def fresh(self, wanted: str) -> str:
        """Return `wanted`, or it with a number behind it, and take it."""
        name = wanted
        while self._taken[name] > 0:
            number = self._numbers[wanted] = self._numbers.get(wanted, 1) + 1
            name = f"{wanted}_{number}"
        self._taken[name] += 1
        return name

    def release(self, name: str) -> None:
        """Give back a name that nothing has any more, once."""
        self._taken[name] -= 1
