"""Units that are constant though their range, taken at once, does not tell so: by parts of an earlier range.

What units are together is less than what each is alone: 0.14·σ(h) − 0.11·σ(h/5) − … of one h. Where at most
three values are all that a layer sees of the inputs, their range is divided until each part tells.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple, Protocol

import numpy as np

from .atoms import ZERO, Atom, Pieces
from .exact_map import ExactMap
from .exact_ranges import End, ExactRanges, anything, flat_value, range_behind, reach

_MOST_VALUES = 3
_MOST_UNITS = 16
_MOST_PARTS = 64
_MOST_PRODUCTS = 64_000
"""Weights times parts: with both as many as may be, some 0.1 s."""


class RangeStage(Protocol):
    """Units g(W·h + b), as a stage of a normal form is."""

    @property
    def atom(self) -> Atom:
        """The function g."""

    @property
    def map(self) -> ExactMap:
        """What stands inside of it."""


class _Seen(NamedTuple):
    atom: Atom
    map: ExactMap


def constant_units(
    stages: Sequence[RangeStage], pieces: Pieces, rows: ExactMap, units: Sequence[int]
) -> dict[int, Fraction]:
    """Return which of the units pieces(rows(h)), h being what the stages make of the inputs, are constant."""
    if len(units) > _MOST_UNITS:
        return {}
    found = {}
    for unit in units:
        # Each by itself and by what it sees: whether it is found must not hang on units beside it.
        value = _constant(*_seen(stages, rows.rows([unit])), pieces)
        if value is not None:
            found[unit] = value
    return found


def _seen(stages: Sequence[RangeStage], row: ExactMap) -> tuple[list[_Seen], ExactMap]:
    """Return the stages with those units alone that a row sees, and the row."""
    kept: list[_Seen] = []
    behind = row
    last = None
    for stage in reversed(stages):
        columns = np.flatnonzero((behind.numbers != 0).any(axis=0)).tolist()
        pruned = behind.columns(columns)
        if kept:
            kept[-1] = _Seen(kept[-1].atom, pruned)
        else:
            last = pruned
        behind = stage.map.rows(columns)
        kept.append(_Seen(stage.atom, behind))
    columns = np.flatnonzero((behind.numbers != 0).any(axis=0)).tolist()
    if kept:
        kept[-1] = _Seen(kept[-1].atom, behind.columns(columns))
    return kept[::-1], row if last is None else last


def _constant(stages: Sequence[_Seen], row: ExactMap, pieces: Pieces) -> Fraction | None:
    """Return the one value of pieces(row(h)), h being what the stages make of any inputs, if it is one."""
    narrow = _narrowest(stages, stages[0].map.inputs) if stages else None
    if narrow is None:
        return None
    behind, whole = narrow
    products = 2 * (sum(stage.map.numbers.size for stage in behind) + row.numbers.size)
    left, found = {0}, dict[int, Fraction]()
    # Points first: a unit that is not constant seldom is so at five of them.
    for point in _points(whole):
        _judge(point, behind, pieces, row, left, found, is_point=True)
    parts = [(whole, 0)] if left else []
    for _ in range(min(_MOST_PARTS, _MOST_PRODUCTS // max(products, 1))):
        if not left or not parts:
            break
        part, depth = parts.pop()
        if not _judge(part, behind, pieces, row, left, found, is_point=False):
            _judge(next(_points(part)), behind, pieces, row, left, found, is_point=True)
            parts += [(half, depth + 1) for half in _halves(part, depth % len(part.low))]
    return found[0] if left and not parts else None


def _narrowest(stages: Sequence[_Seen], inputs: int) -> tuple[Sequence[_Seen], ExactRanges] | None:
    """Return the last place, with a stage behind it, where few values are, with these stages and ranges."""
    found = None
    before, width = anything(inputs), inputs
    for index, stage in enumerate(stages):
        if 0 < width <= _MOST_VALUES:
            found = stages[index:], before
        before, width = range_behind(stage.atom, stage.map, before), stage.map.outputs
    return found


def _judge(
    part: ExactRanges,
    behind: Sequence[_Seen],
    pieces: Pieces,
    rows: ExactMap,
    left: set[int],
    found: dict[int, Fraction],
    *,
    is_point: bool,
) -> bool:
    """Tell whether all units are constant on a part; forget those that are known to have two values."""
    ranges = part
    for stage in behind:
        ranges = range_behind(stage.atom, stage.map, ranges)
    low, high = reach(rows, ranges)
    told = True
    for unit in sorted(left):
        value = flat_value(pieces, low[unit], high[unit])
        if value is None and not is_point:
            told = False
        elif value is None or found.setdefault(unit, value) != value:
            left.discard(unit)
    return told


def _points(whole: ExactRanges) -> Iterator[ExactRanges]:
    for place in range(5):
        at = tuple(_inside(low, high, place) for low, high in zip(*whole, strict=True))
        yield ExactRanges(at, at)


def _inside(low: End, high: End, place: int) -> Fraction:
    """Return a number of a range: its middle, and others on both sides."""
    if low is not None and high is not None:
        return low + (high - low) * Fraction((4, 1, 7, 2, 6)[place], 8)
    if low is not None:
        return low + (1, ZERO, 100, 2, 10)[place]
    if high is not None:
        return high - (1, ZERO, 100, 2, 10)[place]
    return Fraction((0, -3, 3, -100, 100)[place])


def _halves(part: ExactRanges, side: int) -> list[ExactRanges]:
    """Return both halves of a part: in turn along each side, since the longest may matter least."""
    low, high = part.low[side], part.high[side]
    if low is not None and high is not None:
        middle = (low + high) / 2
    elif low is not None:
        middle = max(2 * low, low + 1)
    else:
        middle = ZERO if high is None else min(2 * high, high - 1)
    lower = tuple(middle if place == side else one for place, one in enumerate(part.high))
    upper = tuple(middle if place == side else one for place, one in enumerate(part.low))
    return [ExactRanges(part.low, lower), ExactRanges(upper, part.high)]
