"""The most memory that this process has held, for tests in a process of their own."""

import sys
from pathlib import Path

import psutil


def own_peak() -> int:
    """Return it in bytes."""
    if sys.platform == "linux":  # where ru_maxrss counts what the parent held, too
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes, on macOS
