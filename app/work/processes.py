"""Warm processes that can be stopped: for pictures and exact decisions, which NumPy in a thread cannot be."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from concurrent.futures.process import BrokenProcessPool
from pickle import PickleBuffer
from typing import Any

from pebble import ProcessExpired, ProcessPool

from ..logs import to_standard_error
from ..nn.networks import assumption
from .errors import Busy, TimeLimit
from .in_pieces import InPieces
from .places import Places, Rank

# What a worker needs before it can answer at once; imported by the server that workers are forked from.
_PRELOADED = [__name__, f"{__name__.partition('.')[0]}.main"]
_WARMING = 120.0  # seconds: a font cache may have to be built first
_GRACE = 10.0  # seconds beyond the deadline, in which a process is stopped and another one started
_ATTEMPTS = 2  # for work that was sent to a process which had just died
_ENDED = "the process that worked on this ended before it was done; please ask again"


class WorkerProcesses:
    """A number of processes, each doing one thing at a time; whoever dies or hangs is replaced.

    They are forked from a server process without threads, so that no lock is ever copied in a locked state.
    Each is a pool of its own: one that is killed may leave its pool's locks locked, and one that is killed at
    rest its pool broken.
    """

    def __init__(
        self,
        processes: int,
        deadline: float,
        niceness: int,
        patience: float | None = None,
        first_work: Callable[[], bool] = assumption.holds,
    ) -> None:
        self._first_work = first_work
        self._deadline = deadline
        self._niceness = niceness
        # One place for each process, so that work begins when it is sent and its time can be told.
        self._places = Places(processes, patience)
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        self._context = multiprocessing.get_context(method)
        if method == "forkserver":
            self._context.set_forkserver_preload(_PRELOADED)
        self._pools = {self._new_pool() for _ in range(processes)}
        self._idle = list(self._pools)

    async def warm(self) -> bool:
        """Make every process do its first work; tell whether our own functions are what bounds assume."""
        pools = tuple(self._pools)
        for _ in pools:  # first of all: what is asked meanwhile waits, or is told to come back
            await self._places.take(Rank.KEYED)
        try:
            # Starting waits until the server that processes are forked from has imported everything.
            await asyncio.to_thread(lambda: [pool.active for pool in pools])
            return all(await asyncio.gather(*(self._run(self._first_work, {}, _WARMING) for _ in pools)))
        finally:
            for _ in pools:
                self._places.give_back(asyncio.get_running_loop().time())

    async def run(
        self,
        function: Callable[..., Any],
        arguments: Mapping[str, Any],
        rank: Rank = Rank.KEYED,
        caller: str = "",
    ) -> Any:
        """Return `function(**arguments)`, both sent to a process; cancelling stops the process's work.

        Raises `TimeLimit` at the deadline, `Busy` where it had to wait too long or the process died under it,
        and what the function raises.
        """
        taken = await self._places.take(rank, caller=caller)
        try:
            return await self._run(function, arguments, self._deadline)
        finally:
            self._places.give_back(taken)

    def seconds_to_wait(self) -> int:
        """Return in how many seconds what comes now may begin."""
        return self._places.seconds_to_wait()

    async def _run(self, function: Callable[..., Any], arguments: Mapping[str, Any], seconds: float) -> Any:
        pool = self._idle.pop()
        sent = InPieces({name: _apart(value) for name, value in arguments.items()})
        try:
            for _ in range(_ATTEMPTS):
                if not pool.active:
                    pool = self._renewed(pool)
                try:
                    working = asyncio.wrap_future(pool.schedule(_called, (function, sent), timeout=seconds))
                except RuntimeError:  # found to be broken since
                    continue
                try:
                    await asyncio.wait([working], timeout=seconds + _GRACE)
                    if not working.done():  # the library counts the time of begun work only
                        pool = self._renewed(pool)
                        raise TimeoutError
                    return working.result().pop()
                except TimeoutError:
                    raise TimeLimit(f"expected work that takes at most {seconds:g} seconds") from None
                except BrokenProcessPool:  # its process had died before this was begun
                    continue
                except ProcessExpired:
                    pool = self._renewed(pool)
                    break
                finally:
                    working.cancel()
            raise Busy(_ENDED)
        finally:
            # The library keeps the last work, and what came of it, until there is more.
            sent.forget()
            self._idle.append(pool)

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=1, initializer=_settle, initargs=(self._niceness,), context=self._context
        )

    def _renewed(self, pool: ProcessPool) -> ProcessPool:
        """Give up a pool, which is stopped beside the event loop; return a new one."""
        new = self._new_pool()
        self._pools.remove(pool)
        self._pools.add(new)
        asyncio.get_running_loop().run_in_executor(None, _stop, pool)
        return new

    def close(self) -> None:
        """Stop all processes, whatever they do."""
        for pool in tuple(self._pools):
            _stop(pool)


def _apart(value: Any) -> Any:
    """Return bytes as what is sent in pieces, and comes out as bytes."""
    is_bytes = isinstance(value, bytes | bytearray)
    return PickleBuffer(memoryview(value).toreadonly()) if is_bytes else value


def _called(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    return InPieces([function(**arguments)])


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]  # untyped in the library
    pool.join()


def _settle(niceness: int) -> None:
    to_standard_error("warning")
    # Ctrl-C reaches the whole group of processes; the server alone decides when its workers stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Of equal rank, one of them holds a small request up for a whole time slice on a core that they share.
    if hasattr(os, "nice"):
        os.nice(niceness)


def draw_first() -> bool:
    """Draw once, so that fonts are found; tell whether our own functions are what bounds assume."""
    from ..plots.warming import warm

    warm()
    return assumption.holds()
