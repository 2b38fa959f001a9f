"""Products of a matrix with exact sums, each number rounded once: no kernel of BLAS shows."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from .error_free import Floats, two_sum
from .errors import Overflow, ShapeMismatch
from .finite import refuse_non_finite
from .limbs import BITS, MOST_PRODUCTS, Integers, LimbSums, Slices, slices_of
from .words import plural

# Limbs of the sums that are looked at first, of sums shifted so that the first of these is full: 85 bits or
# more of their largest number, so that of a million products about one is too near the middle between two
# float64 for them.
_LIMBS = 4
_MOST_SLICES = 8  # of rows: more of them cost more than rows by themselves
_ROWS = 128  # at once: what stays in a processor's cache

_MASK = (1 << BITS) - 1


def rounded_products(rows: Floats, sums: LimbSums) -> Floats:
    """Return rows (N, d) times sums (d, k), every entry of (N, k) the exact one rounded once.

    Raises `ShapeMismatch`, `NotFinite`, and `Overflow` at an entry beyond the largest float64.
    """
    if rows.ndim != 2 or len(sums.shape) != 2 or rows.shape[1] != sums.shape[0]:
        raise ShapeMismatch(f"expected rows of {plural(sums.shape[0], 'number')}")
    answer = np.zeros((len(rows), sums.shape[1]))
    if not sums.limbs:
        refuse_non_finite(rows)
        return answer
    shift, limbs = _shifted(sums)
    top = max(limbs)
    upper = [
        (BITS * level - shift, limb.astype(np.float64))
        for level, limb in limbs.items()
        if level > top - _LIMBS
    ]
    rest = 2.0 ** (-BITS * (_LIMBS - 1)) if len(upper) < len(limbs) else 0.0
    decided = np.empty(answer.shape, dtype=bool)
    for start in range(0, len(rows), _ROWS):
        some = slice(start, start + _ROWS)
        answer[some], decided[some] = _nearly(rows[some], upper, BITS * top - shift, rest)
    undecided = np.flatnonzero(~decided.all(axis=1))
    for start in range(0, len(undecided), _ROWS):
        numbers = undecided[start : start + _ROWS]
        answer[numbers] = _exactly(rows[numbers], sums, numbers)
    return answer


def _shifted(sums: LimbSums) -> tuple[int, Mapping[int, Integers]]:
    """Return s, and the limbs of the sums times 2^s, of which the uppermost has 20 bits or more."""
    limbs = sums.limbs
    shift = max(0, BITS - 2 - int(np.abs(limbs[max(limbs)]).max()).bit_length())
    return shift, LimbSums(sums.shape, {level: limb << shift for level, limb in limbs.items()}).limbs


def _exactly(rows: Floats, sums: LimbSums, numbers: npt.NDArray[np.intp]) -> Floats:
    products = LimbSums((len(rows), sums.shape[1]))
    products.add_sums_times(rows.T, sums)
    try:
        return products.rounded()
    except Overflow as fault:
        raise Overflow(fault.detail, (int(numbers[int(fault.at[0])]), *fault.at[1:])) from None


def _nearly(rows: Floats, upper: Slices, top: int, rest: float) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return products with the upper limbs, rounded, and where the limbs that were left out cannot matter.

    Each entry of what was left out is below `rest` times 2^top.
    """
    cut = slices_of(rows)
    shape = len(rows), upper[0][1].shape[1]
    if not cut:
        return np.zeros(shape), np.ones(shape, dtype=bool)
    first = cut[0][0]
    aligned = not any((first - exponent) % BITS for exponent, _ in cut)
    if len(cut) > _MOST_SLICES or not aligned or abs(first) > 900:
        return np.zeros(shape), np.zeros(shape, dtype=bool)
    places = _places(cut, upper, first + top, shape)
    # No number is beyond 2²¹ times 2^first: which decides nearly always, and spares a look at every row.
    number, decided = _rounded(places, np.full((len(rows), 1), rest * rows.shape[1] * 2.0 ** (BITS - 1)))
    again = np.flatnonzero(~decided.all(axis=1))
    if rest and len(again):
        left_out = rest * rows.shape[1] * np.abs(rows[again]).max(axis=1, keepdims=True) * 2.0**-first
        number[again], decided[again] = _rounded([place[again] for place in places], left_out)
    with np.errstate(over="ignore", under="ignore"):
        scaled = np.ldexp(number, first + top)
    # Among subnormals it would be rounded a second time, and beyond the largest its place has to be told.
    usual = (np.abs(scaled) > 2.0**-1000) & np.isfinite(scaled)
    return scaled, decided & (usual | (number == 0.0))


def _places(cut: Slices, upper: Slices, first: int, shape: tuple[int, int]) -> list[Integers]:
    """Return whole numbers whose sum, each times 2^(−22·place), is the product divided by 2^first.

    All but the one at place 0 are in [0, 2²²).
    """
    wide = np.concatenate([limb for _, limb in upper], axis=1)
    depth = len(wide)
    found: dict[int, Integers] = {}
    for exponent, numbers in cut:
        total = np.zeros((shape[0], wide.shape[1]), dtype=np.int64)
        for start in range(0, depth, MOST_PRODUCTS):
            some = slice(start, start + MOST_PRODUCTS)
            total += (numbers[:, some] @ wide[some]).astype(np.int64)
        for index, (other, _) in enumerate(upper):
            place = (first - exponent - other) // BITS
            product = total[:, index * shape[1] : (index + 1) * shape[1]]
            found[place] = found[place] + product if place in found else product
    none = np.zeros(shape, dtype=np.int64)
    places = [found.get(place, none) for place in range(max(found) + 1)]
    for place in range(len(places) - 1, 0, -1):
        places[place - 1] = places[place - 1] + (places[place] >> BITS)
        places[place] = places[place] & _MASK
    return places


def _rounded(places: list[Integers], left_out: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return Σ place·2^(−22·index) rounded to nearest, and where it is so whatever below `left_out` lacks."""
    none = np.zeros_like(places[0])
    places = [*places, *[none] * 6]
    upper = (places[0] >> BITS).astype(np.float64) * 2.0**BITS
    first = _pair(places[0] & _MASK, places[1]) * 2.0**-BITS
    second = _pair(places[2], places[3]) * 2.0 ** (-BITS * 3)
    third = _pair(places[4], places[5]) * 2.0 ** (-BITS * 5)
    s, e = two_sum(upper, first)
    t, f = two_sum(e, second)
    s, t = two_sum(s, t)
    u, v = two_sum(f, third)
    t, u = two_sum(t, u)
    s, t = two_sum(s, t)
    # s + t + u + v is exact but for places from 6 on, each below 2²².
    beyond = np.any([one != 0 for one in places[6:]], axis=0) * 2.0 ** (-BITS * 5)
    low = t + (u + v)
    doubt = beyond + left_out
    # Beside a half of a spacing the smallest doubt has no room, and it decides all the same.
    inexact = (u != 0.0) | (v != 0.0) | (doubt != 0.0)
    doubt = doubt + np.where(inexact, 2.0**-50 * (np.abs(t) + np.abs(u)), 0.0)
    number = s + low
    decided = (s + (low - doubt) == number) & (s + (low + doubt) == number)
    return number, decided & ((doubt == 0.0) | (number != 0.0))


def _pair(upper: Integers, lower: Integers) -> Floats:
    return ((upper << BITS) | lower).astype(np.float64)
