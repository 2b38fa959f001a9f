"""Numbers that are a mistake's, or the right ones, times a factor that nobody knows beforehand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..activations.record import Floats
from .allowances import UNEXPLAINED, Allowance, allowances_of_multiples
from .candidate_search import Near, near_candidates
from .candidates import Deviation, Group, Indices, Key, Scalar
from .layouts import SIGN, STEP, Layout
from .wrong_numbers import WrongNumbers

# What is allowed at a few places before a multiple is worked out in full, in units of what is allowed there.
_GENEROUS = 2.0

# A number that is found for a part, as λ in λ·Θ, is one of its entries less: fewer than these show nothing.
_ENTRIES_FOR_A_FACTOR = 3

_AS_IT_IS = Scalar(1.0)


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


@dataclass(frozen=True, slots=True)
class Added:
    """A part that is the right one, or another base, plus `factor` ± `slack` times some numbers."""

    factor: float
    slack: float
    level: int


def step_or_regulariser(wrong: WrongNumbers) -> Iterator[tuple[Key, int]]:
    """Yield what the parameter, with whatever factor fits, is in it, and the allowance that it needs.

    The submission has the right shape.
    """
    part, right = wrong.part, wrong.part.right.ravel()
    parameter = np.broadcast_to(part.parameter, part.right.shape).ravel()
    if right.size < _ENTRIES_FOR_A_FACTOR or not parameter.any():
        return
    found = _added(wrong, parameter, right)
    if found is not None:
        yield (frozenset((STEP,)) if found.factor < 0.0 else frozenset((STEP, SIGN))), found.level
    found = _added(wrong, right, parameter)
    if found is not None and part.penalty + found.factor >= 0.0:
        yield frozenset((part.regulariser,)), found.level


def drifts(wrong: WrongNumbers) -> dict[Deviation, Added]:
    """Return the drifts of a part that a submission of the right shape shows, each minus any step's width."""
    found: dict[Deviation, Added] = {}
    if wrong.flat.size >= _ENTRIES_FOR_A_FACTOR:
        for deviation, numbers in wrong.part.drifts:
            added = _added(wrong, wrong.part.right.ravel(), numbers.ravel())
            if added is not None and added.factor < 0.0:
                found[deviation] = added
    return found


def same_drifts(wrong: WrongNumbers, known: Mapping[Deviation, Added]) -> Iterator[tuple[Key, int]]:
    """Yield the drifts that were found in another part and explain this one too, which may be short."""
    everywhere = np.arange(wrong.flat.size)
    for deviation, numbers in wrong.part.drifts:
        if deviation in known:
            moved = known[deviation].factor * numbers.ravel()
            off = abs(known[deviation].slack) * np.abs(numbers.ravel())
            wider = [Allowance(one.relative, one.fixed + off, one.evaluated) for one in wrong.allowed]
            evaluation = wrong.part.unit * max(wrong.part.term, float(np.abs(moved).max(initial=0.0)))
            expected = wrong.part.right.ravel() + moved
            level = wrong.level(expected, everywhere, evaluation, wider)
            if level is not None and wrong.explained_by(expected, everywhere):
                yield frozenset((deviation,)), level


def _added(wrong: WrongNumbers, base: Floats, moved: Floats) -> Added | None:
    """Return c with submission ≈ base + c·moved by least squares, and what allowance that needs."""
    part, given, at = wrong.part, wrong.flat, wrong.telling
    with np.errstate(over="ignore", invalid="ignore"):
        size = float(moved @ moved)
        factor = float((given - base) @ moved) / size if size > 0.0 else 0.0
        part_of_it = abs(factor) * max(float(moved.max()), -float(moved.min()))
        if not 0.0 < part_of_it < np.inf:
            return None
        left = np.abs(given[at] - (base[at] + factor * moved[at]))
        if not left.max() <= UNEXPLAINED * part_of_it:
            return None
        expected = base + factor * moved
        if not float(np.abs(given - expected).max()) <= UNEXPLAINED * part_of_it:
            return None
    everywhere = np.arange(given.size)
    if not wrong.explained_by(expected, everywhere):
        return None
    wider = allowances_of_multiples(wrong.allowed, moved, everywhere)
    evaluation = part.unit * max(part.term, part_of_it)
    level = wrong.level(expected, everywhere, evaluation, wider)
    if level is None:
        return None
    uncertain = wrong.allowed[level].fixed + evaluation
    return Added(factor, float(np.vdot(uncertain, np.abs(moved))) / size, level)


def _of_one_deviation(
    wrong: WrongNumbers, group: Group, layout: Layout, entries: Indices, table: Floats
) -> Iterator[Near]:
    """Yield which products of one deviation, the layout's or their own, are multiples at some places."""
    chosen = np.flatnonzero(group.counts == (0 if layout.deviations else 1))
    if not layout.offset and len(chosen):
        for entry in _proportional(wrong, table[chosen]):
            yield Near(int(chosen[entry]), _AS_IT_IS)


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
        evaluation = wrong.part.unit * np.maximum(np.abs(factors) * wrong.part.term, largest)
        slack = _GENEROUS * (relative * np.abs(data) + fixed + evaluation[:, np.newaxis])
        ends = np.sort([(data - slack) / table, (data + slack) / table], axis=0)
        inside = np.abs(data) <= slack
        low = np.where(table == 0.0, np.where(inside, -np.inf, np.inf), ends[0])
        high = np.where(table == 0.0, np.where(inside, np.inf, -np.inf), ends[1])
        return np.flatnonzero((left <= UNEXPLAINED * largest) & (low.max(axis=1) <= high.min(axis=1)))


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
