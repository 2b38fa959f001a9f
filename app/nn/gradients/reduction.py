"""How the rows' losses become one."""

import math
from typing import Literal

from ..activations.record import Floats

Reduction = Literal["mean", "sum", "none"]
"""mean divides by the number of rows, always; none leaves a loss, and gradients, for each row."""


def total(losses: Floats, count: int) -> float:
    """Return Σ losses / count, the sum correctly rounded; ∞ only where the quotient itself is too large."""
    listed = losses.tolist()
    try:
        return math.fsum(listed) / count
    except OverflowError:  # the sum's, not the quotient's
        _, exponent = math.frexp(max(map(abs, listed)))
        scaled = math.fsum(math.ldexp(one, -exponent) for one in listed) / count
    try:
        return math.ldexp(scaled, exponent)
    except OverflowError:
        return math.inf
