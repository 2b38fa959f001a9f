"""Mistakes that leave a part right by its numbers, so that no check can see them."""

from collections.abc import Iterator, Mapping

import numpy as np

from ..activations.record import Floats
from .candidate_search import Near, near_candidates
from .candidates import Deviation, Group, Indices, telling_places
from .codes import Code, in_order
from .layouts import Layout, PartCandidates, penalty_in


def same_as_right(part: PartCandidates, tolerance: float, absolute: float) -> frozenset[Deviation]:
    """Return the deviations that show in the part and leave it right, each alone."""
    right = part.right.ravel()
    slack = (tolerance * np.abs(part.right) + part.noise + absolute).ravel()
    telling = telling_places(right)

    def near(group: Group, layout: Layout, entries: Indices, table: Floats) -> Iterator[Near]:
        tried = _alone(part, group, layout)
        if not tried:
            return
        at = telling[: len(entries)]
        factors = np.array([one.scalar.factor for one in tried])[:, np.newaxis]
        with np.errstate(over="ignore", invalid="ignore"):
            numbers = factors * table[[one.index for one in tried]] + penalty_in(part, layout, entries)
            found = (np.abs(numbers - right[at]) <= slack[at]).all(axis=1)
        yield from (tried[int(row)] for row in np.flatnonzero(found))

    groups = [group for group in part.products.groups() if group.shape == part.right.shape]
    found: set[Deviation] = set()
    for one in near_candidates(part, part.right, telling, near, groups=groups):
        with np.errstate(over="ignore", invalid="ignore"):
            if (np.abs(one.numbers - right[one.places]) <= slack[one.places]).all():
                found.update(one.deviations)
    return frozenset(found)


def _alone(part: PartCandidates, group: Group, layout: Layout) -> list[Near]:
    """Return the products, and factors before them, that deviate in one way, that of the layout included."""
    plain = np.flatnonzero(group.counts == 0).tolist()
    if layout.deviations:
        return [Near(index) for index in plain]
    factors = [one for one in part.scalars if len(one.deviations) == 1]
    own = [Near(index) for index in np.flatnonzero(group.counts == 1).tolist()]
    return own + [Near(index, scalar) for index in plain for scalar in factors]


def hidden_codes(same: Mapping[str, frozenset[Deviation]]) -> tuple[Code, ...]:
    """Return the codes of deviations that leave every part right in which they show; `same` is by part."""
    seen = frozenset(one for deviations in same.values() for one in deviations if one.hides)
    hidden = {
        one.code
        for one in seen
        if all(one in deviations for part, deviations in same.items() if one.shows_in(part))
    }
    return in_order(frozenset(hidden))
