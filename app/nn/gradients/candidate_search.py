"""Which candidates, laid out somehow, a submission may be: at a few places first, then in full."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from ..activations.record import Floats
from .candidates import SMALL, Deviation, Group, Indices, Key, Scalar
from .layouts import SIGN, SUBTRACTED, Layout, PartCandidates, layouts, penalty_in

_AS_IT_IS = Scalar(1.0)

# So many of the telling places are looked at first: hardly any candidate is near at these by chance.
_FIRST = 2


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """A product of a group, times a factor, that is near at some places; what working it out may round by."""

    index: int
    scalar: Scalar = _AS_IT_IS
    evaluation: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """The `numbers` that some deviations lead to at flat `places` of a submission, all that it has."""

    deviations: tuple[Deviation, ...]
    numbers: Floats
    places: Indices
    evaluation: float

    @property
    def key(self) -> Key:
        """The deviations, in no order."""
        return frozenset(self.deviations)


Compare = Callable[[Group, Layout, Indices, Floats], Iterator[Near]]
"""Which products of a group are near at the first of the telling places, one for each of the entries.

The entries are those of the right part that stand there in that layout, and the products' numbers are given
as (products, entries).
"""


def near_candidates(
    part: PartCandidates,
    given: Floats,
    telling: Indices,
    compare: Compare,
    *,
    groups: Iterable[Group] | None = None,
    most: int | None = None,
) -> Iterator[Candidate]:
    """Yield what is near at the `telling` places of a submission, in every layout.

    A large part is looked at in the first of these, then in all of them; what is near there is worked out
    in full, `most` of a layout at most. `groups` are all of the part's where not given.
    """
    small = given.size <= SMALL
    first = slice(None) if small else slice(_FIRST)
    for group in part.products.groups() if groups is None else groups:
        ways = list(layouts(part, given, group.shape))
        if not ways:
            continue
        whole: dict[int, Floats] = {}
        several = [layout.entries_at(telling) for layout in ways]
        tables = part.products.at_each(group, [entries[first] for entries in several])
        for layout, entries, table in zip(ways, several, tables, strict=True):
            near = compare(group, layout, entries[first], table)
            if not small:
                if next(near, None) is None:
                    continue
                near = compare(group, layout, entries, part.products.at(group, entries))
            for one in near if small else islice(near, most):
                if small:
                    product, penalty = table[one.index], penalty_in(part, layout, entries)
                    places = telling
                else:
                    if one.index not in whole:
                        whole[one.index] = part.products.whole(group, one.index)
                    product, penalty, places = whole[one.index], penalty_in(part, layout), layout.index
                with np.errstate(over="ignore", invalid="ignore"):
                    numbers = one.scalar.factor * product + penalty
                deviations = (*layout.deviations, *group.deviations[one.index], *one.scalar.deviations)
                if SUBTRACTED in deviations and SIGN in deviations:  # the sign of the whole
                    deviations = tuple(way for way in deviations if way != SUBTRACTED)
                yield Candidate(deviations, numbers, places, one.evaluation)
