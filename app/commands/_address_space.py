"""Whether a process has the address space that the service takes to start; says so where it has not."""

import sys

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]  # a module or nothing

NEEDED = 300_000_000
"""Bytes below which starting ends in the middle: 250 MB were aborted by OpenBLAS, 307 MB serve, with few
threads."""
_UNMAPPED = ("failed to map segment", "cannot allocate memory", "cannot create shared object")


def refuse_too_little() -> None:
    """End the process with a sentence where its address space is limited to less than starting takes.

    Libraries that lack it abort, or report something else, as a missing module.
    """
    allowed = _allowed()
    if allowed is not None and allowed < NEEDED:
        limited, needed = f"{allowed / 1e6:.0f} MB", f"{NEEDED / 1e6:.0f} MB"
        _end(f"its address space is limited to {limited}, and to start it takes {needed} at least")


def end_where_memory_lacks(failure: BaseException) -> None:
    """End the process with a sentence where it was memory that lacked while modules were loaded."""
    unmapped = isinstance(failure, ImportError) and any(one in str(failure) for one in _UNMAPPED)
    # CPython itself loses the exception here and there where memory ends: "error return without exception".
    lost = isinstance(failure, SystemError) and _allowed() is not None
    if isinstance(failure, MemoryError) or unmapped or lost:
        _end("no memory is free for it to start")


def _allowed() -> int | None:
    """Return to how many bytes the address space is limited, if it is."""
    if resource is None:
        return None
    allowed, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if allowed == resource.RLIM_INFINITY else allowed


def _end(why: str) -> None:
    print(f"softstep: the service did not start: {why}; allow it more (ulimit -v)", file=sys.stderr)
    raise SystemExit(1)
