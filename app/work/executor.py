"""Where work is done that is not small: in threads, and what may have no end in processes."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

from ..nn.cost import Cost
from ..nn.networks import assumption
from ..settings import Settings
from .errors import Busy
from .metrics import Metrics
from .processes import WorkerProcesses

log = logging.getLogger("softstep")

SMALL = 1_000_000
"""Multiply-adds and numbers below which a hop to a thread costs more than the work itself."""


class Executor:
    """Runs a function where its cost says, and takes only so much at once."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._threads = ThreadPoolExecutor(settings.threads, thread_name_prefix="work")
        # A thread of its own, so that no body waits to be read behind minutes of work.
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="read")
        self._processes: WorkerProcesses | None = None
        self._opening: asyncio.Task[bool] | None = None
        self.waiting = 0
        """How many large requests wait or work."""
        self.bytes = 0
        """How many bytes of bodies are in flight."""
        self.numbers = 0
        """How many numbers are in large answers that are being made or read."""

    def open(self) -> None:
        """Start the processes and warm them, beside the first requests."""
        if self._settings.processes:
            own = self._settings
            self._processes = WorkerProcesses(own.processes, own.deadline_seconds, own.niceness)
        self._opening = asyncio.ensure_future(self._warm())

    async def _warm(self) -> bool:
        loop = asyncio.get_running_loop()
        try:
            if self._processes is not None:
                sound = await self._processes.warm()
            else:
                sound = await loop.run_in_executor(self._threads, assumption.holds)
        except Exception:
            log.exception("the processes for pictures and exact decisions did not start")
            return False
        if not sound:
            log.error("sigmoid and tanh are not within the error that bounds assume")
        return sound

    @property
    def ready(self) -> bool | None:
        """Whether work is taken: None while warming up, False where that failed, which the log explains."""
        if self._opening is None or not self._opening.done():
            return None
        return not self._opening.cancelled() and self._opening.result()

    async def run(self, function: Callable[..., Any], arguments: Mapping[str, Any], in_process: bool) -> Any:
        """Return `function(**arguments)`, from a thread; work `in_process` from a process with a deadline.

        Raises `Busy` where too much waits already, and what `WorkerProcesses.run` raises.
        """
        if self.waiting >= self._settings.max_large_requests:
            raise Busy(
                f"expected at most {self._settings.max_large_requests} large requests at once, got one more"
            )
        self._wait(1)
        if in_process and self._processes is not None:
            try:
                return await self._processes.run(function, arguments)
            finally:
                self._wait(-1)
        loop = asyncio.get_running_loop()
        held = [partial(function, **arguments)]
        work: Future[Any] = self._threads.submit(lambda: held.pop()())
        # Who asked may be gone by then: work that was begun in a thread counts until it ends, and work that
        # was not must let its arrays go at once, though it keeps its place in the line of the threads.
        work.add_done_callback(lambda _: held.clear())
        work.add_done_callback(lambda _: _tell(loop, self._wait, -1))
        return await asyncio.wrap_future(work)

    @staticmethod
    def at_once(cost: Cost, in_process: bool) -> bool:
        """Tell whether work is so small that it is done on the event loop."""
        return not in_process and cost.multiply_adds + cost.intermediate + cost.answer < SMALL

    async def read(self, function: Callable[[], Any]) -> Any:
        """Return `function()`, which makes something of a large body, from a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, function)

    def _wait(self, change: int) -> None:
        self.waiting += change
        self._metrics.waiting(self.waiting)

    def reserve_body(self, size: int) -> None:
        """Count bytes of a body that have come. Raises `Busy` where all bodies together are too many.

        Whoever counts gives them back by `release` when the request has its answer.
        """
        if self.bytes + size > self._settings.max_total_body_bytes:
            raise Busy(
                f"expected at most {self._settings.max_total_body_bytes} bytes of bodies at once, got more"
            )
        self.bytes += size
        self._metrics.received(size)

    def reserve_answer(self, numbers: int) -> None:
        """Count the numbers of a large answer, to be given back by `release` when its caller has read it.

        Raises `Busy` where it would come to too many others.
        """
        if self.numbers and self.numbers + numbers > self._settings.max_total_answer_numbers:
            most = self._settings.max_total_answer_numbers
            raise Busy(f"expected at most {most} numbers in all large answers at once, got more")
        self.numbers += numbers

    def release(self, size: int, numbers: int) -> None:
        """Give back what `reserve_body` and `reserve_answer` have counted."""
        self.bytes -= size
        self.numbers -= numbers

    def close(self) -> None:
        """Finish what the threads do, stop the processes, take nothing more."""
        if self._opening is not None:
            self._opening.cancel()
        if self._processes is not None:
            self._processes.close()
        self._reader.shutdown()
        self._threads.shutdown()


def _tell(loop: asyncio.AbstractEventLoop, function: Callable[[int], None], change: int) -> None:
    # The loop may have ended before its last thread did.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(function, change)
