"""Exact sums of float64, entry by entry of an array, in whole numbers of base 2²²: a long accumulator.

A sum is Σ limb·2^(22·level) over the levels that occur (U. Kulisch 2013, *Computer Arithmetic and Validity*).
An array of float64 is cut into whole numbers of at most 22 bits times a power of two each, so adding one is
adding whole numbers: in which order, in how many parts and where cannot show. That is the whole proof that
merging commutes; rounding happens once, when the sum is read.

Sums of products are exact too: a product of two such numbers is at most 2⁴² in size, 2,048 of them at most
2⁵³, which BLAS adds without an error in any order (K. Ozaki, T. Ogita, S. Oishi, S. M. Rump 2012, *Error-free
transformations of matrix multiplication by using fast routines of matrix multiplication*).
"""

from collections.abc import Mapping
from math import frexp
from typing import Any

import numpy as np
import numpy.typing as npt

from .error_free import Floats
from .errors import Overflow, ShapeMismatch
from .finite import refuse_non_finite

Integers = npt.NDArray[np.int64]
Slices = list[tuple[int, Floats]]
"""Whole numbers of at most 2²¹ in size by exponent: an array is their sum, each times 2^exponent."""

BITS = 22
MOST_PRODUCTS = 2 ** (53 - 2 * (BITS - 1))
"""So many products of two slices' numbers add up to 2⁵³ at most."""

_HALF = 2 ** (BITS - 1)
_ROOM = 2**62  # what a limb may grow to before carries are due
_ROWS = 128  # of a matrix, cut at once: what stays in a processor's cache
_NUMBERS = 2**14  # of an array, cut at once: so too
_SMALLEST = -1074  # exponent of the smallest subnormal

LEVELS = range(-120, 120)
"""The levels that sums and sums of products of fewer than 2⁶³ float64 can have."""


class LimbSums:
    """The exact sum of everything added so far, for each entry of an array of one shape.

    Equal sums are equal, limb for limb: each limb is in [−2²¹, 2²¹), and levels of zeros are left out.
    """

    def __init__(self, shape: tuple[int, ...], limbs: Mapping[int, Integers] | None = None) -> None:
        self.shape = shape
        self._limbs = dict(limbs or {})
        if any(limb.shape != shape for limb in self._limbs.values()):
            raise ShapeMismatch(f"expected limbs of shape {shape}")
        self._bound = 0  # of the size of every limb
        self._carry()

    @property
    def limbs(self) -> Mapping[int, Integers]:
        """The limbs by level, in rising order."""
        self._carry()
        return {level: self._limbs[level] for level in sorted(self._limbs)}

    def add(self, array: Floats) -> None:
        """Add an array of that shape. Raises `ShapeMismatch` or `NotFinite`."""
        array = np.asarray(array, dtype=np.float64)
        if array.shape != self.shape:
            raise ShapeMismatch(f"expected an array of shape {self.shape}, got {array.shape}")
        found: dict[int, Integers] = {}
        flat = array.reshape(-1)
        for start in range(0, flat.size, _NUMBERS):
            for exponent, numbers in slices_of(flat[start : start + _NUMBERS]):
                level, shift = divmod(exponent, BITS)
                if level not in found:
                    found[level] = np.zeros(flat.size, dtype=np.int64)
                numbers *= 2.0**shift
                found[level][start : start + _NUMBERS] += numbers.astype(np.int64)
        for level, limb in found.items():
            self._add_limb(level, limb.reshape(self.shape), 2 ** (2 * BITS))

    def add_rows(self, rows: Floats) -> None:
        """Add every row of an array (N, *shape). Raises `ShapeMismatch` or `NotFinite`."""
        rows = np.asarray(rows, dtype=np.float64)
        if rows.shape[1:] != self.shape:
            raise ShapeMismatch(f"expected rows of shape {self.shape}, got {rows.shape[1:]}")
        for start in range(0, len(rows), MOST_PRODUCTS):
            some = rows[start : start + MOST_PRODUCTS]
            for exponent, numbers in slices_of(some):
                total = numbers.sum(axis=0)  # of whole numbers below 2⁵³: exact in any order
                self._add_scaled(exponent, np.asarray(total, dtype=np.int64), _HALF * len(some))

    def add_products(self, left: Floats, right: Floats) -> None:
        """Add leftᵀ·right, every product and every sum of them exact: (N, a) and (N, b) to shape (a, b).

        Raises `ShapeMismatch` or `NotFinite`.
        """
        if self.shape != (left.shape[1], right.shape[1]) or len(left) != len(right):
            raise ShapeMismatch(f"expected factors whose product is {self.shape}")
        for start in range(0, len(left), MOST_PRODUCTS):
            rows = slice(start, start + MOST_PRODUCTS)
            self._add_row_products(slices_of(left[rows]), right[rows])

    def add_sums_times(self, left: Floats, right: "LimbSums") -> None:
        """Add leftᵀ·right, where right (N, b) are exact sums: as `add_products`."""
        if self.shape != (left.shape[1], right.shape[1]) or len(left) != right.shape[0]:
            raise ShapeMismatch(f"expected factors whose product is {self.shape}")
        limbs = right.limbs
        for start in range(0, len(left), MOST_PRODUCTS):
            rows = slice(start, start + MOST_PRODUCTS)
            lefts = slices_of(left[rows])
            if lefts:
                wide = _side_by_side(lefts)
                for level, limb in limbs.items():
                    self._add_each(lefts, BITS * level, wide @ limb[rows].astype(np.float64))

    def _add_row_products(self, lefts: Slices, right: Floats) -> None:
        """Add the products of at most `MOST_PRODUCTS` rows, few at a time: these stay in a cache."""
        if not lefts:
            return
        wide = _side_by_side(lefts)
        products: dict[int, Floats] = {}
        for start in range(0, len(right), _ROWS):
            for exponent, numbers in slices_of(right[start : start + _ROWS]):
                product = wide[:, start : start + _ROWS] @ numbers
                products[exponent] = products[exponent] + product if exponent in products else product
        for exponent, product in products.items():
            self._add_each(lefts, exponent, product)

    def _add_each(self, lefts: Slices, exponent: int, products: Floats) -> None:
        """Add products with slices side by side, whole numbers times 2^exponent."""
        wholes = products.astype(np.int64).reshape(len(lefts), *self.shape)
        for (other, _), whole in zip(lefts, wholes, strict=True):
            self._add_scaled(exponent + other, whole, 2**53)

    def merge(self, other: "LimbSums") -> None:
        """Add everything that was added to another one. Raises `ShapeMismatch`."""
        if other.shape != self.shape:
            raise ShapeMismatch(f"expected sums of shape {self.shape}, got {other.shape}")
        if self._bound + other._bound > _ROOM:
            other._carry()
        for level, limb in list(other._limbs.items()):
            self._add_limb(level, limb, other._bound)

    def numerators(self) -> tuple[npt.NDArray[Any], int]:
        """Return the sums as Python's whole numbers, an array of objects, and e: a sum is number·2^e."""
        self._carry()
        lowest = min(self._limbs, default=0)
        total = np.zeros(self.shape, dtype=object)
        for level, limb in self._limbs.items():
            total = total + limb.astype(object) * (1 << BITS * (level - lowest))
        return np.asarray(total, dtype=object), BITS * lowest

    def rounded(self, count: int = 1) -> Floats:
        """Return each sum divided by `count`, rounded once, to nearest and ties to even.

        Raises `Overflow` at the first that is beyond the largest float64.
        """
        return rounded_quotients(*self.numerators(), count)

    def __eq__(self, other: object) -> bool:
        """Tell whether all sums are equal."""
        if not isinstance(other, LimbSums):
            return NotImplemented
        ours, others = self.limbs, other.limbs
        return (
            self.shape == other.shape
            and ours.keys() == others.keys()
            and all(np.array_equal(limb, others[level]) for level, limb in ours.items())
        )

    __hash__ = None  # type: ignore[assignment]  # what is added to is no key

    def _add_scaled(self, exponent: int, numbers: Integers, bound: int) -> None:
        """Add whole numbers of at most `bound`, itself at most 2⁵³, in size, times 2^exponent."""
        level, shift = divmod(exponent, BITS)
        if bound << shift < _ROOM // 2:
            self._add_limb(level, numbers << shift, bound << shift)
            return
        upper = numbers >> BITS
        self._add_limb(level, (numbers - (upper << BITS)) << shift, 1 << (BITS + shift))
        self._add_limb(level + 1, upper << shift, 1 << (53 - BITS + shift))

    def _add_limb(self, level: int, limb: Integers, bound: int) -> None:
        if self._bound + bound > _ROOM:
            self._carry()
        self._bound += bound
        # Never in place: a limb may be another one's, or a view of a file.
        known = self._limbs.get(level)
        self._limbs[level] = limb if known is None else known + limb

    def _carry(self) -> None:
        """Bring every limb into [−2²¹, 2²¹), from the lowest level up: there is one such form only."""
        level = min(self._limbs, default=0)
        left = set(self._limbs)
        while left:
            left.discard(level)
            limb = self._limbs.get(level)
            if limb is not None:
                carried = (limb + _HALF) >> BITS
                if carried.any():
                    self._limbs[level] = limb - (carried << BITS)
                    above = self._limbs.get(level + 1)
                    self._limbs[level + 1] = carried if above is None else above + carried
                    left.add(level + 1)
                if not self._limbs[level].any():
                    del self._limbs[level]
            level += 1
        self._bound = _HALF


def _side_by_side(slices: Slices) -> Floats:
    return np.concatenate([numbers for _, numbers in slices], axis=1).T


def slices_of(array: Floats) -> Slices:
    """Return an array cut into whole numbers of 22 bits, those with the largest exponent first.

    Exponents are a multiple of 22 apart; where an array's numbers leave a gap, there is no slice. A slice is
    what rounding to a whole number gives, and what is left of it is exact (S. M. Rump, T. Ogita, S. Oishi
    2008, *Accurate floating-point summation*, I, §3).

    Raises `NotFinite`.
    """
    largest = _largest(array)
    if not largest < np.inf:
        refuse_non_finite(array)
    if not largest:
        return []
    exponent = _exponent(largest)
    if not -900 < exponent <= 0:
        return _slices_of_any_size(array, exponent)
    rest = array * 2.0**-exponent  # nothing is lost: no number gets smaller, none beyond 2²¹
    found: Slices = []
    while True:
        slice_ = np.rint(rest)
        if slice_.any():  # stops at the first number that is not 0
            found.append((exponent, slice_))
        if not (rest != slice_).any():
            return found
        rest -= slice_
        # Looking for a gap costs as much as the slice: behind the first one there mostly is none.
        steps = 1 if len(found) == 1 else max(1, -_exponent(_largest(rest)) // BITS)
        if steps > 40:  # 2^(22·steps) itself would be beyond the largest float64
            rest = np.ldexp(rest, BITS * steps)
        else:
            rest *= 2.0 ** (BITS * steps)
        exponent -= BITS * steps


def _slices_of_any_size(array: Floats, exponent: int) -> Slices:
    """Return slices where 2^exponent times a number may be beyond the largest float64, or a rest be lost."""
    rest = np.array(array)
    found: Slices = []
    while True:
        scaled = np.ldexp(rest, -exponent)
        slice_ = np.rint(scaled)
        rest = np.where(slice_ != 0.0, np.ldexp(scaled - slice_, exponent), rest)
        found.append((exponent, slice_))
        largest = _largest(rest)
        if not largest:
            return found
        exponent = max(exponent - max(1, (exponent - _exponent(largest)) // BITS) * BITS, _SMALLEST)


def _largest(array: Floats) -> float:
    return max(float(array.max()), -float(array.min())) if array.size else 0.0


def _exponent(largest: float) -> int:
    """Return e with every number of at most `largest`, which is not 0, at most 2²¹ times 2^e."""
    return max(frexp(largest)[1] - (BITS - 1), _SMALLEST)


def rounded_quotients(numerators: npt.NDArray[Any], exponent: int, count: int = 1) -> Floats:
    """Return number·2^exponent / count for each of Python's whole numbers, rounded once, in their shape.

    Raises `Overflow` at the first that is beyond the largest float64.
    """
    above, below = 1 << max(exponent, 0), count << max(-exponent, 0)
    answer = np.empty(numerators.size)
    for index, number in enumerate(numerators.reshape(-1).tolist()):
        try:
            answer[index] = number * above / below  # Python's quotient of whole numbers rounds correctly
        except OverflowError:
            at = tuple(int(i) for i in np.unravel_index(index, numerators.shape))
            raise Overflow("expected a sum below 1.8×10³⁰⁸ in size, got one beyond it", at) from None
    return answer.reshape(numerators.shape)
