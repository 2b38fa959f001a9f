"""Networks that were evaluated without some activation, as numbers of every layer's gradient."""

from collections.abc import Iterator

import numpy as np

from ..activations.identity import identity
from ..activations.record import Floats
from ..errors import Overflow
from ..gradients.candidates import Deviation
from .backpropagation import layer_factors
from .backpropagation_question import BackpropagationQuestion
from .network import Layer, Network

_IDENTITY = identity()


def without_activations(
    question: BackpropagationQuestion,
) -> Iterator[tuple[Deviation, tuple[tuple[Floats, Floats], ...]]]:
    """Yield what comes of leaving out a hidden layer's activation, or all: δ and what it meets, by layer."""
    network = question.network
    hidden = [index for index, layer in enumerate(network.layers[:-1]) if layer.activation != _IDENTITY]
    for left_out in [[index] for index in hidden] + [hidden] if len(hidden) > 1 else [hidden]:
        if not left_out:
            continue
        layers = [
            Layer(layer.weight, layer.bias) if index in left_out else layer
            for index, layer in enumerate(network.layers)
        ]
        try:
            _, factors = layer_factors(Network(layers), question.rows, question.targets, question.loss)
        except Overflow:
            continue
        if all(np.isfinite(delta).all() for delta, _ in factors):
            words = ", ".join(str(index + 1) for index in left_out)
            way = Deviation("activation_forgotten", f"layers {words}")
            yield way, tuple((question.factor * delta, below) for delta, below in factors)
