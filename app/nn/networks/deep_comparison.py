"""Comparisons by normal forms: networks of any depth and any activations."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import mpmath as mp
import numpy as np

from ..precision import extended_precision
from .comparison_result import (
    Comparison,
    Matching,
    Method,
    ShownDifference,
    constant_statement,
    rounded_up,
)
from .decision import Decision, Reason, decide
from .difference_search import Shown, find_difference, largest_shown, moves_an_output, show
from .distance import downwards, upwards
from .enclosed_values import ExactPoint
from .exact_distance import by_ranges
from .exact_far_points import exact_far_points
from .extended import LEAST_DIGITS, Enclosure
from .far_points import nearly_parallel
from .layer_comparison import agreement, shown_sample
from .layerwise import Gap, gap
from .moved_biases import surely_differ
from .network import Network
from .normal_form import NormalForm, Stage, normal_form
from .rounding_only import differ_by_biases_alone

_BITS = (192, 1024, 4096)

_SAME: dict[Reason, str] = {
    "normal_form": "their normal forms, unit by unit, are the same",
    "affine": "both come to the same affine map",
    "ridge_sum": "their units, those of one hyperplane taken together, are the same",
    "pieces": "both have the same breakpoints and the same lines between them",
}
_OTHER: dict[Reason, str] = {
    "affine": "both come to affine maps, which differ",
    "ridge_sum": "their units differ, and such units are linearly independent",
    "folded_constants": "they differ by constants that are not equal",
    "constant": "but for constants they agree",
    "moved_biases": "they have the same weights, and in an output biases that differ all add up",
    "slopes": "they have the same weights, and biases that differ move an output at an input that was tried",
    "pieces": "their breakpoints, or the lines between them, differ",
}


def compare_deep(first: Network, second: Network, form: NormalForm, other: NormalForm) -> Comparison:
    """Return what normal forms, bounds from layer to layer and inputs where the two differ tell of them."""
    decision = decide(form, other)
    if decision.equal:
        return _equal(decision, form, other)
    found = gap(first, second)
    shown = None
    if found.witness is None:
        shown = _search((first, second), form, other, decision)
    equal: bool | None = decision.equal
    if equal is None and decision.open is not None and surely_differ(*decision.open):
        decision = replace(decision, equal=False, reason="moved_biases")
        equal = False
    if equal is None and found.upper == 0:
        equal = True
    if equal is None and (found.lower > 0 or shown is not None):
        equal = False
    if equal is None and decision.open is not None and moves_an_output(*decision.open, (first, second)):
        decision = replace(decision, equal=False, reason="slopes")
        equal = False
    lower, upper = _bounds(decision, found, shown)
    upper = max(min(upper, by_ranges(form, other)), lower)
    rounding_only = not equal and (
        decision.rounding or found.rounding_only or differ_by_biases_alone(form, other)
    )
    witness = _witness(found, shown)
    method: Method = "bound" if lower > 0 or upper < float("inf") else "sampling"
    if found.witness is not None:
        method = "sampling"
    if decision.equal is not None or (found.constant and equal is False):
        method = "exact"
    matchings = _matchings(form, other)
    return Comparison(
        equal=equal,
        rounding_only=rounding_only,
        method=method,
        lower=lower,
        upper=upper,
        witness=witness,
        matching=matchings[0] if len(matchings) == 1 else (),
        matchings=matchings,
        statement=_statement(equal, decision, found, shown, upper, rounding_only),
        constant=bool(decision.constant) or (found.constant and equal is False),
    )


def seen_far_away(
    found: Comparison, first: Network, second: Network, forms: tuple[NormalForm, NormalForm] | None = None
) -> Comparison:
    """Return the comparison with a larger lower end where units that are all but the same show one far away.

    `forms` are the normal forms, if they are known; they are made only where there are such units.
    """
    if found.equal is not False or found.constant or not found.lower < found.upper / 4 < float("inf"):
        return found
    if forms is None:
        if not nearly_parallel(first, second):
            return found
        forms = normal_form(first), normal_form(second)
    shown = largest_shown(*forms, exact_far_points(*forms))
    if shown is None or shown.size <= found.lower:
        return found
    return replace(found, lower=min(shown.size, found.upper), witness=shown_difference(shown))


def _equal(decision: Decision, form: NormalForm, other: NormalForm) -> Comparison:
    matchings = _matchings(form, other)
    return Comparison(
        equal=True,
        rounding_only=False,
        method="normal_form" if decision.reason == "normal_form" else "exact",
        lower=0.0,
        upper=0.0,
        witness=None,
        matching=matchings[0] if len(matchings) == 1 else (),
        matchings=matchings,
        statement=f"the two networks are the same function of every x in ℝᵈ: {_SAME[decision.reason]}",
    )


def _search(
    networks: tuple[Network, Network], form: NormalForm, other: NormalForm, decision: Decision
) -> Shown | None:
    """Return an input where the two differ.

    If that is proven only of what is before injective functions, or a softmax, and shows behind them in no
    digits that can be afforded, the input comes without values.
    """
    forms = decision.open or (form, other)
    if decision.point is not None and form.inputs == 1:
        point = _exact_point(decision.point)
        found = None if point is None else show(form, other, point, _BITS[0], float64=_is_float(point))
        if found is not None:
            return found
    inner = find_difference(*forms, networks)
    if inner is None or forms == (form, other):
        return inner
    for bits in _BITS:
        outer = show(form, other, inner.point, bits, float64=inner.float64)
        if outer is not None:
            return outer
    return Shown(inner.point, [], [], [], float64=False)


def _exact_point(number: Fraction) -> ExactPoint | None:
    if number.denominator & (number.denominator - 1):
        return None
    exponent = 1 - number.denominator.bit_length()
    return ExactPoint(np.array([number.numerator], dtype=object), exponent)


def _is_float(point: ExactPoint) -> bool:
    return abs(int(point.numbers[0])).bit_length() <= 53 and -1074 <= point.exponent <= 900


def _bounds(decision: Decision, found: Gap, shown: Shown | None) -> tuple[float, float]:
    lower, upper = found.lower, found.upper
    if shown is not None and shown.difference:
        lower = max(lower, shown.size)
    if decision.constant:
        size = max(map(abs, decision.constant))
        lower, upper = max(lower, downwards(size)), min(upper, upwards(size))
    return max(lower, decision.bounds.lower), min(upper, decision.bounds.upper)


def _witness(found: Gap, shown: Shown | None) -> ShownDifference | None:
    if found.witness is not None:
        return shown_sample(found.witness)
    if shown is None or not shown.float64 or not shown.difference:
        return None
    return shown_difference(shown)


def shown_difference(shown: Shown) -> ShownDifference:
    """Return an input with the two values there, in digits enough to differ."""
    texts = _texts(shown.first, shown.difference), _texts(shown.second, shown.difference)
    return ShownDifference(shown.point.floats(), *texts, shown.size)


def _texts(values: Sequence[Enclosure], difference: Sequence[Enclosure]) -> tuple[str, ...]:
    """Return the values with digits enough to differ where the difference is known not to be 0."""
    return tuple(
        value.decimal(_digits(value, apart)) for value, apart in zip(values, difference, strict=True)
    )


def _digits(value: Enclosure, apart: Enclosure) -> int:
    if not apart.nonzero:
        return LEAST_DIGITS
    with extended_precision(64):
        size = max(abs(value.value), abs(apart.value))
        return max(LEAST_DIGITS, int(mp.ceil(mp.log10(size / abs(apart.value)))) + 3)


def _matchings(form: NormalForm, other: NormalForm) -> tuple[Matching, ...]:
    """Return for each stage, from the first on, which units stand for each other, while they all do."""
    matchings: list[Matching] = []
    for mine, theirs in zip(form.stages, other.stages, strict=False):
        if mine.atom != theirs.atom or not mine.map.same_weights(theirs.map):
            break
        matchings.append(_matching(mine, theirs))
    return tuple(matchings)


def _matching(mine: Stage, theirs: Stage) -> Matching:
    pairs = []
    for one, other in zip(mine.members, theirs.members, strict=True):
        for place in range(max(len(one), len(other))):
            (i, sign), (j, other_sign) = one[min(place, len(one) - 1)], other[min(place, len(other) - 1)]
            pairs.append((i, j, sign * other_sign))
    return tuple(sorted(pairs))


def _statement(
    equal: bool | None,
    decision: Decision,
    found: Gap,
    shown: Shown | None,
    upper: float,
    rounding_only: bool,
) -> str:
    if equal:
        return "the two networks are the same function: layer by layer nothing remains between them"
    if equal is None and rounding_only:
        text = (
            "the two networks are the same function but for the rounding of their stored numbers; whether "
            "that shows is left open, since no input was found at which they provably differ"
        )
    elif equal is None:
        text = (
            "no theorem decides whether networks like these are the same function, and no input was found "
            f"at which they provably differ; {agreement(found.judged)}"
        )
    elif decision.constant and any(decision.constant):
        return constant_statement(upper, rounding_only) + _no_witness(found, shown)
    elif rounding_only:
        text = "the two networks are the same function but for the rounding of their stored numbers"
    elif decision.equal is False:
        before = "before their last activations, which hide no difference, " if decision.stripped else ""
        text = f"the two networks are not the same function: {before}{_OTHER[decision.reason]}"
    elif found.witness is not None:
        text = "the two networks differ at the witness by more than their evaluation can be off"
    elif found.constant:
        return constant_statement(upper, rounding_only) + _no_witness(found, shown)
    else:
        text = "the two networks differ at the input found, as values at extended precision prove"
    if equal is False:
        text += _no_witness(found, shown)
    if 0 < upper < float("inf"):
        text += f", and they differ by at most {rounded_up(upper)} anywhere"
    return text


def _no_witness(found: Gap, shown: Shown | None) -> str:
    if found.witness is not None or (shown is not None and shown.float64 and shown.difference):
        return ""
    if shown is None:
        return "; no witness, since at no input tried do the values differ in the digits computed"
    if shown.difference:
        return "; no witness, since they differ between neighbouring float64 inputs, at a rational one"
    return "; no witness, since what they differ by is lost behind the last activation"
