"""Finite numbers: the one refusal of NaN and infinities, at the first entry that is one."""

import numpy as np
import numpy.typing as npt

from .error_free import Floats
from .errors import NotFinite, Place


def refuse_non_finite(array: Floats, at: Place = ()) -> None:
    """Raise `NotFinite` at the first entry, in row-major order, that is NaN or ±∞."""
    finite = np.isfinite(array)
    if np.count_nonzero(finite) < finite.size:  # for a few numbers a third of the price of `all`
        raise NotFinite("expected a finite number", (*at, *first_true(~finite)))


def first_true(mask: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    """Return the index of the first true entry, in row-major order; there is one."""
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(mask)), mask.shape))
