"""Extended precision for one thread at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from threading import RLock

import mpmath as mp

# mpmath keeps its working precision and its cached constants (ln 2, π) in globals: two threads at once would
# compute with each other's precision, or leave a short constant under a long one's name for good.
_ALONE = RLock()


@contextmanager
def extended_precision(bits: int) -> Iterator[None]:
    """Let mpmath work with `bits` bits inside, and no other thread use it through here meanwhile."""
    with _ALONE, mp.workprec(bits):
        yield


def as_mpf(number: Fraction) -> mp.mpf:
    """Return a rational number to the working precision, by one division."""
    return mp.mpf(number.numerator) / number.denominator
