"""Inputs at which units of two networks pass an edge of their activation, or the middle of it."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt

from ..activations.record import Activation, Floats
from .network import Network, Softmax
from .sampling import plain_layers

_MOST = 512
_PER_EDGE = 8
_HALVINGS = 60
_MULTIPLY_ADDS = 10**9
_STEEP = 20.0
"""A unit without jumps that moves by more than this is steep: it goes from off to on within few inputs."""


def edges(activation: Activation | Softmax) -> Sequence[float]:
    """Return where the function has a kink or a jump, 0 if nowhere."""
    if not isinstance(activation, Activation):
        return (0.0,)
    return [*activation.kinks, *(jump.at for jump in activation.jumps)] or [0.0]


def crossings(first: Network, second: Network, rows: Floats) -> Floats:
    """Return inputs between some of `rows` (N, d) at which steep units pass an edge, in the mean of both.

    Of networks that are nearly the same one has taken a step there and the other not; no sample shows that,
    since such inputs lie as near to each other as the networks do. Of large networks there are fewer.
    """
    found = list(islice(_segments(first, second, rows), _affordable(first, second)))
    if not found:
        return np.empty((0, rows.shape[1]))
    layers, units, at, low, high = map(np.array, zip(*found, strict=True))
    for _ in range(_HALVINGS):
        middle = low / 2 + high / 2
        below = (_means(first, second, middle, layers, units) < at)[:, np.newaxis]
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.concatenate([low / 2 + high / 2, low, high])


def _affordable(first: Network, second: Network) -> int:
    layers = (*first.layers, *second.layers)
    products = sum(layer.weight.size + 100 * layer.outputs for layer in layers)
    return min(_MOST, _MULTIPLY_ADDS // (_HALVINGS * products))


def _segments(
    first: Network, second: Network, rows: Floats
) -> Iterator[tuple[int, int, float, Floats, Floats]]:
    """Yield (layer, unit, edge, input where the unit is below it, input where it is not), jumps first."""
    sums, others = (plain_layers(network, rows)[0] for network in (first, second))
    pairs = list(enumerate(zip(first.layers, second.layers, sums, others, strict=False)))
    for jumps in (True, False):
        for index, (layer, other, mine, theirs) in pairs:
            alike = layer.activation == other.activation and layer.outputs == other.outputs
            if not alike or _has_jumps(layer.activation) is not jumps:
                continue
            means = mine / 2 + theirs / 2
            steep = jumps | (means.max(axis=0) / 2 - means.min(axis=0) / 2 > _STEEP / 2)
            for unit in np.flatnonzero(steep).tolist():
                for edge in edges(layer.activation):
                    below, above = (
                        np.flatnonzero(means[:, unit] < edge),
                        np.flatnonzero(means[:, unit] >= edge),
                    )
                    for one, another in zip(below[:_PER_EDGE], above[:_PER_EDGE], strict=False):
                        yield index, unit, edge, rows[one], rows[another]


def _has_jumps(activation: Activation | Softmax) -> bool:
    return isinstance(activation, Activation) and bool(activation.jumps)


def _means(
    first: Network, second: Network, rows: Floats, layers: npt.NDArray[np.int64], units: npt.NDArray[np.int64]
) -> Floats:
    """Return for each row the preactivation of its own unit, the mean of both networks."""
    means = np.empty(len(rows))
    sums, others = (plain_layers(network, rows)[0] for network in (first, second))
    for index in np.unique(layers).tolist():
        chosen = np.flatnonzero(layers == index)
        means[chosen] = sums[index][chosen, units[chosen]] / 2 + others[index][chosen, units[chosen]] / 2
    return means
