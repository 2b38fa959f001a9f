"""How much of a processor a call takes, whatever else the machine does."""

import gc
import time
from collections.abc import Callable


def cpu_seconds(call: Callable[[], object], times: int = 3) -> float:
    """Return the least CPU seconds that this thread spends on a call, of so many calls.

    The garbage collector passes over what stood before: a walk over all that other tests left in this process
    takes longer (0.2 s) than what is measured.
    """
    gc.freeze()
    try:
        return min(_seconds(call) for _ in range(times))
    finally:
        gc.unfreeze()


def _seconds(call: Callable[[], object]) -> float:
    start = time.thread_time()
    call()
    return time.thread_time() - start
