"""One axis: numbers ↔ pixels, and the numbers written along it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..nn.activations.record import Floats
from ..nn.words import power_of_ten
from .round_steps import exponent_of, round_steps

# Positions this many axis lengths away are as good as infinite, and still harmless to a renderer.
_FAR = 8.0

_CLOSEST = 0.55  # of the wished distance between numbers, on short axes

# A label with more digits than this is split into a common part and what differs.
_MOST_DIGITS = 6  # with the sign before and the zeros behind the point, of what stands beside an axis
_LARGEST_PLAIN, _SMALLEST_PLAIN = 5, -3  # powers of ten


class Tick(NamedTuple):
    """A number on the axis: where it is, from 0 at the low end to 1 at the high, and how it is written."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """The window from `low` to `high`, finite with low < high, laid along pixels from `start` to `end`.

    Raises `ValueError` for another window: no step is small enough for numbers on it.
    """

    low: float
    high: float
    start: float
    end: float

    def __post_init__(self) -> None:
        if not -math.inf < self.low < self.high < math.inf:
            raise ValueError(f"expected finite low < high, got {self.low} and {self.high}")

    def position(self, values: Floats) -> Floats:
        """Return the pixel of each value; infinite or far ones are brought to where nobody sees them."""
        return self.start + (self.end - self.start) * self.share(values)

    def at(self, value: float) -> float:
        """Return the pixel of one value."""
        return float(self.position(np.array([value]))[0])

    def share(self, values: Floats) -> Floats:
        """Return (value − low)/(high − low), also where that difference is beyond the largest float64."""
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            span = self.high - self.low
            if np.isinf(span):
                shares = (values / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
            else:
                shares = (values - self.low) / span
        return np.asarray(np.clip(shares, -_FAR, 1 + _FAR))

    def value(self, share: Floats) -> Floats:
        """Return the number at each share of the way from low to high; 0 and 1 are exactly the ends."""
        between = self.low * (1 - share) + self.high * share
        return np.clip(np.where(share == 1, self.high, between), self.low, self.high)

    @property
    def length(self) -> float:
        """How many pixels long it is."""
        return abs(self.end - self.start)

    def ticks(self, apart: float) -> tuple[Sequence[Tick], str]:
        """Return round numbers about `apart` pixels from each other, and a note for the axis's end.

        On a short axis they stand closer, so that there are two wherever two fit: one alone gives no scale,
        unless it is another than 0, whose line is seen without its number. The note holds what all labels
        have in common: a power of ten, and a number to be added. Steps are 1, 2 or 5 times a power of ten;
        arithmetic is exact, so that any window has its numbers.
        """
        return _ticks(self, apart)


@lru_cache(maxsize=128)
def _ticks(axis: Axis, apart: float) -> tuple[Sequence[Tick], str]:
    crowded = int(axis.length / (_CLOSEST * apart))
    most = max(1, min(4, crowded), int(axis.length / apart))
    # The decimals that the ends are written as: 0.6 is a tick of [0, 0.6], whose end is a little less.
    low, high = Fraction(repr(float(axis.low))), Fraction(repr(float(axis.high)))
    raw = (high - low) / most
    wanted = 2 if crowded > 1 else 1
    numbers: list[Fraction] = []
    for step in round_steps(raw):
        numbers = [times * step for times in range(-(-low // step), high // step + 1)]
        if len(numbers) >= wanted:
            break
    if numbers == [0]:
        step = next(step for step in round_steps(raw) if step <= max(-low, high))
        numbers = [step if step <= high else -step]
    labels, note = _labels(numbers, step)
    span = high - low
    return tuple(
        Tick(float((number - low) / span), label) for number, label in zip(numbers, labels, strict=True)
    ), note


def _labels(numbers: list[Fraction], step: Fraction) -> tuple[list[str], str]:
    largest = max(abs(number) for number in numbers)
    smallest_digit = exponent_of(step)
    if largest == 0:
        return ["0" for _ in numbers], ""
    leading = exponent_of(largest)
    digits = leading - smallest_digit + 1
    if smallest_digit < 0 and _SMALLEST_PLAIN <= leading <= _LARGEST_PLAIN:
        digits = max(digits, max(leading, 0) + 1 - smallest_digit + any(number < 0 for number in numbers))
    if digits > _MOST_DIGITS:
        base = min(numbers, key=lambda number: len(_plain(number, smallest_digit)))
        labels, note = _labels([number - base for number in numbers], step)
        sign = "+" if base > 0 else "−"
        return labels, f"{note} {sign} {_plain(abs(base), smallest_digit)}".strip()
    if _SMALLEST_PLAIN <= leading <= _LARGEST_PLAIN:
        return [_decimal(number, -smallest_digit) for number in numbers], ""
    scale = Fraction(10) ** leading
    labels = [_decimal(number / scale, leading - smallest_digit) for number in numbers]
    return labels, power_of_ten(leading)


def _plain(number: Fraction, smallest_digit: int) -> str:
    """Return a number in full, without zeros at its end, with a power of ten where it is large or small."""
    if number == 0:
        return "0"
    leading = exponent_of(number)
    if _SMALLEST_PLAIN <= leading <= _LARGEST_PLAIN:
        return _bare(_decimal(number, -smallest_digit))
    scaled = _decimal(number / Fraction(10) ** leading, leading - smallest_digit)
    return _bare(scaled) + power_of_ten(leading)


def _bare(decimal: str) -> str:
    return decimal.rstrip("0").rstrip(".") if "." in decimal else decimal


def _decimal(number: Fraction, places: int) -> str:
    places = max(0, places)
    digits = str(abs(int(number * 10**places))).rjust(places + 1, "0")
    sign = "−" if number < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"
