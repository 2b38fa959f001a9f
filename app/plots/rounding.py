"""How far rounding may move what a network answers: smaller differences are no shape of its curve."""

import math

import numpy as np

from ..nn.activations.record import Activation, Floats
from ..nn.networks.evaluation import trace
from ..nn.networks.network import Network

_ULPS = 4.0  # of the sum of a preactivation's terms in size, and of what a layer's activation answers
_MOST, _MOST_VALUES = 257, 2**21  # points, and points times units


def rounding(network: Network, index: int, x: Floats) -> Floats:
    """Return about how far rounding moves output `index` of a network of one input at increasing x, (N,).

    A running estimate, from layer to layer: e ← |f′|·(|W|·e/√n + u·(|W|·|h| + |b|)) + u·|h′|, u a few units
    in the last place, √n for errors that are as often up as down. It is worked out at a few of many
    x; between two the larger counts. 0 where it is beyond float64.
    """
    most = max(2, min(_MOST, _MOST_VALUES // max(layer.outputs for layer in network.layers)))
    chosen = np.unique(np.linspace(0, len(x) - 1, min(most, len(x))).astype(np.intp))
    inputs = x[chosen, np.newaxis]
    unit = _ULPS * float(np.finfo(np.float64).eps)
    error, values = np.zeros(inputs.shape), np.abs(inputs)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for layer, step in zip(network.layers, trace(network, inputs), strict=True):
            weight = np.abs(layer.weight).T
            bias = 0.0 if layer.bias is None else np.abs(layer.bias)
            terms = error @ weight / math.sqrt(len(weight)) + unit * (values @ weight + bias)
            if isinstance(layer.activation, Activation):
                terms *= np.abs(layer.activation.derivative(step.preactivations))
            values = np.abs(step.activations)
            error = terms + unit * values
    found = np.where(np.isfinite(error[:, index]), error[:, index], 0.0)
    after = np.minimum(np.searchsorted(x[chosen], x), len(chosen) - 1)
    bound: Floats = np.maximum(found[after], found[np.maximum(after - 1, 0)])
    return bound
