"""How the rows' losses become one."""

import math
from typing import Literal

import numpy as np

from ..activations.record import Floats

Reduction = Literal["mean", "sum", "none"]
"""mean divides by the number of rows, always; none leaves a loss, and gradients, for each row."""


def total(losses: Floats, count: int) -> float:
    """Return Σ losses / count, the sum correctly rounded; ∞ only where the quotient itself is too large."""
    _, exponent = math.frexp(float(np.abs(losses).max()))
    try:
        return math.ldexp(math.fsum(np.ldexp(losses, -exponent)) / count, exponent)
    except OverflowError:
        return math.inf
