"""How far two networks are apart on a box of inputs: branch and bound."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..activations.record import Activation, Floats
from ..cost import Cost
from .box import Box
from .composed_layers import composed
from .crossings import crossings
from .layerwise import Corresponding, corresponding
from .linear_forms import Forms, forms_of, jump_heights, through
from .network import Network
from .propagation import UNDERFLOW, UPWARDS
from .sampling import Sampled, judged, larger, plain_outputs, samples
from .slopes import slope_range

CLOSE = 1.01
"""So far above the lower end the upper one may be when the search ends."""
_MULTIPLY_ADDS = 10**9
_MOST_BOXES = 2_000
_SEED = 1966
_DRAWN = 256
_MOVED = 128
_NEAR = (16, 256)  # random moves: the fewer, the more weights there are
_STARTS, _BEST = 4, 64  # hills that are climbed, from among so many of the best samples
_FEW_WEIGHTS = 10_000  # of both networks, to climb so many hills
_SPREADS = (2.0, 2.0, 2.0, 1.0, 1.0, 0.5, 0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4)


@dataclass(frozen=True, slots=True, eq=False)
class BoxDistance:
    """`lower` ≤ max|F − G| ≤ `upper` over the box, the largest of the outputs, and the best sample seen."""

    lower: float
    upper: float
    seen: Sampled


def box_distance(first: Network, second: Network, box: Box, most: int = _MOST_BOXES) -> BoxDistance:
    """Return bounds on max|F − G| over a box.

    Above, for each of ever smaller boxes, the better of two bounds: both networks as linear functions of the
    inputs with a remainder, and what layers that correspond let through, by their slopes there. Below,
    samples less what evaluating them can be off, moved uphill. The boxes with the largest bounds are halved
    next, along the input that the outputs depend on most, until both ends agree to 1 %, or `most` boxes or a
    fixed number of products have been made. All arithmetic is rounded outwards.
    """
    seen = _climbed(first, second, box)
    bounded = _Bounding(first, second)
    size = _batch_size(first, second)
    left = max(_MULTIPLY_ADDS // _products(first, second), 4 * size)
    lows, highs = box.low[np.newaxis], box.high[np.newaxis]
    uppers, splits = bounded(lows, highs)
    done = 1
    while uppers.max() > CLOSE * seen.lower and done < min(left, most) and math.isfinite(seen.lower):
        order = np.argsort(-np.where(np.isnan(uppers), np.inf, uppers), kind="stable")
        worst, kept = order[:size], order[size:]
        worst, small = _splittable(worst, lows, highs, splits)
        if not len(worst):
            break
        halves = _halved(lows[worst], highs[worst], splits[worst])
        middles = halves[0][:16] / 2 + halves[1][:16] / 2
        seen = larger(seen, judged(first, second, np.clip(middles, box.low, box.high)))
        found = bounded(*halves)
        # a half is never worse than the whole that it comes from
        inherited = np.minimum(found[0], np.tile(uppers[worst], 2))
        rest = np.concatenate([kept, small])
        lows, highs = np.concatenate([lows[rest], halves[0]]), np.concatenate([highs[rest], halves[1]])
        uppers, splits = np.concatenate([uppers[rest], inherited]), np.concatenate([splits[rest], found[1]])
        done += 2 * len(worst)
    return BoxDistance(seen.lower, max(float(uppers.max()), seen.lower), seen)


def box_cost(first: Network, second: Network) -> Cost:
    """Return what the search takes at most, from the shapes alone."""
    boxes = 6 * _batch_size(first, second)
    widest = max(layer.outputs for network in (first, second) for layer in network.layers)
    return Cost(
        multiply_adds=7 * _MULTIPLY_ADDS + boxes * _products(first, second),
        intermediate=4 * _batch_size(first, second) * widest * first.inputs,
    )


def _products(first: Network, second: Network) -> int:
    """Return about how many multiply-adds, or as costly operations, one box takes."""
    weights = _weights(first, second)
    units = sum(layer.outputs for network in (first, second) for layer in network.layers)
    return weights * (first.inputs + 4) + 200 * units + 20_000


def _weights(first: Network, second: Network) -> int:
    return sum(layer.weight.size for network in (first, second) for layer in network.layers)


def _batch_size(first: Network, second: Network) -> int:
    widest = max(layer.outputs for network in (first, second) for layer in network.layers)
    return min(max(2**21 // (widest * (first.inputs + 4)), 1), 128)


_Indices = npt.NDArray[np.intp]


def _splittable(worst: _Indices, lows: Floats, highs: Floats, splits: _Indices) -> tuple[_Indices, _Indices]:
    """Return which of the boxes have floats between their ends, and which have not."""
    middle = lows[worst, splits[worst]] / 2 + highs[worst, splits[worst]] / 2
    inside = (middle > lows[worst, splits[worst]]) & (middle < highs[worst, splits[worst]])
    return worst[inside], worst[~inside]


def _halved(lows: Floats, highs: Floats, splits: _Indices) -> tuple[Floats, Floats]:
    rows = np.arange(len(lows))
    middle = lows[rows, splits] / 2 + highs[rows, splits] / 2
    left, right = highs.copy(), lows.copy()
    left[rows, splits] = middle
    right[rows, splits] = middle
    return np.concatenate([lows, right]), np.concatenate([left, highs])


class _Bounding:
    """Bounds on |F − G| for boxes, of networks whose affine layers are composed first.

    What rounding these cost is added, as what layers that correspond let through; that too is taken both
    ways round, so that the bounds of G and F are those of F and G.
    """

    def __init__(self, first: Network, second: Network) -> None:
        (self._first, self._mine), (self._second, self._theirs) = composed(first), composed(second)
        self._pairs = corresponding(self._first, self._second), corresponding(self._second, self._first)
        with np.errstate(over="ignore"):
            self._rows = sum(np.abs(one.layers[0].weight).sum(axis=0) for one in (self._first, self._second))

    @np.errstate(over="ignore", invalid="ignore", under="ignore")
    def __call__(self, lows: Floats, highs: Floats) -> tuple[Floats, _Indices]:
        """Return for each box a bound on |F − G|, and the input to halve it along."""
        start = forms_of(lows, highs)
        mine, ranges = through(self._first, start)
        theirs, others = through(self._second, start)
        apart = Forms(mine.slopes - theirs.slopes, mine.middle - theirs.middle, mine.rest + theirs.rest)
        sizes = (np.abs(mine.middle) + np.abs(theirs.middle)) + (mine.reach + theirs.reach)
        bounds = (np.abs(apart.middle) + apart.reach + 2.0**-50 * sizes) * UPWARDS
        bounds = np.where(np.isnan(bounds), np.inf, bounds)
        inputs = np.maximum(np.abs(lows), np.abs(highs))
        pairs, back = self._pairs
        if pairs is not None and back is not None:
            let = _let_through(self._first, self._second, pairs, ranges, others, inputs)
            bounds = np.minimum(bounds, let)
            bounds = np.minimum(bounds, _let_through(self._second, self._first, back, others, ranges, inputs))
        rounding = [
            _let_through(network, network, off, ends, ends, inputs)
            for network, off, ends in (
                (self._first, self._mine, ranges),
                (self._second, self._theirs, others),
            )
            if off is not None
        ]
        if rounding:
            bounds = (bounds + sum(rounding)) * UPWARDS
        moves = np.abs(mine.slopes).max(axis=1) + np.abs(theirs.slopes).max(axis=1)
        widths = (highs / 2 - lows / 2) * self._rows
        scores = np.nan_to_num(moves) + 1e-3 * np.nan_to_num(widths)
        return bounds.max(axis=1), np.argmax(scores, axis=1)


def _let_through(
    first: Network,
    second: Network,
    pairs: list[Corresponding],
    ranges: list[tuple[Floats, Floats]],
    other_ranges: list[tuple[Floats, Floats]],
    sizes: Floats,
) -> Floats:
    """Return bounds on |F − G| by what layers that correspond let through of what differs before and in them.

    As `layerwise`, with the slopes that the activations have on these boxes.
    """
    gaps = np.zeros(sizes.shape)
    for index, pair in enumerate(pairs):
        weights = np.abs(pair.weight)
        delta = (gaps @ weights.T + sizes @ pair.weights_apart.T + pair.biases_apart) * UPWARDS
        # what products lose that underflow is added, unless each of them is 0
        moved = (
            _any_product(gaps, weights) | _any_product(sizes, pair.weights_apart) | (pair.biases_apart > 0)
        )
        delta = np.where(np.isnan(delta), np.inf, delta + UNDERFLOW * moved)
        if index >= len(first.layers):
            return np.asarray(delta)
        activation = first.layers[index].activation
        low, high = ranges[index]
        if isinstance(activation, Activation):
            hull = np.nan_to_num(low - delta), np.nan_to_num(high + delta)
            least, most = slope_range(activation, *hull)
            steepest = np.maximum(np.abs(least), np.abs(most))
            through_slopes = np.where(delta == 0, 0.0, steepest * delta + UNDERFLOW)
            gaps = through_slopes + jump_heights(activation, *hull) * (delta > 0)
        else:
            gaps = np.broadcast_to(np.minimum(delta.max(axis=1, keepdims=True) / 2, 1.0), delta.shape)
        gaps = gaps * UPWARDS
        if index < len(second.layers):
            sizes = _sizes(second, index, other_ranges[index])
    return np.asarray(gaps)


def _any_product(sizes: Floats, weights: Floats) -> npt.NDArray[np.bool_]:
    """Return where a sum of sizes times weights, (B, n), has a product that is not 0."""
    return np.asarray((sizes != 0).astype(float) @ (weights != 0).astype(float).T > 0)


def _sizes(network: Network, index: int, ends: tuple[Floats, Floats]) -> Floats:
    """Return bounds on the sizes of a layer's outputs where its preactivations lie between two numbers."""
    activation = network.layers[index].activation
    if not isinstance(activation, Activation):
        return np.ones_like(ends[0])
    reach = np.maximum(np.abs(ends[0]), np.abs(ends[1]))
    at_zero = abs(float(activation.evaluate(np.zeros(1))[0]))
    lipschitz = np.full(reach.shape, np.inf)
    if math.isfinite(activation.lipschitz):
        heights = sum(abs(jump.height) for jump in activation.jumps)
        lipschitz = (at_zero + activation.lipschitz * reach + heights) * UPWARDS
    widest = max(abs(activation.range.infimum), abs(activation.range.supremum))
    return np.asarray(np.minimum(lipschitz, widest))


@np.errstate(over="ignore")
def _climbed(first: Network, second: Network, box: Box) -> Sampled:
    """Return the best of samples, and of those that the hills of several of them lead to."""
    drawn = np.concatenate([box.points(_DRAWN, _SEED), np.clip(samples(len(box.low)), box.low, box.high)])
    drawn = np.concatenate([drawn, crossings(first, second, drawn)])
    seen = judged(first, second, drawn)
    if _weights(first, second) <= _FEW_WEIGHTS:
        for start in _starts(drawn[np.argsort(-_apart(first, second, drawn), kind="stable")[:_BEST]], box):
            seen = larger(seen, _uphill(first, second, box, judged(first, second, start[np.newaxis])))
    return _uphill(first, second, box, seen)


def _starts(points: Floats, box: Box) -> list[Floats]:
    """Return the first of the points, and those that lie farthest from the ones before."""
    scale = np.maximum(box.high / 2 - box.low / 2, np.finfo(float).tiny)
    distance = np.full(len(points), np.inf)
    starts: list[Floats] = []
    for _ in range(min(_STARTS, len(points))):
        starts.append(points[int(np.argmax(distance))])
        distance = np.minimum(distance, np.abs(points / scale - starts[-1] / scale).max(axis=1))
    return starts


def _apart(first: Network, second: Network, points: Floats) -> Floats:
    """Return about |F − G| at each point, the largest of the outputs; −∞ where it is none."""
    sizes = np.abs(np.diff(np.stack([plain_outputs(n, points) for n in (first, second)]), axis=0))[0]
    return np.asarray(np.nan_to_num(sizes.max(axis=1), nan=-np.inf, posinf=np.inf))


def _uphill(first: Network, second: Network, box: Box, seen: Sampled) -> Sampled:
    """Return a sample moved to better ones: one input at a time, and all that help together."""
    generator = np.random.default_rng(_SEED)
    random = int(np.clip(100 * _FEW_WEIGHTS // _weights(first, second), *_NEAR))
    for spread in _SPREADS:
        here, width = seen.best.input, spread * (box.high / 2 - box.low / 2)
        chosen = generator.permutation(len(here))[:_MOVED]
        moves = np.repeat(here[np.newaxis], 2 * len(chosen) + 1, axis=0)
        rows = np.arange(len(chosen))
        moves[2 * rows, chosen] = np.minimum(here[chosen] + width[chosen], box.high[chosen])
        moves[2 * rows + 1, chosen] = np.maximum(here[chosen] - width[chosen], box.low[chosen])
        better = _apart(first, second, moves)
        together = here.copy()
        for row, place in zip(rows.tolist(), chosen.tolist(), strict=True):
            pair = better[2 * row], better[2 * row + 1]
            if max(pair) > better[-1]:
                together[place] = moves[2 * row + int(pair[1] > pair[0]), place]
        best = moves[int(np.argmax(better))]
        near = np.clip(here + generator.standard_normal((random, len(here))) * width, box.low, box.high)
        near = near[np.argsort(-_apart(first, second, near), kind="stable")[:4]]
        seen = larger(seen, judged(first, second, np.concatenate([[best, together], near])))
    return seen
