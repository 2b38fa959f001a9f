"""The numbers of one wrong part of a submission, beside what they may be and how far they may be off."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..activations.record import Floats
from .allowances import UNEXPLAINED, Allowance, allowances
from .candidates import Indices, telling_places
from .layouts import PartCandidates


@dataclass(frozen=True, eq=False)  # no slots: what is made of them is kept
class WrongNumbers:
    """Finite numbers `given` of any shape, and what is `allowed` beside a mistake, the least first.

    They may be `rounded` in so many ways, as to decimals and to digits.
    """

    part: PartCandidates
    given: Floats
    allowed: tuple[Allowance, ...]
    rounded: int

    @classmethod
    def of(
        cls, part: PartCandidates, given: Floats, halves: Sequence[Floats], tolerance: float, absolute: float
    ) -> "WrongNumbers":
        """Return numbers rounded by `halves` of units, if they are, with the tolerances of the check."""
        return cls(part, given, allowances(part, given, halves, tolerance, absolute), len(halves))

    @cached_property
    def flat(self) -> Floats:
        """The numbers as one row."""
        return self.given.ravel()

    @cached_property
    def same_shape(self) -> bool:
        """Whether the shape is that of the right part."""
        return self.given.shape == self.part.right.shape

    @cached_property
    def telling(self) -> Indices:
        """The flat places that tell most: of the largest numbers, and of those that are off the most."""
        if not self.same_shape:
            return telling_places(self.given)
        return telling_places(self.given, self.deviation)

    @cached_property
    def deviation(self) -> Floats:
        """The numbers, which have the right shape, less the right ones, as one row."""
        with np.errstate(over="ignore"):
            return (self.given - self.part.right).ravel()

    @cached_property
    def off(self) -> float:
        """By how much the numbers are off at most, ∞ for another shape than the right one."""
        return float(np.abs(self.deviation).max(initial=0.0)) if self.same_shape else np.inf

    @cached_property
    def widest(self) -> tuple[float, Floats]:
        """The most that is allowed at the telling places: of each number a fraction, and a number."""
        fixed = np.max([one.fixed[self.telling] for one in self.allowed], axis=0)
        return max(one.relative for one in self.allowed), fixed

    def level(
        self,
        expected: Floats,
        places: Indices,
        evaluation: float,
        allowed: Sequence[Allowance] | None = None,
    ) -> int | None:
        """Return the first allowance within which the numbers at flat `places` are those `expected`.

        None where they are not. `evaluation` is what working out the expected ones may round by. Where what
        is allowed is as large as the gradient itself, as on rows without doubt, everything would fit: so it
        counts up to a fraction of the numbers expected. Zeros in the right shape are expected by nothing;
        in another one, where the right answer is zero, they are what any mistake with that shape leads to.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            sizes = np.abs(expected)
            largest = float(sizes.max(initial=0.0))
            if largest == 0.0:
                return None if self.same_shape or self.flat.any() else 0
            if not largest < np.inf:
                return None
            left = np.abs(self.flat[places] - expected)
            for level, one in enumerate(self.allowed if allowed is None else allowed):
                slack = np.minimum(
                    one.fixed[places] + (evaluation if one.evaluated else 0.0), UNEXPLAINED * largest
                )
                if (left <= one.relative * sizes + slack).all():
                    return level
        return None

    def explained_by(self, expected: Floats, places: Indices) -> bool:
        """Tell whether numbers `expected` at flat `places` leave little of what the numbers are off by.

        What leaves most of it explains nothing: the numbers are as near to what is right.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            left = float(np.abs(self.flat[places] - expected).max(initial=0.0))
        return left <= UNEXPLAINED * self.off
