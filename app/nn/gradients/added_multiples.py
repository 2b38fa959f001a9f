"""Numbers to which some multiple of others was added: steps of descent, regularisers, drifts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..activations.record import Floats
from .allowances import UNEXPLAINED, Allowance, allowances_of_multiples
from .candidates import Deviation, Indices, Key
from .layouts import SIGN, STEP, Drift, PartCandidates
from .wrong_numbers import WrongNumbers

# A number that is found for a part, as λ in λ·Θ, is one of its entries less: fewer than these show nothing.
_ENTRIES_FOR_A_FACTOR = 3

# One less the square of the cosine: angles below 10⁻⁶ are none.
_PARALLEL = 1e-12


@dataclass(frozen=True, slots=True)
class Added:
    """A part that is the right one, or another base, plus `factor` ± `slack` times some numbers."""

    factor: float
    slack: float
    level: int


def added_multiples(wrong: WrongNumbers) -> dict[Deviation, Added]:
    """Return the deviations by whatever multiple fits, of a submission with entries enough to show one.

    The submission has the right shape.
    """
    found: dict[Deviation, Added] = {}
    if wrong.flat.size >= _ENTRIES_FOR_A_FACTOR:
        for deviation, base, moved in _ways(wrong.part):
            added = _added(wrong, base, moved)
            if added is not None and _is_meant(wrong.part, deviation, added.factor):
                found[deviation] = added
    return found


def keys_of_multiples(
    wrong: WrongNumbers, own: Mapping[Deviation, Added], others: Mapping[Deviation, Added]
) -> Iterator[tuple[Key, int]]:
    """Yield the deviations that explain a part, each with the allowance that it needs.

    Its `own` are those of `added_multiples`; what another part shows (`others`) explains one of too few
    entries if the same multiple does.
    """
    for deviation, base, moved in _ways(wrong.part):
        if deviation in own:
            added, level = own[deviation], own[deviation].level
        elif deviation in others and wrong.flat.size < _ENTRIES_FOR_A_FACTOR:
            added = others[deviation]
            least = _level_of(wrong, base, moved, added)
            if least is None:
                continue
            level = least
        else:
            continue
        ascent = deviation == STEP and added.factor > 0.0
        yield (frozenset((STEP, SIGN)) if ascent else frozenset((deviation,))), level


def _ways(part: PartCandidates) -> Iterator[tuple[Deviation, Floats, Floats | Drift]]:
    """Yield the deviations with the base, and what is added to it, both flat."""
    right = part.right.ravel()
    parameter = np.broadcast_to(part.parameter, part.right.shape).ravel()
    if parameter.any():
        yield STEP, parameter, right
        yield part.regulariser, right, parameter
    for drift in part.drifts:
        yield drift.deviation, right, drift


def _is_meant(part: PartCandidates, deviation: Deviation, factor: float) -> bool:
    """Tell whether a mistake has that factor: a regulariser's is not negative, a drift's is."""
    if deviation == STEP:
        return True
    return part.penalty + factor >= 0.0 if deviation == part.regulariser else factor < 0.0


def _level_of(wrong: WrongNumbers, base: Floats, drift: Floats | Drift, added: Added) -> int | None:
    """Return the allowance with which what another part shows explains this one, None if it does not."""
    everywhere = np.arange(wrong.flat.size)
    with np.errstate(over="ignore", invalid="ignore"):
        moved = drift.whole() if isinstance(drift, Drift) else drift
        part_of_it = added.factor * moved
        expected, off = base + part_of_it, added.slack * np.abs(moved)
    if not wrong.explained_by(expected, everywhere):
        return None
    wider = [Allowance(one.relative, one.fixed + off, one.evaluated) for one in wrong.allowed]
    evaluation = wrong.part.unit * max(wrong.part.term, float(np.abs(part_of_it).max(initial=0.0)))
    return wrong.level(expected, everywhere, evaluation, wider)


def _added(wrong: WrongNumbers, base: Floats, drift: Floats | Drift) -> Added | None:
    """Return c with submission ≈ base + c·drift by least squares, and what allowance that needs."""
    part, given, at = wrong.part, wrong.flat, wrong.telling
    with np.errstate(over="ignore", invalid="ignore"):
        if isinstance(drift, Drift):
            if _multiple_near(given[at] - base[at], drift.at(at)) is None:
                return None
            moved = drift.whole()
        else:
            moved = drift
        near = _multiple_near(given - base, moved, at)
        if near is None:
            return None
        factor, part_of_it = near
        expected = base + factor * moved
    everywhere = np.arange(given.size)
    if _are_parallel(expected, part.right.ravel()) or not wrong.explained_by(expected, everywhere):
        return None  # a multiple of the right one is that, whatever else is parallel to it
    wider = allowances_of_multiples(wrong.allowed, moved, everywhere)
    evaluation = part.unit * max(part.term, part_of_it)
    level = wrong.level(expected, everywhere, evaluation, wider)
    if level is None:
        return None
    uncertain = wrong.allowed[level].fixed + evaluation
    return Added(factor, float(np.vdot(uncertain, np.abs(moved))) / float(moved @ moved), level)


def _multiple_near(off: Floats, moved: Floats, first: Indices | None = None) -> tuple[float, float] | None:
    """Return c with off ≈ c·moved by least squares, and the size of that; None where little of it is that.

    What is at the `first` places is looked at before all.
    """
    size = float(moved @ moved)
    factor = float(off @ moved) / size if size > 0.0 else 0.0
    part_of_it = abs(factor) * max(float(moved.max()), -float(moved.min()))
    if not 0.0 < part_of_it < np.inf:
        return None
    for at in (slice(None),) if first is None else (first, slice(None)):
        if not float(np.abs(off[at] - factor * moved[at]).max()) <= UNEXPLAINED * part_of_it:
            return None
    return factor, part_of_it


def _are_parallel(one: Floats, other: Floats) -> bool:
    """Tell whether two rows of numbers, neither of them zero, are multiples of each other."""
    sizes = float(np.abs(one).max()), float(np.abs(other).max())
    if not all(0.0 < size < np.inf for size in sizes):
        return False
    one, other = one / sizes[0], other / sizes[1]
    return float(one @ other) ** 2 >= (1.0 - _PARALLEL) * float(one @ one) * float(other @ other)
