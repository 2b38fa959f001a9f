"""Affine maps with rational numbers: what layers of floats are, and what composing them exactly gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, inf, isfinite, lcm, nextafter, ulp

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats
from .network import Layer

Integers = npt.NDArray[np.object_]
"""An array of Python's integers, which are of any size."""


@dataclass(frozen=True, slots=True, eq=False)
class ExactMap:
    """x ↦ W·x + b in ℚ: W is `unit`·`numbers` (n, d), `unit` > 0, and b is `bias` (n,).

    `slack` (n,) is half the spacing of floats at each stored bias, carried along as the bias is: what
    rounding it once may have cost.
    """

    numbers: Integers
    unit: Fraction
    bias: tuple[Fraction, ...]
    slack: tuple[Fraction, ...]

    @property
    def outputs(self) -> int:
        """The number of rows."""
        return int(self.numbers.shape[0])

    @property
    def inputs(self) -> int:
        """The number of columns."""
        return int(self.numbers.shape[1])

    def scaled(self, factor: Fraction, offset: Fraction = Fraction(0)) -> "ExactMap":
        """Return x ↦ factor·(W·x + b) + offset, the offset added to every row."""
        sign = (factor > 0) - (factor < 0)
        return ExactMap(
            self.numbers if sign > 0 else self.numbers * sign,
            self.unit * (abs(factor) or 1),
            tuple(factor * b + offset for b in self.bias),
            tuple(abs(factor) * s for s in self.slack),
        )

    def after(self, inner: "ExactMap") -> "ExactMap":
        """Return the composition x ↦ W·(W′·x + b′) + b."""
        return ExactMap(
            self.numbers @ inner.numbers,
            self.unit * inner.unit,
            _plus(self.bias, self.applied(inner.bias)),
            _plus(self.slack, [self.unit * s for s in dot(np.abs(self.numbers), inner.slack)]),
        )

    def applied(self, vector: Sequence[Fraction]) -> list[Fraction]:
        """Return W·v, without the bias."""
        return [self.unit * s for s in dot(self.numbers, vector)]

    def rows(self, chosen: Sequence[int]) -> "ExactMap":
        """Return the map with the chosen rows alone, in that order."""
        return ExactMap(
            self.numbers[list(chosen)],
            self.unit,
            tuple(self.bias[i] for i in chosen),
            tuple(self.slack[i] for i in chosen),
        )

    def columns(self, chosen: Sequence[int]) -> "ExactMap":
        """Return the map that sees the chosen inputs alone, in that order."""
        return ExactMap(self.numbers[:, list(chosen)], self.unit, self.bias, self.slack)

    def blind_to(self, inputs: int) -> "ExactMap":
        """Return the constant b as a map of so many inputs."""
        return ExactMap(np.zeros((self.outputs, inputs), dtype=object), Fraction(1), self.bias, self.slack)

    def floats(self) -> tuple[Floats, Floats] | None:
        """Return W and b as float64, None if one of their numbers is none."""
        (weight, weights_off), (bias, biases_off) = self.nearest_weights(), self.nearest_bias()
        return None if weights_off.any() or biases_off.any() else (weight, bias)

    def nearest_weights(self) -> tuple[Floats, Floats]:
        """Return W rounded to float64, ±∞ beyond it, and bounds on what that cost."""
        rounded, off = _nearest([self.unit * int(n) for n in self.numbers.ravel().tolist()])
        return rounded.reshape(self.numbers.shape), off.reshape(self.numbers.shape)

    def nearest_bias(self) -> tuple[Floats, Floats]:
        """Return b as `nearest_weights`."""
        return _nearest(self.bias)

    def same_weights(self, other: "ExactMap") -> bool:
        """Tell whether W = W′."""
        if self.numbers.shape != other.numbers.shape:
            return False
        ratio = self.unit / other.unit
        return bool((self.numbers * ratio.numerator == other.numbers * ratio.denominator).all())

    def same(self, other: "ExactMap") -> bool:
        """Tell whether the two are one map."""
        return self.bias == other.bias and self.same_weights(other)


def exact_map(layer: Layer) -> ExactMap:
    """Return the layer's affine map: every float is a rational number."""
    numbers, exponent = integers_of(layer.weight)
    bias = [0.0] * layer.outputs if layer.bias is None else layer.bias.tolist()
    return ExactMap(
        numbers,
        Fraction(2) ** exponent,
        tuple(map(Fraction, bias)),
        tuple(Fraction(ulp(b)) / 2 for b in bias),
    )


def identity_map(size: int) -> ExactMap:
    """Return x ↦ x."""
    zero = (Fraction(0),) * size
    numbers = np.zeros((size, size), dtype=object)
    np.fill_diagonal(numbers, 1)
    return ExactMap(numbers, Fraction(1), zero, zero)


def integers_of(array: Floats) -> tuple[Integers, int]:
    """Return integers and an exponent e with array = integers·2^e, exactly; e is as large as can be."""
    mantissas, exponents = np.frexp(array)
    whole = (mantissas * 2.0**53).astype(np.int64)
    zero = whole == 0
    # the lowest bit that is set, a power of two, has its exponent taken out
    zeros = np.where(zero, 0, np.frexp((whole & -whole).astype(np.float64))[1] - 1)
    exponents = np.where(zero, 5000, exponents - 53 + zeros)
    lowest = int(exponents.min())
    if lowest == 5000:
        return np.zeros(array.shape, dtype=object), 0
    shifts = np.where(zero, 0, exponents - lowest)
    return np.asarray((whole >> zeros).astype(object) << shifts.astype(object), dtype=object), lowest


def dot(numbers: Integers, vector: Sequence[Fraction]) -> list[Fraction]:
    """Return numbers·vector, over one common denominator."""
    denominator = lcm(*(v.denominator for v in vector)) if vector else 1
    whole = np.array([v.numerator * (denominator // v.denominator) for v in vector], dtype=object)
    if not whole.any():
        return [Fraction(0)] * len(numbers)
    return [Fraction(int(total), denominator) for total in (numbers @ whole).tolist()]


def common_divisor(row: Sequence[int]) -> int:
    """Return the greatest common divisor of a row, 1 for zeros."""
    return gcd(*row) or 1


def nearest_float(number: Fraction) -> float:
    """Return the nearest float64, ±∞ beyond the largest."""
    try:
        return float(number)
    except OverflowError:
        return inf if number > 0 else -inf


def _nearest(numbers: Sequence[Fraction]) -> tuple[Floats, Floats]:
    rounded = [nearest_float(number) for number in numbers]
    return np.array(rounded), np.array([_off_by(*pair) for pair in zip(numbers, rounded, strict=True)])


def _off_by(number: Fraction, rounded: float) -> float:
    """Return a bound on what rounding cost."""
    if not isfinite(rounded):
        return inf
    rest = abs(number - Fraction(rounded))
    return nextafter(float(rest), inf) if rest else 0.0


def _plus(one: Sequence[Fraction], other: Sequence[Fraction]) -> tuple[Fraction, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))
