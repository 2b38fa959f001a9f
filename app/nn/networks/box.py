"""A box of inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from ..activations.record import Floats
from ..errors import InvalidValue, ShapeMismatch


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """The inputs x with low ≤ x ≤ high, each (d,)."""

    low: Floats
    high: Floats

    @classmethod
    def of(cls, low: Floats, high: Floats, inputs: int) -> Self:
        """Return the box; an end of shape () holds for every input.

        Raises `ShapeMismatch` for an end of another length than `inputs` and `InvalidValue` where `high` is
        not above `low`; places begin with "low" or "high".
        """
        ends = []
        for name, end in (("low", low), ("high", high)):
            if end.shape not in ((), (inputs,)):
                expected = f"expected a number, or {inputs} of them, one for each input"
                raise ShapeMismatch(f"{expected}, got {end.size}", (name,))
            ends.append(np.broadcast_to(end, (inputs,)).astype(np.float64))
        above = ends[1] > ends[0]
        if not above.all():
            place = () if high.shape == () else (int(np.argmin(above)),)
            raise InvalidValue("expected a number above the one in `low`", ("high", *place))
        return cls(*ends)

    @property
    def sizes(self) -> Floats:
        """The largest |x| of each input."""
        return np.maximum(np.abs(self.low), np.abs(self.high))

    def points(self, count: int, seed: int) -> Floats:
        """Return the same inputs each time, (count, d): the middle of the box, some corners, others."""
        generator = np.random.default_rng(seed)
        shares = generator.random((count, len(self.low)))
        shares[: count // 4] = np.round(shares[: count // 4])
        shares[0] = 0.5
        return self.at(shares)

    def at(self, shares: Floats) -> Floats:
        """Return low + shares·(high − low), inside the box and without overflow."""
        rows = self.low * (1 - shares) + self.high * shares
        return np.clip(rows, self.low, self.high)
