"""How somebody's numbers are rounded: to so many decimals, or to so many significant digits.

Whoever works by hand writes 0.24 for 0.23840584. A whole part is rounded alike, so what counts is the fewest
decimals, or digits, that write every one of its numbers, and at least two digits of the largest: fewer show
nothing. Noughts at the end are lost in JSON, so that 5 counts as 5.0.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats

Numbers = npt.NDArray[np.float32] | npt.NDArray[np.float64]

_FEWEST = 2
"""Digits that the largest entry keeps at least."""

# Numbers of more digits than these were written by a program in full.
_MOST_DIGITS, _MOST_DECIMALS = 14, 20

# So many entries show that an array is not rounded, before all are looked at.
_TRIED = 16

# Up to these, powers of ten and whole numbers are exact in float64, and so is what is told by them.
_EXACT_POWER, _EXACT_WHOLE = 22, 2.0**53

# Half a unit may itself be rounded: 0.125 to two decimals is 0.12 or 0.13.
_TIE = 1.0 + 1e-9


@dataclass(frozen=True, slots=True)
class Rounding:
    """So many `digits`: decimals after the point, or significant ones."""

    kind: Literal["decimals", "significant"]
    digits: int

    def half_units(self, numbers: Floats) -> Floats:
        """Return half a unit of the last place kept of each number, in the numbers' shape; of 0 it is 0.

        Below a power of ten a significant digit is worth a tenth of what it is above.
        """
        if self.kind == "decimals":
            return np.full(numbers.shape, 0.5 * 10.0**-self.digits * _TIE)
        with np.errstate(divide="ignore", under="ignore", over="ignore"):
            places = np.floor(np.log10(np.abs(numbers))) - (self.digits - 1)
            halves: Floats = np.where(numbers == 0.0, 0.0, 0.5 * 10.0**places * _TIE)
        return halves

    def keeps_enough(self, numbers: Floats) -> bool:
        """Tell whether the largest number keeps two digits at least, rounded like this."""
        if self.kind == "significant":
            return self.digits >= _FEWEST
        largest = float(np.abs(numbers).max(initial=0.0))
        return largest + 0.5 * 10.0**-self.digits >= 10.0 ** (_FEWEST - 1 - self.digits)

    def with_enough(self, numbers: Floats) -> "Rounding | None":
        """Return this, or with so many noughts more that the largest keeps two digits, None for zeros."""
        for digits in range(self.digits, _MOST_DECIMALS + 1):
            more = Rounding(self.kind, digits)
            if more.keeps_enough(numbers):
                return more
        return None

    def in_words(self) -> str:
        """Return how near that is, as in "to 2 decimals"."""
        name = "decimal" if self.kind == "decimals" else "significant digit"
        return f"to {self.digits} {name}{'' if self.digits == 1 else 's'}"


def as_written(given: Numbers) -> tuple[Rounding, ...]:
    """Return the fewest decimals and the fewest significant digits that write every number of `given`.

    At least two digits are kept of the largest. None for zeros, for numbers that are not finite, and for
    those that a program wrote in full.
    """
    if given.size == 0:
        return ()
    numbers = given.ravel()
    spread = np.linspace(0, numbers.size - 1, min(_TRIED, numbers.size)).astype(np.intp)
    if not np.isfinite(numbers[spread]).all():
        return ()
    decimals = digits = 0
    for number in numbers[spread]:
        written = Decimal(str(number)).normalize().as_tuple()
        decimals, digits = max(decimals, -int(written.exponent)), max(digits, len(written.digits))
        if digits > _MOST_DIGITS:
            return ()
    if not np.isfinite(given).all():
        return ()
    wide = numbers.astype(np.float64)
    found = []
    for decimal in range(decimals, _MOST_DECIMALS + 1):
        if _are_multiples(numbers, wide, np.full(len(wide), decimal)):
            found.append(Rounding("decimals", decimal))
            break
        if decimal == decimals and (_are_long(wide, decimal) or not spread.size):
            break
    nonzero = wide[wide != 0.0]
    if nonzero.size:
        leading = np.floor(np.log10(np.abs(nonzero))).astype(np.int64)
        for digit in range(digits, _MOST_DIGITS + 1):
            if _are_multiples(numbers[wide != 0.0], nonzero, digit - 1 - leading):
                found.append(Rounding("significant", digit))
                break
    enough = (one.with_enough(wide) for one in found)
    return tuple(one for one in enough if one is not None)


def rounded(given: Numbers, right: Floats, slack: Floats) -> tuple[Rounding, npt.NDArray[np.bool_]] | None:
    """Return how `given` is rounded, and where it is `right` so rounded, both of the same shape.

    `slack` is what an entry may be off by beside the rounding. Of decimals and significant digits it is that
    by which more entries are right, decimals before digits; None where neither is possible.
    """
    best = None
    for one in as_written(given):
        if not one.keeps_enough(right):
            continue
        wide = given.astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            # 0.098 is not 0.1 in two digits, although 0.10 stands for what is up to 0.005 away.
            halves = np.minimum(one.half_units(right), np.where(wide == 0.0, np.inf, one.half_units(wide)))
            near = np.abs(wide - right) <= halves + slack
        if best is None or near.sum() > best[1].sum():
            best = one, near
    return best


def right_as_written(given: Numbers, right: Floats, slack: Floats) -> bool:
    """Tell whether numbers are `right`, of the same shape, as far as each of them is written.

    They may be cut off, each rounded to digits of its own, or all to fewer than two. An entry of two digits
    or more may be a unit of its last one away, for cutting off; one of a single digit half a unit, unless
    all of them are cut off alike, to so many decimals. 0 has as many decimals as the longest. `slack` is
    what an entry may be off by beside. Never for zeros alone, nor for what a program wrote in full.
    """
    ways = as_written(given) if given.any() else ()
    if not ways:
        return False
    if _is_cut_off(given, right, slack):
        return True
    written = [Decimal(str(number)).normalize().as_tuple() for number in given.ravel()]
    places = np.array([int(one.exponent) for one in written])
    digits = np.array([len(one.digits) for one in written])
    zero = given.ravel() == 0.0
    last = int(places[~zero].min())
    largest = float(np.abs(given).max())
    with np.errstate(over="ignore", invalid="ignore"):
        enough = largest >= np.float64(10.0) ** (last + _FEWEST - 1)
        places[zero], digits[zero] = last, _FEWEST if enough else 1
        units = np.where(digits >= _FEWEST, 1.0, 0.5) * 10.0 ** places.astype(np.float64) * _TIE
        off = np.abs(given.astype(np.float64) - right)
    return bool((off <= units.reshape(given.shape) + slack).all())


def _is_cut_off(given: Numbers, right: Floats, slack: Floats) -> bool:
    """Tell whether numbers are `right` without what is behind the last decimal that any of them has."""
    decimals = max(-int(Decimal(str(number)).normalize().as_tuple().exponent) for number in given.ravel())
    unit = 10.0 ** -max(0, decimals)
    with np.errstate(over="ignore", invalid="ignore"):
        lost = (right - given) * np.where(given == 0.0, np.sign(right), np.sign(given))
        return bool(((lost >= -slack - unit * (_TIE - 1.0)) & (lost < unit + slack)).all())


def _are_long(numbers: Floats, decimals: int) -> bool:
    """Tell whether most numbers need far more decimals: then it is needless to try each count."""
    with np.errstate(over="ignore"):
        scaled = numbers * 10.0 ** min(decimals + 6, _EXACT_POWER)
    return bool(np.count_nonzero(scaled != np.rint(scaled)) > numbers.size / 2)


def _are_multiples(numbers: Numbers, wide: Floats, places: npt.NDArray[np.int64]) -> bool:
    """Tell whether every number is the nearest one to a whole multiple of 10^−places, each its own."""
    with np.errstate(over="ignore", invalid="ignore"):
        powers = 10.0 ** np.abs(places)
        whole = np.rint(np.where(places >= 0, wide * powers, wide / powers))
        back = np.where(places >= 0, whole / powers, whole * powers)
    sure = (np.abs(places) <= _EXACT_POWER) & (np.abs(whole) < _EXACT_WHOLE)
    if not (back.astype(numbers.dtype) == numbers)[sure].all():
        return False
    return all(
        -int(Decimal(str(number)).normalize().as_tuple().exponent) <= place
        for number, place in zip(numbers[~sure], places[~sure], strict=True)
    )
