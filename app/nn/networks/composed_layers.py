"""Networks with neighbouring affine layers composed into one of floats, and what rounding them cost."""

from typing import NamedTuple

import numpy as np

from .exact_map import ExactMap, exact_map
from .layerwise import Corresponding
from .network import Layer, Network

_MOST_PRODUCTS = 10**6


class Composed(NamedTuple):
    """The network, and how far its layers are from what they stand for; None if nothing was composed."""

    network: Network
    rounding: list[Corresponding] | None


def composed(network: Network) -> Composed:
    """Return the network with affine layers composed into the layer behind them.

    As it is if it has none, or where that takes too long, makes larger layers, or numbers beyond float64.
    """
    layers: list[Layer] = []
    rounding: list[Corresponding] = []
    pending: ExactMap | None = None
    if not any(layer.affine for layer in network.layers[:-1]):
        return Composed(network, None)
    for index, layer in enumerate(network.layers):
        if pending is not None and not _is_worth_it(layer, pending):
            return Composed(network, None)
        whole = exact_map(layer) if pending is None else exact_map(layer).after(pending)
        pending = whole if layer.affine and index < len(network.layers) - 1 else None
        if pending is None:
            weight, weights_off = whole.nearest_weights()
            bias, biases_off = whole.nearest_bias()
            if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
                return Composed(network, None)
            layers.append(Layer(weight, bias, layer.activation))
            rounding.append(Corresponding(np.abs(weight) + weights_off, weights_off, biases_off))
    return Composed(Network(layers), rounding)


def _is_worth_it(layer: Layer, inner: ExactMap) -> bool:
    products = layer.weight.size * inner.inputs
    larger = layer.outputs * inner.inputs > layer.weight.size + inner.numbers.size
    return products <= _MOST_PRODUCTS and not larger
