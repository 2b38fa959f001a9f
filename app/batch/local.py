"""Processes of this machine: each takes the next task; one that dies is replaced, its task done again."""

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from pebble import ProcessExpired, ProcessPool

from ..interrupts import ENDING, interrupts_blocked
from ..nn.errors import Fault
from .engine import ATTEMPTS, TICK, Results, Work, lost, lost_too_often

# One thread each: there are as many processes as asked for, and BLAS may add otherwise with more of them.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")

log = logging.getLogger("softstep")


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """Does tasks by so many processes of this machine."""

    workers: int = 1

    def run(self, work: Work) -> Results:
        """Yield one number at a time and its result, as `Engine.run` says; nothing needs to be combined here.

        Raises `WorkerLost`.
        """
        context = multiprocessing.get_context("spawn")

        def new_pool() -> ProcessPool:
            return ProcessPool(max_workers=1, initializer=_settle, context=context)

        waiting = [(number, 0) for number in reversed(range(len(work.tasks)))]
        running: dict[Future[Any], tuple[int, int, ProcessPool]] = {}
        with _environment(ONE_THREAD):
            idle = [new_pool() for _ in range(min(self.workers, len(work.tasks)))]
            try:
                while waiting or running:
                    while waiting and idle:
                        with _interrupts_wait():
                            number, attempts = waiting.pop()
                            pool = idle.pop()
                            future = pool.schedule(work.function, args=(work.shared, *work.tasks[number]))
                            running[future] = number, attempts + 1, pool
                    done, _ = wait(running, TICK, FIRST_COMPLETED)
                    if not done:
                        yield None
                    for one in done:
                        number, attempts, pool = running.pop(one)
                        try:
                            result = one.result()
                        except (ProcessExpired, BrokenProcessPool):
                            _stop(pool)
                            idle.append(new_pool())
                            if attempts == ATTEMPTS:
                                raise lost_too_often() from None
                            log.warning(lost(attempts + 1))
                            waiting.append((number, attempts))
                            continue
                        except Fault as fault:
                            result = fault
                        idle.append(pool)
                        yield (number,), result
            finally:
                for pool in (*idle, *(pool for _, _, pool in running.values())):
                    _stop(pool)


class HereEngine:
    """Does tasks one by one in this process: for data that no other process sees."""

    workers = 1

    def run(self, work: Work) -> Results:
        """Yield one number at a time and its result, as `Engine.run` says."""
        for number, task in enumerate(work.tasks):
            try:
                result = work.function(work.shared, *task)
            except Fault as fault:
                result = fault
            yield (number,), result


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _settle() -> None:
    """Leave Ctrl-C to the process that gave the work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _interrupts_wait() -> Iterator[None]:
    """Start processes whole: one that was not told all yet would end with a traceback.

    That the signals are blocked in this thread does not hold them back: any other thread may take them.
    """
    came: list[tuple[int, FrameType | None]] = []
    handlers = _handlers()
    try:
        for number in handlers:
            signal.signal(number, lambda *signalled: came.append(signalled))
        with interrupts_blocked():
            yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number, frame in came:
            handlers[number](number, frame)


def _handlers() -> dict[int, Callable[[int, FrameType | None], Any]]:
    """Return what handles the signals that end a process, where they interrupt this thread."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    handlers = {number: signal.getsignal(number) for number in ENDING}
    return {number: handler for number, handler in handlers.items() if callable(handler)}


@contextmanager
def _environment(wanted: dict[str, str]) -> Iterator[None]:
    """Set what new processes find; what stood there comes back."""
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
