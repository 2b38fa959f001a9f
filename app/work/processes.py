"""Warm processes that can be stopped: for pictures and exact decisions, which NumPy in a thread cannot be."""

import asyncio
import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from pickle import PickleBuffer
from typing import Any

from pebble import ProcessExpired, ProcessPool

from ..interrupts import interrupts_blocked
from ..logs import to_standard_error
from ..nn.networks import assumption
from .errors import Busy, TimeLimit
from .in_pieces import InPieces
from .loop_turn import await_turn
from .machine import ending
from .places import Places, Rank
from .tracker import keep_tracked

# What a worker needs before it can answer at once; imported by the server that workers are forked from.
_PRELOADED = [f"{__name__.partition('.')[0]}.{module}" for module in ("startup", "plots.warming")]
_WARMING = 120.0  # seconds: a font cache may have to be built first
_GRACE = 10.0  # seconds beyond the deadline, in which a process is stopped and another one started
_ATTEMPTS = 2  # for work that was sent to a process which had just died
_ENDED = "the process that worked on this ended before it was done; please ask again"
_BEGUN = "a process for this is being started; please ask again"
_SECONDS = 5  # after which it may be asked again

log = logging.getLogger("softstep")


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
        keep_tracked()
        self._pools = {self._new_pool() for _ in range(processes)}
        self._idle = list(self._pools)
        self._starts: dict[ProcessPool, asyncio.Task[None]] = {}

    async def warm(self) -> bool:
        """Make every process do its first work; tell whether our own functions are what bounds assume."""
        pools = tuple(self._pools)
        # First of all: what is asked meanwhile waits, or is told to come back.
        taken = [await self._places.take(Rank.KEYED) for _ in pools]
        try:
            return all(await asyncio.gather(*(self._run(self._first_work, {}, _WARMING) for _ in pools)))
        finally:
            now = asyncio.get_running_loop().time()  # how long it took tells nothing of other work
            for one in taken:
                self._places.give_back(one._replace(since=now))

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
        turn = partial(await_turn, asyncio.get_running_loop())
        sent = InPieces({name: _apart(value) for name, value in arguments.items()}, turn)
        try:
            for _ in range(_ATTEMPTS):
                start = self._starts.get(pool)
                if start is not None and start.done() and not pool.active:
                    pool = self._renewed(pool, "had ended")
                try:
                    await self._started(pool, seconds)
                except (EOFError, OSError, BrokenProcessPool) as failure:
                    pool = self._renewed(pool, f"did not start ({failure or type(failure).__name__})")
                    if isinstance(failure, EOFError | ConnectionError | FileNotFoundError):
                        continue  # what it was to be forked from has ended meanwhile
                    raise
                try:
                    working = asyncio.wrap_future(pool.schedule(_called, (function, sent), timeout=seconds))
                except RuntimeError:  # found to be broken since
                    continue
                try:
                    await asyncio.wait([working], timeout=seconds + _GRACE)
                    if not working.done():  # the library counts the time of begun work only
                        pool = self._renewed(pool, "took no work")
                        raise TimeoutError
                    return working.result().pop()
                except TimeoutError:
                    raise TimeLimit(f"expected work that takes at most {seconds:g} seconds") from None
                except BrokenProcessPool:  # its process had died before this was begun
                    continue
                except ProcessExpired as ended:
                    pool = self._renewed(pool, f"ended: {ending(ended.exitcode)}")
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

    def _renewed(self, pool: ProcessPool, why: str) -> ProcessPool:
        """Give up a pool, which is stopped beside the event loop; return a new one, to be started."""
        # First of all: where no thread can be started for it, the next request gives the pool up.
        asyncio.get_running_loop().run_in_executor(None, _stop, pool)
        log.error("a process for pictures or exact decisions %s; another one is started", why)
        new = self._new_pool()
        self._pools.remove(pool)
        self._pools.add(new)
        self._starts.pop(pool, None)
        return new

    async def _started(self, pool: ProcessPool, seconds: float) -> None:
        """Wait until a pool has started. Raises `Busy` after so many seconds, and why it did not start."""
        start = self._starts.get(pool)
        if start is None:
            start = self._starts[pool] = asyncio.ensure_future(_start(pool))
        if not start.done():
            await asyncio.wait([start], timeout=seconds)
        if not start.done():
            raise Busy(_BEGUN, seconds=_SECONDS)
        start.result()

    def close(self) -> None:
        """Stop all processes, whatever they do."""
        _signal_fork_server(
            "SIGCONT"
        )  # else its children, of whose ends it tells, would be waited for in vain
        for pool in tuple(self._pools):
            _stop(pool)


def _apart(value: Any) -> Any:
    """Return bytes as what is sent in pieces, and comes out as bytes."""
    is_bytes = isinstance(value, bytes | bytearray)
    return PickleBuffer(memoryview(value).toreadonly()) if is_bytes else value


def _called(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    return InPieces([function(**arguments)])


async def _start(pool: ProcessPool) -> None:
    """Start a pool beside the event loop: that waits until what it is forked from has imported everything.

    Where that takes no work at all, as one that is stopped, it is ended: the next start makes another.
    """
    starting = asyncio.ensure_future(asyncio.to_thread(_begin, pool))
    await asyncio.wait([starting], timeout=_WARMING)
    if not starting.done():
        log.error("what processes are forked from started none within %g s, and is ended", _WARMING)
        _signal_fork_server("SIGKILL")
    try:
        await starting
    except BrokenProcessPool as broken:
        raise (broken.__cause__ or broken) from None


def _begin(pool: ProcessPool) -> None:
    with interrupts_blocked():  # what it is forked from imports all before it would ignore them
        pool.active  # noqa: B018  # asking starts it


def _signal_fork_server(name: str) -> None:
    """Send a signal to the process that ours are forked from, if there is one."""
    with suppress(ImportError, OSError):  # none on Windows; it has just ended
        from multiprocessing import forkserver

        process = getattr(getattr(forkserver, "_forkserver", None), "_forkserver_pid", None)
        if process is not None:
            os.kill(process, getattr(signal, name))


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
