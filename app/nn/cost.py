"""The cost of a question, known from the shapes alone, before any work is done."""

from typing import NamedTuple


class Cost(NamedTuple):
    """What answering takes: a small body can ask for terabytes, so this is stated first.

    `multiply_adds` counts the products' multiply-add pairs, elementwise functions as about 30 each;
    `intermediate` is the number of float64 in the largest array that exists while working;
    `answer` is the number of float64 in the answer.
    """

    multiply_adds: int = 0
    intermediate: int = 0
    answer: int = 0

    def __add__(self, other: "Cost") -> "Cost":  # type: ignore[override]  # costs add up, they do not join
        """Return the cost of doing both, one after the other."""
        return Cost(
            self.multiply_adds + other.multiply_adds,
            max(self.intermediate, other.intermediate),
            self.answer + other.answer,
        )
