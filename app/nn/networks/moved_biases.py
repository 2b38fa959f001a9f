"""Networks that differ in biases alone: where it is sure that this reaches an output."""

import numpy as np
import numpy.typing as npt

from .atoms import Atom
from .decision import is_injective
from .exact_map import ExactMap
from .normal_form import NormalForm

_Bools = npt.NDArray[np.bool_]


def surely_differ(first: NormalForm, second: NormalForm) -> bool:
    """Tell whether an output of F is above, or below, that of G at every input, by signs alone.

    Of units with the same weights the sum of one network is above the other's if every term is, or is the
    same, and one is above. Functions that rise strictly keep that, whatever the values: also where no number
    of digits that can be afforded tells them apart. Of other functions nothing is known.
    """
    if [stage.atom for stage in first.stages] != [stage.atom for stage in second.stages]:
        return False
    mine, theirs = ((*(stage.map for stage in form.stages), form.last) for form in (first, second))
    above = below = np.zeros(first.inputs, dtype=bool)  # where it may be; sure where only one is
    for index, (own, other) in enumerate(zip(mine, theirs, strict=True)):
        if not own.same_weights(other):
            return False
        above, below = _through(own, other, above, below)
        if index < len(first.stages) and not _rises(first.stages[index].atom):
            above = below = above | below
    return bool((above != below).any()) and not first.softmax


def _through(own: ExactMap, other: ExactMap, above: _Bools, below: _Bools) -> tuple[_Bools, _Bools]:
    """Return which sums of the first network may be above, and below, the second's."""
    positive, negative = np.asarray(own.numbers > 0, bool), np.asarray(own.numbers < 0, bool)
    moved = [(a > b) - (a < b) for a, b in zip(own.bias, other.bias, strict=True)]
    up = (positive & above).any(axis=1) | (negative & below).any(axis=1) | (np.array(moved) > 0)
    down = (positive & below).any(axis=1) | (negative & above).any(axis=1) | (np.array(moved) < 0)
    return up, down


def _rises(atom: Atom) -> bool:
    """Tell whether f(x) < f(y) for all x < y; what is injective and continuous rises or falls."""
    return is_injective(atom) and dict(atom.parameters).get("gamma", 1.0) > 0
