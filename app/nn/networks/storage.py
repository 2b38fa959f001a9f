"""Numbers as they are stored: float64, float32, float16 and bfloat16, each rounded once, to nearest even."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from ..activations.record import Floats

StoredAs = Literal["float64", "float32", "float16", "bfloat16"]


@dataclass(frozen=True, slots=True)
class Storage:
    """A binary floating-point type: its digits, the exponent of its smallest spacing, its largest number."""

    name: StoredAs
    digits: int
    least: int
    largest: float

    def rounded(self, array: Floats) -> Floats:
        """Return the nearest numbers of this type, ±∞ beyond the largest."""
        if self.name == "float64":
            return array.copy()
        with np.errstate(over="ignore"):
            exponents = np.maximum(np.frexp(array)[1] - self.digits, self.least)
            result = np.ldexp(np.rint(np.ldexp(array, -exponents)), exponents)
        return np.where(np.abs(result) > self.largest, np.copysign(np.inf, array), result)

    def rounded_fraction(self, number: Fraction) -> float:
        """Return the nearest number of this type. Raises `OverflowError` beyond the largest."""
        spacing = self.spacing(number)
        result = round(number / spacing) * spacing
        if abs(result) > Fraction(self.largest):
            raise OverflowError
        return float(result)

    def spacing(self, number: Fraction) -> Fraction:
        """Return the distance of neighbouring numbers of this type at a number."""
        if not number:
            return Fraction(2) ** self.least
        exponent = abs(number.numerator).bit_length() - number.denominator.bit_length()
        if abs(number) < Fraction(2) ** exponent:
            exponent -= 1
        return Fraction(2) ** max(exponent - self.digits + 1, self.least)

    def holds(self, array: Floats | None) -> bool:
        """Tell whether all numbers are of this type."""
        return array is None or bool((self.rounded(array) == array).all())


STORAGES: dict[StoredAs, Storage] = {
    "float64": Storage("float64", 53, -1074, float(np.finfo(np.float64).max)),
    "float32": Storage("float32", 24, -149, float(np.finfo(np.float32).max)),
    "float16": Storage("float16", 11, -24, float(np.finfo(np.float16).max)),
    "bfloat16": Storage("bfloat16", 8, -133, float((2 - 2.0**-7) * 2.0**127)),
}
