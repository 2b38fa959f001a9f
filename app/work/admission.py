"""How much is in flight, and what is refused because there is too much of it already."""

from ..settings import Settings
from .errors import Busy
from .metrics import Metrics


class Admission:
    """Counts large requests, the bytes of bodies and the numbers of large answers of one server process.

    Whoever reserves gives back what was reserved. All calls come from the event loop.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._most_requests = settings.max_large_requests
        self._most_bytes = settings.max_total_body_bytes
        self._most_numbers = settings.max_total_answer_numbers
        self._metrics = metrics
        self.large_requests = 0
        """How many large requests wait or work."""
        self.body_bytes = 0
        """How many bytes of bodies are in flight."""
        self.answer_numbers = 0
        """How many numbers are in large answers that are being made or read."""

    def enter(self) -> None:
        """Count one large request until `leave`. Raises `Busy` where too many wait or work already."""
        if self.large_requests >= self._most_requests:
            raise Busy(f"expected at most {self._most_requests} large requests at once, got one more")
        self._count_requests(1)

    def leave(self) -> None:
        """Count one large request less: it is done, or was given up before it began."""
        self._count_requests(-1)

    def reserve_body(self, size: int) -> None:
        """Count `size` bytes of a body until `release`. Raises `Busy` where all bodies are too large."""
        if self.body_bytes + size > self._most_bytes:
            raise Busy(f"expected at most {self._most_bytes} bytes of bodies at once, got more")
        self.body_bytes += size
        self._metrics.received(size)

    def reserve_answer(self, numbers: int) -> None:
        """Count the numbers of a large answer until `release`. Raises `Busy` where all are too many.

        A single answer is always taken: it has a limit of its own.
        """
        if self.answer_numbers and self.answer_numbers + numbers > self._most_numbers:
            raise Busy(
                f"expected at most {self._most_numbers} numbers in all large answers at once, got more"
            )
        self.answer_numbers += numbers

    def release(self, body_bytes: int, answer_numbers: int) -> None:
        """Give back what `reserve_body` and `reserve_answer` have counted."""
        self.body_bytes -= body_bytes
        self.answer_numbers -= answer_numbers

    def _count_requests(self, change: int) -> None:
        self.large_requests += change
        self._metrics.waiting(self.large_requests)
