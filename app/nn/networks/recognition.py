"""Which of two networks is the other's conversion: recognised number for number."""

from itertools import product
from typing import get_args

import numpy as np

from ..errors import Overflow, UnsupportedNetwork
from .conversion import Conversion, Squashing, convert
from .network import Layer, Network


def conversion_between(first: Network, second: Network) -> Conversion | None:
    """Return the conversion that makes one of the networks from the other, or None where there is none."""
    for (given, other), to in product(((first, second), (second, first)), get_args(Squashing)):
        try:
            conversion = convert(given, to)
        except (Overflow, UnsupportedNetwork):
            continue
        if same_layers(conversion.network, other):
            return conversion
    return None


def same_layers(first: Network, second: Network) -> bool:
    """Tell whether two networks have the same layers, number for number; no bias is one of zeros."""
    return len(first.layers) == len(second.layers) and all(map(_same_layer, first.layers, second.layers))


def _same_layer(first: Layer, second: Layer) -> bool:
    bias, other = (np.zeros(one.outputs) if one.bias is None else one.bias for one in (first, second))
    return (
        first.activation == second.activation
        and np.array_equal(first.weight, second.weight)
        and np.array_equal(bias, other)
    )
