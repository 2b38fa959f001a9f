"""Numbers → colours, between the stops of a palette."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ..nn.activations.record import Floats
from .palette import contrast, rgb


class Scale:
    """Colours between equally spaced stops, for shares from 0 to 1."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = np.array([rgb(stop) for stop in stops], dtype=np.float64)

    def __call__(self, shares: Floats) -> npt.NDArray[np.uint8]:
        """Return opaque colours of shape (…, 4); shares outside [0, 1] get the colour of the end."""
        places = np.linspace(0.0, 1.0, len(self._stops))
        channels = [np.interp(shares, places, self._stops[:, channel]) for channel in range(3)]
        opaque = np.full(np.shape(shares), 255.0)
        colours: npt.NDArray[np.uint8] = np.rint(np.stack([*channels, opaque], axis=-1)).astype(np.uint8)
        return colours

    def name(self, share: float) -> str:
        """Return one colour as #rrggbb."""
        red, green, blue, _ = self(np.array(share))
        return f"#{red:02x}{green:02x}{blue:02x}"


@lru_cache(maxsize=16)
def scale_of(stops: tuple[str, ...]) -> Scale:
    """Return the scale between these stops."""
    return Scale(stops)


def readable(background: str, *inks: str) -> str:
    """Return the ink with the highest contrast on a background."""
    return max(inks, key=lambda ink: contrast(ink, background))
