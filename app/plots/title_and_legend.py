"""The top of a picture: its title, and what each line stands for."""

from collections.abc import Sequence
from itertools import accumulate, cycle
from typing import NamedTuple

from .canvas import Canvas
from .lettering import LABEL, TITLE, fitted, width
from .marks import Dot, Mark, Words, line
from .palette import SOLID, Dash

MARGIN = 18.0
_MOST = 0.5  # of the height; the rest is for the picture


class _Style(NamedTuple):
    """The size of the legend's letters, and its lengths in CSS pixels."""

    size: float
    sample: float
    beside: float
    between: float
    row: float


_ROOMY = _Style(LABEL, 30.0, 8.0, 22.0, 21.0)
_TIGHT = _Style(11.0, 22.0, 6.0, 14.0, 16.0)


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


class _Place(NamedTuple):
    """Where an entry, or the words for those that have no room, begins: pixels across, and its row."""

    entry: Entry | None
    label: str
    x: float
    row: int


def header(canvas: Canvas, title: str, entries: Sequence[Entry]) -> Header:
    """Return the title and the legend, in as many rows as the width needs, above everything else.

    There no curve can run through it, and its height depends on the words alone. Where it would take more
    than half of the height, or cut a label, its letters are smaller; entries that have no room even then are
    counted: "and 3 more".
    """
    palette = canvas.palette
    room = canvas.width - 2 * MARGIN
    marks: list[Mark] = []
    y = 14.0
    if title:
        y += TITLE
        marks.append(Words(MARGIN, y, fitted(title, TITLE, room, bold=True), TITLE, palette.ink, bold=True))
        y += 6
    if not entries:
        return Header(marks, y + (16 if title else 4))
    y += LABEL
    style, places = _layout(entries, room, _MOST * canvas.height - y - 16)
    for entry, label, x, row in places:
        baseline = y + row * style.row
        if entry is None:
            marks.append(Words(x, baseline, label, style.size, palette.muted))
            continue
        middle = baseline - 0.34 * style.size
        before = _before(entry, style)
        if entry.ring:
            marks.append(Dot(x + style.sample / 2, middle, 7.0, palette.neutral, entry.colour))
        else:
            end = x + _sample(entry, style)
            marks.append(line(x, middle, end, middle, entry.colour, entry.width, entry.dash))
        marks.append(Words(x + before, baseline, label, style.size, palette.ink))
    return Header(marks, y + places[-1].row * style.row + 16)


def _layout(entries: Sequence[Entry], room: float, height: float) -> tuple[_Style, list[_Place]]:
    """Return the style, and the places of as many entries as fit in rows `height` below the first."""
    for style in (_ROOMY, _TIGHT):
        places = _rows(entries, style, room)
        whole = all(one.entry and one.label == one.entry.label for one in places)
        if whole and places[-1].row * style.row <= height:
            return style, places
    last = max(0, int(height // style.row))
    shown = [one for one in places if one.row <= last]
    while len(shown) < len(places):
        text = f"and {len(places) - len(shown)} more"
        x = MARGIN
        if shown and shown[-1].row == last:
            x = shown[-1].x + _wide(shown[-1], style) + style.between
        if x + width(text, style.size) <= MARGIN + room or not shown:
            return style, [*shown, _Place(None, text, x, last)]
        shown.pop()
    return style, places


def _rows(entries: Sequence[Entry], style: _Style, room: float) -> list[_Place]:
    x, row = MARGIN, 0
    places = []
    for entry in entries:
        place = _Place(entry, fitted(entry.label, style.size, room - _before(entry, style)), x, row)
        wide = _wide(place, style)
        if x > MARGIN and x + wide > MARGIN + room:
            x, row = MARGIN, row + 1
        places.append(place._replace(x=x, row=row))
        x += wide + style.between
    return places


def _wide(place: _Place, style: _Style) -> float:
    before = _before(place.entry, style) if place.entry else 0.0
    return before + width(place.label, style.size)


def _before(entry: Entry, style: _Style) -> float:
    """Return how far an entry's label begins after its line."""
    return max(style.sample, _sample(entry, style)) + style.beside


def _sample(entry: Entry, style: _Style) -> float:
    """Return how long a line shows the dash: it ends with ink, or a dash's rest would look like a dot."""
    if not entry.dash or entry.ring:
        return style.sample
    ends = accumulate(length * entry.width for length in cycle(entry.dash))
    return next(end for index, end in enumerate(ends) if index % 2 == 0 and end >= 0.8 * style.sample)
