"""Arrays as text, for `print`."""

import numpy as np
import numpy.typing as npt


def named(name: str, array: npt.NDArray[np.generic]) -> str:
    """Return a name and a number beside it, or an array below it, large ones shortened."""
    if array.ndim == 0:
        return f"{name} {array:.6g}"
    return f"{name}\n  " + np.array2string(array, prefix="  ", threshold=60, edgeitems=3)
