"""What a request may cost: known from its shapes, refused before any work."""

from operator import le

from ..nn.cost import Cost
from ..nn.errors import LimitExceeded, Place
from ..settings import Settings
from ..wire.request_models import RequestModel

_WORDS = {
    "multiply_adds": "multiply-adds",
    "intermediate": "numbers in any intermediate array",
    "answer": "numbers in the answer",
}


def within(question: RequestModel, settings: Settings) -> Cost:
    """Return the cost of `question`. Raises `LimitExceeded`, naming the limit, where it is too high."""
    for limit, number, at in question.counts():
        _refuse_beyond(limit, limit, number, getattr(settings, f"max_{limit}"), at)
    cost = question.cost()
    most = Cost(settings.max_multiply_adds, settings.max_intermediate_numbers, settings.max_answer_numbers)
    if not all(map(le, cost, most)):
        for (name, words), number, allowed in zip(_WORDS.items(), cost, most, strict=True):
            _refuse_beyond(name, words, number, allowed, more=question.way_out)
    return cost


def _refuse_beyond(limit: str, words: str, count: int, most: int, at: Place = (), more: str = "") -> None:
    if count > most:
        raise LimitExceeded(limit, f"expected at most {most} {words}, got {count}{more}", at)
