"""Comparisons on a box of inputs."""

from dataclasses import replace

import numpy as np

from .box import Box
from .box_distance import box_distance
from .comparison_result import Comparison, rounded_up
from .layer_comparison import shown_sample
from .network import Network
from .sampling import judged, larger


def within_box(found: Comparison, first: Network, second: Network, box: Box) -> Comparison:
    """Return what is known of two networks on a box, from what is known of them on all of ℝᵈ.

    Whether they are the same function is asked of all of ℝᵈ still: `equal` is what it was, unless an input of
    the box shows them different. Bounds and witness are of the box.
    """
    if found.equal:
        return found
    there = box_distance(first, second, box)
    seen, witness = there.seen, None
    if found.witness is not None and _is_inside(found.witness.input, box):
        witness = found.witness
        seen = larger(seen, judged(first, second, found.witness.input[np.newaxis]))
    lower = max(seen.lower, found.lower) if found.constant else seen.lower
    upper = max(min(there.upper, found.upper), lower)
    if seen.witness is not None:
        witness = shown_sample(seen.witness)
    equal = False if lower > 0 else found.equal
    said = found.statement
    if equal is not found.equal:
        said = "the two networks differ at the witness by more than their evaluation can be off"
    statement = f"{said}; in the box they differ by at most {rounded_up(upper)}"
    return replace(found, equal=equal, lower=lower, upper=upper, witness=witness, statement=statement)


def _is_inside(point: np.ndarray, box: Box) -> bool:
    return bool(((point >= box.low) & (point <= box.high)).all())
