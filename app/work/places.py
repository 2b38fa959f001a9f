"""Places at which work is done, so many at once; who waits for one waits in fair order, not for ever."""

import asyncio
from collections import Counter
from enum import IntEnum
from heapq import heappop, heappush
from itertools import count
from math import ceil
from typing import NamedTuple

from .errors import Busy

HEAVY = 10**9
"""Multiply-adds, about a second of them: of several places one is kept for what is shorter."""
_WEIGHT = 0.2  # of the latest work in the mean time that work takes
_LATEST = 60  # seconds after which a caller is told to come back, at most


class Rank(IntEnum):
    """Whose turn it is first."""

    KEYED = 0
    """Whatever is asked with a key, or where nobody has one."""
    KEYLESS = 1
    """Whatever a caller without a key asks, where others have one."""


class Taken(NamedTuple):
    """A place that is taken: by whom, and since when."""

    caller: str
    since: float


class Places:
    """So many places; each is taken before work begins and given back after it."""

    def __init__(self, places: int, patience: float | None = None) -> None:
        self._count = self._free = places
        self._patience = patience
        self._waiting: list[tuple[Rank, int, int, int, asyncio.Future[None]]] = []
        self._requests_of: Counter[str] = Counter()  # that wait or work
        self._order = count()
        self._mean = 0.0  # seconds

    async def take(self, rank: Rank, multiply_adds: int = 0, caller: str = "") -> Taken:
        """Wait for a place; return it, for `give_back`.

        It is given by rank; of one rank every caller's first before anybody's second, what works already
        being one; of these the shortest.
        Raises `Busy` where none is free within the patience.
        """
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        heappush(self._waiting, (rank, self._requests_of[caller], multiply_adds, next(self._order), turn))
        self._requests_of[caller] += 1
        self._admit()
        try:
            async with asyncio.timeout(self._patience):
                await turn
        except BaseException as stopped:
            if not turn.cancelled() and turn.done():
                self._free += 1
            turn.cancel()
            self._forget(caller)
            self._admit()
            if isinstance(stopped, TimeoutError):
                detail = f"expected to begin within {self._patience:g} seconds, and others came first"
                raise Busy(detail, seconds=self.seconds_to_wait()) from None
            raise
        return Taken(caller, loop.time())

    def give_back(self, taken: Taken) -> None:
        """Let the next one begin: the work at this place is done."""
        took = asyncio.get_running_loop().time() - taken.since
        self._mean += (_WEIGHT if self._mean else 1.0) * (took - self._mean)
        self._free += 1
        self._forget(taken.caller)
        self._admit()

    def _forget(self, caller: str) -> None:
        self._requests_of[caller] -= 1
        if not self._requests_of[caller]:
            del self._requests_of[caller]

    def seconds_to_wait(self) -> int:
        """Return in how many seconds all that waits now will have begun, as far as the last work tells."""
        waiting = self._requests_of.total() - (self._count - self._free)
        return min(max(ceil(self._mean * waiting / self._count), 1), _LATEST)

    def _admit(self) -> None:
        passed = []
        while self._waiting and self._free:
            first = heappop(self._waiting)
            _, _, multiply_adds, _, turn = first
            if turn.done():  # given up
                continue
            if multiply_adds >= HEAVY and self._free == 1 < self._count:
                passed.append(first)
                continue
            self._free -= 1
            turn.set_result(None)
        for one in passed:
            heappush(self._waiting, one)
