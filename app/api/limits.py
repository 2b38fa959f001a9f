"""What a request may cost: known from its shapes, refused before any work."""

from operator import le

from app.nn.cost import Cost
from app.nn.errors import LimitExceeded
from app.settings import Settings
from app.wire.bodies import Question

_WORDS = {
    "multiply_adds": "multiply-adds",
    "intermediate": "numbers in any intermediate array",
    "answer": "numbers in the answer",
}


def within(question: Question, settings: Settings) -> Cost:
    """Return the cost of `question`. Raises `LimitExceeded`, naming the limit, where it is too high."""
    for name, count in question.counts().items():
        _refuse_beyond(name, name, count, getattr(settings, name))
    cost = question.cost()
    most = Cost(settings.multiply_adds, settings.intermediate, settings.answer)
    if not all(map(le, cost, most)):
        for name, words in _WORDS.items():
            _refuse_beyond(name, words, getattr(cost, name), getattr(most, name))
    return cost


def _refuse_beyond(name: str, words: str, count: int, most: int) -> None:
    if count > most:
        raise LimitExceeded(name, f"expected at most {most} {words}, got {count}")
