"""Networks that jump: whether one does, and what it takes at a jump."""

import numpy as np

from ..nn.activations.record import Activation
from ..nn.networks.evaluation import evaluate
from ..nn.networks.network import Network


def has_jumps(network: Network) -> bool:
    """Tell whether some layer's activation jumps."""
    return any(
        isinstance(layer.activation, Activation) and layer.activation.jumps for layer in network.layers
    )


def is_step_function(network: Network) -> bool:
    """Tell whether the network is a step function: everything goes through some layer of steps."""
    return any(
        isinstance(layer.activation, Activation)
        and layer.activation.lipschitz == 0
        and layer.activation.jumps
        for layer in network.layers
    )


def value_at_jump(network: Network, index: int, low: float, high: float) -> float:
    """Return what an output takes at a jump between the neighbouring floats `low` and `high`.

    A unit jumps at a real number that is often no float. Its preactivation, continuous up to there, takes the
    jump's own place between the two floats, so its value is known all the same; the layers behind it are
    evaluated from that.
    """
    ends, here = np.array([[low], [high]]), np.array([high])
    jumped = False
    for layer in network.layers:
        alone = Network([layer])
        out = evaluate(alone, here)
        if not jumped and isinstance(layer.activation, Activation):
            bias = 0.0 if layer.bias is None else layer.bias
            sums = ends @ layer.weight.T + bias
            for jump in layer.activation.jumps:
                passing = (sums.min(axis=0) <= jump.at) & (jump.at <= sums.max(axis=0))
                out[passing] = layer.activation.evaluate(np.array([jump.at]))[0]
                jumped = jumped or bool(passing.any())
        ends, here = evaluate(alone, ends), out
    return float(here[index])
