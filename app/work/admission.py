"""How much is in flight, and what is refused because there is too much of it already."""

from collections import Counter

from ..settings import Settings
from .errors import Busy
from .metrics import Metrics
from .places import Rank

_SHARES = {Rank.DECISION: 1.0, Rank.PICTURE: 0.75, Rank.KEYLESS: 0.5}
"""Up to which part of the queue each rank is let in: pictures never keep decisions out."""
_LARGE_BODY, _OF_LARGE_BODIES = 1 << 20, 0.875  # bytes from which a body leaves room for smaller ones


class Admission:
    """Counts large requests, the bytes of bodies and the numbers of large answers of one server process.

    Whoever reserves gives back what was reserved. All calls come from the event loop.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._most_requests = settings.max_large_requests
        self._most_bytes = settings.max_total_body_bytes
        self._most_numbers = settings.max_total_answer_numbers
        self._share = settings.max_share_of_one_caller
        self._metrics = metrics
        self._bodies_of: Counter[str] = Counter()
        self._answers_of: Counter[str] = Counter()
        self.large_requests = 0
        """How many large requests wait or work."""
        self.body_bytes = 0
        """How many bytes of bodies are in flight."""
        self.answer_numbers = 0
        """How many numbers are in large answers that are being made or read."""

    def enter(self, rank: Rank = Rank.DECISION, seconds: int = 1) -> None:
        """Count one large request until `leave`.

        Raises `Busy`, until so many `seconds` are over, where too many wait or work already.
        """
        most = max(int(self._most_requests * _SHARES[rank]), 1)
        if self.large_requests >= most:
            raise Busy(f"expected at most {most} large requests at once, got one more", seconds=seconds)
        self._count_requests(1)

    def leave(self) -> None:
        """Count one large request less: it is done, or was given up before it began."""
        self._count_requests(-1)

    def reserve_body(self, size: int, caller: str = "", before: int = 0) -> None:
        """Count `size` more bytes of a body, of which so many came `before`, until `release`.

        Raises `Busy` where all bodies are too large, or those of this caller.
        """
        large = before + size > _LARGE_BODY and self.body_bytes > before
        most = int(self._most_bytes * _OF_LARGE_BODIES) if large else self._most_bytes
        if self.body_bytes + size > most:
            raise Busy(f"expected at most {most} bytes of bodies at once, got more")
        self._refuse_share(self._bodies_of[caller] - before, before + size, self._most_bytes)
        self.body_bytes += size
        self._bodies_of[caller] += size
        self._metrics.received(size)

    def reserve_answer(self, numbers: int, caller: str = "") -> None:
        """Count the numbers of a large answer until `release`.

        Raises `Busy` where all are too many, or those of this caller.

        A single answer is always taken: it has a limit of its own.
        """
        if self.answer_numbers and self.answer_numbers + numbers > self._most_numbers:
            raise Busy(
                f"expected at most {self._most_numbers} numbers in all large answers at once, got more"
            )
        self._refuse_share(self._answers_of[caller], numbers, self._most_numbers)
        self.answer_numbers += numbers
        self._answers_of[caller] += numbers

    def release(self, body_bytes: int, answer_numbers: int, caller: str = "") -> None:
        """Give back what `reserve_body` and `reserve_answer` have counted."""
        self.body_bytes -= body_bytes
        self.answer_numbers -= answer_numbers
        for held, given in ((self._bodies_of, body_bytes), (self._answers_of, answer_numbers)):
            held[caller] -= given
            if not held[caller]:
                del held[caller]

    def _refuse_share(self, held: int, more: int, most: int) -> None:
        """Raise `Busy` where a caller who holds something asks for more than one caller's share."""
        if held and held + more > most * self._share:
            raise Busy(f"expected at most {self._share:g} of what all may hold for one caller, got more")

    def _count_requests(self, change: int) -> None:
        self.large_requests += change
        self._metrics.waiting(self.large_requests)
