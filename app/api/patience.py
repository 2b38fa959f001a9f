"""An end to every wait for the rest of a body, with one timer for all of them."""

import asyncio
from types import TracebackType

from app.api.errors import TimeLimit


class Patience:
    """So many seconds for a block of a task that waits for its caller: `with patience: …`.

    `__exit__` raises `TimeLimit` where the block took longer. It is what asyncio.timeout does, but a timer
    for each request cost as much as reading a small body. All wait equally long, so who began first is late
    first.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._begun: dict[asyncio.Task[object], float] = {}
        self._loop: asyncio.AbstractEventLoop | None = None  # whose timer is set

    def __enter__(self) -> None:
        """Begin to wait."""
        loop = asyncio.get_running_loop()
        self._begun[_own_task()] = loop.time()
        if self._loop is not loop:
            self._loop = loop
            loop.call_later(self._seconds, self._look, loop)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End to wait."""
        task = _own_task()
        late = self._begun.pop(task, None) is None
        if late and kind is asyncio.CancelledError and task.uncancel() == 0:
            raise TimeLimit(f"expected the whole body within {self._seconds:g} seconds") from None

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Stop who is late, and look again when the next one would be."""
        for task, begun in list(self._begun.items()):
            due = begun + self._seconds
            if due > loop.time():
                loop.call_at(due, self._look, loop)
                return
            del self._begun[task]
            task.cancel()
        self._loop = None


def _own_task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    assert task is not None  # a server's requests are tasks
    return task
