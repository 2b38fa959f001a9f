"""Processes of this machine: each takes the next task; one that dies is replaced, its task done again."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from pebble import ProcessExpired, ProcessPool

from ..nn.errors import Fault

# One thread each: there are as many processes as asked for, and BLAS may add otherwise with more of them.
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_ATTEMPTS = 3
_TICK = 1.0  # seconds after which the caller is asked whether there is something else to do

Arguments = tuple[Any, ...]


class WorkerLost(Fault):
    """A task under which processes died again and again, as for want of memory."""


def run_locally(
    function: Callable[..., Any], tasks: Sequence[Arguments], workers: int
) -> Generator[tuple[int, Any] | None, None, None]:
    """Yield each task's number and `function(*task)`, or the fault that it raised, as they are done.

    Yields None about every second in which nothing was done. Ends all processes when it is closed.

    Raises `WorkerLost`.
    """
    context = multiprocessing.get_context("spawn")

    def new_pool() -> ProcessPool:
        return ProcessPool(max_workers=1, initializer=_settle, context=context)

    waiting = [(number, 0) for number in reversed(range(len(tasks)))]
    running: dict[Future[Any], tuple[int, int, ProcessPool]] = {}
    with _environment(_ONE_THREAD):
        idle = [new_pool() for _ in range(min(workers, len(tasks)))]
        try:
            while waiting or running:
                while waiting and idle:
                    number, attempts = waiting.pop()
                    pool = idle.pop()
                    running[pool.schedule(function, args=tasks[number])] = number, attempts + 1, pool
                done, _ = wait(running, _TICK, FIRST_COMPLETED)
                if not done:
                    yield None
                for future in done:
                    number, attempts, pool = running.pop(future)
                    try:
                        result = future.result()
                    except (ProcessExpired, BrokenProcessPool):
                        _stop(pool)
                        idle.append(new_pool())
                        if attempts == _ATTEMPTS:
                            raise WorkerLost(
                                "expected processes that live, got one task under which three ended, "
                                "as for want of memory"
                            ) from None
                        waiting.append((number, attempts))
                        continue
                    except Fault as fault:
                        result = fault
                    idle.append(pool)
                    yield number, result
        finally:
            for pool in (*idle, *(pool for _, _, pool in running.values())):
                _stop(pool)


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _settle() -> None:
    """Leave Ctrl-C to the process that gave the work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


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
