"""The watch over a caller who reads too slowly: whoever stays below the least rate is given up."""

import logging
from asyncio import AbstractEventLoop, TimerHandle, Transport

_CHECKS = 4  # looks at a slow reader while its patience lasts

log = logging.getLogger("softstep")


class SlowReaderWatch:
    """Counts the seconds that a caller is late, and aborts the connection after `patience` seconds of them.

    `least_rate` is in bytes per second. `patience` may be shortened while the watch is on.
    """

    def __init__(
        self, transport: Transport, loop: AbstractEventLoop, patience: float, least_rate: float
    ) -> None:
        self.patience = patience
        self._transport = transport
        self._loop = loop
        self._least_rate = least_rate
        self._late = 0.0
        self._unwritten = 0
        self._looked = 0.0
        self._timer: TimerHandle | None = None

    def begin(self) -> None:
        """Begin to watch, unless that has begun."""
        if self._timer is None:
            self._looked = self._loop.time()
            self._unwritten = self._transport.get_write_buffer_size()
            self._look()

    def end(self) -> None:
        """End the watch, and keep what was late: the next piece has what is left of the patience."""
        self._count()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def forgive(self) -> None:
        """Forget how late the caller was: an answer has been read."""
        self._late = 0.0

    def cancel(self) -> None:
        """End the watch for good: the connection is lost."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        self._count()
        if self._late >= self.patience:
            log.info("gave up a caller who does not read")
            self._transport.abort()
            return
        self._timer = self._loop.call_later(self.patience / _CHECKS, self._look)

    def _count(self) -> None:
        """Add the seconds in which nothing was read, at the least rate; take off those that were made up."""
        now, waiting = self._loop.time(), self._transport.get_write_buffer_size()
        read = max(self._unwritten - waiting, 0)
        self._late = max(self._late + now - self._looked - read / self._least_rate, 0.0)
        self._looked, self._unwritten = now, waiting
