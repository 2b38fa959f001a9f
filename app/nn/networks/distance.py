"""How far two one-hidden-layer functions are apart: bounds on sup|D| for their difference D."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ..activations.record import Floats
from .canonical import CanonicalForm
from .exact_map import common_divisor
from .extended import LEAST_BITS, Enclosure, Point, most_bits
from .probes import probes, saturation
from .propagation import gamma

# Exact products, some 0.2 µs each, that all probes together may take.
_PRODUCTS = 200_000
_MOST_PROBES = 6
_RAYS = 32


@dataclass(frozen=True, slots=True, eq=False)
class Witness:
    """A point at which D is provably not 0, and D there."""

    point: Point
    values: list[Enclosure]


@dataclass(frozen=True, slots=True, eq=False)
class Distance:
    """`lower` ≤ sup|D| ≤ `upper`, the largest of the outputs; a witness where one was found, else why not."""

    lower: float
    upper: float
    witness: Witness | None
    reason: str = ""


def distance(form: CanonicalForm, units: int) -> Distance:
    """Return what is known of sup|D| over ℝᵈ, for the canonical form of a difference D that is not 0.

    `units` is how many units the two functions have together: so many bits can be afforded at a witness.

    Above: the rational constant and Σ|r| of the folded ones, and for the units tanh(aₖs + βₖ) of each
    direction, sorted by (aₖ, βₖ), |C_r| + Σ|Cₖ|·min(δₖ, 2) with C the partial sums of their coefficients
    (Abel's summation) and δₖ = 0.4478·(q − 1) + |βₖ₊₁ − q·βₖ|, q = aₖ₊₁/aₖ, since tanh has slope 1 at most
    and ∂tanh(q·u)/∂ln q = q·u·sech²(q·u) < 0.4478. Below: |D| at some points, at extended precision, and
    its limits along rays.
    """
    most = most_bits(units)
    origin, constant = constants(form, most)
    if not form.units:
        nonzero = any(value.nonzero for value in constant)
        return Distance(
            lower=max(value.at_least() for value in constant),
            upper=max(value.at_most() for value in constant),
            witness=Witness(origin, constant) if nonzero else None,
            reason="" if nonzero else f"the two constants agree to more than {most} bits",
        )
    upper = max(_plus(value.at_most(), rise) for value, rise in zip(constant, _rises(form), strict=True))
    witness, lower = _search(form, most)
    return Distance(
        lower=max(lower, _along_rays(form)),
        upper=upper,
        witness=witness,
        reason="" if witness else f"at no input tried do the two values differ within {most} bits",
    )


def _plus(one: float, other: float) -> float:
    """Return a float ≥ the sum of two numbers ≥ 0: the very number if one is 0."""
    return (one + other) * (1 + 2.0**-50) if one and other else one + other


def constants(form: CanonicalForm, most: int) -> tuple[Point, list[Enclosure]]:
    """Return x = 0, and each output's constant b + Σ r·tanh β with up to `most` bits to tell it from 0."""
    alone = CanonicalForm(form.inputs, form.outputs, {}, form.constant, form.folded, bits=form.bits)
    zero = [
        not number and not any(sums[output] for sums in form.folded.values())
        for output, number in enumerate(form.constant)
    ]
    bits = LEAST_BITS
    while True:
        origin = Point(np.zeros(form.inputs), bits)
        values = origin.values(alone)
        if bits >= most or all(none or value.nonzero for none, value in zip(zero, values, strict=True)):
            return origin, values
        bits = min(4 * bits, most)


def _rises(form: CanonicalForm) -> list[float]:
    """Return for each output a bound on |Σ c·tanh(w·x + β)|."""
    directions: dict[tuple[int, ...], list[_Parallel]] = defaultdict(list)
    for unit in form.units.values():
        (*weights, beta), exponent = unit.numbers()
        divisor, scale = common_divisor(weights), Fraction(2) ** exponent
        whole = tuple(weight // divisor for weight in weights)
        directions[whole].append(_Parallel(divisor * scale, beta * scale, unit.coefficients))
    rises = []
    for output in range(form.outputs):
        alone, together = 0, Fraction(0)
        for units in directions.values():
            if len(units) == 1:
                alone += abs(units[0].coefficients[output])
            else:
                steps = [(one.steepness, one.beta, Fraction(one.coefficients[output])) for one in units]
                together += rise_of_parallel(steps)
        rises.append(upwards((alone + together) * form.quantum))
    return rises


class _Parallel(NamedTuple):
    """A unit c·tanh(a·s + β) of those with one direction, s being the same for all of them."""

    steepness: Fraction
    beta: Fraction
    coefficients: tuple[int, ...]


_SPREAD = Fraction(4478, 10_000)
"""More than u·sech²u for any u: |tanh(a·s + β) − tanh(k·(a·s + β))| is at most this times ln k, k ≥ 1."""


def rise_of_parallel(units: Iterable[tuple[Fraction, Fraction, Fraction]]) -> Fraction:
    """Return a bound on |Σ c·tanh(a·s + β)| for any s, of units (a, β, c) with a > 0, one at least."""
    steps = sorted(units)
    total = bound = Fraction(0)
    for (a, beta, coefficient), (steeper, following, _) in pairwise(steps):
        total += coefficient
        ratio = steeper / a
        apart = _SPREAD * (ratio - 1) + abs(following - ratio * beta)
        bound += abs(total) * min(apart, Fraction(2))
    total += steps[-1][2]
    return min(bound + abs(total), sum((abs(coefficient) for _, _, coefficient in steps), Fraction(0)))


def upwards(number: Fraction) -> float:
    """Return a float ≥ number, infinity beyond the largest."""
    try:
        rounded = float(number)
    except OverflowError:
        return float("inf")
    return rounded if Fraction(rounded) >= number else float(np.nextafter(rounded, np.inf))


def _search(form: CanonicalForm, most: int) -> tuple[Witness | None, float]:
    """Return the probe where |D| is largest, and that value rounded downwards."""
    best, lower = None, 0.0
    candidates = probes(form)
    affordable = _PRODUCTS // (len(form.units) * (form.inputs + form.outputs))
    for point in candidates[: min(max(affordable, 1), _MOST_PROBES)]:
        at = Point(point, LEAST_BITS)
        values = at.values(form)
        size = max(value.at_least() for value in values)
        if any(value.nonzero for value in values) and (best is None or size > lower):
            best, lower = Witness(at, values), size
    for point in candidates[:2] if best is None else ():
        best = _look_harder(form, point, most)
        if best is not None:
            return best, max(value.at_least() for value in best.values)
    return best, lower


def _look_harder(form: CanonicalForm, point: Floats, most: int) -> Witness | None:
    """Return the point as a witness if more bits make it one: sech² of z takes 2|z|/ln 2 of them."""
    needed = LEAST_BITS + 2 * saturation(form, point) / np.log(2)
    bits = LEAST_BITS
    while bits < most and needed <= most:
        bits = min(max(4 * bits, int(needed)), most)
        at = Point(point, bits)
        values = at.values(form)
        if any(value.nonzero for value in values):
            return Witness(at, values)
    return None


def _along_rays(form: CanonicalForm) -> float:
    """Return the largest limit of |D| along some rays, rounded downwards; 0 if constants are folded in.

    Along v every tanh goes to the sign of w·v, where rounding leaves no doubt about that.
    """
    if form.folded:
        return 0.0
    units = list(form.units.values())
    weights = np.array([unit.row[:-1] for unit in units])
    rays = np.random.default_rng(0).standard_normal((_RAYS, form.inputs))
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        products = rays @ weights.T
        sure = np.abs(products) > gamma(2 * form.inputs) * (np.abs(rays) @ np.abs(weights).T) + 2.0**-1000
        sure &= np.isfinite(products)
    largest = 0
    signs = np.sign(products).astype(int)
    for ray in np.flatnonzero(sure.all(axis=1))[: max(_PRODUCTS // (4 * len(units) * form.outputs), 1)]:
        along = signs[ray].tolist()
        for output in range(form.outputs):
            limit = form.constant[output] + sum(
                sign * unit.coefficients[output] for sign, unit in zip(along, units, strict=True)
            )
            largest = max(largest, abs(limit))
    return downwards(largest * form.quantum)


def downwards(number: Fraction) -> float:
    """Return a float ≤ number, for numbers ≥ 0."""
    try:
        rounded = float(number)
    except OverflowError:
        return float(np.finfo(np.float64).max)
    return rounded if Fraction(rounded) <= number else float(np.nextafter(rounded, 0.0))
