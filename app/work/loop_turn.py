"""The event loop's turn, for which threads beside it wait between the steps of their work."""

import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from ..turns import giving_way

_LONGEST = 0.005  # seconds that a thread waits, so that much small work lets it go on too


def await_turn(loop: AbstractEventLoop) -> None:
    """Wait, without Python's lock, until the loop has done what waits for it, and what that asked for."""
    had = threading.Lock()
    had.acquire()
    with suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(loop.call_soon, had.release)
        had.acquire(timeout=_LONGEST)


def beside(loop: AbstractEventLoop, function: Callable[[], Any]) -> Any:
    """Return `function()`, which lets the loop have its turn wherever it gives way."""
    with giving_way(partial(await_turn, loop)):
        return function()
