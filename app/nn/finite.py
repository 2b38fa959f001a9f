"""Finite numbers: the one refusal of NaN and infinities, at the first entry that is one."""

import numpy as np
import numpy.typing as npt

from .error_free import Floats
from .errors import NotFinite, Place


def refuse_non_finite(array: Floats, at: Place = ()) -> None:
    """Raise `NotFinite` at the first entry, in row-major order, that is NaN or ±∞."""
    if not all_finite(array):
        raise NotFinite("expected a finite number", (*at, *first_true(~np.isfinite(array))))


def all_finite(array: Floats) -> bool:
    """Tell whether no entry is NaN or ±∞."""
    # The sum of squares takes one pass and no mask: half the time, of few numbers a third. It is infinite
    # for entries beyond 10¹⁵⁴ too, and they are looked at one by one.
    return float(np.vdot(array, array)) < np.inf or bool(np.isfinite(array).all())


def first_true(mask: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    """Return the index of the first true entry, in row-major order; there is one."""
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(mask)), mask.shape))
