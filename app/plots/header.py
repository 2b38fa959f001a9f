"""The top of a picture: its title, and what each line stands for."""

from collections.abc import Sequence
from typing import NamedTuple

from app.plots.canvas import Canvas
from app.plots.lettering import LABEL, TITLE, fitted, width
from app.plots.marks import Dot, Mark, Words, line
from app.plots.palette import SOLID, Dash

_SAMPLE, _BESIDE, _BETWEEN, _ROW = 30.0, 8.0, 22.0, 21.0
MARGIN = 18.0


class Entry(NamedTuple):
    """A line of the legend."""

    label: str
    colour: str
    dash: Dash = SOLID
    width: float = 2.25
    ring: bool = False


class Header(NamedTuple):
    """The marks, and how far down they reach."""

    marks: list[Mark]
    bottom: float


def header(canvas: Canvas, title: str, entries: Sequence[Entry]) -> Header:
    """Return the title and the legend, in as many rows as the width needs, above everything else.

    There no curve can run through it, and its height depends on the words alone.
    """
    palette = canvas.palette
    room = canvas.width - 2 * MARGIN
    marks: list[Mark] = []
    y = 14.0
    if title:
        y += TITLE
        marks.append(Words(MARGIN, y, fitted(title, TITLE, room, bold=True), TITLE, palette.ink, bold=True))
        y += 6
    x = MARGIN
    if entries:
        y += LABEL
    for entry in entries:
        label = fitted(entry.label, LABEL, room - _SAMPLE - _BESIDE)
        wide = _SAMPLE + _BESIDE + width(label, LABEL)
        if x > MARGIN and x + wide > canvas.width - MARGIN:
            x, y = MARGIN, y + _ROW
        middle = y - 0.34 * LABEL
        if entry.ring:
            marks.append(Dot(x + _SAMPLE / 2, middle, 7.0, palette.neutral, entry.colour))
        else:
            marks.append(line(x, middle, x + _SAMPLE, middle, entry.colour, entry.width, entry.dash))
        marks.append(Words(x + _SAMPLE + _BESIDE, y, label, LABEL, palette.ink))
        x += wide + _BETWEEN
    return Header(marks, y + (16 if title or entries else 4))
