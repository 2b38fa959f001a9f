"""Numbers → colours, between the stops of a palette."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from matplotlib.colors import LinearSegmentedColormap, to_hex

from ..nn.activations.record import Floats
from .axis import Axis
from .palette import Palette, contrast

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


@dataclass(frozen=True, slots=True)
class ColourScale:
    """Which colour each value from `low` to `high` has.

    Where both signs occur, two colours that meet at 0 tell the sign, and equal sizes are equally deep; else
    one runs from the smallest value to the largest. Of one value alone it is the middle of that.
    """

    low: float
    high: float
    palette: Palette

    @property
    def has_both_signs(self) -> bool:
        """Whether 0 lies between the ends."""
        return self.low < 0 < self.high

    @property
    def stops(self) -> tuple[str, ...]:
        """The colours between which all others lie."""
        palette = self.palette
        return (
            (palette.negative, palette.neutral, palette.positive) if self.has_both_signs else palette.sequence
        )

    def of_values(self, values: Floats) -> npt.NDArray[np.uint8]:
        """Return opaque colours (…, 4) of values (…)."""
        return coloured(self.stops, self._shares(values))

    def of_share(self, share: float) -> str:
        """Return the colour, #rrggbb, of what lies at a share of the way from `low` to `high`."""
        value = np.array((1 - share) * self.low + share * self.high)
        return colour_name(self.stops, float(self._shares(value)))

    def _shares(self, values: Floats) -> Floats:
        if self.has_both_signs:
            # Divided first: the largest double may be among them.
            shares: Floats = 0.5 + values / max(-self.low, self.high) / 2
            return shares
        if self.low == self.high:
            return np.full(values.shape, 0.5)
        return Axis(self.low, self.high, 0.0, 1.0).share(values)
