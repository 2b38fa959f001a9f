"""Comparisons on a box of inputs."""

from dataclasses import replace

from ..activations.record import Floats
from .box import Box
from .box_distance import box_distance
from .comparison_result import Comparison, rounded_up
from .deep_comparison import shown_difference
from .difference_search import largest_shown
from .layer_comparison import shown_sample
from .network import Network
from .normal_form import normal_form

_TRIED = 16
_SEED = 1958


def within_box(found: Comparison, first: Network, second: Network, box: Box) -> Comparison:
    """Return what is known of two networks on a box, from what is known of them on all of ℝᵈ.

    Whether they are the same function is asked of all of ℝᵈ still: `equal` is what it was, unless an input of
    the box shows them different. Bounds and witness are of the box.
    """
    if found.equal:
        return found
    there = box_distance(first, second, box)
    lower = there.lower
    witness = None if there.seen.witness is None else shown_sample(there.seen.witness)
    known = found.witness
    if known is not None and _is_inside(known.input, box) and known.apart >= lower:
        lower, witness = known.apart, known
    if found.constant:
        lower = max(lower, found.lower)
    upper = max(min(there.upper, found.upper), lower)
    equal = False if lower > 0 else found.equal
    said = found.statement
    if equal is not found.equal:
        said = "the two networks differ at the witness by more than their evaluation can be off"
    statement = f"{said}; in the box they differ by at most {rounded_up(upper)}"
    return replace(found, equal=equal, lower=lower, upper=upper, witness=witness, statement=statement)


def shown_inside(found: Comparison, first: Network, second: Network, box: Box) -> Comparison:
    """Return the comparison with an input of the box at which values at extended precision differ, if any do.

    Of two that are not the same function, and differ by less than evaluating them can be off.
    """
    if found.equal is not False or found.lower:
        return found
    forms = normal_form(first), normal_form(second)
    shown = largest_shown(*forms, box.points(_TRIED, _SEED))
    if shown is None:
        return found
    return replace(found, lower=min(shown.size, found.upper), witness=shown_difference(shown))


def _is_inside(point: Floats, box: Box) -> bool:
    return bool(((point >= box.low) & (point <= box.high)).all())
