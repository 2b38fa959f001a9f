"""Text: its size and its width."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from .faces import runs

TITLE, LABEL, NOTE = 15.0, 13.0, 12.0
"""Sizes in CSS pixels: titles; names of curves and axes; numbers at ticks and beside things."""


@lru_cache(maxsize=64)
def font(file: Path, size: float) -> FontProperties:
    """Return a font at a size in points. Do not change it: it is shared."""
    return FontProperties(fname=file, size=size)


@lru_cache(maxsize=4096)
def width(text: str, size: float, bold: bool = False) -> float:
    """Return how wide `text` is, in CSS pixels."""
    return sum(run_width(run.text, run.file, size) for run in runs(text, bold)) if text else 0.0


@lru_cache(maxsize=4096)
def run_width(text: str, file: Path, size: float) -> float:
    """Return how wide letters of one font are, in CSS pixels."""
    # Measured at a large size, so that hinting has no say.
    measured, _, _ = text_to_path.get_text_width_height_descent(text, font(file, 100.0), False)
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
