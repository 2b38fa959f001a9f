"""Comparisons by canonical forms: one hidden layer of tanh or sigmoid, constants and affine maps."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import zip_longest
from math import ulp

import numpy as np

from ..activations.record import Floats
from .affine import axis_where_apart, is_affine, point_beyond, value_at
from .canonical import CanonicalForm, canonical
from .comparison_result import Comparison, Matching, ShownDifference, constant_statement
from .distance import Distance, Witness, distance
from .extended import LEAST_BITS, Point, decimals, most_bits
from .network import Network


def compare_affine(first: Network, second: Network) -> Comparison:
    """Compare two networks of one affine layer each."""
    point = axis_where_apart(first, second)
    if point is None:  # but for their constants they are the same
        origin = np.zeros(first.inputs)
        forms = value_at(first, origin), value_at(second, origin)
        return compare_forms(*forms, half_ulps(first, second))
    statement = "the two networks are affine and their weights differ, so they differ without bound"
    return _without_bound(statement, _shown_at(point, value_at(first, point), value_at(second, point)))


def compare_unbounded(first: Network, second: Network) -> Comparison:
    """Compare an affine network that is no constant with one that has a canonical form."""
    statement = "one network is affine and no constant, the other is bounded, so they differ without bound"
    affine, bounded = (first, second) if is_affine(first) else (second, first)
    form = canonical(bounded)
    point = point_beyond(affine, form)
    if point is None:
        return _without_bound(f"{statement}; no witness, since no float64 is large enough for one", None)
    forms = [form if network is bounded else value_at(network, point) for network in (first, second)]
    return _without_bound(statement, _shown_at(point, *forms))


def _shown_at(point: Floats, form: CanonicalForm, other: CanonicalForm) -> ShownDifference:
    at = Point(point, LEAST_BITS)
    return _show(Witness(at, at.values(form.minus(other))), form, other)


def _without_bound(statement: str, witness: ShownDifference | None) -> Comparison:
    return Comparison(
        equal=False,
        rounding_only=False,
        method="exact",
        lower=np.inf,
        upper=np.inf,
        witness=witness,
        matching=(),
        statement=statement,
    )


def compare_forms(form: CanonicalForm, other: CanonicalForm, limits: Sequence[Fraction]) -> Comparison:
    """Compare two canonical forms; `limits` is what rounding may have cost in each output."""
    difference = form.minus(other)
    matching = _matching(form, other)
    matchings = (matching,) if form.units or other.units else ()
    if not (difference.units or difference.folded or any(difference.constant)):
        return Comparison(
            equal=True,
            rounding_only=False,
            method="exact",
            lower=0.0,
            upper=0.0,
            witness=None,
            matching=matching,
            matchings=matchings,
            statement="the two networks are the same function of every x in ℝᵈ: their canonical forms agree",
        )
    found = distance(difference, len(form.units) + len(other.units))
    rounding_only = not difference.units and _within_half_an_ulp(difference, limits)
    return Comparison(
        equal=False,
        rounding_only=rounding_only,
        method="exact",
        lower=found.lower,
        upper=found.upper,
        witness=_show(found.witness, form, other) if found.witness else None,
        matching=matching,
        matchings=matchings,
        statement=_statement(difference, found, rounding_only),
        constant=not difference.units,
    )


def _matching(form: CanonicalForm, other: CanonicalForm) -> Matching:
    """Return which units of the two networks stand for each other; duplicates all stand for the last."""
    pairs = []
    for key in form.units.keys() & other.units.keys():
        mine, theirs = form.units[key].members, other.units[key].members
        for (i, sign), (j, other_sign) in zip_longest(
            mine[: len(theirs)] if len(mine) > len(theirs) else mine, theirs, fillvalue=mine[-1]
        ):
            pairs.append((i, j, sign * other_sign))
        pairs.extend((i, theirs[-1][0], sign * theirs[-1][1]) for i, sign in mine[len(theirs) :])
    return tuple(sorted(pairs))


def half_ulps(first: Network, second: Network) -> list[Fraction]:
    """Return for each output half the spacing of floats at the larger of the two stored biases."""
    limits = []
    for output in range(first.outputs):
        biases = [
            0.0 if last.bias is None else abs(float(last.bias[output]))
            for last in (first.layers[-1], second.layers[-1])
        ]
        limits.append(Fraction(ulp(max(biases))) / 2)
    return limits


def _within_half_an_ulp(difference: CanonicalForm, limits: Sequence[Fraction]) -> bool:
    """Tell whether each constant is at most what rounding the stored biases may cost.

    With folded constants in it it is irrational, so some number of bits tells; False if they are too many.
    """
    bits, most = LEAST_BITS, most_bits(len(difference.folded))
    while True:
        values = Point(np.zeros(difference.inputs), bits).values(difference)
        within = [
            value.within(limit)
            if any(sums[output] for sums in difference.folded.values())
            else abs(difference.constant[output]) * difference.quantum <= limit
            for output, (value, limit) in enumerate(zip(values, limits, strict=True))
        ]
        if bits >= most or None not in within or False in within:
            return all(within)
        bits = min(4 * bits, most)


def _show(witness: Witness, form: CanonicalForm, other: CanonicalForm) -> ShownDifference:
    point, most = witness.point, most_bits(len(form.units) + len(other.units))
    texts = decimals((point, form), (point, other), witness.values, most)
    return ShownDifference(point.x, *texts, max(value.at_least() for value in witness.values))


def _statement(difference: CanonicalForm, found: Distance, rounding_only: bool) -> str:
    if not difference.units:
        statement = constant_statement(found.upper, rounding_only)
    else:
        statement = (
            "the two networks are not the same function: their canonical forms, and so their units, differ"
        )
    return statement if not found.reason else f"{statement}; no witness, since {found.reason}"
