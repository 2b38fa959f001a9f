"""Ray Core: tasks on the machines of a cluster, or on this one, by a Ray that lasts as long as they do.

Ray Data is not used: it keeps no order and took four times as long. Lost tasks are given anew by us rather
than by Ray, so that each is one line on standard error and not four.
"""

import importlib
import logging
import math
import os
import socket
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from ..nn.errors import Fault
from .engine import ATTEMPTS, TICK, Results, Work, lost, lost_too_often
from .local import ONE_THREAD

log = logging.getLogger("softstep")

LOCAL = "local"
_COMBINED = 16  # results that a task makes one of
_AHEAD = 2  # tasks given for each core: the next one is there when one is done
_PATIENCE = 10.0  # seconds in which a cluster's head must take a connection
_PACKAGES = Path(__file__).resolve().parents[2]


class RayUnusable(Fault):
    """A cluster that cannot be reached, or that lacks what we need of it."""


class RayEngine:
    """Does tasks on a Ray cluster, one for each core."""

    def __init__(self, ray: Any, workers: int | None) -> None:
        self._ray, self._asked = ray, workers
        self._cores, self._looked = 1, -math.inf

    @property
    def workers(self) -> int:
        """How many tasks are done at once: what was asked for, else one for each core of the cluster now."""
        if self._asked is not None:
            return self._asked
        if monotonic() - self._looked > TICK:  # machines come and go
            self._cores = max(1, int(self._ray.cluster_resources().get("CPU", 1)))
            self._looked = monotonic()
        return self._cores

    def run(self, work: Work) -> Results:
        """Yield numbers of tasks and results, as `Engine.run` says. Raises `WorkerLost` or `RayUnusable`."""
        ray = self._ray
        remote = ray.remote(num_cpus=1, max_retries=0)(_result)
        shared = ray.put(work.shared)
        count, height = len(work.tasks), 1 if work.combine is None else _COMBINED
        waiting = deque((range(first, min(first + height, count)), 0) for first in range(0, count, height))
        running: dict[Any, tuple[range, int, list[Any]]] = {}
        try:
            while waiting or running:
                most = -(-self.workers * (1 if self._asked else _AHEAD) // height)
                while waiting and len(running) < most:
                    numbers, attempts = waiting.popleft()
                    parts = [remote.remote(work.function, shared, *work.tasks[number]) for number in numbers]
                    whole = parts[0] if work.combine is None else remote.remote(work.combine, *parts)
                    running[whole] = numbers, attempts + 1, parts
                done, _ = ray.wait(list(running), timeout=TICK, fetch_local=False)
                if not done:
                    yield None
                for one in done:
                    numbers, attempts, _ = running.pop(one)
                    try:
                        result = ray.get(one)
                    except ray.exceptions.RayError as error:
                        if not _is_loss(ray, error):
                            raise _unusable(ray, error) from None
                        if attempts == ATTEMPTS:
                            raise lost_too_often() from None
                        log.warning(lost(attempts + 1))
                        waiting.appendleft((numbers, attempts))
                        continue
                    yield numbers, result
        finally:
            for _, _, parts in running.values():
                for part in parts:
                    ray.cancel(part)


@contextmanager
def ray_engine(address: str = LOCAL, workers: int | None = None) -> Iterator[RayEngine]:
    """Start Ray on this machine, or join the cluster at an address, until the end of the block.

    Never joins what it was not told of: Ray itself would take any cluster that it finds. No dashboard, no
    usage statistics. Raises `RayUnusable`, also where Ray is not installed.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "120")  # a busy machine took more than Ray's own
    try:
        ray = importlib.import_module("ray")
    except ImportError:
        raise RayUnusable("expected Ray for --engine ray: pip install softstep[ray]") from None
    here: dict[str, Any] = {}
    if address == LOCAL:
        here = {"include_dashboard": False, "num_cpus": workers}
        os.environ.setdefault("RAY_AUTH_MODE", "token")  # its default, but then it says so at length
    else:
        _refuse_address(address)
    try:
        # Workers import from where the driver stands: our own package, whatever lies in the user's folder.
        with chdir(_PACKAGES):
            ray.init(
                address=address,
                configure_logging=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                runtime_env={"env_vars": ONE_THREAD},
                **here,
            )
    except Exception as error:  # Ray raises that itself where a machine is too slow for it
        raise RayUnusable(f"expected a Ray cluster at {address}: {_first_line(error)}") from None
    try:
        yield RayEngine(ray, workers)
    finally:
        ray.shutdown()


def _refuse_address(address: str) -> None:
    """Raise `RayUnusable` where nobody listens: Ray itself tries for minutes, a line for every try."""
    host, _, port = address.rpartition(":")
    if address == "auto":
        return
    if not host or not port.isdecimal() or "/" in host:
        raise RayUnusable("expected --address HOST:PORT, of the cluster's head, or auto")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()
    except (OSError, OverflowError):
        raise RayUnusable(f"expected a Ray cluster at {address}, and nobody listens there") from None


def _result(function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a function returns, or the fault that it raises: Ray would wrap it in its own."""
    try:
        return function(*arguments)
    except Fault as fault:
        return fault


def _is_loss(ray: Any, error: BaseException | None) -> bool:
    """Tell whether a worker, a machine or what it kept was lost, for this task or one that it needed."""
    found = ray.exceptions
    kinds = (found.WorkerCrashedError, found.NodeDiedError, found.ObjectLostError, found.OutOfMemoryError)
    while error is not None and not isinstance(error, kinds):
        error = getattr(error, "cause", None)
    return error is not None


def _unusable(ray: Any, error: Exception) -> RayUnusable:
    cause = getattr(error, "cause", None)
    if isinstance(cause, ImportError) or isinstance(error, ray.exceptions.RuntimeEnvSetupError):
        return RayUnusable(f"expected softstep[batch] on every machine of the cluster: {_first_line(error)}")
    return RayUnusable(f"expected a Ray cluster that does its tasks: {_first_line(cause or error)}")


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
