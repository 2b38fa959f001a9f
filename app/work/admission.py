"""How much is in flight, and what is refused because there is too much of it already."""

from collections import Counter
from enum import Enum

from ..settings import Settings
from .errors import Busy
from .metrics import Metrics
from .places import Rank

_KEYLESS_SHARE = 0.5  # of a queue, where others have keys
_LARGE_BODY, _OF_LARGE_BODIES = 1 << 20, 0.875  # bytes from which a body leaves room for smaller ones


class Queue(Enum):
    """What large requests wait for; none of these keeps another waiting."""

    THREADS = "threads"
    DECISIONS = "decisions"
    PICTURES = "pictures"


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
        self._connections_of: Counter[str] = Counter()
        self._requests_in: Counter[Queue] = Counter()
        self._requests_of: Counter[tuple[Queue, str]] = Counter()
        self.body_bytes = 0
        """How many bytes of bodies are in flight."""
        self.answer_numbers = 0
        """How many numbers are in large answers that are being made or read."""

    @property
    def large_requests(self) -> int:
        """How many large requests wait or work."""
        return self._requests_in.total()

    def connect(self, caller: str, most: int) -> bool:
        """Count one connection until `disconnect`; tell whether it is within one caller's share of `most`."""
        self._connections_of[caller] += 1
        return self._connections_of[caller] <= max(most * self._share, 1)

    def disconnect(self, caller: str) -> None:
        """Count one connection less."""
        self._connections_of[caller] -= 1
        if not self._connections_of[caller]:
            del self._connections_of[caller]

    def enter(self, queue: Queue, rank: Rank = Rank.KEYED, caller: str = "", seconds: int = 1) -> None:
        """Count one large request until `leave`.

        Raises `Busy`, until so many `seconds` are over, where too many wait or work there already, or too
        many of this caller.
        """
        most = self._most_requests
        if rank is Rank.KEYLESS:
            most = max(int(most * _KEYLESS_SHARE), 1)
        if self._requests_in[queue] >= most:
            raise Busy(f"expected at most {most} large requests at once, got one more", seconds=seconds)
        self._refuse_share(self._requests_of[queue, caller], 1, self._most_requests, seconds)
        self._requests_in[queue] += 1
        self._requests_of[queue, caller] += 1
        self._metrics.waiting(self.large_requests)

    def leave(self, queue: Queue, caller: str = "") -> None:
        """Count one large request less: it is done, or was given up before it began."""
        self._requests_in[queue] -= 1
        self._requests_of[queue, caller] -= 1
        if not self._requests_of[queue, caller]:
            del self._requests_of[queue, caller]
        self._metrics.waiting(self.large_requests)

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

    def _refuse_share(self, held: int, more: int, most: int, seconds: int = 1) -> None:
        """Raise `Busy` where a caller who holds something asks for more than one caller's share."""
        if held and held + more > most * self._share:
            detail = f"expected at most {self._share:g} of what all may hold for one caller, got more"
            raise Busy(detail, seconds=seconds)
