"""Which deviations from the right formula give the numbers of one part of a submission, and how closely."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..activations.record import Floats
from .candidates import Deviation, Group, Indices, Key, Scalar, telling_places
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


def fits(part: PartCandidates, given: Floats, allowed: Sequence[Allowance]) -> Fits:
    """Return what explains the numbers of a wrong part, finite and of any shape."""
    keys: dict[Key, int] = {}
    for key, level in _matches(part, given, allowed, _MOST_DEVIATIONS):
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
        for key, level in _with_a_factor(part, given, allowed):
            keys[key] = min(level, keys.get(key, level))
        everywhere = np.arange(given.size)
        scaled = _scaled_as(frozenset(), given.ravel(), part.right.ravel(), part, everywhere, allowed, True)
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
    slack = (tolerance * np.abs(part.right) + part.noise + absolute).ravel()
    found: set[Deviation] = set()
    right = part.right.ravel()
    for group in part.products.groups():
        if group.shape != part.right.shape:
            continue
        single = np.flatnonzero(group.counts == 1)
        for transform in layouts(part, part.right, group.shape):
            data = right[transform.index] - penalty_in(part, transform)
            places = telling_places(data)
            small = len(places) == data.size
            at = part.products.at(group, places)
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
            numbers = np.array([factor for *_, factor in tried])[:, np.newaxis] * at[[i for _, i, _ in tried]]
            with np.errstate(invalid="ignore"):
                near = np.abs(numbers - data[places]) <= slack[transform.index][places]
            for row in np.flatnonzero(near.all(axis=1)):
                deviations, index, factor = tried[int(row)]
                if not small:
                    whole = factor * part.products.whole(group, index)
                    if not (np.abs(whole - data) <= slack[transform.index]).all():
                        continue
                found.update(deviations)
    return frozenset(found)


def _matches(
    part: PartCandidates, given: Floats, allowed: Sequence[Allowance], most: int
) -> Iterator[tuple[Key, int]]:
    """Yield the keys of candidates that `given` is, each with the number of the allowance that it needs."""
    flat, right = given.ravel(), part.right.ravel()
    relative = max(one.relative for one in allowed)
    widest = np.max([one.fixed for one in allowed], axis=0)
    for group in part.products.groups():
        transforms = tuple(layouts(part, given, group.shape))
        if not transforms:
            continue
        whole: dict[int, Floats] = {}
        for transform in transforms:
            data = flat[transform.index]
            offset = penalty_in(part, transform)
            deviation = data - right if given.shape == part.right.shape == group.shape else data
            places = telling_places(data, deviation)
            small = len(places) == data.size
            table = part.products.at(group, places)
            with np.errstate(invalid="ignore"):
                terms = np.maximum(_CANCELLED * np.abs(table).max(axis=1), part.term)
            left_over = 0
            for factors, chosen, scalars in _combinations(part, group, len(transform.deviations), most):
                numbers = (factors[:, np.newaxis, np.newaxis] * table[chosen]).reshape(-1, len(places))
                evaluation = (part.unit * np.abs(factors)[:, np.newaxis] * terms[chosen]).ravel()
                with np.errstate(invalid="ignore", over="ignore"):
                    numbers = numbers + offset[places]
                    near = np.abs(numbers - data[places]) <= (
                        relative * np.abs(numbers)
                        + widest[transform.index][places]
                        + evaluation[:, np.newaxis]
                    )
                for row in np.flatnonzero(near.all(axis=1)):
                    scalar, entry = divmod(int(row), len(chosen))
                    index = int(chosen[entry])
                    if small:
                        expected = numbers[row]
                    else:
                        left_over += 1
                        if left_over > _MOST_IN_FULL:
                            break
                        if index not in whole:
                            whole[index] = part.products.whole(group, index)
                        expected = factors[scalar] * whole[index] + offset
                    level = _level(
                        expected,
                        flat,
                        right,
                        given.shape == part.right.shape,
                        transform.index,
                        allowed,
                        float(evaluation[row]),
                    )
                    if level is not None:
                        key = (*transform.deviations, *group.deviations[index], *scalars[scalar].deviations)
                        yield frozenset(key), level


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
    part: PartCandidates, given: Floats, allowed: Sequence[Allowance]
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
        part_of_it = np.abs(factor * moved)
        if not 0.0 < float(part_of_it.max(initial=0.0)) < np.inf:
            continue
        expected = base + factor * moved
        left = float(np.abs(given.ravel() - expected).max())
        if left > _UNEXPLAINED * float(part_of_it.max()):
            continue
        evaluation = part.unit * max(part.term, float(part_of_it.max()))
        wider = _wider(allowed, moved, everywhere)
        level = _level(expected, given.ravel(), right, True, everywhere, wider, evaluation)
        if level is None:
            continue
        if base is parameter:
            yield (frozenset((STEP,)) if factor < 0.0 else frozenset((STEP, SIGN))), level
        elif part.penalty + factor >= 0.0:
            yield frozenset((part.regulariser,)), level


def scaled_mistakes(part: PartCandidates, given: Floats, allowed: Sequence[Allowance]) -> Iterator[Scaled]:
    """Yield what comes of one deviation, times any factor, and is the submission."""
    flat = given.ravel()
    same_shape = given.shape == part.right.shape
    for group in part.products.groups():
        for transform in layouts(part, given, group.shape):
            chosen = np.flatnonzero(group.counts == (0 if transform.deviations else 1))
            data = flat[transform.index]
            if transform.offset or not len(chosen) or np.count_nonzero(data) < 2:
                continue
            places = telling_places(data)
            table = part.products.at(group, places)[chosen]
            for entry in _proportional(table, data[places]):
                index = int(chosen[entry])
                small = len(places) == data.size
                numbers = table[entry] if small else part.products.whole(group, index)
                key = frozenset((*transform.deviations, *group.deviations[index]))
                found = _scaled_as(key, flat, numbers, part, transform.index, allowed, same_shape)
                if found is not None:
                    yield found


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
    factor = common_factor(flat[index], numbers)
    if factor == 0.0:
        return None
    largest = float(np.abs(flat).max())
    evaluation = part.unit * max(abs(factor) * part.term, largest)
    wider = _wider(allowed, numbers, index)
    level = _level(factor * numbers, flat, part.right.ravel(), same_shape, index, wider, evaluation)
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


def _proportional(table: Floats, data: Floats) -> Indices:
    """Return which rows may be multiples of `data`, as some places show."""
    with np.errstate(all="ignore"):
        factors = (table @ data) / (table * table).sum(axis=1)
        left = np.abs(data - factors[:, np.newaxis] * table).max(axis=1)
        return np.flatnonzero(left <= _UNEXPLAINED * np.abs(data).max())


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
