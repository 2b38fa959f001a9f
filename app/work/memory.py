"""How the process gives memory back."""

import ctypes
import logging

_M_MMAP_THRESHOLD = -3  # from glibc's malloc.h
_LARGE = 1 << 20  # bytes

log = logging.getLogger("softstep")


def return_large_blocks() -> bool:
    """Have every block of a mebibyte or more returned to the system as soon as it is free.

    Left alone, glibc raises that threshold to 32 MiB after the first large block, and from then on bodies
    and arrays lie in a heap that keeps their holes: after five bodies of 20 MB a process held twice what one
    had taken. Return whether the allocator took it; others than glibc's are left as they are.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE))
    except (OSError, AttributeError):
        log.info("the allocator is not glibc's: it decides itself when memory goes back")
        return False
