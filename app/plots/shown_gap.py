"""The gap between two activations as a window shows it: the area, and the place where it is largest."""

from typing import NamedTuple

import numpy as np

from ..nn.activations.gap import LargestGap, largest_gap
from ..nn.activations.record import Activation, Floats
from ..nn.words import short
from . import sampling
from .axes import Frame
from .marks import Area, Dot, Mark, line
from .palette import Palette
from .placement import FreeSpace, around
from .windows import reach


class ShownGap(NamedTuple):
    """The largest gap over all x where the window shows it, else the largest inside the window.

    `first` and `second` are the functions' values there; where the gap is not `attained`, beside a jump, the
    limits from that side on which it is approached.
    """

    overall: LargestGap
    value: float
    at: float
    attained: bool
    first: float
    second: float

    @property
    def whole(self) -> bool:
        """Whether it is the largest of all."""
        return self.at == self.overall.at

    @property
    def place(self) -> str:
        """Where it is: "at x = 0", "near x = 0.5" where it is approached only."""
        return f"{'at' if self.attained else 'near'} x = {short(self.at)}"

    def marks(self, frame: Frame, room: FreeSpace, palette: Palette) -> list[Mark]:
        """Return a line from one function to the other, ends that are limits only open, and its length.

        Of a gap that a window of y cuts off, what is inside; nothing, if nothing is.
        """
        x = frame.x.at(self.at)
        ends = [frame.y.at(self.first), frame.y.at(self.second)]
        y1, y2 = (min(max(y, frame.box.top), frame.box.bottom) for y in ends)
        seen = [y for y in ends if frame.shows(y)]
        if y1 == y2 and not seen:
            return []
        fill = palette.ink if self.attained else palette.paper
        marks: list[Mark] = [
            line(x, y1, x, y2, palette.ink, 1.75),
            *(Dot(x, y, 3.0, fill, palette.ink) for y in seen),
        ]
        amount = short(self.value)
        text = f"largest gap {'' if self.whole else 'shown '}{amount} {self.place}"
        # In small pictures the number alone may fit where the words do not.
        for words in (text, f"gap {amount}"):
            placed = room.place(around(words, x, (y1 + y2) / 2, palette.ink))
            if placed:
                return [*marks, placed]
        return marks


def shown_gap(first: Activation, second: Activation, low: float, high: float) -> ShownGap:
    """Return the largest gap between two activations that the window [low, high] shows."""
    gap = largest_gap(first, second)
    if low <= gap.at <= high:
        places = np.array([gap.at])
        if not gap.attained:
            places = np.nextafter(gap.at, [-np.inf, np.inf])
            places = places[(low <= places) & (places <= high)]
        value, at, attained = gap.value, gap.at, gap.attained
    else:
        places = _between(first, second, low, high)
        value, at, attained = np.nan, np.nan, True
    ones, others = first.evaluate(places), second.evaluate(places)
    gaps = np.abs(ones - others)
    best = int(gaps.argmax())
    if np.isnan(at):
        value, at = float(gaps[best]), float(places[best])
        for jump in (jump.at for one in (first, second) for jump in one.jumps):
            if at in (np.nextafter(jump, -np.inf), np.nextafter(jump, np.inf)):
                at, attained = jump, False
    return ShownGap(gap, value, at, attained, float(ones[best]), float(others[best]))


def area(
    first: Activation,
    second: Activation,
    frame: Frame,
    palette: Palette,
    shown: tuple[float, float] | None = None,
) -> Area:
    """Return what lies between two activations in a frame, finest in `shown`, a window of y."""
    x = _between(first, second, frame.low, frame.high, shown)
    one, other = frame.polyline(x, first.evaluate(x)), frame.polyline(x, second.evaluate(x))
    return Area(np.concatenate([one, other[::-1]]), palette.curves[2], 0.18, clip=frame.box)


def _between(
    first: Activation,
    second: Activation,
    low: float,
    high: float,
    shown: tuple[float, float] | None = None,
) -> Floats:
    """Return points dense enough for both functions, both sides of every jump included."""
    jumps = [jump.at for one in (first, second) for jump in one.jumps if low < jump.at < high]
    parts = [
        sampling.trace(
            one.evaluate,
            low,
            high,
            [*one.kinks, *jumps, *sampling.bend(*reach(one), low, high)],
            shown=shown,
        ).x
        for one in (first, second)
    ]
    return np.unique([*parts[0], *parts[1], *np.nextafter(jumps, -np.inf), *np.nextafter(jumps, np.inf)])
