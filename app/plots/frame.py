"""The size and the dress of a picture."""

from dataclasses import dataclass

from app.plots.palette import PALETTES, Palette, Theme

PIXELS_PER_INCH = 100
"""At scale 1; text sizes are points at this resolution."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Width and height in CSS pixels, `scale` device pixels for each, and the theme.

    The file has width·scale × height·scale pixels exactly.
    """

    width: int = 640
    height: int = 480
    scale: int = 1
    theme: Theme = "light"
    transparent: bool = False

    @property
    def palette(self) -> Palette:
        """The theme's colours."""
        return PALETTES[self.theme]

    @property
    def pixels(self) -> int:
        """How many pixels the file has."""
        return self.width * self.height * self.scale**2
