"""The same function written otherwise, exactly, at any depth; and a network that is one ulp off."""

from itertools import pairwise

import numpy as np

from app.nn.activations.identity import identity
from app.nn.activations.record import Activation, Floats
from app.nn.networks.network import Layer, Network


def deep_disguise(generator: np.random.Generator, network: Network) -> Network:
    """Return the same function: units permuted, flipped, scaled, doubled, with dead ones, layers split.

    Signs are for odd functions, scales, powers of two, for those that are homogeneous. A unit is doubled by
    halving what it is multiplied with. Nothing is rounded.
    """
    layers = [[one.weight.copy(), _bias(one), one.activation] for one in network.layers]
    for here, behind in pairwise(layers):
        weight, bias, activation = here
        count = len(weight)
        columns = behind[0].copy()
        doubled = int(generator.integers(count))
        weight, bias = np.vstack([weight, weight[doubled]]), np.append(bias, bias[doubled])
        columns[:, doubled] /= 2
        columns = np.column_stack([columns, columns[:, doubled]])
        if generator.random() < 0.5:
            weight = np.vstack([weight, generator.standard_normal(weight.shape[1])])
            bias, columns = np.append(bias, 1.0), np.column_stack([columns, np.zeros(len(columns))])
        order = generator.permutation(len(weight))
        weight, bias, columns = weight[order], bias[order], columns[:, order]
        if activation.odd:
            signs = generator.choice([-1.0, 1.0], len(weight))
            weight, bias, columns = weight * signs[:, None], bias * signs, columns * signs
        if activation.name in ("relu", "leaky_relu", "heaviside"):
            scales = 2.0 ** generator.integers(-3, 4, len(weight))
            weight, bias = weight * scales[:, None], bias * scales
            columns = columns if activation.name == "heaviside" else columns / scales
        here[:2] = weight, bias
        behind[0] = columns
    made = [Layer(weight, bias, activation) for weight, bias, activation in layers]
    if generator.random() < 0.5:  # W = (2W)·(½I), an affine layer more
        place = int(generator.integers(len(made)))
        one = made[place]
        half = Layer(np.eye(one.inputs) / 2, None, identity())
        made[place : place + 1] = [half, Layer(one.weight * 2, one.bias, one.activation)]
    return Network(made)


def one_ulp_of_a_live_number(generator: np.random.Generator, network: Network) -> Network | None:
    """Return the network with one weight of its last layer moved to its neighbour; None if it may not show.

    It shows where the last function is injective, and the unit that is multiplied is neither constant nor
    one that others cancel.
    """
    *_, last = network.layers
    injective = ("identity", "tanh", "sigmoid", "softplus", "softsign", "leaky_relu")
    if not isinstance(last.activation, Activation) or last.activation.name not in injective:
        return None
    if any(_name(one) in ("relu", "heaviside", "hard_tanh") for one in network.layers[:-1]):
        return None
    if any(not one.weight.all() for one in network.layers):
        return None
    weight = last.weight.copy()
    place = tuple(int(generator.integers(side)) for side in weight.shape)
    weight[place] = np.nextafter(weight[place], generator.choice([-np.inf, np.inf]))
    return Network([*network.layers[:-1], Layer(weight, last.bias, last.activation)])


def _name(layer: Layer) -> str:
    return layer.activation.name if isinstance(layer.activation, Activation) else layer.activation


def _bias(layer: Layer) -> Floats:
    return np.zeros(layer.outputs) if layer.bias is None else layer.bias.copy()
