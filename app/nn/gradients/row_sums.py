"""What a row's exponentials come to, written once for the numbers of one row and for arrays of many."""

from dataclasses import dataclass
from typing import Generic

import numpy as np

from ..error_free import N, fast_two_sum, moderate_product, moderate_upper, two_sum

SCALE = 512
"""Exponentials are kept times 2^SCALE: normal down to e⁻¹⁰⁵⁴, where e⁻⁷⁴⁵ is already the last subnormal."""

LOWEST = -1054.0
"""−700 + 512·ln 2 rounded towards 0 is where `exp_terms` ends; what lies below counts as 0."""

TINY = 2.0 ** (SCALE - 200)
"""Below 2⁻²⁰⁰, ln(1 + rest) is the rest itself to more digits than are kept."""

LARGE = 2.0**400
"""Targets of this size or its inverse neither overflow nor lose digits in any product here."""

CUT = 26
"""Numbers of 26 bits are cut so many bits above the largest: the upper parts add up without rounding."""


@dataclass(slots=True, eq=False)  # frozen, one row's would take 1 µs more
class RowSums(Generic[N]):
    """The sums of 2⁵¹²·exp(aⱼ − c), c a whole number next to the largest logit m, as pairs.

    `others` + `others_low` is that of all but the largest logit, `top` + `top_low` that of the largest, and
    `total` + `total_low` both; (N, 1) each, or numbers of one row.
    """

    others: N
    others_low: N
    top: N
    top_low: N
    total: N
    total_low: N

    @classmethod
    def of(cls, coarse: N, rest: N, base: N, growth: N) -> "RowSums[N]":
        """Return the sums where coarse + rest is the others', |growth| ≤ 2⁻¹¹·base the largest one's."""
        others, others_low = two_sum(coarse, rest)
        top, top_low = fast_two_sum(base, growth)
        total, total_low = two_sum(top, others)
        return cls(others, others_low, top, top_low, total, total_low + (others_low + top_low))

    def inverse(self) -> tuple[N, N, N]:
        """Return 1/Σ rounded, and as a sum of two to 2⁻¹⁰⁰, the first of 26 bits."""
        inverse = 1.0 / self.total
        # One Newton step; 1 − inverse·total is what rounding the inverse left, at most an ulp of 1.
        product, error = moderate_product(inverse, self.total)
        low = inverse * (((1.0 - product) - error) - inverse * self.total_low)
        upper = moderate_upper(inverse)
        return inverse, upper, low + (inverse - upper)

    def complement(self) -> N:
        """Return Σ pᵢ over all but the largest logit."""
        return self.others / self.total

    def ratio(self) -> tuple[N, N]:
        """Return 2⁵¹²·Σ exp(aᵢ − m) over all but the largest logit m, as a pair."""
        top, top_low = self.top * 2.0**-SCALE, self.top_low * 2.0**-SCALE
        quotient = self.others / top
        product, error = moderate_product(quotient, top)
        remainder = ((self.others - product) - error) + (self.others_low - quotient * top_low)
        return fast_two_sum(quotient, remainder / top)


def log_one_plus(ratio: N, ratio_low: N) -> tuple[N, N]:
    """Return ln(1 + 2⁻⁵¹²·(ratio + ratio_low)) as a pair."""
    value = ratio * 2.0**-SCALE
    return np.log1p(value), ratio_low * 2.0**-SCALE / (1.0 + value)
