"""Numbers → colours, between the stops of a palette."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from matplotlib.colors import LinearSegmentedColormap, to_hex

from ..nn.activations.record import Floats
from .palette import contrast

_SHADES = 4096  # of a scale: two beside each other differ by one of 256 steps at most


@lru_cache(maxsize=16)
def scale_of(stops: tuple[str, ...]) -> LinearSegmentedColormap:
    """Return the colours between equally spaced stops, #rrggbb."""
    return LinearSegmentedColormap.from_list("", stops, _SHADES)


def coloured(stops: Sequence[str], shares: Floats) -> npt.NDArray[np.uint8]:
    """Return opaque colours (…, 4) for shares from 0 to 1; those outside get the colour of the end."""
    colours: npt.NDArray[np.uint8] = scale_of(tuple(stops))(shares, bytes=True)
    return colours


def colour_name(stops: Sequence[str], share: float) -> str:
    """Return one colour as #rrggbb."""
    return to_hex(scale_of(tuple(stops))(share))


def readable(background: str, *inks: str) -> str:
    """Return the ink with the highest contrast on a background."""
    return max(inks, key=lambda ink: contrast(ink, background))
