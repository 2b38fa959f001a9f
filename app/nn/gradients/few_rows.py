"""Softmax and the loss of few numbers, as Python's floats.

A call of NumPy costs as much as working on fifty numbers does: these are the operations of `softmax` and
`cross_entropy` in the same order, number by number, so that a row has the same bits here and there. Rows
that are out of the ordinary are left to those.
"""

from math import ldexp
from typing import NamedTuple

import numpy as np

from ..activations.record import Floats
from ..error_free import two_sum
from ..exponential import (
    STEP_HIGH,
    STEP_LOW,
    STEPS_PER_UNIT,
    TABLE,
    TABLE_LOGARITHM,
    TO_INTEGER,
    growth_of,
)
from .row_sums import CUT, LARGE, LOWEST, SCALE, TINY, RowSums
from .targets import Labels

MOST = 64
"""From so many numbers on, arrays are as quick. Rows of so few are narrow: added up one after the other."""

_TO_INTEGER = TO_INTEGER + 1024.0 * SCALE
_TABLE, _LOGARITHM = TABLE.tolist(), TABLE_LOGARITHM.tolist()


class Row(NamedTuple):
    """The exponentials of one row, see `softmax.Exponentials`."""

    logits: list[float]
    top: int
    base: list[float]
    growth: list[float]
    sums: RowSums[float]

    def probabilities(self) -> list[float]:
        """Return softmax(a)."""
        inverse, upper, lower = self.sums.inverse, self.sums.inverse_upper, self.sums.inverse_lower
        return [b * upper + (b * lower + g * inverse) for b, g in zip(self.base, self.growth, strict=True)]


def few_exponentials(logits: Floats) -> list[Row] | None:
    """Return the rows of C-contiguous logits (N, k), None where they are many, far apart or not finite."""
    if not 0 < logits.size <= MOST:
        return None
    found = []
    for row in logits.tolist():
        one = _exponentials(row)
        if one is None:
            return None
        found.append(one)
    return found


def few_losses_and_residuals(logits: Floats, targets: Labels) -> tuple[Floats, Floats, Floats] | None:
    """Return what `losses_and_residuals` does for labels of weight 1, None as `few_exponentials` or else."""
    if logits.size > MOST or targets.weights.tolist() != [1.0] * len(logits):
        return None
    rows = few_exponentials(logits)
    if rows is None:
        return None
    probabilities, losses, derivatives = [], [], []
    for row, at in zip(rows, targets.classes.tolist(), strict=True):
        p = row.probabilities()
        g = p.copy()
        g[at] = -row.sums.complement() if at == row.top else p[at] - 1.0
        probabilities.append(p)
        losses.append(_loss(row, at))
        derivatives.append(g)
    return np.array(probabilities), np.array(losses), np.array(derivatives)


def _exponentials(row: list[float]) -> Row | None:
    """Return what one row comes to, None where it is out of the ordinary."""
    total, largest = sum(row), max(row)
    if total - total != 0.0:
        return None
    top, whole = row.index(largest), float(round(largest))
    if min(row) - whole < LOWEST:
        return None
    base: list[float] = []
    growth: list[float] = []
    for a in row:
        distance = a - whole
        shifted = distance * STEPS_PER_UNIT + _TO_INTEGER
        steps = shifted - _TO_INTEGER
        integer = int(steps)
        index = integer & 1023
        low = (a - (distance + whole)) - steps * STEP_LOW
        r = (distance - steps * STEP_HIGH) + low + _LOGARITHM[index]
        power = ldexp(_TABLE[index], (integer >> 10) + SCALE)
        base.append(power)
        growth.append(growth_of(r) * power)
    top_base, base[top] = base[top], 0.0
    cut = max(base) * CUT
    coarse, rest = 0.0, 0.0
    for place, b in enumerate(base):
        if place != top:
            upper = (b + cut) - cut
            coarse += upper
            rest += (b - upper) + growth[place]
    base[top] = top_base
    return Row(row, top, base, growth, RowSums.of(coarse, rest, top_base, growth[top]))


def _loss(row: Row, at: int) -> float:
    """Return −ln pⱼ for the class j, as `cross_entropy.losses` does."""
    linear, linear_low = two_sum(row.logits[row.top], -row.logits[at])
    product, product_low = row.sums.ratio()
    scale = 0
    if product < TINY and linear < LARGE:
        scale = SCALE
        linear, linear_low = linear * 2.0**SCALE, linear_low * 2.0**SCALE
        product, product_low = row.sums.scaled_ratio()
    else:
        product = float(np.log1p(product))
    total, rest = two_sum(linear, product)
    return ldexp(total + (rest + linear_low + product_low), -scale)
