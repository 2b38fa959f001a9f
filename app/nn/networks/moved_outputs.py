"""By how much biases that differ move the outputs at an input, from slopes, however small that is."""

from collections.abc import Sequence

import mpmath as mp
import numpy as np

from ..precision import as_mpf, extended_precision
from .atoms import Atom
from .enclosed_values import ExactPoint, stage_by_stage
from .exact_map import ExactMap
from .extended import Enclosure
from .normal_form import NormalForm
from .slope_enclosures import slopes_between

_Interval = tuple[mp.mpf, mp.mpf]
_ZERO: _Interval = (mp.mpf(0), mp.mpf(0))


def same_but_for_biases(first: NormalForm, second: NormalForm) -> bool:
    """Tell whether two forms have the same units and weights, and no softmax."""
    return (
        not (first.softmax or second.softmax)
        and [stage.atom for stage in first.stages] == [stage.atom for stage in second.stages]
        and all(mine.same_weights(own) for mine, own in zip(_maps(first), _maps(second), strict=True))
    )


def differ_at(first: NormalForm, second: NormalForm, point: ExactPoint, bits: int) -> bool:
    """Tell whether F ≠ G is proven at a point, of forms that are the same but for biases.

    What a stage takes in differs by d = W·δ + (β − β′), and what it puts out by δ = s·d, s between the least
    and the largest slope from the one argument to the other. Neither loses relative precision: units that
    are saturated beyond all digits that can be afforded let pass e^−20000·d, and that is not 0. Sums of both
    signs may; then nothing is told, nor beside jumps.
    """
    maps = [_maps(form) for form in (first, second)]
    moved = [_ZERO] * first.inputs
    arguments = zip(*(stage_by_stage(form, point, bits) for form in (first, second)), strict=True)
    try:
        for index, (mine, theirs) in enumerate(arguments):
            atom = first.stages[index].atom
            with extended_precision(bits):
                sums = _sums(maps[0][index], maps[1][index], moved)
                behind = [_behind(atom, d, z, t) for d, z, t in zip(sums, mine, theirs, strict=True)]
            if any(one is None for one in behind):
                return False
            moved = [one for one in behind if one is not None]
    except OverflowError:
        return False
    with extended_precision(bits):
        return any(low > 0 or high < 0 for low, high in _sums(maps[0][-1], maps[1][-1], moved))


def _maps(form: NormalForm) -> list[ExactMap]:
    return [*(stage.map for stage in form.stages), form.last]


def _sums(mine: ExactMap, theirs: ExactMap, moved: Sequence[_Interval]) -> list[_Interval]:
    """Return W·δ + (β − β′) for each unit."""
    unit = as_mpf(mine.unit)
    sums = []
    for row, b, other in zip(mine.numbers, mine.bias, theirs.bias, strict=True):
        ends = [(as_mpf(b - other),) * 2]
        for column in np.flatnonzero(row != 0).tolist():
            if moved[column] != _ZERO:
                weight = unit * int(row[column])
                ends.append(_in_order(weight * moved[column][0], weight * moved[column][1]))
        low, high, size = mp.mpf(0), mp.mpf(0), mp.mpf(0)
        for least, most in ends:
            low, high, size = low + least, high + most, size + max(abs(least), abs(most))
        error = size * len(ends) * mp.mpf(2) ** (8 - mp.mp.prec)
        sums.append((low - error, high + error))
    return sums


def _behind(atom: Atom, d: _Interval, mine: Enclosure, theirs: Enclosure) -> _Interval | None:
    """Return what is between g(z) and g(z′) for z and z′ that are d apart; None if unknown."""
    if d == _ZERO:
        return _ZERO
    ends = [one.value + sign * 2 * one.radius for one in (mine, theirs) for sign in (-1, 1)]
    slopes = slopes_between(atom, min(ends), max(ends))
    if slopes is None:
        return None
    products = [slope * end for slope in slopes for end in d]
    low, high = min(products), max(products)
    error = mp.mpf(2) ** (8 - mp.mp.prec)
    return low - abs(low) * error, high + abs(high) * error


def _in_order(one: mp.mpf, other: mp.mpf) -> _Interval:
    return (one, other) if one <= other else (other, one)
