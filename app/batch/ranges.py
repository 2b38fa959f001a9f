"""Which rows are done: ranges of their numbers."""

from collections.abc import Iterable

from ..nn.errors import InvalidValue
from .belonging import StatesDiffer
from .model import BLOCK_ROWS

Ranges = tuple[tuple[int, int], ...]
"""Rows from the first to before the second, in rising order, none next to or over another."""


def part_of(rows: int, part: tuple[int, int]) -> tuple[int, int]:
    """Return the rows of part i of n, from the first to before the second: whole blocks, none twice.

    Raises `InvalidValue`.
    """
    number, parts = part
    if not 1 <= number <= parts:
        raise InvalidValue("expected a part i/n with i from 1 to n, like 2/7")
    blocks = -(-rows // BLOCK_ROWS)
    first, last = ((blocks * one // parts) * BLOCK_ROWS for one in (number - 1, number))
    return first, min(last, rows)


def lacking(ranges: Ranges, start: int, stop: int) -> Ranges:
    """Return which rows from `start` to before `stop` are in none of the ranges."""
    found = []
    for first, last in (*ranges, (stop, stop)):
        if start < min(first, stop):
            found.append((start, min(first, stop)))
        start = max(start, last)
    return tuple(found)


def joined_ranges(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Return ranges in order, those next to each other as one. Raises `StatesDiffer` where two overlap."""
    found: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if found and start < found[-1][1]:
            raise StatesDiffer(f"expected every row once, got row {start} twice")
        if found and start == found[-1][1]:
            found[-1] = found[-1][0], stop
        else:
            found.append((start, stop))
    return tuple(found)


def rows_in(ranges: Ranges) -> int:
    """Return the number of rows."""
    return sum(stop - start for start, stop in ranges)
