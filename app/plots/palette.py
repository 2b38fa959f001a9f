"""The colours and dashes of every picture; the page's style sheet holds the same tokens.

The curves' colours were found by a search: hand-chosen hues (Okabe and Ito's blue and vermilion first) were
moved as little as possible until every one has a contrast of at least 4.5 : 1 with the paper (WCAG 2.2 AA
for text, which is more than the 3 : 1 asked of lines) and any two stay at least 12 apart in CIELAB, the
first four at least 20, for normal eyes and for protanopia, deuteranopia and tritanopia as simulated by
Machado, Oliveira and Fernandes (2009). The first two, of a network F and its rewriting G, differ 2 : 1 in
luminance too, so that they are told apart in grey. The dashes tell the curves apart without any colour.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Theme = Literal["light", "dark", "auto"]
"""`auto` is light, and in an SVG what the reader's system prefers."""

Dash = tuple[float, ...]
"""Lengths of ink and gap in turn, in units of the line's width; empty for a solid line."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme, each as #rrggbb.

    `ink` is for titles, `muted` for numbers and notes, `rule` for axes and asymptotes, `grid` for the
    decorative rest. `sequence` runs from small to large, `negative`, `neutral` and `positive` are the
    colours of signed numbers.
    """

    paper: str
    ink: str
    muted: str
    rule: str
    grid: str
    curves: tuple[str, ...]
    sequence: tuple[str, ...]
    negative: str
    neutral: str
    positive: str
    wrong: str


PALETTES: Mapping[str, Palette] = MappingProxyType(
    {
        "light": Palette(
            paper="#ffffff",
            ink="#1b1f24",
            muted="#525b66",
            rule="#7b8490",
            grid="#e4e7eb",
            curves=(
                "#0074d9",
                "#661900",
                "#016148",
                "#7a1f8f",
                "#684900",
                "#1e2643",
                "#d90070",
                "#66707c",
            ),
            sequence=("#f4f7fb", "#c3d9f0", "#7fb2e0", "#3a82c4", "#12508f", "#062b56"),
            negative="#c4500a",
            neutral="#f6f7f8",
            positive="#1374d9",
            wrong="#b3001b",
        ),
        "dark": Palette(
            paper="#14181d",
            ink="#eceff2",
            muted="#b0b8c1",
            rule="#7d8792",
            grid="#2a3038",
            curves=(
                "#86c3ff",
                "#c36d22",
                "#5cf2c0",
                "#c684b8",
                "#fff0a0",
                "#8f86ff",
                "#ff5f7b",
                "#b6bfc9",
            ),
            sequence=("#182330", "#1d3f63", "#2b659c", "#4d91d0", "#8fc0ee", "#dcebfa"),
            negative="#ff9d57",
            neutral="#20262d",
            positive="#69b4fd",
            wrong="#ff8a8a",
        ),
    }
)

SOLID: Dash = ()
DASHES: tuple[Dash, ...] = (
    SOLID,
    (4.5, 2.0),
    (1.2, 1.5),
    (6.0, 1.6, 1.2, 1.6),
    (9.0, 2.2),
    (3.0, 1.3, 1.0, 1.3, 1.0, 1.3),
    (2.2, 1.3),
    (9.0, 1.6, 3.0, 1.6),
)
MOST_CURVES = len(DASHES)
"""So many curves have a colour and a dash of their own."""
"""One for each colour of `curves`, in the same order."""

ASYMPTOTE: Dash = (4.0, 3.0)


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb, between 0 and 1 (WCAG 2.2)."""
    red, green, blue = (_linear(channel / 255) for channel in rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, between 1 and 21 (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def rgb(colour: str) -> tuple[int, int, int]:
    """Return the three channels of #rrggbb, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
