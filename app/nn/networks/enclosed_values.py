"""Values of networks in normal form at extended precision, each with a bound on its own error."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import NamedTuple

import mpmath as mp
import numpy as np

from ..activations.record import Floats
from ..precision import as_mpf, extended_precision
from .atoms import Atom
from .exact_map import ExactMap, Integers, integers_of, nearest_float
from .extended import Enclosure
from .extended_activations import has_formula, steepness, value_of
from .normal_form import NormalForm

_SAFETY = mp.mpf(1) + mp.mpf(2) ** -30

_LARGEST = 2**14
"""Bits before the point that a value may have: exponentials of exponentials would fill all memory."""


@dataclass(frozen=True, slots=True, eq=False)
class ExactPoint:
    """A point of ℚᵈ: `numbers` (d,) in units of 2^`exponent`."""

    numbers: Integers
    exponent: int

    @classmethod
    def of(cls, x: Floats) -> "ExactPoint":
        """Return the point that floats are."""
        return cls(*integers_of(x))

    def midpoint(self, other: "ExactPoint") -> "ExactPoint":
        """Return the point half-way to another."""
        lowest = min(self.exponent, other.exponent)
        mine, theirs = (one.numbers * (1 << (one.exponent - lowest)) for one in (self, other))
        return ExactPoint(np.asarray(mine + theirs, dtype=object), lowest - 1)

    def floats(self) -> Floats:
        """Return the nearest floats."""
        scale = Fraction(2) ** self.exponent
        return np.array([nearest_float(scale * int(n)) for n in self.numbers.tolist()])


class _Values(NamedTuple):
    """Values within `radius` of `numbers`·2^`exponent`, (n,)."""

    numbers: Integers
    exponent: int
    radius: mp.mpf


def can_be_enclosed(form: NormalForm) -> bool:
    """Tell whether all of the form's atoms have a formula."""
    return all(has_formula(stage.atom) for stage in form.stages)


def enclosed(form: NormalForm, point: ExactPoint, bits: int) -> list[Enclosure]:
    """Return F(x) for each output, with values in between rounded to 2^−bits.

    w·h + β is summed exactly in integers; what h is off by goes on by |w| and the function's steepness. Where
    a jump is within reach its height counts.

    Raises `OverflowError` where a value in between, or its error, is beyond 2^16384.
    """
    with extended_precision(bits + 64):
        values = _Values(point.numbers, point.exponent, mp.mpf(0))
        for stage in form.stages:
            values = _behind(stage.atom, stage.map, values, bits)
        sums, radii = _sums(form.last, values)
        if form.softmax:
            sums, radii = _softmax(sums, max(radii), bits)
        return [Enclosure(value, radius, bits + 64) for value, radius in zip(sums, radii, strict=True)]


def preactivations(form: NormalForm, depth: int, point: ExactPoint, bits: int) -> list[Enclosure]:
    """Return the preactivations of the stage of that index. Raises `OverflowError` as `enclosed`."""
    return next(islice(stage_by_stage(form, point, bits), depth, None))


def stage_by_stage(form: NormalForm, point: ExactPoint, bits: int) -> Iterator[list[Enclosure]]:
    """Yield the preactivations of each stage in turn. Raises `OverflowError` as `enclosed`."""
    values = _Values(point.numbers, point.exponent, mp.mpf(0))
    for stage in form.stages:
        with extended_precision(bits + 64):
            sums, radii = _sums(stage.map, values)
        yield [Enclosure(value, radius, bits + 64) for value, radius in zip(sums, radii, strict=True)]
        with extended_precision(bits + 64):
            values = _behind(stage.atom, stage.map, values, bits)


def apart(first: Sequence[Enclosure], second: Sequence[Enclosure]) -> list[Enclosure]:
    """Return the differences of two values, output by output."""
    differences = []
    for one, other in zip(first, second, strict=True):
        bits = max(one.bits, other.bits)
        with extended_precision(bits):
            value = one.value - other.value
            radius = (one.radius + other.radius) * _SAFETY
            if radius or mp.mpf(one.value) != value + other.value:
                radius += abs(value) * mp.mpf(2) ** (2 - bits)
            differences.append(Enclosure(value, radius, bits))
    return differences


def _sums(rows: ExactMap, values: _Values) -> tuple[list[mp.mpf], list[mp.mpf]]:
    """Return W·h + b and what each is off by at most."""
    totals = (rows.numbers @ values.numbers).tolist() if rows.inputs else [0] * rows.outputs
    if not isinstance(totals, list):
        totals = [totals]
    unit = rows.unit * Fraction(2) ** values.exponent
    sums, radii = [], []
    reach = _row_sizes(rows) if values.radius else [0] * rows.outputs
    for total, bias, size in zip(totals, rows.bias, reach, strict=True):
        exact = unit * int(total) + bias
        value = as_mpf(exact)
        radius = mp.mpf(0)
        if mp.mpf(exact.numerator) != exact.numerator or exact.denominator & (exact.denominator - 1):
            radius = abs(value) * mp.mpf(2) ** (3 - mp.mp.prec)
        if size:
            scale = as_mpf(rows.unit)
            radius += mp.mpf(size) * scale * values.radius * _SAFETY
        sums.append(value)
        radii.append(radius)
    return sums, radii


def _row_sizes(rows: ExactMap) -> list[int]:
    return [int(size) for size in np.abs(rows.numbers).sum(axis=1).tolist()]


def _behind(atom: Atom, rows: ExactMap, values: _Values, bits: int) -> _Values:
    """Return the units' values behind a stage, rounded to 2^−bits, and the largest error of any."""
    sums, radii = _sums(rows, values)
    numbers, largest = [], mp.mpf(0)
    for z, radius in zip(sums, radii, strict=True):
        value, error = _activated(atom, z, radius)
        if not (mp.isfinite(value) and mp.isfinite(error)) or max(mp.mag(value), mp.mag(error)) > _LARGEST:
            raise OverflowError
        numbers.append(int(mp.nint(mp.ldexp(value, bits))))
        largest = max(largest, error)
    return _Values(np.array(numbers, dtype=object), -bits, (largest + mp.ldexp(mp.mpf(1), -bits)) * _SAFETY)


def _activated(atom: Atom, z: mp.mpf, radius: mp.mpf) -> tuple[mp.mpf, mp.mpf]:
    """Return g(z) and what it is off by at most, for a z that is off by `radius` at most."""
    rounding = mp.mpf(2) ** (10 - mp.mp.prec)
    error = radius and radius * steepness(atom, z - radius, z + radius)
    if atom.pieces is None:
        value = value_of(atom, z)
        return value, error + (abs(value) + abs(z) + 1) * rounding
    exact = as_fraction(z)
    value_exact = atom.pieces.at(exact)
    reach = as_fraction(radius)
    for edge, at, left, right in zip(
        atom.pieces.edges, atom.pieces.values, atom.pieces.lines[:-1], atom.pieces.lines[1:], strict=True
    ):
        if radius and abs(exact - edge) <= reach:
            ends = [at, left[0] * edge + left[1], right[0] * edge + right[1]]
            jump = max(ends) - min(ends)
            error += as_mpf(jump) * _SAFETY
    value = as_mpf(value_exact)
    return value, error + abs(value) * rounding


def _softmax(sums: Sequence[mp.mpf], radius: mp.mpf, bits: int) -> tuple[list[mp.mpf], list[mp.mpf]]:
    """Return softmax, whose outputs move by at most half of what the logits do, and by 1 at most."""
    most = max(sums)
    powers = [mp.exp(value - most) for value in sums]
    total = mp.fsum(powers)
    error = min(radius, mp.mpf(1)) + mp.mpf(2) ** (12 - mp.mp.prec) * (1 + max(map(abs, sums)))
    return [power / total for power in powers], [error] * len(sums)


def as_fraction(number: mp.mpf) -> Fraction:
    """Return what a number is."""
    sign, mantissa, exponent, _ = number._mpf_
    return Fraction(-int(mantissa) if sign else int(mantissa)) * Fraction(2) ** int(exponent)
