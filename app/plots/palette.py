"""The colours and dashes of every picture, which the page shares.

Colours differ in lightness and hue so that they stay apart for colour-blind eyes (after Okabe and Ito 2008,
darkened or lightened until each line has a contrast of at least 4.5:1 with its background); dashes tell the
curves apart without any colour.
"""

from dataclasses import dataclass
from typing import Literal

Theme = Literal["light", "dark"]
Dash = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme, as #rrggbb.

    `diverging` are the colours of −1, 0 and 1 on a heat map.
    """

    background: str
    text: str
    quiet: str
    grid: str
    curves: tuple[str, ...]
    diverging: tuple[str, str, str]


PALETTES: dict[Theme, Palette] = {
    "light": Palette(
        background="#ffffff",
        text="#1b1f24",
        quiet="#57606a",
        grid="#dfe3e8",
        curves=("#0a5fa8", "#b8410b", "#00734f", "#8a3a8f", "#7a5a00", "#1f7280", "#4a5360", "#b01f63"),
        diverging=("#0a5fa8", "#f4f5f7", "#b8410b"),
    ),
    "dark": Palette(
        background="#14171c",
        text="#e8eaee",
        quiet="#a3acb8",
        grid="#2d333c",
        curves=("#6cb4f5", "#ff9d63", "#4fd1a5", "#d7a2e6", "#e2c254", "#67d4e6", "#b7bfca", "#ff93b9"),
        diverging=("#6cb4f5", "#20242b", "#ff9d63"),
    ),
}

DASHES: tuple[Dash, ...] = (
    (),
    (7.0, 2.5),
    (2.0, 2.0),
    (7.0, 2.0, 1.5, 2.0),
    (11.0, 3.0),
    (4.0, 1.5, 1.5, 1.5, 1.5, 1.5),
    (1.0, 1.5),
    (11.0, 2.0, 3.0, 2.0),
)
"""One for each curve, in units of the line's width; () is a whole line."""

ASYMPTOTE_DASH: Dash = (5.0, 4.0)
