"""How far two networks of any depth are apart: bounds from layer to layer, and samples."""

import math
import sys
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..activations.identity import identity
from ..activations.record import Activation, Floats
from ..activations.sameness import same_function
from ..error_free import two_sum
from .conversion import SUBSTITUTIONS
from .exact_sum import rounded_sum
from .network import Layer, Network, Softmax
from .propagation import (
    UNDERFLOW,
    UPWARDS,
    gamma,
    output_gaps,
    preactivation_sizes,
    sizes_behind,
    softmax_gaps,
    weighted,
)
from .sampling import Sample, sampled
from .slopes import value_range


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """`lower` ≤ sup|F − G| ≤ `upper`, and the sample where the two provably differ most.

    `judged` is at how many of the samples it is known for every output what the evaluation can be off;
    `constant` says that F − G is proven to be a constant, and `rounding_only` that in no output it is more
    than half an ulp of the larger of the two last biases.
    """

    lower: float
    upper: float
    witness: Sample | None
    judged: int
    constant: bool
    rounding_only: bool


def gap(first: Network, second: Network) -> Gap:
    """Return bounds on sup|F − G| over ℝᵈ for networks of as many inputs and outputs.

    Above: from layer to layer as in `certificate.certify`, tanh and sigmoid layers standing for each other;
    where the layers do not correspond, from the ranges. Below: from samples, less what either evaluation
    can be off, which is bounded alongside (the functions within 4 ULP), and from the last biases, where
    nothing else is between the two in an output.
    """
    seen = sampled(first, second)
    # what is known of the pair is known of it turned round
    bounds, back = distance_bounds(first, second), distance_bounds(second, first)
    return Gap(
        lower=max(seen.lower, bounds.lower, back.lower),
        upper=min(bounds.upper, back.upper),
        witness=seen.witness,
        judged=seen.judged,
        constant=bounds.constant or back.constant,
        rounding_only=bounds.rounding_only or back.rounding_only,
    )


class _Relation(NamedTuple):
    """f(z) = scale·g(stretch·z) + shift, for an activation f of the first network and g of the second."""

    stretch: float
    scale: float
    shift: float


_SAME = _Relation(1.0, 1.0, 0.0)


class DistanceBounds(NamedTuple):
    """`lower` ≤ sup|F − G| ≤ `upper`, and whether F − G is a constant and of no more than rounding."""

    lower: float
    upper: float
    constant: bool
    rounding_only: bool


def distance_bounds(first: Network, second: Network) -> DistanceBounds:
    """Return bounds on sup|F − G|: `upper` is 0 only for one function, and infinite if unknown."""
    layers, others = _aligned(first, second)
    sizes = other_sizes = np.full(first.inputs, np.inf)
    before: _Relation | None = _SAME
    gaps = np.zeros(first.inputs)
    constants = None
    with np.errstate(over="ignore", invalid="ignore"):
        for index in range(max(len(layers), len(others))):
            layer = layers[index] if index < len(layers) else None
            other = others[index] if index < len(others) else None
            sums = sizes if layer is None else preactivation_sizes(layer, sizes)
            other_sums = other_sizes if other is None else preactivation_sizes(other, other_sizes)
            relation = None
            if layer is not None and other is not None and layer.outputs == other.outputs:
                relation = _relation(layer.activation, other.activation)
            if relation is not None and before is not None:
                assert layer is not None and other is not None
                if layer is layers[-1] and other is others[-1] and _is_identity(layer):
                    constants = _constants(layer, other, before, gaps, other_sizes)
                delta = _preactivation_gaps(layer, other, before, relation, gaps, other_sizes)
                largest = np.minimum(sums + delta, np.maximum(sums, other_sums / relation.stretch))
                gaps = _gaps_behind(layer, delta, -largest)
            if layer is not None:
                sizes = sizes_behind(layer, sums)
            if other is not None:
                other_sizes = sizes_behind(other, other_sums)
            if relation is None or before is None:
                # Nothing corresponds any more, unless the layers have the same width again.
                before = _SAME if sizes.shape == other_sizes.shape else None
                gaps = (sizes + other_sizes) * UPWARDS if before else gaps
            else:
                before = relation
        if before is None or before.scale != 1:
            gaps = (sizes + other_sizes) * UPWARDS
        gaps = np.minimum(np.minimum(gaps, (sizes + other_sizes) * UPWARDS), _widest(first, second))
        if constants is None:
            return DistanceBounds(0.0, _largest(gaps), constant=False, rounding_only=False)
        return DistanceBounds(
            lower=float(constants.least.max()),
            upper=_largest(np.where(constants.proven, constants.most, gaps)),
            constant=bool(constants.proven.all()),
            rounding_only=bool(constants.rounding.all()),
        )


def _largest(gaps: Floats) -> float:
    bound = float(gaps.max())
    return math.inf if math.isnan(bound) else bound  # ∞ − ∞ on the way: unknown


def _aligned(first: Network, second: Network) -> tuple[list[Layer], list[Layer]]:
    """Return the layers of both, the shorter one ended by an identity layer if it is one short.

    A converted last layer has such an affine layer behind it.
    """
    layers, others = list(first.layers), list(second.layers)
    for short, long in ((layers, others), (others, layers)):
        last = short[-1].activation
        if len(short) + 1 == len(long) and isinstance(last, Activation) and last.name in ("tanh", "sigmoid"):
            short.append(Layer(np.eye(short[-1].outputs), None, identity()))
    return layers, others


def _relation(mine: Activation | Softmax, other: Activation | Softmax) -> _Relation | None:
    if not isinstance(mine, Activation) or not isinstance(other, Activation):
        return _SAME if mine == other else None
    if same_function(mine, other):
        return _SAME
    for substitution in SUBSTITUTIONS.values():
        if (substitution.replaced, substitution.activation.name) == (mine.name, other.name):
            return _Relation(substitution.stretch, substitution.scale, substitution.shift)
    return None


def _gaps_behind(layer: Layer, gaps: Floats, lowest: Floats) -> Floats:
    if isinstance(layer.activation, Activation):
        return output_gaps(layer.activation, gaps, lowest)
    return softmax_gaps(np.where(np.isnan(gaps), np.inf, gaps))


def _widest(first: Network, second: Network) -> Floats:
    """Return how far apart the ranges of the outputs let two values be, infinite if unbounded, (m,)."""
    (low, high), (other_low, other_high) = _output_ranges(first), _output_ranges(second)
    width, rest = two_sum(np.stack([high, other_high]), -np.stack([other_low, low]))
    return np.asarray(np.where(rest == 0, width, np.nextafter(width, np.inf)).max(axis=0))


def _output_ranges(network: Network) -> tuple[Floats, Floats]:
    """Return between which numbers each output lies for every input, rounded outwards."""
    low, high = np.full(network.inputs, -np.inf), np.full(network.inputs, np.inf)
    for layer in network.layers:
        low, high = _sums_between(layer, low, high)
        if not isinstance(layer.activation, Activation):
            return np.zeros(layer.outputs), np.ones(layer.outputs)
        if not _is_identity(layer):
            low, high = value_range(layer.activation, low, high)
    return low, high


def _sums_between(layer: Layer, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    bias = np.zeros(layer.outputs) if layer.bias is None else layer.bias
    rising, falling = np.maximum(layer.weight, 0.0), np.minimum(layer.weight, 0.0)
    sizes = preactivation_sizes(layer, np.maximum(np.abs(low), np.abs(high)))
    off = gamma(layer.inputs + 2) * np.where(np.isfinite(sizes), sizes, 0.0) + UNDERFLOW
    ends = []
    for sign, one, other in ((-1.0, low, high), (1.0, high, low)):
        open_ones, open_others = np.isinf(one), np.isinf(other)
        sums = rising @ np.where(open_ones, 0.0, one) + falling @ np.where(open_others, 0.0, other) + bias
        unbounded = rising[:, open_ones].any(axis=1) | falling[:, open_others].any(axis=1)
        ends.append(np.where(unbounded | np.isnan(sums), sign * np.inf, sums + sign * off))
    return ends[0], ends[1]


def _preactivation_gaps(
    layer: Layer, other: Layer, before: _Relation, relation: _Relation, gaps: Floats, sizes: Floats
) -> Floats:
    """Return a bound on |z_F − z_G/stretch|, where |h_F − (scale·h_G + shift)| ≤ gaps and |h_G| ≤ sizes.

    z_F − z_G/stretch = W_F·(h_F − scale·h_G − shift) + (scale·W_F − W_G/stretch)·h_G + rest of the biases.
    """
    weights = _apart(layer.weight, other.weight, before.scale, relation.stretch)
    biases = _bias_gaps(layer, other, before, relation)
    return np.asarray((weighted(layer.weight, gaps) + weighted(weights, sizes) + biases) * UPWARDS)


class Corresponding(NamedTuple):
    """Two layers that stand for each other: the first's weight, and how far the two are apart, by entry.

    `weights_apart` (n, k) multiplies the sizes of the second network's values, `biases_apart` is (n,).
    """

    weight: Floats
    weights_apart: Floats
    biases_apart: Floats


def corresponding(first: Network, second: Network) -> list[Corresponding] | None:
    """Return how far the layers are apart if all of them stand for each other, and None otherwise."""
    layers, others = _aligned(first, second)
    if len(layers) != len(others):
        return None
    before, pairs = _SAME, []
    with np.errstate(over="ignore", invalid="ignore"):
        for layer, other in zip(layers, others, strict=True):
            relation = _relation(layer.activation, other.activation)
            if relation is None or layer.weight.shape != other.weight.shape:
                return None
            weights = _apart(layer.weight, other.weight, before.scale, relation.stretch)
            pairs.append(Corresponding(layer.weight, weights, _bias_gaps(layer, other, before, relation)))
            before = relation
    return pairs if before == _SAME else None


class _Constants(NamedTuple):
    """For each output, whether F − G is `proven` a constant, between which sizes, and if that is rounding."""

    proven: npt.NDArray[np.bool_]
    least: Floats
    most: Floats
    rounding: npt.NDArray[np.bool_]


def _constants(layer: Layer, other: Layer, before: _Relation, gaps: Floats, sizes: Floats) -> _Constants:
    """Return what is left of F − G by two last affine layers, behind `gaps` and `sizes` as above.

    Where neither the gaps nor the weights let anything through it is b_F + shift·W_F·1 − b_G. One float
    each way is left to what the sum's rounding leaves.
    """
    weights = _apart(layer.weight, other.weight, before.scale, 1.0)
    proven = weighted(layer.weight, gaps) + weighted(weights, sizes) == 0
    least, most, rounding = np.zeros(layer.outputs), np.full(layer.outputs, np.inf), np.zeros_like(proven)
    copies = 2 if before.shift == 0.5 else 1  # half a weight may be no float
    for unit in np.flatnonzero(proven).tolist():
        biases = [0.0 if one.bias is None else float(one.bias[unit]) for one in (layer, other)]
        terms = [biases[0], -biases[1]] * copies
        if before.shift:
            terms += (math.copysign(1.0, before.shift) * layer.weight[unit]).tolist()
        least[unit], most[unit] = _ends(terms, 1.0 / copies)
        rounding[unit] = 2 * most[unit] <= math.ulp(max(map(abs, biases)))
    return _Constants(proven, least, most, rounding)


def _ends(terms: list[float], factor: float) -> tuple[float, float]:
    """Return floats between which |factor·Σterms| lies: the same if it is one."""
    try:
        total, rest = rounded_sum(terms, factor)
    except OverflowError:
        return sys.float_info.max, math.inf
    size = abs(total)
    if not rest:
        return size, size
    beyond = (rest > 0) == (math.copysign(1.0, total) > 0) or not total
    return (size, math.nextafter(size, math.inf)) if beyond else (math.nextafter(size, 0.0), size)


def _apart(mine: Floats, theirs: Floats, scale: float, stretch: float) -> Floats:
    """Return |scale·mine − theirs/stretch|, rounded once or, among the subnormals, up; ∞ if unknown."""
    # Twice the numbers where one of them is to be halved, since half a subnormal number may be no float.
    twice = 1.0 if scale >= 1 and stretch <= 1 else 2.0
    return _back(np.abs(twice * scale * mine - twice / stretch * theirs), twice)


def _back(sizes: Floats, twice: float) -> Floats:
    """Return sizes/twice rounded up, for `twice` 1 or 2, and ∞ for the NaN of ∞ − ∞."""
    if twice == 2:
        # Of the two parts of a number with an odd last bit among the subnormals one is rounded up.
        half = sizes / 2
        sizes = np.maximum(half, sizes - half)
    return np.where(np.isnan(sizes), np.inf, sizes)


def _bias_gaps(layer: Layer, other: Layer, before: _Relation, relation: _Relation) -> Floats:
    """Return |b_F + shift·W_F·1 − b_G/stretch|, rounded as by `_apart`."""
    zero = np.zeros(layer.outputs)
    mine = zero if layer.bias is None else layer.bias
    theirs = zero if other.bias is None else other.bias
    if not before.shift:
        return _apart(mine, theirs, 1.0, relation.stretch)
    rest = np.empty(layer.outputs)
    mine, theirs, weights = 2 * mine, 2 / relation.stretch * theirs, 2 * before.shift * layer.weight
    for unit in range(layer.outputs):
        terms = [mine[unit], -theirs[unit], *weights[unit].tolist()]
        try:
            rest[unit] = abs(rounded_sum(terms)[0])
        except (OverflowError, ValueError):  # beyond float64, or doubled beyond it: ∞ − ∞
            rest[unit] = np.inf
    return _back(rest, 2.0)


def _is_identity(layer: Layer) -> bool:
    return isinstance(layer.activation, Activation) and same_function(layer.activation, identity())
