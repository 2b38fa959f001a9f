"""How far the numbers of a submission may be from those of a mistake that they are recognised as."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..activations.record import Floats
from .candidates import Indices
from .layouts import PartCandidates

CLOSE = 1e-9
"""What is recognised to the last digits: relative, beside what rounding takes."""

UNEXPLAINED = 0.25
"""So much of the deviation from the right answer may be left beside a mistake that is named."""

ROUNDING_LEVELS = 3
"""So many of the first allowances are for rounding in floating point alone."""

# A mistake is named within this much at most, however wide the tolerance: beyond it, every one fits.
_LOOSEST = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Allowance:
    """How far a part may be off: a fraction of each entry, a number for each, and what evaluation rounds."""

    relative: float
    fixed: Floats
    evaluated: bool


def allowances(
    part: PartCandidates, given: Floats, halves: Sequence[Floats], tolerance: float, absolute: float
) -> tuple[Allowance, ...]:
    """Return what a mistake is recognised by, the least first.

    Without any noise, then with the right answer's, then with what an evaluation of the mistake may round
    by: what is recognised with less is no coincidence. Then rounded as the part is rounded (`halves` of
    units), then cut off there, at last within the tolerance.
    """
    nothing = np.broadcast_to(0.0, given.size)
    close, loosest = min(CLOSE, tolerance), min(tolerance, _LOOSEST)
    found = [
        Allowance(close, nothing, evaluated=False),
        Allowance(close, np.broadcast_to(part.noise.max(initial=0.0), given.size), evaluated=False),
        Allowance(close, nothing, evaluated=True),
    ]
    found += [
        Allowance(close, units * half.ravel(), evaluated=True) for units in (1.0, 2.0) for half in halves
    ]
    if loosest > close or absolute > 0.0:
        largest = float(np.abs(part.right).max(initial=0.0))
        widest = np.max([half.ravel() for half in halves], axis=0) if halves else nothing
        found.append(Allowance(loosest, widest + min(absolute, _LOOSEST * largest), evaluated=True))
    return tuple(found)


def allowances_of_multiples(
    allowed: Sequence[Allowance], moved: Floats, places: Indices
) -> tuple[Allowance, ...]:
    """Return allowances with what a factor of `moved`, found by least squares, may be off by rounding.

    `moved` stands at flat `places` of the submission.
    """
    size = float(np.vdot(moved, moved))
    if not 0.0 < size < np.inf:
        return tuple(allowed)
    found = list(allowed[:ROUNDING_LEVELS])
    for one in allowed[ROUNDING_LEVELS:]:
        off = float(np.vdot(one.fixed[places], np.abs(moved))) / size
        fixed = one.fixed.copy()
        fixed[places] += off * np.abs(moved)
        found.append(Allowance(one.relative, fixed, one.evaluated))
    return tuple(found)
