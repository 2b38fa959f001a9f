"""Where a short note goes: beside what it names, and on nothing else."""

from collections.abc import Iterable, Sequence

import numpy as np

from ..nn.activations.record import Floats
from .canvas import Rectangle
from .lettering import NOTE, width
from .marks import Anchor, Words, stretches

_CLEAR = 5.0
_SPACING = 3.0  # pixels between the points that stand for a line


def label_box(words: Words) -> Rectangle:
    """Return the rectangle that a line of text covers."""
    wide = width(words.text, words.size, words.bold)
    left = words.x - {"start": 0.0, "middle": wide / 2, "end": wide}[words.anchor]
    return Rectangle(left, words.y - 0.78 * words.size, left + wide, words.y + 0.24 * words.size)


class FreeSpace:
    """The free space on a frame: what is drawn there already, and the notes placed so far."""

    def __init__(self, box: Rectangle, lines: Iterable[Floats]) -> None:
        self._box = box
        dense = [_dense(part) for points in lines for part in stretches(points)]
        self._ink = np.concatenate([*dense, np.empty((0, 2))])
        self._taken: list[Rectangle] = []

    def place(self, candidates: Sequence[Words]) -> Words | None:
        """Return the first of the candidates that covers nothing, else the least bad inside the box.

        None where every candidate reaches out of the box or lies on another note.
        """
        best: tuple[float, Words] | None = None
        for words in candidates:
            covered = self._covered(label_box(words))
            if covered == 0:
                best = (0.0, words)
                break
            if covered < np.inf and (best is None or covered < best[0]):
                best = (covered, words)
        if best is None:
            return None
        self._taken.append(label_box(best[1]))
        return best[1]

    def _covered(self, box: Rectangle) -> float:
        if (
            box.left < self._box.left
            or box.right > self._box.right
            or box.top < self._box.top
            or box.bottom > self._box.bottom
            or any(box.overlap(other) > 0 for other in self._taken)
        ):
            return np.inf
        x, y = self._ink[:, 0], self._ink[:, 1]
        inside = (
            (x > box.left - _CLEAR)
            & (x < box.right + _CLEAR)
            & (y > box.top - _CLEAR)
            & (y < box.bottom + _CLEAR)
        )
        return float(np.count_nonzero(inside))


def along(text: str, points: Floats, colour: str, shares: Iterable[float]) -> list[Words]:
    """Return candidates for naming a straight line from points[0] to points[1]: on either side of it.

    `shares` are the places along it, the best first.
    """
    wide = width(text, NOTE)
    (x1, y1), (x2, y2) = points
    length = max(float(np.hypot(x2 - x1, y2 - y1)), 1e-9)
    across, up = abs(x2 - x1) / length, abs(y2 - y1) / length
    # How far the middle of the text must be from the line for its box, margins included, to be clear of it.
    off = ((wide + 2 * _CLEAR) * up + (NOTE + 2 * _CLEAR) * across) / 2 + 1.5
    normal = np.array([-(y2 - y1), x2 - x1]) / length
    candidates = []
    for share in shares:
        for side in (1, -1):
            x, y = np.array([x1 + share * (x2 - x1), y1 + share * (y2 - y1)]) + side * off * normal
            candidates.append(Words(float(x), float(y) + 0.34 * NOTE, text, NOTE, colour, "middle"))
    return candidates


def around(text: str, x: float, y: float, colour: str, clear: float = 10.0) -> list[Words]:
    """Return candidates for naming a point: right and left of it, higher and lower there, over and under."""
    sides: tuple[tuple[float, Anchor], ...] = ((clear, "start"), (-clear, "end"))
    beside = [0.0, *(down for step in range(1, 8) for down in (-14.0 * step, 14.0 * step))]
    return [
        *(
            Words(x + across, y + down + 0.34 * NOTE, text, NOTE, colour, anchor)
            for down in beside
            for across, anchor in sides
        ),
        *(
            Words(x, y + down, text, NOTE, colour, "middle")
            for step in range(8)
            for down in (-2 * clear - 14.0 * step, 2 * clear + NOTE + 14.0 * step)
        ),
    ]


def _dense(points: Floats) -> Floats:
    """Return points at most `_SPACING` apart along a polyline, those far outside any picture left out."""
    bounded = np.clip(points, -5000, 5000)
    steps = np.hypot(*np.diff(bounded, axis=0).T)
    parts = np.maximum(1, np.ceil(steps / _SPACING)).astype(np.intp)
    index = np.repeat(np.arange(len(parts)), parts)
    within = np.arange(len(index)) - np.repeat(np.cumsum(parts) - parts, parts)
    share = (within / parts[index])[:, np.newaxis]
    return np.concatenate([bounded[index] * (1 - share) + bounded[index + 1] * share, bounded[-1:]])
