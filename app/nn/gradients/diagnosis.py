"""Which mistake gives the numbers of a wrong part of a submission."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

import numpy as np

from ..activations.record import Floats
from .codes import Code
from .mistakes import Mistake, Part
from .noise import Magnitudes

CLOSE = 1e-9
"""What is recognised to the last digits: relative, beside what rounding takes."""

# A mistake is named within this much at most, however wide the tolerance: beyond it, every one fits.
_LOOSEST = 0.05

# So much of the deviation from the right answer may be left beside a mistake that is named.
_UNEXPLAINED = 0.25

# So many numbers show how many decimal places somebody writes, and nobody writes more places by hand.
_READ, _MOST_PLACES = 1000, 6

Rounding = Callable[[Mistake], float]


def diagnose(
    given: Floats,
    candidates: Iterable[Mistake],
    right: Floats,
    sizes: Magnitudes,
    part: Part,
    tolerance: float,
) -> tuple[Code, ...]:
    """Return the codes of the simplest mistake that gives the numbers of a wrong part, or none."""
    if not np.isfinite(given).all():
        return ("not_finite",)
    found = _Diagnosis(given, candidates, right, sizes, part, tolerance).codes()
    return found or (() if given.shape == right.shape else ("shape",))


class _Diagnosis:
    """The numbers of a wrong part beside those that come of each mistake."""

    def __init__(
        self,
        given: Floats,
        candidates: Iterable[Mistake],
        right: Floats,
        sizes: Magnitudes,
        part: Part,
        tolerance: float,
    ) -> None:
        self._given = given
        self._right = right
        self._unit = unit = sizes.unit
        self._noise = noise = float(sizes.noise(part).max())
        # Without any noise first, then with the right answer's, at last with what an evaluation of the
        # mistake may round by: what is recognised with less is no coincidence.
        self._roundings: tuple[Rounding, ...] = (
            lambda _: 0.0,
            lambda _: noise,
            lambda mistake: unit * mistake.size,
        )
        self._loosest = min(tolerance, _LOOSEST)
        self._allowed = tuple(dict.fromkeys((min(CLOSE, tolerance), self._loosest)))
        self._by_hand = _half_last_place(given)
        self._slips = [mistake for mistake in candidates if mistake.numbers.shape == given.shape]
        self._own_factors = [self._own_factor(mistake) for mistake in self._slips]

    def codes(self) -> tuple[Code, ...]:
        """Return the codes of the first explanation, from the simplest on; none where there is none."""
        for rounding in self._roundings:
            for allowed in self._allowed:
                found = (
                    self._unscaled(1, allowed, rounding)
                    or self._only_scaled(allowed, rounding)
                    or self._unscaled(2, allowed, rounding)
                )
                if found:
                    return found
        # A factor of its own beside another mistake fits the most: it comes last.
        return next(self._scaled(), ())

    def _unscaled(self, count: int, allowed: float, rounding: Rounding) -> tuple[Code, ...]:
        for mistake in self._slips:
            if len(mistake.codes) == count and self._explains(mistake, 1.0, allowed, rounding(mistake)):
                return mistake.codes
        return ()

    def _only_scaled(self, allowed: float, rounding: Rounding) -> tuple[Code, ...]:
        """Name what the right answer was multiplied by: a sign, a base, the number of rows, or anything."""
        factor = _common_factor(self._given, self._right)
        truth = Mistake((), self._right, self._noise / self._unit)
        if factor == 0.0 or not self._explains(truth, factor, allowed, rounding(truth)):
            return ()
        for mistake, own in zip(self._slips, self._own_factors, strict=True):
            # Rounded, as by hand or in float32, a factor of −1 may fit a little worse than another.
            near = 2.0 * (self._loosest if len(mistake.codes) == 1 else allowed) + self._unit
            if own and abs(own - 1.0) > near and abs(factor / own - 1.0) <= near:
                return mistake.codes
        # Near 1, a few entries are wrong, by less than the larger ones may round.
        return ("scaled",) if abs(factor - 1.0) > 2.0 * allowed + self._unit else ()

    def _scaled(self) -> Iterator[tuple[Code, ...]]:
        for rounding in self._roundings:
            for allowed in self._allowed:
                for mistake, own in zip(self._slips, self._own_factors, strict=True):
                    factor = 0.0 if own else _common_factor(self._given, mistake.numbers)
                    if factor and self._explains(mistake, factor, allowed, rounding(mistake)):
                        near_one = abs(factor - 1.0) <= 2.0 * allowed + self._unit
                        yield mistake.codes if near_one else (*mistake.codes, "scaled")

    def _own_factor(self, mistake: Mistake) -> float:
        """Return the factor by which a mistake scales the right answer, 0 where it does something else."""
        if mistake.numbers.shape != self._right.shape:
            return 0.0
        factor = _common_factor(mistake.numbers, self._right)
        with np.errstate(over="ignore", invalid="ignore"):
            left = np.abs(mistake.numbers - factor * self._right).max(initial=0.0)
            largest = np.abs(mistake.numbers).max(initial=0.0)
            return factor if left <= CLOSE * largest + abs(factor) * self._noise else 0.0

    def _explains(self, mistake: Mistake, factor: float, allowed: float, rounding: float) -> bool:
        """Tell whether `given` is factor·mistake, and not as near to the right answer.

        Each entry may be off by `allowed` and by the noise. Where that is as large as the gradient itself,
        as on rows without doubt, everything would fit: so it counts up to a fraction of the numbers
        expected, and what leaves most of the deviation as it is explains nothing.
        """
        given, right = self._given, self._right
        with np.errstate(over="ignore", invalid="ignore"):
            expected = factor * mistake.numbers
            noise = abs(factor) * rounding + (self._by_hand if allowed > CLOSE else 0.0)
            noise = min(noise, _UNEXPLAINED * float(np.abs(expected).max(initial=0.0)))
            left = np.abs(given - expected)
            if not (left <= allowed * np.abs(expected) + noise).all():
                return False
            return given.shape != right.shape or bool(
                left.max(initial=0.0) <= _UNEXPLAINED * np.abs(given - right).max(initial=0.0)
            )


def _half_last_place(given: Floats) -> float:
    """Return half a unit of the last decimal place of numbers that were written by hand, else 0."""
    read = {float(number) for number in given.ravel()[:_READ]}
    places = max((-int(Decimal(repr(number)).as_tuple().exponent) for number in read), default=0)
    return 0.5 * 10.0**-places if 1 <= places <= _MOST_PLACES else 0.0


def _common_factor(given: Floats, numbers: Floats) -> float:
    """Return c with given ≈ c·numbers by least squares; 0 where one entry alone would decide it."""
    if given.shape != numbers.shape or np.count_nonzero(numbers) < 2:
        return 0.0
    most, largest = float(np.abs(given).max()), float(np.abs(numbers).max())
    if most == 0.0 or not largest < np.inf:
        return 0.0
    numbers = numbers / largest
    with np.errstate(over="ignore"):
        factor = float(np.vdot(given / most, numbers) / np.vdot(numbers, numbers)) * (most / largest)
    return factor if np.isfinite(factor) else 0.0
