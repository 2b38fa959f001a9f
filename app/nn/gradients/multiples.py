"""Numbers that are a mistake's, or the right ones, times a factor that nobody knows beforehand."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..activations.record import Floats
from .allowances import UNEXPLAINED, allowances_of_multiples
from .candidate_search import Near, near_candidates
from .candidates import Group, Indices, Key
from .layouts import Layout
from .wrong_numbers import WrongNumbers

# What is allowed at a few places before a multiple is worked out in full, in units of what is allowed there.
_GENEROUS = 2.0

# A mistake whose numbers are what is left of terms so many times as large is all rounding.
_LEFT_OVER = 1e6


@dataclass(frozen=True, slots=True)
class Scaled:
    """A part that is `factor` times what comes of `key`; within `slack` of 1 the factor shows nothing."""

    key: Key
    factor: float
    level: int
    slack: float


def scaled_mistakes(wrong: WrongNumbers) -> Iterator[Scaled]:
    """Yield what comes of one deviation, times any factor, and is the submission."""
    if np.count_nonzero(wrong.given) < 2:
        return
    for one in near_candidates(wrong.part, wrong.given, wrong.telling, partial(_of_one_deviation, wrong)):
        scaled = _scaled_as(wrong, one.key, one.numbers, one.places)
        if scaled is not None:
            yield scaled


def multiple_of_right(wrong: WrongNumbers) -> Scaled | None:
    """Return the factor by which a submission of the right shape is off in all entries, if it is."""
    right = wrong.part.right.ravel()
    if not len(_proportional(wrong, right[wrong.telling][np.newaxis])):
        return None
    return _scaled_as(wrong, frozenset(), right, np.arange(right.size))


def _of_one_deviation(
    wrong: WrongNumbers, group: Group, layout: Layout, entries: Indices, table: Floats
) -> Iterator[Near]:
    """Yield which products of one deviation, the layout's or their own, are multiples at some places."""
    chosen = np.flatnonzero(group.counts == (0 if layout.deviations else 1))
    if not layout.offset and len(chosen):
        for entry in _proportional(wrong, table[chosen]):
            yield Near(int(chosen[entry]))


def _scaled_as(wrong: WrongNumbers, key: Key, numbers: Floats, places: Indices) -> Scaled | None:
    """Return c with submission ≈ c·numbers, what allowance that needs, and how near to 1 it shows nothing."""
    data = wrong.flat[places]
    factor = _common_factor(data, numbers)
    if factor == 0.0:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        expected, largest = factor * numbers, float(np.abs(wrong.flat).max())
    if not wrong.explained_by(expected, places):
        return None
    evaluation = wrong.part.unit * max(abs(factor) * wrong.part.term, largest)
    if key and abs(factor) * wrong.part.term > _LEFT_OVER * largest:
        return None  # as on rows without doubt: anything would be a multiple
    wider = allowances_of_multiples(wrong.allowed, numbers, places)
    level = wrong.level(expected, places, evaluation, wider)
    if level is None:
        return None
    allowed = wrong.allowed[level]
    fixed = float(allowed.fixed.max(initial=0.0)) / largest
    return Scaled(key, factor, level, 2.0 * (allowed.relative + fixed) + wrong.part.unit)


def _proportional(wrong: WrongNumbers, table: Floats) -> Indices:
    """Return which rows may have the numbers at the first telling places as multiples.

    They are those for which one factor does at every place, where it is between two numbers, from what is
    allowed there.
    """
    count = table.shape[1]
    data = wrong.flat[wrong.telling[:count]]
    relative, fixed = wrong.widest[0], wrong.widest[1][:count]
    largest = float(np.abs(data).max())
    with np.errstate(all="ignore"):
        factors = (table @ data) / (table * table).sum(axis=1)
        left = np.abs(data - factors[:, np.newaxis] * table).max(axis=1)
        rough = np.flatnonzero(left <= UNEXPLAINED * largest)
        if not len(rough):
            return rough
        table, factors = table[rough], factors[rough]
        evaluation = wrong.part.unit * np.maximum(np.abs(factors) * wrong.part.term, largest)
        slack = _GENEROUS * (relative * np.abs(data) + fixed + evaluation[:, np.newaxis])
        ends = np.sort([(data - slack) / table, (data + slack) / table], axis=0)
        inside = np.abs(data) <= slack
        low = np.where(table == 0.0, np.where(inside, -np.inf, np.inf), ends[0])
        high = np.where(table == 0.0, np.where(inside, np.inf, -np.inf), ends[1])
        fitting: Indices = rough[low.max(axis=1) <= high.min(axis=1)]
    return fitting


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
