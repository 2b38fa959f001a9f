"""Text: its font, its width, and what of it can be drawn."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import matplotlib
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.textpath import text_to_path

TITLE, LABEL, NOTE = 15.0, 13.0, 12.0
"""Sizes in CSS pixels: titles; names of curves and axes; numbers at ticks and beside things."""

_FONTS = Path(matplotlib.get_data_path(), "fonts", "ttf")
# The files that come with matplotlib, not whatever the system calls DejaVu Sans: the same on every machine.
_FILES = {False: _FONTS / "DejaVuSans.ttf", True: _FONTS / "DejaVuSans-Bold.ttf"}
_KNOWN = {bold: frozenset(FT2Font(str(file)).get_charmap()) for bold, file in _FILES.items()}

_UNKNOWN = "□"


@lru_cache(maxsize=64)
def font(size: float, bold: bool = False) -> FontProperties:
    """Return the font at a size in points. Do not change it: it is shared."""
    return FontProperties(fname=_FILES[bold], size=size)


def letters_without_glyph(text: str) -> str:
    """Return the letters of `text` that PNG and PDF cannot show, each once."""
    known = _KNOWN[False] & _KNOWN[True]
    return "".join(dict.fromkeys(one for one in text if ord(one) not in known))


@lru_cache(maxsize=4096)
def drawable(text: str, bold: bool = False) -> str:
    """Return `text` with □ for every character that the font has no glyph for."""
    known = _KNOWN[bold]
    return text if all(ord(one) in known for one in text) else _replaced(text, known)


def _replaced(text: str, known: frozenset[int]) -> str:
    return "".join(one if ord(one) in known else _UNKNOWN for one in text)


@lru_cache(maxsize=4096)
def width(text: str, size: float, bold: bool = False) -> float:
    """Return how wide `text` is, in CSS pixels."""
    if not text:
        return 0.0
    # Measured at a large size, so that hinting has no say.
    measured, _, _ = text_to_path.get_text_width_height_descent(
        drawable(text, bold), font(100.0, bold), False
    )
    return float(measured) * size / 100.0


def fitted(text: str, size: float, room: float, bold: bool = False) -> str:
    """Return `text`, shortened with … where it is wider than `room`."""
    if width(text, size, bold) <= room:
        return text
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        if width(text[:middle].rstrip() + "…", size, bold) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"


def first_fitting(texts: Sequence[str], size: float, room: float, bold: bool = False) -> str:
    """Return the first of the texts that is not wider than `room`, else the last, shortened."""
    found = next((text for text in texts if width(text, size, bold) <= room), None)
    return fitted(texts[-1], size, room, bold) if found is None else found
