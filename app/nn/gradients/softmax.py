"""Softmax and its logarithm, right to the last bits however confident or wide the rows are.

Both are read off one thing: the exponentials of a row's distances to a whole number next to its largest
logit, kept as sums of two and scaled up, so that even what ends among the subnormals is rounded once, at the
very end. Few numbers are worked on as Python's floats, by the same operations in the same order: their bits
are those of arrays, without some 60 calls of NumPy.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats
from ..error_free import add_whole, two_sum
from ..exponential import exp_terms
from .few_rows import few_exponentials
from .row_sums import CUT, LOWEST, NARROW, SCALE, RowSums

# Sums of numbers beyond 2^900 are taken of the numbers times 2^−900.
_MODERATE = 900

# Rows are worked on in blocks of about so many numbers, which stay in the cache.
_NUMBERS_PER_BLOCK = 2**14


@dataclass(frozen=True, slots=True, eq=False)
class Exponentials:
    """What softmax, its logarithm and cross-entropy are made of, for rows of logits a of shape (N, k).

    `top` (N,) is the place of the largest logit m among all N·k. `base` + `growth` is 2⁵¹²·exp(aⱼ − c), c the
    whole number next to m, as `exp_terms` gives it; below e⁻¹⁰⁵⁴ it is 0. They are (k, N) where rows are
    narrow, since NumPy goes through the longer axis in one loop, else (N, k). `sums` are those of the rows.
    """

    logits: Floats
    top: npt.NDArray[np.intp]
    base: Floats
    growth: Floats
    sums: RowSums[Floats]

    def probabilities(self, out: Floats | None = None) -> Floats:
        """Return softmax(a), (N, k), in `out` if given: within 0.6 ulp, 2 spacings among the subnormals."""
        answer = np.empty_like(self.logits) if out is None else out
        axis, sums = _axis(self.logits), self.sums
        exact = self.base * _beside(sums.inverse_upper, axis)  # of 26 bits each
        rest = self.base * _beside(sums.inverse_lower, axis)
        rest += self.growth * _beside(sums.inverse, axis)
        exact += rest
        answer[:] = exact if axis else exact.T
        return answer

    def distances(self) -> tuple[Floats, Floats]:
        """Return m − aⱼ as a pair, (N, k) each; infinite where it is beyond the largest float64."""
        high, low = two_sum(self.logits.reshape(-1)[self.top][:, np.newaxis], -self.logits)
        low[~np.isfinite(high)] = 0.0
        return high, low

    def complements(self, probabilities: Floats) -> Floats:
        """Return Σ_{i≠j} pᵢ, (N, k): 1 − pⱼ, which would cancel for the largest pⱼ only."""
        answer: Floats = 1.0 - probabilities
        answer.reshape(-1)[self.top] = self.sums.complement()
        return answer


def exponentials(logits: Floats) -> Exponentials:
    """Return the exponentials of C-contiguous rows (N, k), best in blocks of `row_blocks`.

    A row whose largest logit is NaN or infinite has no sum but NaN. Overflow and invalid operations, here and
    in what is made of the answer, are for the caller to ignore.
    """
    rows, width = logits.shape
    axis, number = _axis(logits), np.arange(rows)
    largest = np.argmax(logits, axis=-1)
    top = largest + number * width
    whole = np.rint(logits.reshape(-1)[top])
    arranged, at = (logits, top) if axis else (np.ascontiguousarray(logits.T), largest * rows + number)
    # Beyond 2⁵³ a logit is so far from the largest that it counts as 0, or both are whole numbers.
    distance, low = add_whole(arranged, _beside(-whole, axis))
    if distance.min(initial=0.0) >= LOWEST:
        base, growth = exp_terms(distance, low, SCALE)
    else:
        # −∞ and NaN, or logits further apart than e^LOWEST.
        near = distance >= LOWEST
        near.reshape(-1)[at] = True
        base, growth = exp_terms(np.where(near, distance, LOWEST), np.where(near, low, 0.0), SCALE)
        base *= near
        growth *= near
    bases = base.reshape(-1)
    top_base, top_growth = bases[at], growth.reshape(-1)[at]
    bases[at] = 0.0
    # Cut at one place for its row, 26 bits below the largest, the upper parts add up without rounding in
    # whatever order; of the rest, 2⁻¹¹ of the sum, few roundings show.
    cut = _beside(np.maximum.reduce(base, axis=axis) * CUT, axis)
    coarse = base + cut
    coarse -= cut
    rest = base - coarse
    rest += growth
    rest.reshape(-1)[at] = 0.0
    bases[at] = top_base
    sums = RowSums.of(_sums(coarse, axis), _sums(rest, axis), top_base, top_growth)
    return Exponentials(logits, top, base, growth, sums)


def softmax(logits: Floats) -> Floats:
    """Return exp(aⱼ) / Σᵢ exp(aᵢ) over the last axis.

    `logits` is (..., k) with k ≥ 1, the answer of the same shape; each row's bits depend on that row alone.
    Within 2 ulp, and within 2 subnormal spacings where the value is subnormal. −∞ gives 0, and a single +∞
    gives the limit 1 there and 0 elsewhere; a row with NaN, with several +∞ or of −∞ alone is NaN.
    """
    rows = np.ascontiguousarray(logits, dtype=np.float64).reshape(-1, logits.shape[-1])
    few = few_exponentials(rows)
    if few is not None:
        return np.array([row.probabilities() for row in few]).reshape(logits.shape)
    answer = np.empty_like(rows)
    with np.errstate(over="ignore", invalid="ignore"):
        for block in row_blocks(*rows.shape):
            part = rows[block]
            parts = exponentials(part)
            parts.probabilities(out=answer[block])
            largest = part.reshape(-1)[parts.top]
            if not np.isfinite(largest).all():
                infinite = part == np.inf
                single = (infinite.sum(axis=-1) == 1) & (largest == np.inf)
                answer[block][~np.isfinite(largest)] = np.nan
                answer[block][single] = infinite[single]
    return answer.reshape(logits.shape)


def _axis(logits: Floats) -> int:
    """Return along which axis rows lie when they are worked on: 0 for narrow ones, see `Exponentials`."""
    return int(logits.shape[1] > NARROW)


def _beside(numbers: Floats, axis: int) -> Floats:
    """Return one number for each row, (N,), so that it stands beside every number of that row."""
    return numbers[:, np.newaxis] if axis else numbers


def _sums(terms: Floats, axis: int) -> Floats:
    """Return the sums of rows that lie along `axis`, (N,): of narrow ones in the order of `few_rows`."""
    alone = axis == 0 and terms.shape[1] == 1  # NumPy would add up a single column pairwise
    sums: Floats = np.add.accumulate(terms, axis=0)[-1] if alone else np.add.reduce(terms, axis=axis)
    return sums


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
