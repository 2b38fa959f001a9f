"""Exact sums of float64, entry by entry of an array, in whole numbers of base 2²²: a long accumulator.

A sum is Σ limb·2^(22·level) over the levels that occur (U. Kulisch 2013, *Computer Arithmetic and Validity*).
Every finite float64 has at most four balanced digits of 22 bits, so adding one is adding whole numbers: in
which order, in how many parts and where cannot show. That is the whole proof that merging commutes;
rounding happens once, when the sum is read.

Sums of products are exact too: a product of two digits is at most 2⁴² in size, 2,048 of them at most 2⁵³,
which BLAS adds without an error in any order (K. Ozaki, T. Ogita, S. Oishi, S. M. Rump 2012, *Error-free
transformations of matrix multiplication by using fast routines of matrix multiplication*).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .error_free import Floats
from .errors import Overflow, ShapeMismatch
from .finite import refuse_non_finite

Integers = npt.NDArray[np.int64]
Digits = dict[int, Floats]
"""Whole numbers of at most 2²¹ in size by level: an array is their sum, each times 2^(22·level)."""

BITS = 22
_HALF = 2 ** (BITS - 1)
_DIGITS = 4  # a digit may hold a single bit of the 53: ⌈(53 − 1)/22⌉ + 1
_MOST_PRODUCTS = 2 ** (53 - 2 * (BITS - 1))  # so many products of two digits add up to 2⁵³ at most

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
        self._carry()

    @property
    def limbs(self) -> Mapping[int, Integers]:
        """The limbs by level, in rising order."""
        return {level: self._limbs[level] for level in sorted(self._limbs)}

    def add(self, array: Floats) -> None:
        """Add an array of that shape. Raises `ShapeMismatch` or `NotFinite`."""
        array = np.asarray(array, dtype=np.float64)
        if array.shape != self.shape:
            raise ShapeMismatch(f"expected an array of shape {self.shape}, got {array.shape}")
        for level, digits in digits_of(array).items():
            self._add_limb(level, digits.astype(np.int64))
        self._carry()

    def add_rows(self, rows: Floats) -> None:
        """Add every row of an array (N, *shape). Raises `ShapeMismatch` or `NotFinite`."""
        rows = np.asarray(rows, dtype=np.float64)
        if rows.shape[1:] != self.shape:
            raise ShapeMismatch(f"expected rows of shape {self.shape}, got {rows.shape[1:]}")
        for level, digits in digits_of(rows).items():
            self._add_limb(level, digits.astype(np.int64).sum(axis=0))
        self._carry()

    def add_products(self, left: Floats, right: Floats) -> None:
        """Add leftᵀ·right, every product and every sum of them exact: (N, a) and (N, b) to shape (a, b).

        Raises `ShapeMismatch` or `NotFinite`.
        """
        if self.shape != (left.shape[1], right.shape[1]) or len(left) != len(right):
            raise ShapeMismatch(f"expected factors whose product is {self.shape}")
        for start in range(0, len(left), _MOST_PRODUCTS):
            rows = slice(start, start + _MOST_PRODUCTS)
            self._add_products(digits_of(left[rows]), digits_of(right[rows]))

    def add_digit_products(self, left: Floats, right: "LimbSums") -> None:
        """Add leftᵀ·right, where right (N, b) are exact sums: as `add_products`."""
        if self.shape != (left.shape[1], right.shape[1]) or len(left) != right.shape[0]:
            raise ShapeMismatch(f"expected factors whose product is {self.shape}")
        for start in range(0, len(left), _MOST_PRODUCTS):
            rows = slice(start, start + _MOST_PRODUCTS)
            digits = {level: limb[rows].astype(np.float64) for level, limb in right.limbs.items()}
            self._add_products(digits_of(left[rows]), digits)

    def _add_products(self, lefts: Digits, rights: Digits) -> None:
        if not lefts:
            return
        wide = np.concatenate(list(lefts.values()), axis=1).T
        for level, digits in rights.items():
            products = (wide @ digits).astype(np.int64).reshape(len(lefts), *self.shape)
            for other, product in zip(lefts, products, strict=True):
                self._add_limb(level + other, product)
            self._carry()

    def merge(self, other: "LimbSums") -> None:
        """Add everything that was added to another one. Raises `ShapeMismatch`."""
        if other.shape != self.shape:
            raise ShapeMismatch(f"expected sums of shape {self.shape}, got {other.shape}")
        for level, limb in other.limbs.items():
            self._add_limb(level, limb)
        self._carry()

    def numerators(self) -> tuple[npt.NDArray[Any], int]:
        """Return the sums as Python's whole numbers, an array of objects, and e: a sum is number·2^e."""
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
        return (
            self.shape == other.shape
            and self._limbs.keys() == other._limbs.keys()
            and all(np.array_equal(limb, other._limbs[level]) for level, limb in self._limbs.items())
        )

    __hash__ = None  # type: ignore[assignment]  # what is added to is no key

    def _add_limb(self, level: int, limb: Integers) -> None:
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
                    self._add_limb(level + 1, carried)
                    left.add(level + 1)
                if not self._limbs[level].any():
                    del self._limbs[level]
            level += 1


def digits_of(array: Floats) -> Digits:
    """Return the digits of an array by level, those levels only that occur: at most four for each number.

    Raises `NotFinite`.
    """
    array = np.asarray(array, dtype=np.float64)
    refuse_non_finite(array)
    mantissas, exponents = np.frexp(array)
    # |number| < 2^exponent ≤ 2^(22·level + 21), so that the first digit is at most 2²¹.
    tops = -((_HALF.bit_length() - 1 - exponents) // BITS)
    rest = np.ldexp(mantissas, exponents - BITS * tops)
    found: Digits = {}
    present = np.unique(tops[mantissas != 0.0]).tolist()
    masks = {level: tops == level for level in present} if len(present) > 1 else {}
    for place in range(_DIGITS):
        digits = np.rint(rest)
        rest -= digits  # exact: what is left is at most a half
        rest *= 2.0**BITS
        for top in present:
            some = np.where(masks[top], digits, 0.0) if masks else digits
            if not some.any():
                continue
            level = top - place
            found[level] = found[level] + some if level in found else some
        if not rest.any():
            break
    return found


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
            raise Overflow("expected a sum below 1.8e308 in size, got one beyond it", at) from None
    return answer.reshape(numerators.shape)
