"""Which deviations from the right formula give the numbers of one part of a submission, and how closely."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..activations.record import Floats
from .candidates import SMALL, Deviation, Group, Indices, Key, Scalar, telling_places
from .layouts import SIGN, STEP, ZEROS, PartCandidates, layouts, penalty_in

CLOSE = 1e-9
"""What is recognised to the last digits: relative, beside what rounding takes."""

# A mistake is named within this much at most, however wide the tolerance: beyond it, every one fits.
_LOOSEST = 0.05

# So much of the deviation from the right answer may be left beside a mistake that is named.
_UNEXPLAINED = 0.25

ROUNDING_LEVELS = 3
"""So many of the first allowances are for rounding in floating point alone."""

# More deviations at once than these fit anything.
_MOST_DEVIATIONS = 2

# The terms behind a candidate are at least those of the right formula, or so many times its largest entry.
_CANCELLED = 16.0

# What is allowed at a few places before a multiple is worked out in full, in units of what is allowed there.
_GENEROUS = 2.0

# So many of the telling places are looked at first: hardly any candidate is near at these by chance.
_FIRST = 3

# Of a large part so many candidates at most are worked out in full.
_MOST_IN_FULL = 48

# A number that is found for a part, as λ in λ·Θ, is one of its entries less: fewer than these show nothing.
_ENTRIES_FOR_A_FACTOR = 3


@dataclass(frozen=True, slots=True, eq=False)
class Allowance:
    """How far a part may be off: a fraction of each entry, a number for each, and what evaluation rounds."""

    relative: float
    fixed: Floats
    evaluated: bool


@dataclass(frozen=True, slots=True)
class Scaled:
    """A part that is `factor` times what comes of `key`; within `slack` of 1 the factor shows nothing."""

    key: Key
    factor: float
    level: int
    slack: float


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """Everything that explains one wrong part: the allowance's number that each key needs, and factors.

    `own_factors` are those of keys that are factors alone, as near to the one in `scaled` as rounding may
    move that.
    """

    keys: dict[Key, int]
    scaled: Scaled | None
    own_factors: dict[Key, float]


def allowances(
    part: PartCandidates, given: Floats, halves: Sequence[Floats], tolerance: float, absolute: float
) -> tuple[Allowance, ...]:
    """Return what a mistake is recognised by, the least first.

    Without any noise, then with the right answer's, then with what an evaluation of the mistake may round
    by: what is recognised with less is no coincidence. Then rounded as the part is rounded (`halves` of
    units), at last within the tolerance.
    """
    nothing = np.zeros(given.size)
    close, loosest = min(CLOSE, tolerance), min(tolerance, _LOOSEST)
    found = [
        Allowance(close, nothing, evaluated=False),
        Allowance(close, np.full(given.size, float(part.noise.max(initial=0.0))), evaluated=False),
        Allowance(close, nothing, evaluated=True),
    ]
    found += [Allowance(close, half.ravel(), evaluated=True) for half in halves]
    if loosest > close or absolute > 0.0:
        largest = float(np.abs(part.right).max(initial=0.0))
        widest = np.max([half.ravel() for half in halves], axis=0) if halves else nothing
        found.append(Allowance(loosest, widest + min(absolute, _LOOSEST * largest), evaluated=True))
    return tuple(found)


def fits(part: PartCandidates, given: Floats, telling: Indices, allowed: Sequence[Allowance]) -> Fits:
    """Return what explains the numbers of a wrong part, finite and of any shape; `telling` as from `tell`."""
    keys: dict[Key, int] = {}
    for key, level in _matches(part, given, telling, allowed, _MOST_DEVIATIONS):
        keys[key] = min(level, keys.get(key, level))
    same_place = np.arange(given.size)
    for deviation, numbers in part.otherwise:
        if numbers.shape == given.shape:
            evaluation = part.unit * part.term
            level_ = _level(
                numbers.ravel(), given.ravel(), part.right.ravel(), False, same_place, allowed, evaluation
            )
            if level_ is not None:
                keys[frozenset((deviation,))] = level_
    same_shape = given.shape == part.right.shape
    if not given.any():
        return Fits({frozenset((ZEROS,)): 0} if same_shape else {}, None, {})
    scaled = None
    if same_shape:
        for key, level in _with_a_factor(part, given, telling, allowed):
            keys[key] = min(level, keys.get(key, level))
        scaled = _multiple_of_right(part, given, telling, allowed)
    own: dict[Key, float] = {}
    if scaled is not None:
        # The first two roundings are not of the submission, but of what it is compared with.
        fixed = max(float(one.fixed.max()) for one in allowed[ROUNDING_LEVELS - 1 :])
        near = 2.0 * (allowed[-1].relative + fixed / float(np.abs(given).max())) + part.unit
        for scalar in part.scalars:
            key = frozenset(scalar.deviations)
            if key in keys and abs(scaled.factor / scalar.factor - 1.0) <= near:
                own[key] = scalar.factor
    return Fits(keys, scaled, own)


def same_as_right(part: PartCandidates, tolerance: float, absolute: float) -> frozenset[Deviation]:
    """Return the deviations that show in the part and leave it right."""
    right = part.right.ravel()
    slack = (tolerance * np.abs(part.right) + part.noise + absolute).ravel()
    found: set[Deviation] = set()
    telling = telling_places(right)
    small = right.size <= SMALL
    for group in part.products.groups():
        if group.shape != part.right.shape:
            continue
        single = np.flatnonzero(group.counts == 1)
        transforms = list(layouts(part, part.right, group.shape))
        several = [transform.entries_at(telling) for transform in transforms]
        tables = part.products.at_each(group, several)
        for transform, entries, table in zip(transforms, several, tables, strict=True):
            if transform.deviations:
                tried = [(transform.deviations, int(i), 1.0) for i in np.flatnonzero(group.counts == 0)]
            else:
                tried = [(group.deviations[i], int(i), 1.0) for i in single]
                tried += [
                    (scalar.deviations, int(i), scalar.factor)
                    for i in np.flatnonzero(group.counts == 0)
                    for scalar in part.scalars
                    if len(scalar.deviations) == 1
                ]
            if not tried:
                continue
            factors = np.array([factor for *_, factor in tried])[:, np.newaxis]
            numbers = factors * table[[i for _, i, _ in tried]] + penalty_in(part, transform, entries)
            with np.errstate(invalid="ignore"):
                near = np.abs(numbers - right[telling]) <= slack[telling]
            for row in np.flatnonzero(near.all(axis=1)):
                deviations, index, factor = tried[int(row)]
                if not small:
                    whole = factor * part.products.whole(group, index) + penalty_in(part, transform)
                    left = np.abs(whole - right[transform.index])
                    if not (left <= slack[transform.index]).all():
                        continue
                found.update(deviations)
    return frozenset(found)


def _matches(
    part: PartCandidates, given: Floats, telling: Indices, allowed: Sequence[Allowance], most: int
) -> Iterator[tuple[Key, int]]:
    """Yield the keys of candidates that `given` is, each with the number of the allowance that it needs."""
    flat, right = given.ravel(), part.right.ravel()
    same_shape = given.shape == part.right.shape
    data, small = flat[telling], given.size <= SMALL
    slack = max(one.relative for one in allowed), np.max([one.fixed[telling] for one in allowed], axis=0)
    first = slice(None) if small else slice(_FIRST)
    for group in part.products.groups():
        transforms = list(layouts(part, given, group.shape))
        if not transforms:
            continue
        whole: dict[int, Floats] = {}
        several = [transform.entries_at(telling) for transform in transforms]
        tables = part.products.at_each(group, [entries[first] for entries in several])
        for transform, entries, table in zip(transforms, several, tables, strict=True):
            ways = partial(_combinations, part, group, len(transform.deviations), most)
            near = _near(part, table, data[first], penalty_in(part, transform, entries[first]), slack, ways)
            if not small:
                if next(near, None) is None:
                    continue
                table = part.products.at(group, entries)
                near = _near(part, table, data, penalty_in(part, transform, entries), slack, ways)
            for count, (scalar, index, numbers, evaluation) in enumerate(near):
                if small:
                    expected, places = numbers, telling
                elif count >= _MOST_IN_FULL:
                    break
                else:
                    if index not in whole:
                        whole[index] = part.products.whole(group, index)
                    expected = scalar.factor * whole[index] + penalty_in(part, transform)
                    places = transform.index
                level = _level(expected, flat, right, same_shape, places, allowed, evaluation)
                if level is not None:
                    key = (*transform.deviations, *group.deviations[index], *scalar.deviations)
                    yield frozenset(key), level


def _near(
    part: PartCandidates,
    table: Floats,
    data: Floats,
    offset: Floats,
    slack: tuple[float, Floats],
    ways: Callable[[], Iterator[tuple[Floats, Indices, list[Scalar]]]],
) -> Iterator[tuple[Scalar, int, Floats, float]]:
    """Yield which products, times which factors, are `data` at some places: those, and what may be rounded.

    `slack` is what is allowed, relative and fixed; the latter may be of more places than these.
    """
    relative, fixed = slack[0], slack[1][: len(data)]
    with np.errstate(invalid="ignore"):
        terms = np.maximum(_CANCELLED * np.abs(table).max(axis=1), part.term)
    for factors, chosen, scalars in ways():
        numbers = (factors[:, np.newaxis, np.newaxis] * table[chosen]).reshape(-1, len(data))
        evaluation = (part.unit * np.abs(factors)[:, np.newaxis] * terms[chosen]).ravel()
        with np.errstate(invalid="ignore", over="ignore"):
            numbers = numbers + offset
            near = np.abs(numbers - data) <= relative * np.abs(numbers) + fixed + evaluation[:, np.newaxis]
        for row in np.flatnonzero(near.all(axis=1)):
            scalar, entry = divmod(int(row), len(chosen))
            yield scalars[scalar], int(chosen[entry]), numbers[row], float(evaluation[row])


def tell(part: PartCandidates, given: Floats) -> Indices:
    """Return the flat places of a submission that tell most: the largest, and those that are off the most."""
    if given.shape != part.right.shape:
        return telling_places(given)
    with np.errstate(over="ignore"):
        return telling_places(given, given - part.right)


def _combinations(
    part: PartCandidates, group: Group, already: int, most: int
) -> Iterator[tuple[Floats, Indices, list[Scalar]]]:
    """Yield factors with the products that they may stand before, so that no more than `most` deviate."""
    for count in range(most - already + 1):
        scalars = [one for one in part.scalars if len(one.deviations) == count]
        least = 1 if already == 0 and count == 0 else 0
        chosen = np.flatnonzero((group.counts <= most - already - count) & (group.counts >= least))
        if scalars and len(chosen):
            yield np.array([one.factor for one in scalars]), chosen, scalars


def _level(
    expected: Floats,
    flat: Floats,
    right: Floats,
    same_shape: bool,
    index: Indices,
    allowed: Sequence[Allowance],
    evaluation: float,
) -> int | None:
    """Return the first allowance within which the submission is `expected` and not as near to what is right.

    Where what is allowed is as large as the gradient itself, as on rows without doubt, everything would fit:
    so it counts up to a fraction of the numbers expected, and what leaves most of the deviation as it is
    explains nothing. Zeros are expected by nothing but zeros.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        sizes = np.abs(expected)
        largest = float(sizes.max(initial=0.0))
        if not 0.0 < largest < np.inf:
            return None
        left = np.abs(flat[index] - expected)
        most = float(left.max(initial=0.0))
        if same_shape and not most <= _UNEXPLAINED * float(np.abs(flat - right).max(initial=0.0)):
            return None
        for level, one in enumerate(allowed):
            slack = np.minimum(
                one.fixed[index] + (evaluation if one.evaluated else 0.0), _UNEXPLAINED * largest
            )
            if (left <= one.relative * sizes + slack).all():
                return level
    return None


def _with_a_factor(
    part: PartCandidates, given: Floats, telling: Indices, allowed: Sequence[Allowance]
) -> Iterator[tuple[Key, int]]:
    """Yield a step of descent, and a regulariser, whose factor is whatever fits."""
    right = part.right.ravel()
    parameter = np.broadcast_to(part.parameter, part.right.shape).ravel()
    everywhere = np.arange(right.size)
    if np.count_nonzero(parameter) < 1 or right.size < _ENTRIES_FOR_A_FACTOR:
        return
    for base, moved in ((parameter, right), (right, parameter)):
        size = float(moved @ moved)
        factor = float((given.ravel() - base) @ moved) / size if size > 0.0 else 0.0
        part_of_it = abs(factor) * max(float(moved.max()), -float(moved.min()))
        if not 0.0 < part_of_it < np.inf:
            continue
        left = np.abs(given.ravel()[telling] - (base[telling] + factor * moved[telling]))
        if left.max() > _UNEXPLAINED * part_of_it:
            continue
        expected = base + factor * moved
        if float(np.abs(given.ravel() - expected).max()) > _UNEXPLAINED * part_of_it:
            continue
        evaluation = part.unit * max(part.term, part_of_it)
        wider = _wider(allowed, moved, everywhere)
        level = _level(expected, given.ravel(), right, True, everywhere, wider, evaluation)
        if level is None:
            continue
        if base is parameter:
            yield (frozenset((STEP,)) if factor < 0.0 else frozenset((STEP, SIGN))), level
        elif part.penalty + factor >= 0.0:
            yield frozenset((part.regulariser,)), level


def scaled_mistakes(
    part: PartCandidates, given: Floats, telling: Indices, allowed: Sequence[Allowance]
) -> Iterator[Scaled]:
    """Yield what comes of one deviation, times any factor, and is the submission."""
    flat = given.ravel()
    if np.count_nonzero(flat) < 2:
        return
    same_shape = given.shape == part.right.shape
    data, small = flat[telling], given.size <= SMALL
    relative = max(one.relative for one in allowed)
    widest = np.max([one.fixed[telling] for one in allowed], axis=0)
    first = slice(None) if small else slice(_FIRST)
    for group in part.products.groups():
        transforms = list(layouts(part, given, group.shape))
        if not transforms:
            continue
        several = [transform.entries_at(telling) for transform in transforms]
        tables = part.products.at_each(group, [entries[first] for entries in several])
        for transform, entries, shown in zip(transforms, several, tables, strict=True):
            chosen = np.flatnonzero(group.counts == (0 if transform.deviations else 1))
            if transform.offset or not len(chosen):
                continue
            found = _proportional(shown[chosen], data[first], part, relative, widest[first])
            if not small and len(found):
                chosen = chosen[found]
                found = _proportional(part.products.at(group, entries)[chosen], data, part, relative, widest)
            for entry in found:
                index = int(chosen[entry])
                numbers = shown[index] if small else part.products.whole(group, index)
                places = telling if small else transform.index
                key = frozenset((*transform.deviations, *group.deviations[index]))
                one = _scaled_as(key, flat, numbers, part, places, allowed, same_shape)
                if one is not None:
                    yield one


def _multiple_of_right(
    part: PartCandidates, given: Floats, telling: Indices, allowed: Sequence[Allowance]
) -> Scaled | None:
    flat, right = given.ravel(), part.right.ravel()
    relative = max(one.relative for one in allowed)
    widest = np.max([one.fixed[telling] for one in allowed], axis=0)
    if not len(_proportional(right[telling][np.newaxis], flat[telling], part, relative, widest)):
        return None
    return _scaled_as(frozenset(), flat, right, part, np.arange(given.size), allowed, True)


def _scaled_as(
    key: Key,
    flat: Floats,
    numbers: Floats,
    part: PartCandidates,
    index: Indices,
    allowed: Sequence[Allowance],
    same_shape: bool,
) -> Scaled | None:
    """Return c with submission ≈ c·numbers, what allowance that needs, and how near to 1 it shows nothing."""
    data = flat[index]
    factor = common_factor(data, numbers)
    if factor == 0.0:
        return None
    expected, largest = factor * numbers, float(np.abs(flat).max())
    right = part.right.ravel()
    with np.errstate(over="ignore", invalid="ignore"):
        left = float(np.abs(data - expected).max())
        if same_shape and not left <= _UNEXPLAINED * float(np.abs(flat - right).max(initial=0.0)):
            return None  # as `_level` would say, before anything is made wider
    evaluation = part.unit * max(abs(factor) * part.term, largest)
    wider = _wider(allowed, numbers, index)
    level = _level(expected, flat, right, same_shape, index, wider, evaluation)
    if level is None:
        return None
    fixed = float(allowed[level].fixed.max(initial=0.0)) / largest
    return Scaled(key, factor, level, 2.0 * (allowed[level].relative + fixed) + part.unit)


def _wider(allowed: Sequence[Allowance], moved: Floats, index: Indices) -> tuple[Allowance, ...]:
    """Return allowances with what a factor of `moved`, found by least squares, may be off by rounding."""
    size = float(np.vdot(moved, moved))
    if not 0.0 < size < np.inf:
        return tuple(allowed)
    found = list(allowed[:ROUNDING_LEVELS])
    for one in allowed[ROUNDING_LEVELS:]:
        off = float(np.vdot(one.fixed[index], np.abs(moved))) / size
        fixed = one.fixed.copy()
        fixed[index] += off * np.abs(moved)
        found.append(Allowance(one.relative, fixed, one.evaluated))
    return tuple(found)


def _proportional(
    table: Floats, data: Floats, part: PartCandidates, relative: float, fixed: Floats
) -> Indices:
    """Return which rows may be multiples of `data`: those for which one factor does at every place.

    At each place it is between two numbers, from what is allowed there.
    """
    largest = float(np.abs(data).max())
    with np.errstate(all="ignore"):
        factors = (table @ data) / (table * table).sum(axis=1)
        left = np.abs(data - factors[:, np.newaxis] * table).max(axis=1)
        evaluation = part.unit * np.maximum(np.abs(factors) * part.term, largest)
        slack = _GENEROUS * (relative * np.abs(data) + fixed + evaluation[:, np.newaxis])
        ends = np.sort([(data - slack) / table, (data + slack) / table], axis=0)
        inside = np.abs(data) <= slack
        low = np.where(table == 0.0, np.where(inside, -np.inf, np.inf), ends[0])
        high = np.where(table == 0.0, np.where(inside, np.inf, -np.inf), ends[1])
        return np.flatnonzero((left <= _UNEXPLAINED * largest) & (low.max(axis=1) <= high.min(axis=1)))


def common_factor(given: Floats, numbers: Floats) -> float:
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
