"""Networks that were evaluated without some activation or bias, as numbers of every layer's gradient."""

from collections.abc import Iterator

import numpy as np

from ..activations.identity import identity
from ..activations.record import Floats
from ..errors import Overflow
from ..gradients.candidates import Deviation
from ..gradients.codes import Code
from .backpropagation import layer_factors
from .backpropagation_question import BackpropagationQuestion
from .network import Layer, Network

_IDENTITY = identity()


def without_parts(
    question: BackpropagationQuestion,
) -> Iterator[tuple[Deviation, tuple[tuple[Floats, Floats], ...]]]:
    """Yield what comes of leaving out a hidden activation, a bias, or all of these: δ and what it meets.

    By layer; biases that are zero leave nothing out.
    """
    layers = question.network.layers
    hidden = [index for index, layer in enumerate(layers[:-1]) if layer.activation != _IDENTITY]
    biased = [index for index, layer in enumerate(layers) if layer.bias is not None and layer.bias.any()]
    forgotten: list[tuple[Code, list[int]]] = [
        *(("activation_forgotten", one) for one in _each_and_all(hidden)),
        *(("bias_forgotten", one) for one in _each_and_all(biased)),
    ]
    for code, left_out in forgotten:
        network = Network(
            [_without(code, layer) if index in left_out else layer for index, layer in enumerate(layers)]
        )
        try:
            _, factors = layer_factors(network, question.rows, question.targets, question.loss)
        except Overflow:
            continue
        if all(np.isfinite(delta).all() for delta, _ in factors):
            words = ", ".join(str(index + 1) for index in left_out)
            way = Deviation(code, f"layers {words}")
            yield way, tuple((question.factor * delta, below) for delta, below in factors)


def _each_and_all(indices: list[int]) -> list[list[int]]:
    return [[index] for index in indices] + ([indices] if len(indices) > 1 else [])


def _without(code: Code, layer: Layer) -> Layer:
    if code == "bias_forgotten":
        return Layer(layer.weight, None, layer.activation)
    return Layer(layer.weight, layer.bias)
