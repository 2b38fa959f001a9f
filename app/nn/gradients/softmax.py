"""Softmax and its logarithm, right to the last bits however confident or wide the rows are.

Both are read off one thing: the exponentials of a row's distances to its largest logit, kept as pairs and
scaled up, so that even what ends among the subnormals is rounded once, at the very end.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats
from ..error_free import two_product, two_sum
from ..exponential import exp_double

SCALE = 512
"""Exponentials are kept times 2^SCALE: normal down to e⁻¹⁰⁵⁴, where e⁻⁷⁴⁵ is already the last subnormal."""

# −700 + 512·ln 2 rounded towards 0 is where `exp_double` ends; what lies below counts as 0.
_LOWEST = -1054.0

# Sums of numbers beyond 2^900 are taken of the numbers times 2^−900.
_MODERATE = 900

# Rows are worked on in blocks of about so many numbers, which stay in the cache.
_NUMBERS_PER_BLOCK = 2**15


@dataclass(frozen=True, slots=True, eq=False)
class Exponentials:
    """What softmax, its logarithm and cross-entropy are made of, for rows of logits a of shape (N, k).

    `top` (N,) is the place of the largest logit m among all N·k; `distance` + `distance_low` is aⱼ − m
    exactly. `high` + `low` is 2⁵¹²·exp(aⱼ − m) to 2⁻⁵⁸, and 0 at `top`; `others` + `others_low` (N, 1) is
    their sum, and `total` + `total_low` that sum with the 2⁵¹² of the largest logit. exp(aⱼ − m) below
    e⁻¹⁰⁵⁴ is 0.
    """

    top: npt.NDArray[np.intp]
    distance: Floats
    distance_low: Floats
    high: Floats
    low: Floats
    others: Floats
    others_low: Floats
    total: Floats
    total_low: Floats

    def probabilities(self) -> Floats:
        """Return softmax(a), (N, k): within 1.1 ulp, 2 spacings among the subnormals."""
        inverse = 1.0 / self.total
        # One Newton step; 1 − inverse·total is what rounding the inverse left, at most an ulp of 1.
        inverse_low = inverse * (_one_minus_product(inverse, self.total) - inverse * self.total_low)
        answer = self.high * inverse
        rest = self.high * inverse_low
        rest += self.low * inverse
        answer += rest
        answer.reshape(-1)[self.top] = ((inverse + inverse_low) * 2.0**SCALE)[:, 0]
        return answer

    def complements(self, probabilities: Floats) -> Floats:
        """Return Σ_{i≠j} pᵢ, (N, k): 1 − pⱼ, which would cancel for the largest pⱼ only."""
        answer: Floats = 1.0 - probabilities
        answer.reshape(-1)[self.top] = self.top_complement()
        return answer

    def top_complement(self) -> Floats:
        """Return Σ pᵢ over all but the largest logit, (N,)."""
        answer: Floats = (self.others / self.total)[:, 0]
        return answer

    def log_total(self) -> tuple[Floats, Floats]:
        """Return ln Σⱼ exp(aⱼ − m) as a pair, (N, 1) each: log1p of the other exponentials' sum."""
        others = self.others * 2.0**-SCALE
        return np.log1p(others), self.others_low * 2.0**-SCALE / (1.0 + others)


def exponentials(logits: Floats) -> Exponentials:
    """Return the exponentials of C-contiguous rows (N, k), best in blocks of `row_blocks`, without a warning.

    Where a row's largest logit is NaN or infinite, so is the distance, and nothing else of that row counts.
    """
    rows, width = logits.shape
    top = np.argmax(logits, axis=-1)
    top += np.arange(0, rows * width, width)
    with np.errstate(over="ignore", invalid="ignore"):
        distance, distance_low = two_sum(logits, -logits.reshape(-1)[top][:, np.newaxis])
        near = distance >= _LOWEST
        if near.all():
            high, low = exp_double(distance, distance_low, SCALE)
        else:
            # −∞ and NaN, or logits further apart than the largest float64.
            distance_low[~np.isfinite(distance)] = 0.0
            high, low = exp_double(np.where(near, distance, _LOWEST), distance_low * near, SCALE)
            high *= near
            low *= near
        high.reshape(-1)[top] = 0.0
        low.reshape(-1)[top] = 0.0
        _, exponent = np.frexp(high.max(axis=-1, keepdims=True))
        others, others_low = _sum(high, low, exponent)
        total, total_low = two_sum(2.0**SCALE, others)
        total_low += others_low
    return Exponentials(top, distance, distance_low, high, low, others, others_low, total, total_low)


def softmax(logits: Floats) -> Floats:
    """Return exp(aⱼ) / Σᵢ exp(aᵢ) over the last axis.

    `logits` is (..., k) with k ≥ 1, the answer of the same shape; each row's bits depend on that row alone.
    Within 2 ulp, and within 2 subnormal spacings where the value is subnormal. −∞ gives 0, and a single +∞
    gives the limit 1 there and 0 elsewhere; a row with NaN, with several +∞ or of −∞ alone is NaN.
    """
    rows = np.ascontiguousarray(logits, dtype=np.float64).reshape(-1, logits.shape[-1])
    answer = np.empty_like(rows)
    for block in row_blocks(*rows.shape):
        part = rows[block]
        answer[block] = exponentials(part).probabilities()
        largest = part.max(axis=-1)
        if not np.isfinite(largest).all():
            infinite = part == np.inf
            single = (infinite.sum(axis=-1) == 1) & (largest == np.inf)
            answer[block][~np.isfinite(largest)] = np.nan
            answer[block][single] = infinite[single]
    return answer.reshape(logits.shape)


def compensated_sum(high: Floats, low: Floats) -> tuple[Floats, Floats]:
    """Return the sums over the last axis of high + low as a pair, (..., 1) each.

    Every `high` is cut at one place for its row, chosen so that the upper parts add up without rounding in
    whatever order; only the lower parts' sum rounds, some 2⁻⁵² − log₂k of the largest entry further down
    (S. M. Rump 2009, *Ultimately fast accurate summation*, §2).
    """
    largest = np.maximum(high.max(axis=-1, keepdims=True), -high.min(axis=-1, keepdims=True))
    _, exponent = np.frexp(largest)
    if (exponent > _MODERATE).any():
        # The cut itself would overflow.
        shift = np.where(exponent > _MODERATE, _MODERATE, 0)
        sums = compensated_sum(np.ldexp(high, -shift), np.ldexp(low, -shift))
        return np.ldexp(sums[0], shift), np.ldexp(sums[1], shift)
    return _sum(high, low, exponent)


def _sum(high: Floats, low: Floats, exponent: npt.NDArray[np.int_]) -> tuple[Floats, Floats]:
    """Return the sums over the last axis where no |high| is above 2^exponent, (..., 1)."""
    # The upper parts are multiples of 2^(e + b − 51) and at most 2^e: 2^b of them sum up to 2⁵¹ multiples.
    bits = (high.shape[-1] - 1).bit_length()
    cut = np.ldexp(1.5, exponent + (bits + 1))
    upper = (high + cut) - cut
    return two_sum(upper.sum(axis=-1, keepdims=True), (high - upper + low).sum(axis=-1, keepdims=True))


def row_blocks(rows: int, width: int) -> Iterator[slice]:
    """Yield slices that cut `rows` rows of `width` numbers into blocks that stay in the cache."""
    height = max(1, _NUMBERS_PER_BLOCK // width)
    return (slice(start, start + height) for start in range(0, rows, height))


def _one_minus_product(a: Floats, b: Floats) -> Floats:
    """Return 1 − a·b where a·b is next to 1."""
    product, rest = two_product(a, b)
    return (1.0 - product) - rest
