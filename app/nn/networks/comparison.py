"""Whether two networks are the same function, how far apart they are, and where that shows."""

from dataclasses import replace
from fractions import Fraction

from ..cost import Cost
from ..errors import ShapeMismatch
from ..words import plural
from .affine import is_affine
from .box import Box
from .box_comparison import shown_inside, within_box
from .box_distance import box_cost
from .canonical import canonical, canonical_cost, has_canonical_form
from .comparison_result import Comparison
from .composed_form import canonical_of
from .deep_comparison import compare_deep, seen_far_away
from .difference_search import search_cost
from .evaluation import cost as evaluation_cost
from .extended import extended_cost
from .layer_comparison import compare_layers, seen_at_samples
from .layerwise import gap
from .network import Network
from .normal_form import NormalForm, normal_form, normal_form_cost
from .one_hidden_comparison import compare_affine, compare_forms, compare_unbounded, half_ulps
from .rounding_only import is_stored_copy
from .sampling import SAMPLES

_MOST = 2 * 10**10
"""Multiply-adds that both normal forms may take: two seconds. Of larger networks only bounds are told."""


def compare(first: Network, second: Network, box: Box | None = None) -> Comparison:
    """Return whether two networks are the same function of all of ℝᵈ, and what else is known.

    Networks with one hidden layer of tanh or sigmoid units, and constants, are decided exactly by their
    canonical forms, affine ones by their numbers, and one of these against one of those by its bound. All
    others by their normal forms: equal ones are the same function, and where a theorem says so different
    ones are not (`decision`); else by inputs at which they provably differ, which may leave the question
    open. Bounds go from layer to layer; in a `box` they and the witness are of its inputs alone.

    Raises `ShapeMismatch` for other numbers of inputs or outputs; places begin with "first" or "second".
    """
    _refuse_unlike(first, second)
    found = _compared(first, second)
    if not found.equal and not found.rounding_only and is_stored_copy(first, second):
        said = "one network is the other but for the rounding of its numbers as they are stored"
        found = replace(found, rounding_only=True, statement=f"{said}; {found.statement}")
    if box is None:
        return found
    inside = within_box(found, first, second, box)
    return shown_inside(inside, first, second, box) if _has_normal_form(first, second) else inside


def _compared(first: Network, second: Network) -> Comparison:
    if has_canonical_form(first) and has_canonical_form(second):
        found = compare_forms(canonical(first), canonical(second), half_ulps(first, second))
        return seen_far_away(seen_at_samples(found, first, second), first, second)
    if is_affine(first) and is_affine(second):
        return compare_affine(first, second)
    if (is_affine(first) and has_canonical_form(second)) or (is_affine(second) and has_canonical_form(first)):
        return compare_unbounded(first, second)
    if not _has_normal_form(first, second):
        return compare_layers(gap(first, second))
    forms = normal_form(first), normal_form(second)
    canonicals = canonical_of(forms[0]), canonical_of(forms[1])
    if canonicals[0] is not None and canonicals[1] is not None:
        found = compare_forms(canonicals[0], canonicals[1], _limits(*forms))
        found = seen_at_samples(found, first, second)
    else:
        found = compare_deep(first, second, *forms)
    return seen_far_away(found, first, second, forms)


def compare_cost(first: Network, second: Network, *, box: bool = False) -> Cost:
    """Return what comparing takes, from the shapes alone."""
    decided = Cost()
    for network in (first, second):
        if has_canonical_form(network):
            decided = decided + canonical_cost(network) + extended_cost(network)
        else:
            decided = decided + evaluation_cost(network, 4 * SAMPLES, traced=True)
    if not (has_canonical_form(first) and has_canonical_form(second)) and _has_normal_form(first, second):
        decided = decided + _forms_cost(first, second) + search_cost(first, second)
    if box and first.inputs == second.inputs:
        decided = decided + box_cost(first, second)
    return Cost(decided.multiply_adds, decided.intermediate)


def _has_normal_form(first: Network, second: Network) -> bool:
    """Tell whether the normal forms can be afforded."""
    return _forms_cost(first, second).multiply_adds <= _MOST


def _forms_cost(first: Network, second: Network) -> Cost:
    return normal_form_cost(first) + normal_form_cost(second)


def _limits(first: NormalForm, second: NormalForm) -> list[Fraction]:
    return [max(pair) for pair in zip(first.last.slack, second.last.slack, strict=True)]


def _refuse_unlike(first: Network, second: Network) -> None:
    if first.inputs != second.inputs:
        raise ShapeMismatch(
            f"expected {plural(first.inputs, 'column')}, one for each input of the first network, "
            f"got {second.inputs}",
            ("second", "layers", 0, "weight"),
        )
    if first.outputs != second.outputs:
        raise ShapeMismatch(
            f"expected {plural(first.outputs, 'row')}, one for each output of the first network, "
            f"got {second.outputs}",
            ("second", "layers", len(second.layers) - 1, "weight"),
        )
