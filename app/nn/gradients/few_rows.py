"""Softmax and the loss of few numbers, as Python's floats.

A call of NumPy costs as much as working on fifty numbers does: these are the operations of `softmax` and
`cross_entropy` in the same order, number by number, so that a row has the same bits here and there. Rows
that are out of the ordinary are left to those.
"""

from math import frexp, ldexp
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
from .row_sums import CUT, LARGE, LOWEST, SCALE, TINY, RowSums, log_one_plus
from .targets import Labels

MOST = 64
"""From so many numbers on, arrays are as quick."""

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
        inverse, upper, lower = self.sums.inverse()
        return [b * upper + (b * lower + g * inverse) for b, g in zip(self.base, self.growth, strict=True)]


Terms = tuple[int, list[float], list[float], float, list[float]]
"""A row's `top`, `base` and `growth`; of all but the largest logit's, the upper parts' sum, and the rest."""


def few_exponentials(logits: Floats) -> list[Row] | None:
    """Return the rows of C-contiguous logits (N, k), None where they are many, far apart or not finite."""
    if not 0 < logits.size <= MOST:
        return None
    rows = logits.tolist()
    found = []
    for row in rows:
        terms = _terms(row)
        if terms is None:
            return None
        found.append(terms)
    rests = np.add.reduce([terms[-1] for terms in found], axis=-1).tolist()  # in NumPy's order
    return [
        Row(row, top, base, growth, RowSums.of(upper, rest, base[top], growth[top]))
        for row, (top, base, growth, upper, _), rest in zip(rows, found, rests, strict=True)
    ]


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


def _terms(row: list[float]) -> Terms | None:
    """Return the terms of one row, None where it is out of the ordinary."""
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
    largest_base, largest_growth = base[top], growth[top]
    base[top] = growth[top] = 0.0
    cut = ldexp(1.5, frexp(max(base))[1] + CUT)
    upper, rest = 0.0, []
    for b, g in zip(base, growth, strict=True):
        coarse = (b + cut) - cut
        upper += coarse
        rest.append((b - coarse) + g)
    base[top], growth[top] = largest_base, largest_growth
    return top, base, growth, upper, rest


def _loss(row: Row, at: int) -> float:
    """Return −ln pⱼ for the class j, as `cross_entropy.losses` does."""
    linear, linear_low = two_sum(row.logits[row.top], -row.logits[at])
    product, product_low = row.sums.ratio()
    scale = 0
    if product < TINY and linear < LARGE:
        scale = SCALE
        linear, linear_low = linear * 2.0**SCALE, linear_low * 2.0**SCALE
    else:
        logarithm, product_low = log_one_plus(product, product_low)
        product = float(logarithm)
    total, rest = two_sum(linear, product)
    return ldexp(total + (rest + linear_low + product_low), -scale)
