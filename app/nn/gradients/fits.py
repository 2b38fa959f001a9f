"""Which deviations from the right formula give the numbers of one part of a submission, and how closely."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial

import numpy as np

from ..activations.record import Floats
from .added_multiples import Added, added_multiples, keys_of_multiples
from .allowances import ROUNDING_LEVELS
from .candidate_search import Near, near_candidates
from .candidates import Deviation, Group, Indices, Key
from .layouts import ROUNDED_OTHERWISE, ZEROS, Layout, PartCandidates, penalty_in
from .multiples import Scaled, multiple_of_right
from .rounding import right_as_written
from .wrong_numbers import WrongNumbers

# More deviations at once than these fit anything.
_MOST_DEVIATIONS = 2

# The terms behind a candidate are at least those of the right formula, or so many times its largest entry.
_CANCELLED = 16.0

# Of a large part so many candidates of a layout at most are worked out in full.
_MOST_IN_FULL = 48


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """Everything that explains one wrong part: the allowance's number that each key needs, and factors.

    `own_factors` are those of keys that are factors alone, as near to the one in `scaled` as rounding may
    move that. What is `near` fits too, but leaves most of the deviation: it explains nothing by itself, and
    speaks against nothing that explains another part.
    """

    keys: dict[Key, int]
    scaled: Scaled | None
    own_factors: dict[Key, float]
    near: dict[Key, int] = field(default_factory=dict)


def fits(wrong: Mapping[str, WrongNumbers]) -> dict[str, Fits]:
    """Return what explains the numbers of each wrong part."""
    own = {name: added_multiples(one) if one.same_shape else {} for name, one in wrong.items()}
    found = {}
    for name, one in wrong.items():
        elsewhere: dict[Deviation, Added] = {}
        for other, added in own.items():
            if other != name:
                elsewhere |= added
        found[name] = _fits(one, own[name], elsewhere)
    return found


def _fits(
    wrong: WrongNumbers, added: Mapping[Deviation, Added], elsewhere: Mapping[Deviation, Added]
) -> Fits:
    """Return what explains one part, whose own multiples are known, and those of the other parts."""
    part, given, allowed = wrong.part, wrong.given, wrong.allowed
    keys: dict[Key, int] = {}
    near: dict[Key, int] = {}

    def keep(found: Iterable[tuple[Key, int]]) -> None:
        for key, level in found:
            keys[key] = min(level, keys.get(key, level))

    for key, level, explains in _matches(wrong):
        found = keys if explains else near
        found[key] = min(level, found.get(key, level))
    for deviation, numbers in part.otherwise:
        if numbers.shape == given.shape:
            least = wrong.level(numbers.ravel(), np.arange(given.size), part.unit * part.term)
            if least is not None:
                keys[frozenset((deviation,))] = least
    if not given.any():
        return Fits({frozenset((ZEROS,)): 0} if wrong.same_shape else keys, None, {})
    scaled = None
    if wrong.same_shape:
        if right_as_written(given, part.right, part.noise):
            keep([(frozenset((ROUNDED_OTHERWISE,)), min(ROUNDING_LEVELS, len(allowed) - 1))])
            # A factor that nobody knows fits what is lost by chance: so only what another part shows.
            added = {one: multiple for one, multiple in added.items() if one in elsewhere}
        keep(keys_of_multiples(wrong, added, elsewhere))
        scaled = multiple_of_right(wrong)
    own: dict[Key, float] = {}
    if scaled is not None:
        # The first two roundings are not of the submission, but of what it is compared with.
        fixed = max(float(one.fixed.max()) for one in allowed[ROUNDING_LEVELS - 1 :])
        slack = 2.0 * (allowed[-1].relative + fixed / float(np.abs(given).max())) + part.unit
        for scalar in part.scalars:
            key = frozenset(scalar.deviations)
            if key in keys and abs(scaled.factor / scalar.factor - 1.0) <= slack:
                own[key] = scalar.factor
    return Fits(keys, scaled, own, near)


def _matches(wrong: WrongNumbers) -> Iterator[tuple[Key, int, bool]]:
    """Yield the keys of candidates that the numbers are, the allowance each needs, if it explains them."""
    near = partial(_near, wrong, cache(partial(_combinations, wrong.part)))
    for one in near_candidates(wrong.part, wrong.given, wrong.telling, near, most=_MOST_IN_FULL):
        level = wrong.level(one.numbers, one.places, one.evaluation)
        if level is not None:
            yield one.key, level, wrong.explained_by(one.numbers, one.places)


def _near(
    wrong: WrongNumbers,
    combined: Callable[[Group, int], "Combinations"],
    group: Group,
    layout: Layout,
    entries: Indices,
    table: Floats,
) -> Iterator[Near]:
    """Yield which products, times which factors, are the numbers at some places within what is allowed."""
    part, data = wrong.part, wrong.flat[wrong.telling[: len(entries)]]
    relative, fixed = wrong.widest[0], wrong.widest[1][: len(entries)]
    offset = penalty_in(part, layout, entries)
    tried = combined(group, len(layout.deviations))
    with np.errstate(invalid="ignore", over="ignore"):
        terms = np.maximum(_CANCELLED * np.abs(table).max(axis=1), part.term)
        numbers = tried.factors[:, np.newaxis] * table[tried.products] + offset
        evaluation = part.unit * np.abs(tried.factors) * terms[tried.products]
        near = np.abs(numbers - data) <= relative * np.abs(numbers) + fixed + evaluation[:, np.newaxis]
    for row in np.flatnonzero(near.all(axis=1)).tolist():
        scalar = part.scalars[tried.scalars[row]]
        yield Near(int(tried.products[row]), scalar, float(evaluation[row]))


@dataclass(frozen=True, slots=True, eq=False)
class Combinations:
    """Products of a group, each with one of the part's scalars before it, and what factors these are."""

    products: Indices
    scalars: Indices
    factors: Floats


def _combinations(part: PartCandidates, group: Group, already: int) -> Combinations:
    """Return the combinations of which no more than two deviate, beside so many that do `already`."""
    products, scalars = [], []
    deviations = np.array([len(one.deviations) for one in part.scalars])
    for count in range(_MOST_DEVIATIONS - already + 1):
        least = 1 if already == 0 and count == 0 else 0
        most = _MOST_DEVIATIONS - already - count
        chosen = np.flatnonzero((group.counts <= most) & (group.counts >= least))
        before = np.flatnonzero(deviations == count)
        products.append(np.tile(chosen, len(before)))
        scalars.append(np.repeat(before, len(chosen)))
    factors = np.array([one.factor for one in part.scalars])[np.concatenate(scalars)]
    return Combinations(np.concatenate(products), np.concatenate(scalars), factors)
