"""What a row's exponentials come to, written once for the numbers of one row and for arrays of many."""

from dataclasses import dataclass
from typing import Generic

from ..error_free import N, fast_two_sum, moderate_upper

SCALE = 512
"""Exponentials are kept times 2^SCALE: normal down to e⁻¹⁰⁵⁴, where e⁻⁷⁴⁵ is already the last subnormal."""

LOWEST = -1054.0
"""−700 + 512·ln 2 rounded towards 0 is where `exp_terms` ends; what lies below counts as 0."""

TINY = 2.0**-200
"""Below it, ln(1 + rest) is the rest itself to more digits than are kept."""

LARGE = 2.0**400
"""Targets of this size or its inverse neither overflow nor lose digits in any product here."""

CUT = 2.0**27
"""Numbers of 26 bits, cut by adding so many times the largest, add up without rounding in whatever order."""

NARROW = 128
"""Rows of at most so many numbers are added up one after the other, wider ones as NumPy adds up a row."""


@dataclass(slots=True, eq=False)  # frozen, one row's would take 1 µs more
class RowSums(Generic[N]):
    """The sums of 2⁵¹²·exp(aⱼ − c), c a whole number next to the largest logit m, of rows (N,) or of one.

    `others` + `others_low` is that of all but the largest logit, `base` + `growth` that of the largest.
    `inverse` is 1/Σ of both rounded; `inverse_upper` + `inverse_lower` is it to 2⁻⁶⁰, the first of 26 bits.
    """

    others: N
    others_low: N
    base: N
    growth: N
    inverse: N
    inverse_upper: N
    inverse_lower: N

    @classmethod
    def of(cls, coarse: N, rest: N, base: N, growth: N) -> "RowSums[N]":
        """Return the sums where coarse + rest is the others', |growth| ≤ 2⁻¹¹·base the largest one's."""
        others, others_low = fast_two_sum(coarse, rest)
        total = (base + growth) + others
        near = 1.0 / total
        # One Newton step: of numbers of 26 bits, 1 − upper·total is exact, and so nearly is what they lack.
        upper, total = moderate_upper(near), moderate_upper(total)
        total_low = ((base - total) + others) + (growth + others_low)
        lower = ((1.0 - upper * total) - upper * total_low) * near
        return cls(others, others_low, base, growth, upper + lower, upper, lower)

    def complement(self) -> N:
        """Return Σ pᵢ over all but the largest logit."""
        return self.others * self.inverse

    def ratio(self) -> tuple[N, N]:
        """Return r = Σ exp(aᵢ − m) over all but the largest logit m, and what its rest adds to ln(1 + r)."""
        ratio, remainder = self._divided_by(self.base, self.growth)
        return ratio, remainder * self.inverse

    def scaled_ratio(self) -> tuple[N, N]:
        """Return 2⁵¹²·Σ exp(aᵢ − m) over all but the largest logit m as a pair, however small it is."""
        base, growth = self.base * 2.0**-SCALE, self.growth * 2.0**-SCALE
        ratio, remainder = self._divided_by(base, growth)
        return ratio, remainder / base

    def _divided_by(self, base: N, growth: N) -> tuple[N, N]:
        """Return the others' sum divided by base + growth, and what remains of that sum."""
        quotient = self.others / (base + growth)
        upper = moderate_upper(quotient)
        remainder = (self.others - upper * base) - (quotient - upper) * base
        return quotient, remainder + (self.others_low - quotient * growth)
