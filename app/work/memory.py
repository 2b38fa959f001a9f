"""When the process gives memory back, and what it need not look for."""

import ctypes
import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager

# From glibc's malloc.h.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3

# Blocks from here on go back to the system as soon as they are free. Left alone, glibc raises this to 32 MiB
# after the first large block, and from then on bodies and arrays lie in a heap that keeps their holes: after
# five bodies of 20 MB a process held twice what one had taken.
_LARGE = 1 << 20  # bytes

# So much free memory at a heap's end stays for the next request. Naming the threshold above ends glibc's own
# choice of this one too, at 128 KiB: the temporaries of every 16,384 numbers then went back to the system and
# were faulted in again, 53,000 page faults and half the time of gelu on 10⁶ numbers. Those of the function
# that needs most of them come to 4 MiB.
_KEPT = 8 << 20

log = logging.getLogger("softstep")


def set_allocator_thresholds() -> bool:
    """Have large blocks go back to the system at once, and a heap's small ones stay for the next request.

    Return whether the allocator took both; others than glibc's are left as they are.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        log.info("the allocator is not glibc's: it decides itself when memory goes back")
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _LARGE)) and bool(mallopt(_M_TRIM_THRESHOLD, _KEPT))


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Import modules without the garbage collector: all that they make stays, so it finds nothing among it.

    Of the 1.9 s that the service's own take it spent 0.3.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def spare_the_collector() -> None:
    """Leave all that is there out of the garbage collector's rounds: it stays as long as the process.

    A request of many small objects sets a full round off, which looks at every object of the process while
    nothing else runs: of the service's own 180,000 it took 76 ms, and 256 kB of brackets took 90 ms for 14.
    """
    gc.collect()
    gc.freeze()
