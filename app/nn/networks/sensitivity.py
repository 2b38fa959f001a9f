"""Inputs at which a network's outputs are likely to show a change of one of its layers."""

from typing import NamedTuple

import numpy as np

from ..activations.record import Activation, Floats
from .network import Network, Softmax
from .sampling import plain_layers

_SEED = 1958
_DRAWN = 1024
_NUMBERS = 500_000
"""Of all layers' activations together: fewer inputs are drawn for large networks."""
_ROUNDS = 6
_FARTHEST = 12


class Seen(NamedTuple):
    """Inputs (N, d), the preactivations of every layer there, and about how much the outputs move (N,)."""

    inputs: Floats
    preactivations: list[Floats]
    score: Floats


def look(network: Network, layer: int) -> Seen:
    """Return inputs of many sizes, and others near those where the outputs move most with that layer.

    The score is the largest entry of |∂F/∂z| for the preactivations z of the layer, with absolute values
    on the way, in float64: a guess that proves nothing.
    """
    generator = np.random.default_rng(_SEED)
    units = sum(one.outputs + one.inputs for one in network.layers)
    count = max(min(_DRAWN, _NUMBERS // units), 16)
    sizes = 10.0 ** generator.uniform(-4, 4, (count, 1))
    inputs = generator.standard_normal((count, network.inputs)) * sizes
    seen = _judged(network, layer, inputs)
    # units of small weights behind others without bounds move at such inputs alone
    far = generator.standard_normal((count // 8, network.inputs)) * 10.0 ** generator.uniform(
        4, _FARTHEST, (count // 8, 1)
    )
    seen = _joined(seen, _judged(network, layer, far))
    for spread in 10.0 ** -np.arange(_ROUNDS):
        best = inputs_of(seen, max(count // 16, 1))
        copies = np.repeat(best, 8, axis=0)
        factors = 1 + spread * generator.standard_normal((len(copies), 1))
        near = copies * factors + spread * np.abs(copies).max(axis=1, keepdims=True) * (
            generator.standard_normal(copies.shape) / 4
        )
        seen = _joined(seen, _judged(network, layer, near))
    return seen


def inputs_of(seen: Seen, count: int) -> Floats:
    """Return the inputs of the highest scores."""
    return seen.inputs[np.argsort(-seen.score, kind="stable")[:count]]


def _joined(one: Seen, other: Seen) -> Seen:
    return Seen(
        np.concatenate([one.inputs, other.inputs]),
        [np.concatenate(pair) for pair in zip(one.preactivations, other.preactivations, strict=True)],
        np.concatenate([one.score, other.score]),
    )


def _judged(network: Network, layer: int, inputs: Floats) -> Seen:
    sums, _ = plain_layers(network, inputs)
    with np.errstate(all="ignore"):
        slopes = [_slopes(one.activation, z) for one, z in zip(network.layers, sums, strict=True)]
        moves = slopes[-1]
        for index in range(len(network.layers) - 1, layer, -1):
            moves = np.nan_to_num(moves @ np.abs(network.layers[index].weight)) * slopes[index - 1]
        # where several scores are 0 or beyond all floats, the order is that in which they were drawn
        return Seen(inputs, sums, np.nan_to_num(moves).max(axis=1))


def _slopes(activation: Activation | Softmax, z: Floats) -> Floats:
    if not isinstance(activation, Activation):
        return np.ones_like(z)
    return np.nan_to_num(np.abs(activation.derivative(z)))
