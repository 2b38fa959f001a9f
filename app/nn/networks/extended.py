"""Values of canonical forms at extended precision, each with a bound on its own error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul

import mpmath as mp
import numpy as np

from ..activations.record import Floats
from ..cost import Cost
from ..precision import as_mpf, extended_precision
from .canonical import CanonicalForm, Unit, most_units
from .exact_map import integers_of
from .network import Network

# Seconds that one tanh takes at so many bits, by mpmath without gmpy2.
_SECONDS = {8192: 5e-3, 4096: 1.2e-3, 1024: 120e-6}

LEAST_BITS = 192

LEAST_DIGITS = 17
"""As many as tell any two float64 apart."""


def most_bits(units: int) -> int:
    """Return with how many bits forms of so many units can be evaluated in about two seconds."""
    return next((bits for bits, seconds in _SECONDS.items() if units * seconds <= 2), LEAST_BITS)


def extended_cost(network: Network) -> Cost:
    """Return what the values of a one-hidden-layer network at some points take, from the shapes alone.

    As 10¹⁰ multiply-adds a second: 0.4 µs for each exact product w·x, 200 µs for what is done with each
    unit, 6 µs for each coefficient, over all points.
    """
    units = most_units(network)
    products = 4_000 * (network.inputs + 1) + 2_000_000
    return Cost(multiply_adds=units * (products + 60_000 * network.outputs))


def constants_cost(units: int, outputs: int) -> Cost:
    """Return what so many folded units take: as by `extended_cost`, without the products."""
    return Cost(multiply_adds=units * (2_000_000 + 60_000 * outputs))


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A real number: within `radius` of `value`, both of `bits` bits."""

    value: mp.mpf
    radius: mp.mpf
    bits: int

    @property
    def nonzero(self) -> bool:
        """Whether 0 is out of reach."""
        with extended_precision(self.bits):
            return bool(abs(self.value) > self.radius)

    def at_least(self) -> float:
        """Return a float ≤ |number|."""
        with extended_precision(self.bits):
            return _downwards(max(abs(self.value) - 2 * self.radius, mp.mpf(0)))

    def at_most(self) -> float:
        """Return a float ≥ |number|."""
        with extended_precision(self.bits):
            return _upwards(abs(self.value) + 2 * self.radius)

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """The smallest and the largest number that it may be."""
        value, radius = (Fraction(m) * Fraction(2) ** e for m, e in map(_parts, (self.value, self.radius)))
        return value - radius, value + radius

    @property
    def known(self) -> bool:
        """Whether at least one digit is known, or that the number is 0."""
        return self.nonzero or not self.radius

    def within(self, limit: Fraction) -> bool | None:
        """Tell whether |number| ≤ limit, None if that is not known."""
        low, high = self.ends
        if max(-low, high) <= limit:
            return True
        return False if low > limit or high < -limit else None

    def decimal(self, digits: int) -> str:
        """Return the number with so many significant digits, or as many as are known.

        What may be 0 or not is written as 0 in units that are no smaller than what it can be at most, as in
        "0e-57".
        """
        with extended_precision(self.bits):
            if not self.nonzero:
                return f"0e{int(mp.ceil(mp.log10(self.radius)))}" if self.radius else "0"
            known = int(mp.floor(mp.log10(abs(self.value) / self.radius))) - 1 if self.radius else digits
            text = mp.nstr(self.value, max(1, min(digits, known)))
            # mpmath writes "2.0e-200" for one digit: the zero would claim another
            return str(text).replace(".0e", "e").removesuffix(".0")


class Point:
    """A point x ∈ ℝᵈ at which forms are evaluated with `bits` bits; forms may share units."""

    def __init__(self, x: Floats, bits: int) -> None:
        self.x = x
        self.bits = bits
        numbers, self._exponent = integers_of(np.append(x, 1.0))
        self._numbers: list[int] = numbers.tolist()
        self._tanh: dict[bytes, tuple[int, int]] = {}

    def values(self, form: CanonicalForm) -> list[Enclosure]:
        """Return F(x) for each output.

        w·x + β is summed exactly in integers; it and its tanh are rounded to `bits` bits, a relative error
        below 2^(2 − bits) since |z·tanh′z| ≤ |tanh z|; the products with c are again summed exactly.
        """
        with extended_precision(self.bits):
            self._evaluate({key: unit for key, unit in form.units.items() if key not in self._tanh})
            terms = [(unit.coefficients, *self._tanh[key]) for key, unit in form.units.items()]
            for beta, sums in form.folded.items():
                terms.append((sums, *_parts(mp.tanh(as_mpf(beta)))))
            lowest = min((exponent for _, _, exponent in terms), default=0)
            lowest = min(lowest, 0)
            aligned = [(sums, mantissa << (exponent - lowest)) for sums, mantissa, exponent in terms]
            return [
                self._sum(
                    form.constant[output] << -lowest,
                    [(sums[output], t) for sums, t in aligned],
                    lowest - form.bits,
                )
                for output in range(form.outputs)
            ]

    def _sum(self, constant: int, terms: Sequence[tuple[int, int]], exponent: int) -> Enclosure:
        products = [coefficient * tanh for coefficient, tanh in terms]
        total, size = constant + sum(products), sum(map(abs, products))
        value = mp.mpf(total)
        if value != total:
            size += abs(total)
        # 2^(2 − bits) of each product, as much for rounding the total, and the rest for safety
        radius = mp.ldexp(mp.mpf(size), 4 - self.bits)
        return Enclosure(mp.ldexp(value, exponent), mp.ldexp(radius, exponent), self.bits)

    def _evaluate(self, units: Mapping[bytes, Unit]) -> None:
        """Keep tanh(w·x + β) of the units."""
        if not units:
            return
        for key, unit in units.items():
            numbers, exponent = unit.numbers()
            total = sum(map(mul, numbers, self._numbers))
            z = mp.ldexp(mp.mpf(total), exponent + self._exponent)
            self._tanh[key] = _parts(mp.tanh(z))


def decimals(
    first: tuple[Point, CanonicalForm],
    second: tuple[Point, CanonicalForm],
    difference: Sequence[Enclosure],
    most: int,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return two values, of one form at two points or of two forms at one, that are `difference` apart.

    Both have digits enough to differ: they are computed with as many more bits as that takes, for they have
    more units than their difference, or larger ones, and so are known less well; and with up to `most`
    bits, so that each has a digit that is known.
    """
    points = [point for point, _ in (first, second)]
    forms = [form for _, form in (first, second)]
    bits = max(point.bits for point in points)
    values = _values(points, forms)
    missing = _bits_missing(values[0], values[1], difference)
    while missing > 0 or (bits < most and not all(value.known for one in values for value in one)):
        bits = bits + missing if missing > 0 else min(4 * bits, most)
        missing = 0
        same = points[0] is points[1]
        points = [Point(points[0].x, bits)] * 2 if same else [Point(point.x, bits) for point in points]
        values = _values(points, forms)
    digits = _digits_to_differ(values[0], difference)
    one, other = (tuple(value.decimal(digits) for value in each) for each in values)
    return one, other


def _values(points: Sequence[Point], forms: Sequence[CanonicalForm]) -> list[list[Enclosure]]:
    return [point.values(form) for point, form in zip(points, forms, strict=True)]


def _bits_missing(
    first: Sequence[Enclosure], second: Sequence[Enclosure], difference: Sequence[Enclosure]
) -> int:
    """Return how many bits more are needed to show the difference of two values, 0 or less if none.

    At the output where the difference is largest the values' radii are to be at most 2⁻¹⁶ of it.
    """
    output = _largest(difference)
    with extended_precision(64):
        radii = [mp.mag(values[output].radius) for values in (first, second) if values[output].radius]
        return int(max(radii, default=-mp.inf) - mp.mag(difference[output].value) + 16) if radii else 0


def _digits_to_differ(values: Sequence[Enclosure], difference: Sequence[Enclosure]) -> int:
    """Return how many digits show the difference: it must be some units in the last one."""
    output = _largest(difference)
    with extended_precision(64):
        apart = abs(difference[output].value)
        size = max(abs(values[output].value), apart)
        return max(LEAST_DIGITS, int(mp.ceil(mp.log10(size / apart))) + 2)


def is_positive(difference: Sequence[Enclosure]) -> bool:
    """Tell the sign of a difference at the output where it is largest."""
    return bool(difference[_largest(difference)].value > 0)


def _largest(difference: Sequence[Enclosure]) -> int:
    """Return the output where a difference is largest, of those where it is not 0."""
    shown = [output for output, value in enumerate(difference) if value.nonzero]
    return max(shown, key=lambda output: int(mp.mag(difference[output].value)))


def _parts(number: mp.mpf) -> tuple[int, int]:
    """Return the integer mantissa and exponent of an mpf."""
    sign, mantissa, exponent, _ = number._mpf_
    return (-int(mantissa) if sign else int(mantissa)), int(exponent)


def _upwards(number: mp.mpf) -> float:
    rounded = float(number)  # within one spacing, in mpmath's own direction
    return rounded if mp.mpf(rounded) >= number else float(np.nextafter(rounded, np.inf))


def _downwards(number: mp.mpf) -> float:
    rounded = min(float(number), float(np.finfo(np.float64).max))
    return rounded if mp.mpf(rounded) <= number else float(np.nextafter(rounded, 0.0))
