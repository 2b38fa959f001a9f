"""Giving way: what works in a thread beside an event loop lets the loop go first, again and again.

To let go of Python's lock for a moment is not enough: who waits for it is woken, finds it taken again, and
counts anew the time after which it would have asked for it. A thread that called NumPy each 0.1 ms, which
lets go of the lock, kept the loop waiting for 30 ms.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_EVERY = 0.001  # seconds of work between two turns, each of which costs 20 to 30 µs


class _Here(threading.local):
    """How a thread gives way, if it does, and when it did last."""

    turn: Callable[[], None] | None = None
    last = 0.0


_here = _Here()


@contextmanager
def giving_way(turn: Callable[[], None]) -> Iterator[None]:
    """Have `give_way` call `turn`, which returns when others have had theirs, in this thread."""
    before = _here.turn
    _here.turn, _here.last = turn, time.monotonic()
    try:
        yield
    finally:
        _here.turn = before


def give_way() -> None:
    """Let others have their turn where this thread gives way, and worked for a millisecond since it last did.

    To be called between short steps that hold Python's lock.
    """
    if _here.turn is not None and time.monotonic() - _here.last >= _EVERY:
        _here.turn()
        _here.last = time.monotonic()
