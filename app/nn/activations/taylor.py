"""Kernels by Taylor's polynomials around evenly spaced points, so near that few terms do.

With u from the nearest point c, F(c + u) = F(c) + c₁u + … + c₇u⁷. What follows F(c) is small beside it, so
little is lost by rounding there; F(c) itself is kept to more than 53 bits, and rounded once, at the end. Only
+ − × and tables: every CPU gives the same bits, and those of a number do not depend on the numbers beside it.

Method: P. T. P. Tang 1991, *Table-lookup algorithms for elementary functions and their error analysis*.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ..error_free import Floats, Pair, split
from ..exponential import TO_INTEGER
from .elementwise import Kernel

TERMS = 8

# What is looked up for so many numbers, nine each, stays in the second-level cache.
_PIECE = 8192

# Even powers, then odd ones, each half so again: one call of NumPy combines all terms with their neighbours.
_ORDER = (0, 4, 2, 6, 1, 5, 3, 7)

# v⁸ is this to 2⁻¹⁴, |v| ≤ ½: Chebyshev's T₈ taken from it, but for the constant, which must not change F(c).
_EIGHTH_POWER = {6: 1 / 2, 4: -5 / 64, 2: 1 / 256}

_VALUE, _SLOPE = 0, 1

# Those that hold the index in a sum with TO_INTEGER.
_LOWEST_BITS = np.array((1 << 32) - 1)


class Series(NamedTuple):
    """What is known of f(x) = x·F(x) around points: F and f′ there, and F's coefficients of u … u⁹."""

    factor: tuple[Floats, Floats]
    slope: tuple[Floats, Floats]
    coefficients: Sequence[Floats]


class Zero(NamedTuple):
    """Where f′ is 0, as a pair, and f″ there."""

    at: float
    at_low: float
    curvature: float


class TaylorKernels:
    """The kernels of f and f′, f(x) = x·F(x) with F > 0: by polynomials for F, since f is 0 at 0, and for f′.

    The points are the whole multiples of 1/per_unit, a power of two, from `low` to `high`; `series` tells of
    them. In the place of the two beside the `zero` of f′ stands the zero itself, so that no digit of f′
    cancels there. `tails` compute f and f′ below `low`; above `high` F and f′ are 1.
    """

    def __init__(
        self,
        low: float,
        high: float,
        per_unit: int,
        series: Callable[[Floats], Series],
        zero: Zero,
        tails: tuple[Kernel, Kernel],
    ) -> None:
        """Tabulate the polynomials."""
        self._low, self._high, self._per_unit = np.array(low), np.array(high), np.array(float(per_unit))
        self._to_index = np.array(TO_INTEGER - low * per_unit)
        points = np.arange(low * per_unit, high * per_unit + 1) / per_unit
        beside = np.abs(points - zero.at).argsort()[:2]
        points[beside] = zero.at
        self._points = points * per_unit
        factor, slope, of_factor = series(points)
        of_slope = [
            (k + 1) * (below + points * above) for k, (below, above) in enumerate(pairwise(of_factor), 1)
        ]
        of_slope[0][beside] = zero.curvature
        slope[0][beside], slope[1][beside] = -zero.at_low * zero.curvature, 0.0
        step = 1 / per_unit
        self._tables = _table(factor, of_factor[:TERMS], step), _table(slope, of_slope, step)
        self._tails = tails

    def value(self, x: Floats) -> Floats:
        """Return f(x)."""
        return self._computed(x, _VALUE)[0]

    def slope(self, x: Floats) -> Floats:
        """Return f′(x)."""
        return self._computed(x, _SLOPE)[0]

    def both(self, x: Floats) -> tuple[Floats, ...]:
        """Return f(x) and f′(x)."""
        return tuple(self._computed(x, _VALUE, _SLOPE))

    def _computed(self, x: Floats, *functions: int) -> list[Floats]:
        found = self._near(x, *functions)
        tail = x < self._low
        if np.count_nonzero(tail):
            far = x[tail]
            for function, one in zip(functions, found, strict=True):
                one[tail] = self._tails[function](far)
        if functions[0] == _VALUE:
            np.copysign(found[0], x, out=found[0])  # where it is 0, too
        return found

    def _near(self, x: Floats, *functions: int) -> list[Floats]:
        """Return what the polynomials give: beyond the ends F and f′ as they are there."""
        found = [np.empty(x.size) for _ in functions]
        rows = np.empty((1 + TERMS, min(x.size, _PIECE)))
        for start in range(0, x.size, _PIECE):
            piece = x[start : start + _PIECE]
            position = np.maximum(piece, self._low)
            np.minimum(position, self._high, out=position)
            position *= self._per_unit
            nearest = position + self._to_index
            index = nearest.view(np.int64) & _LOWEST_BITS
            u = np.subtract(position, self._points.take(index, out=nearest, mode="clip"), out=position)
            squared = u * u
            powers = u, squared, squared * squared
            row = rows[:, : piece.size]
            for function, one in zip(functions, found, strict=True):
                # No index is beyond the ends, but "raise" would have NumPy fill a copy of the row first.
                self._tables[function].take(index, axis=1, out=row, mode="clip")
                rest = _polynomial(row[1:], powers)
                target = one[start : start + _PIECE]
                if function == _VALUE:
                    _product(piece, row[0], rest, target)
                else:
                    np.add(row[0], rest, out=target)
        return found


def reciprocal(series: Sequence[Floats]) -> list[Floats]:
    """Return the coefficients of 1/s, in as many terms as s has, by dividing series."""
    inverses = [1.0 / series[0]]
    for k in range(1, len(series)):
        remainder = sum(series[j] * inverses[k - j] for j in range(1, k + 1))
        inverses.append(-remainder / series[0])
    return inverses


def _table(constant: Pair, coefficients: Sequence[Floats], step: float) -> Floats:
    """Return a row of constants cut to 26 bits, and one of each term's coefficients, for u in steps.

    The term of u⁰ is what the constant lacks.
    """
    high, low = split(constant[0])
    terms = [low + constant[1], *(step**k * one for k, one in enumerate(coefficients, 1))]
    for power, share in _EIGHTH_POWER.items():
        terms[power] = terms[power] + share * terms[TERMS]
    return np.array([high, *(terms[k] for k in _ORDER)])


def _polynomial(terms: Floats, powers: Sequence[Floats]) -> Floats:
    """Return Σ cₖuᵏ = (c₀ + c₁u + u²(c₂ + c₃u)) + u⁴(c₄ + c₅u + u²(c₆ + c₇u)), in place of the terms.

    The powers are u, u² and u⁴.
    """
    for power in powers:
        half = len(terms) // 2
        below, terms = terms[:half], terms[half:]
        terms *= power
        terms += below
    return terms.reshape(-1)


def _product(x: Floats, high: Floats, rest: Floats, target: Floats) -> None:
    """Make the target x·(high + rest), rounded once, for high of 26 bits and a rest small beside it."""
    upper, lower = split(x)
    upper *= high
    lower *= high
    rest *= x
    lower += rest
    np.add(upper, lower, out=target)
