"""Where work runs that is not small: in threads, and in processes what may have to be stopped."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

from ..nn.cost import Cost
from ..nn.errors import Fault
from ..nn.networks import assumption
from ..settings import Settings
from .admission import Admission, Queue
from .errors import Busy
from .loop_turn import beside
from .machine import lacked
from .places import Places, Rank, Taken
from .processes import WorkerProcesses, draw_first

log = logging.getLogger("softstep")

_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 60.0  # seconds between attempts to start the processes
SMALL = 1_000_000
"""Multiply-adds and numbers below which a hop to a thread costs more than the work itself."""


class Executor:
    """Runs a function where its cost says; `admission` says whether there is room for it."""

    def __init__(self, settings: Settings, admission: Admission) -> None:
        self._settings = settings
        self._admission = admission
        self._places = Places(settings.threads, settings.max_waiting_seconds)
        self._threads = ThreadPoolExecutor(settings.threads, thread_name_prefix="work")
        # Threads of their own, so that no body waits to be read behind minutes of work, nor one of kilobytes
        # behind one of megabytes, which may take ten seconds to be refused.
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="read")
        self._long_reader = ThreadPoolExecutor(1, thread_name_prefix="read-long")
        self._processes: dict[Queue, WorkerProcesses] = {}
        self._opening: asyncio.Task[None] | None = None
        self._ready: bool | None = None

    def open(self) -> None:
        """Start the processes and warm them, beside the first requests."""
        if self._settings.processes:
            own = self._settings
            self._processes = {
                queue: WorkerProcesses(
                    own.processes, own.deadline_seconds, own.niceness, own.max_waiting_seconds, first
                )
                for queue, first in ((Queue.DECISIONS, assumption.holds), (Queue.PICTURES, draw_first))
            }
        self._opening = asyncio.ensure_future(self._warm())

    async def _warm(self) -> None:
        loop = asyncio.get_running_loop()
        pause = _FIRST_PAUSE
        while True:
            try:
                if self._processes:
                    sound = all(await asyncio.gather(*(one.warm() for one in self._processes.values())))
                else:
                    sound = await loop.run_in_executor(self._threads, assumption.holds)
                break
            except Exception as failure:
                self._ready = False
                why, known = _reason(failure)
                log.error(
                    "the processes for pictures and exact decisions did not start: %s; again in %g s",
                    why,
                    pause,
                    exc_info=None if known else failure,
                )
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
        if not sound:
            log.error("sigmoid and tanh are not within the error that bounds assume")
        self._ready = sound

    @property
    def ready(self) -> bool | None:
        """Whether work is taken: None while warming up, False where that failed, which the log explains."""
        return self._ready

    async def run(
        self,
        function: Callable[..., Any],
        arguments: Mapping[str, Any],
        queue: Queue,
        rank: Rank = Rank.KEYED,
        multiply_adds: int = 0,
        caller: str = "",
    ) -> Any:
        """Return `function(**arguments)`: from a thread, or from a process with a deadline.

        Raises `Busy` where too many large requests wait already, or it would wait too long, `TimeLimit` for
        work that a process does not end in time, and the faults of `function`.
        """
        processes = self._processes.get(queue)
        if processes is not None and self._ready is False:
            detail = "expected processes for this, which did not start; the log says why"
            raise Busy(detail, seconds=int(_FIRST_PAUSE))
        where = self._places if processes is None else processes
        self._admission.enter(queue, rank, caller, where.seconds_to_wait())
        if processes is not None:
            try:
                return await processes.run(function, arguments, rank, caller)
            finally:
                self._admission.leave(queue, caller)
        try:
            taken = await self._places.take(rank, multiply_adds, caller)
        except BaseException:
            self._admission.leave(queue, caller)
            raise
        loop = asyncio.get_running_loop()
        held = [partial(function, **arguments)]
        try:
            work: Future[Any] = self._threads.submit(lambda: beside(loop, held.pop()))
        except BaseException:  # no thread can be started
            held.clear()  # it stands in the queue all the same
            self._done(taken, queue)
            raise
        # The caller may be gone by then: work that a thread has begun counts until it ends.
        work.add_done_callback(lambda _: held.clear())
        work.add_done_callback(lambda _: _tell(loop, lambda: self._done(taken, queue)))
        return await asyncio.wrap_future(work)

    def _done(self, taken: Taken, queue: Queue) -> None:
        self._admission.leave(queue, taken.caller)
        self._places.give_back(taken)

    @staticmethod
    def at_once(cost: Cost, apart: bool) -> bool:
        """Tell whether work is so small that it is done on the event loop."""
        return not apart and cost.multiply_adds + cost.intermediate + cost.answer < SMALL

    async def read(self, function: Callable[[], Any], *, is_long: bool = False) -> Any:
        """Return `function()`, which reads a large body or writes a large answer, from a thread."""
        reader = self._long_reader if is_long else self._reader
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(reader, beside, loop, function)

    def close(self) -> None:
        """Finish what the threads do, stop the processes, take nothing more."""
        if self._opening is not None:
            self._opening.cancel()
        for processes in self._processes.values():
            processes.close()
        self._reader.shutdown()
        self._long_reader.shutdown()
        self._threads.shutdown()


def _reason(failure: Exception) -> tuple[str, bool]:
    """Return in words why processes did not start, and whether these say all: else the log needs more."""
    lacking = lacked(failure)
    if lacking is not None:
        return "; ".join(lacking), True
    return str(failure) or type(failure).__name__, isinstance(failure, Fault | OSError | EOFError)


def _tell(loop: asyncio.AbstractEventLoop, function: Callable[[], None]) -> None:
    # The loop may have ended before its last thread did.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(function)
