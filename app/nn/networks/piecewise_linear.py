"""Piecewise linear functions of one number, of any depth, by their breakpoints in ℚ."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .atoms import Pieces
from .exact_map import ExactMap, dot
from .normal_form import NormalForm

MOST_NUMBERS = 60_000
"""So many rational numbers, units times pieces, may a layer come to: some 0.3 s."""

_Line = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True, eq=False)
class Polyline:
    """Several functions of one number that are lines between common `edges`.

    `lines` holds for each interval every function's (slope, intercept), `values` for each edge the values.
    """

    edges: tuple[Fraction, ...]
    lines: tuple[tuple[_Line, ...], ...]
    values: tuple[tuple[Fraction, ...], ...]


def polyline(form: NormalForm) -> Polyline | None:
    """Return a network of one input, of piecewise linear activations; None if it has too many pieces.

    Each unit is a line between two neighbouring edges, so behind an activation it has a further edge where
    that line crosses one of the activation's; at the edges themselves the activation's own values count.
    """
    if form.inputs != 1 or form.softmax or any(stage.atom.pieces is None for stage in form.stages):
        return None
    function = Polyline((), (((Fraction(1), Fraction(0)),),), ())
    for stage in form.stages:
        assert stage.atom.pieces
        function = _mapped(stage.map, function)
        edges = _crossings(function, stage.atom.pieces)
        if edges is None:
            return None
        function = _activated(stage.atom.pieces, refined(function, edges))
        if len(function.edges) * stage.map.outputs > MOST_NUMBERS:
            return None
    return _mapped(form.last, function)


def difference(first: Polyline, second: Polyline) -> Fraction | None:
    """Return some t at which the two differ, None if they are one function."""
    edges = sorted({*first.edges, *second.edges})
    one, other = refined(first, edges), refined(second, edges)
    for edge, mine, theirs in zip(edges, one.values, other.values, strict=True):
        if mine != theirs:
            return edge
    for index, (mine_lines, other_lines) in enumerate(zip(one.lines, other.lines, strict=True)):
        if mine_lines != other_lines:
            return _inside(edges, index, mine_lines, other_lines)
    return None


def _inside(
    edges: Sequence[Fraction], index: int, mine: Sequence[_Line], theirs: Sequence[_Line]
) -> Fraction:
    """Return a t of the interval of that index at which two different rows of lines differ."""
    low = edges[index - 1] if index else None
    high = edges[index] if index < len(edges) else None
    if low is None and high is None:
        candidates = [Fraction(0), Fraction(1)]
    elif low is None or high is None:
        end, step = (high, -1) if low is None else (low, 1)
        assert end is not None
        candidates = [end + step, end + 2 * step]
    else:
        candidates = [(2 * low + high) / 3, (low + 2 * high) / 3]
    return next(
        t
        for t in candidates
        if any(a * t + b != c * t + d for (a, b), (c, d) in zip(mine, theirs, strict=True))
    )


def _mapped(rows: ExactMap, function: Polyline) -> Polyline:
    """Return W·f + b."""

    def mapped(numbers: Sequence[Fraction], *, constant: bool) -> list[Fraction]:
        sums = [rows.unit * s for s in dot(rows.numbers, numbers)]
        return [s + b for s, b in zip(sums, rows.bias, strict=True)] if constant else sums

    lines = tuple(
        tuple(
            zip(
                mapped([a for a, _ in units], constant=False),
                mapped([b for _, b in units], constant=True),
                strict=True,
            )
        )
        for units in function.lines
    )
    return Polyline(
        function.edges, lines, tuple(tuple(mapped(values, constant=True)) for values in function.values)
    )


def _crossings(function: Polyline, pieces: Pieces) -> list[Fraction] | None:
    """Return all edges, sorted: the old ones, and where a unit's line crosses an edge of the activation."""
    edges = set(function.edges)
    for index, units in enumerate(function.lines):
        low = function.edges[index - 1] if index else None
        high = function.edges[index] if index < len(function.edges) else None
        for slope, intercept in units:
            for edge in pieces.edges if slope else ():
                t = (edge - intercept) / slope
                if (low is None or t > low) and (high is None or t < high):
                    edges.add(t)
        if len(edges) * len(units) > MOST_NUMBERS:
            return None
    return sorted(edges)


def refined(function: Polyline, edges: Sequence[Fraction]) -> Polyline:
    """Return the same function with these edges, which its own are among."""
    lines, values = [function.lines[0]], []
    for edge in edges:
        place = bisect_left(function.edges, edge)
        if place < len(function.edges) and function.edges[place] == edge:
            values.append(function.values[place])
            lines.append(function.lines[place + 1])
        else:
            values.append(tuple(a * edge + b for a, b in function.lines[place]))
            lines.append(function.lines[place])
    return Polyline(tuple(edges), tuple(lines), tuple(values))


def _activated(pieces: Pieces, function: Polyline) -> Polyline:
    """Return the activation of a function none of whose lines crosses an edge of it within an interval."""
    edges = function.edges
    lines = []
    for index, units in enumerate(function.lines):
        inside = _some_point(edges, index)
        lines.append(tuple(_line_behind(pieces, line, inside) for line in units))
    values = tuple(tuple(pieces.at(value) for value in one) for one in function.values)
    return Polyline(edges, tuple(lines), values)


def _some_point(edges: Sequence[Fraction], index: int) -> Fraction:
    if not edges:
        return Fraction(0)
    if index == 0:
        return edges[0] - 1
    return edges[-1] + 1 if index == len(edges) else (edges[index - 1] + edges[index]) / 2


def _line_behind(pieces: Pieces, line: _Line, inside: Fraction) -> _Line:
    slope, intercept = line
    z = slope * inside + intercept
    if not slope:
        return Fraction(0), pieces.at(z)
    outer, offset = pieces.line_at(z)
    return outer * slope, outer * intercept + offset
