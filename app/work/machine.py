"""What the machine may lack: descriptors, memory, room on a disk; told to the log and to the caller."""

import asyncio
import errno
import logging
import os
import signal
import threading
from typing import Any

from .errors import Busy

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]  # a module or nothing

_KEPT = 40
"""Descriptors that connections leave free: for the page's files, for pipes of a process that is replaced."""
_SECONDS = 5  # after which it may be asked again
_LACKS = {
    errno.EMFILE: ("no descriptor is free", "allow the process more (ulimit -n, LimitNOFILE)"),
    errno.ENFILE: ("no descriptor is free on this machine", "allow more (fs.file-max)"),
    errno.EAGAIN: ("no process can be started", "allow more of them (ulimit -u, pids.max)"),
    errno.ENOMEM: ("no memory is free", "allow the process more, or lower the limits of sizes"),
    errno.ENOSPC: ("no room is left in the temporary folder", "free some, or name another in TMPDIR"),
    errno.EDQUOT: ("no room is left in the temporary folder", "free some, or name another in TMPDIR"),
    errno.EFBIG: ("no room is left in the temporary folder", "free some, or name another in TMPDIR"),
    errno.EROFS: ("the temporary folder cannot be written", "name another in TMPDIR"),
}
_NO_THREAD = ("no thread can be started", "allow the process more threads or memory (ulimit -u, pids.max)")
_USUAL = {
    "SIGBUS": " (as a rule no room is left in the temporary folder)",
    "SIGKILL": " (as a rule the memory that the machine or its container allows was exceeded)",
}

log = logging.getLogger("softstep")


def ending(exit_code: int) -> str:
    """Return what ended a process, and what usually does where that was a signal."""
    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = f"signal {-exit_code}"
    return name + _USUAL.get(name, "")


def connections_allowed(most: int) -> int:
    """Return how many connections there is room for, at most `most`; raise the process's own limit for it."""
    if resource is None:
        return most
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + _KEPT + len(os.listdir("/dev/fd"))
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return most
    allowed = max(most - (wanted - soft), 1)
    log.warning(
        "room for %d connections, not %d: the process may have %d descriptors (ulimit -n, LimitNOFILE)",
        allowed,
        most,
        soft,
    )
    return allowed


def lack(failure: BaseException) -> Busy | None:
    """Return what to answer where the machine lacks something, and say so in the log; else None."""
    lacking = lacked(failure)
    if lacking is None:
        return None
    what, way_out = lacking
    log.error("a request was turned away: %s; %s", what, way_out)
    return Busy(f"the machine that serves this lacks something: {what}", seconds=_SECONDS)


def lacked(failure: BaseException) -> tuple[str, str] | None:
    """Return what the machine lacks, as a failure tells, and the way out of it; else None."""
    if isinstance(failure, RuntimeError) and "start new thread" in str(failure):
        return _NO_THREAD
    code = errno.ENOMEM if isinstance(failure, MemoryError) else getattr(failure, "errno", None)
    return _LACKS.get(code or 0) if isinstance(failure, OSError | MemoryError) else None


def tell_of_thread(ended: threading.ExceptHookArgs) -> None:
    """Say in the log why a thread ended that should not have; Python would write it beside the log."""
    lacking = None if ended.exc_value is None else lacked(ended.exc_value)
    if lacking is not None:
        log.error("a thread ended: %s; %s", *lacking)
    else:
        log.error("a thread ended", exc_info=ended.exc_value)


def tell_of_loop(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say in the log what the event loop had no memory for, as to read from a connection, which it closes."""
    failure = context.get("exception")
    lacking = lacked(failure) if isinstance(failure, MemoryError) else None
    if lacking is not None:
        log.error("a connection was given up: %s; %s", *lacking)
    else:
        loop.default_exception_handler(context)
