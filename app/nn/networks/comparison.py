"""Whether two networks are the same function, how far apart they are, and where that shows."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction
from itertools import zip_longest
from math import ulp
from typing import Literal

import numpy as np

from ..activations.record import Floats
from ..cost import Cost
from ..errors import ShapeMismatch, UnsupportedNetwork, located
from .affine import axis_where_apart, is_affine, point_beyond, value_at
from .canonical import QUANTUM, CanonicalForm, canonical, canonical_cost, has_canonical_form
from .distance import Distance, Witness, distance
from .evaluation import cost as evaluation_cost
from .extended import LEAST_BITS, LEAST_DIGITS, Point, decimals, extended_cost, most_bits
from .layerwise import Gap, gap
from .network import SOFTMAX, Network
from .sampling import SAMPLES


@dataclass(frozen=True, slots=True, eq=False)
class ShownDifference:
    """An input (d,) and the two outputs there as decimals, with digits enough to differ."""

    input: Floats
    first: tuple[str, ...]
    second: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What is known about two networks F and G.

    `equal` is True or False where that is proven and None where no theorem decides; `lower` ≤ sup|F − G| ≤
    `upper` over ℝᵈ, the largest of the outputs. `matching` are (i, j, sign): unit i of the first network
    stands for unit j of the second, negated if sign is −1.
    """

    equal: bool | None
    rounding_only: bool
    method: Literal["exact", "bound", "sampling"]
    lower: float
    upper: float
    witness: ShownDifference | None
    matching: tuple[tuple[int, int, int], ...]
    statement: str

    def within(self, tolerance: float) -> bool | None:
        """Tell whether sup|F − G| ≤ tolerance; None where the bounds leave that open."""
        if self.upper <= tolerance:
            return True
        return False if self.lower > tolerance else None


def compare(first: Network, second: Network) -> Comparison:
    """Return whether two networks are the same function of all of ℝᵈ, and what else is known.

    Networks with one hidden layer of tanh or sigmoid units, and constants, are decided exactly by their
    canonical forms, affine ones by their numbers, and one of these against one of those by its bound; others
    by bounds from layer to layer and by samples, which may leave the question open.

    Raises `ShapeMismatch` for other numbers of inputs or outputs and `UnsupportedNetwork` for a softmax;
    places begin with "first" or "second".
    """
    _refuse_unlike(first, second)
    if has_canonical_form(first) and has_canonical_form(second):
        with located("first"):
            form = canonical(first)
        with located("second"):
            other = canonical(second)
        return _exact(first, second, form, other)
    if is_affine(first) and is_affine(second):
        return _affine(first, second)
    if (is_affine(first) and has_canonical_form(second)) or (is_affine(second) and has_canonical_form(first)):
        return _unbounded(first, second)
    return _by_layers(gap(first, second))


def compare_cost(first: Network, second: Network) -> Cost:
    """Return what comparing takes, from the shapes alone."""
    decided = Cost()
    for network in (first, second):
        if has_canonical_form(network):
            decided = decided + canonical_cost(network) + extended_cost(network)
        else:
            decided = decided + evaluation_cost(network, 4 * SAMPLES, traced=True)
    return Cost(decided.multiply_adds, decided.intermediate)


def _refuse_unlike(first: Network, second: Network) -> None:
    for name, network in (("first", first), ("second", second)):
        last = len(network.layers) - 1
        if network.layers[last].activation == SOFTMAX:
            at = (name, "layers", last, "activation")
            raise UnsupportedNetwork("expected an activation other than softmax", at)
    if first.inputs != second.inputs:
        raise ShapeMismatch(
            f"expected {first.inputs} columns, one for each input of the first network, got {second.inputs}",
            ("second", "layers", 0, "weight"),
        )
    if first.outputs != second.outputs:
        raise ShapeMismatch(
            f"expected {first.outputs} rows, one for each output of the first network, got {second.outputs}",
            ("second", "layers", len(second.layers) - 1, "weight"),
        )


def _affine(first: Network, second: Network) -> Comparison:
    point = axis_where_apart(first, second)
    if point is None:  # but for their constants they are the same
        origin = np.zeros(first.inputs)
        return _exact(first, second, value_at(first, origin), value_at(second, origin))
    statement = "the two networks are affine and their weights differ, so they differ without bound"
    return _without_bound(statement, _shown_at(point, value_at(first, point), value_at(second, point)))


def _unbounded(first: Network, second: Network) -> Comparison:
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


def _exact(first: Network, second: Network, form: CanonicalForm, other: CanonicalForm) -> Comparison:
    difference = form.minus(other)
    matching = _matching(form, other)
    if not (difference.units or difference.folded or any(difference.constant)):
        return Comparison(
            equal=True,
            rounding_only=False,
            method="exact",
            lower=0.0,
            upper=0.0,
            witness=None,
            matching=matching,
            statement="the two networks are the same function of every x in ℝᵈ: their canonical forms agree",
        )
    found = distance(difference, len(form.units) + len(other.units))
    rounding_only = not difference.units and _within_half_an_ulp(difference, first, second)
    return Comparison(
        equal=False,
        rounding_only=rounding_only,
        method="exact",
        lower=found.lower,
        upper=found.upper,
        witness=_show(found.witness, form, other) if found.witness else None,
        matching=matching,
        statement=_statement(difference, found, rounding_only),
    )


def _matching(form: CanonicalForm, other: CanonicalForm) -> tuple[tuple[int, int, int], ...]:
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


def _within_half_an_ulp(difference: CanonicalForm, first: Network, second: Network) -> bool:
    """Tell whether each constant is at most half the spacing at the larger of the two stored biases.

    With folded constants in it it is irrational, so some number of bits tells; False if they are too many.
    """
    limits = []
    for output in range(first.outputs):
        biases = [
            0.0 if last.bias is None else abs(float(last.bias[output]))
            for last in (first.layers[-1], second.layers[-1])
        ]
        limits.append(Fraction(ulp(max(biases))) / 2)
    bits, most = LEAST_BITS, most_bits(len(difference.folded))
    while True:
        values = Point(np.zeros(first.inputs), bits).values(difference)
        within = [
            value.within(limit)
            if any(sums[output] for sums in difference.folded.values())
            else abs(difference.constant[output]) * QUANTUM <= limit
            for output, (value, limit) in enumerate(zip(values, limits, strict=True))
        ]
        if bits >= most or None not in within or False in within:
            return all(within)
        bits = min(4 * bits, most)


def _show(witness: Witness, form: CanonicalForm, other: CanonicalForm) -> ShownDifference:
    point, most = witness.point, most_bits(len(form.units) + len(other.units))
    return ShownDifference(point.x, *decimals((point, form), (point, other), witness.values, most))


def _decimals(values: Floats, errors: Floats) -> tuple[str, ...]:
    """Return the numbers up to the first digit that may be wrong; its unit is no larger than the error."""
    with np.errstate(divide="ignore", invalid="ignore"):
        digits = np.ceil(np.log10(np.abs(values))) - np.floor(np.log10(errors))
    known = np.clip(np.nan_to_num(digits, nan=1.0), 1, LEAST_DIGITS)  # of what is exact, as many as there are
    return tuple(f"{value:.{int(n)}g}" for value, n in zip(values.tolist(), known, strict=True))


def _statement(difference: CanonicalForm, found: Distance, rounding_only: bool) -> str:
    if not difference.units:
        statement = _constant_statement(found.upper, rounding_only)
    else:
        statement = (
            "the two networks are not the same function: their canonical forms, and so their units, differ"
        )
    return statement if not found.reason else f"{statement}; no witness, since {found.reason}"


def _constant_statement(size: float, rounding_only: bool) -> str:
    if rounding_only:
        return (
            "the two networks are the same function but for the rounding of their output biases: they differ "
            f"by a constant of at most {_rounded_up(size)}"
        )
    return f"the two networks differ by a constant, of at most {_rounded_up(size)}"


def _rounded_up(number: float) -> str:
    """Return about three digits of a number ≥ 0 that are no less than it."""
    up = Context(prec=3, rounding=ROUND_CEILING).create_decimal(number)
    if not up.is_finite():
        return "infinity"
    text = f"{float(up):.3g}"
    return text if Decimal(text) == up else f"{up:.3g}"  # no float has those digits: as small or as large


def _agreement(judged: int) -> str:
    """Return at how many samples the two agree; elsewhere they may differ visibly."""
    agree = "they agree within what their evaluation can be off"
    if judged == SAMPLES:
        return f"at {SAMPLES} inputs {agree}"
    unknown = "no bound is known on what their evaluation is off"
    if not judged:
        return f"at none of {SAMPLES} inputs could they be told apart, since {unknown}"
    return f"at {judged} of {SAMPLES} inputs {agree}; at the others {unknown}"


def _by_layers(found: Gap) -> Comparison:
    bounded = found.witness is None and (found.lower > 0 or np.isfinite(found.upper))
    method: Literal["exact", "bound", "sampling"] = "bound" if bounded else "sampling"
    if found.upper == 0:
        equal: bool | None = True
        statement = "the two networks are the same function: layer by layer nothing remains between them"
    elif found.constant and found.lower > 0:
        equal, method = False, "exact"
        statement = _constant_statement(found.upper, found.rounding_only)
        if found.witness is None:
            statement += "; no witness, since their evaluation can be off by more"
    elif found.lower > 0:
        equal = False
        statement = (
            "the two networks differ at the witness by more than their evaluation can be off"
            if found.witness is not None
            else "the two networks differ by a constant in an output where nothing else is between them"
        )
    else:
        equal = None
        undecided = "no theorem decides whether networks like these are the same function"
        statement = f"{undecided}; {_agreement(found.judged)}"
    witness = None
    if found.witness is not None:
        sample = found.witness
        witness = ShownDifference(
            sample.input,
            _decimals(sample.first, sample.first_error),
            _decimals(sample.second, sample.second_error),
        )
    if np.isfinite(found.upper) and found.upper > 0 and not found.constant:
        statement += f", and they differ by at most {_rounded_up(found.upper)} anywhere"
    return Comparison(
        equal=equal,
        rounding_only=equal is False and found.rounding_only,
        method=method,
        lower=found.lower,
        upper=found.upper,
        witness=witness,
        matching=(),
        statement=statement,
    )
