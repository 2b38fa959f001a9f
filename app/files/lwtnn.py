"""lwtnn's JSON: dense layers, weights flat and row by row, inputs (x + offset)·scale.

Source: lwtnn's parse_json.cc; the offset is added before the scale.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..nn.activations.catalogue import create
from ..nn.activations.record import Activation, Floats
from ..nn.errors import Fault
from ..nn.networks.network import SOFTMAX, Softmax
from .chain import Chain, ReadNetwork
from .errors import MalformedModel, UnsupportedModel

_ACTIVATIONS = {
    "rectified": "relu", "linear": "identity", "sigmoid": "sigmoid", "tanh": "tanh", "softmax": SOFTMAX,
    "hard_sigmoid": "hard_sigmoid", "elu": "elu", "leakyrelu": "leaky_relu", "swish": "silu", "abs": "abs",
}  # fmt: skip


def is_lwtnn(document: Mapping[str, Any]) -> bool:
    """Tell whether a JSON object has the parts of a network of lwtnn."""
    return isinstance(document.get("layers"), list) and isinstance(document.get("inputs"), list)


def read_lwtnn(document: Mapping[str, Any]) -> ReadNetwork:
    """Return the network. Raises `UnsupportedModel` for layers other than dense ones."""
    inputs = document["inputs"]
    chain = Chain(len(inputs) or None)
    try:
        offsets = np.array([float(one.get("offset", 0.0)) for one in inputs])
        scales = np.array([float(one.get("scale", 1.0)) for one in inputs])
        if offsets.any():
            chain.add(offsets, None)
        if (scales != 1).any():
            chain.scale(scales, None)
        if offsets.any() or (scales != 1).any():
            chain.note(
                "the scaling of the inputs, (x + offset)·scale, is kept as layers of its own", "layers", 0
            )
        for layer in document["layers"]:
            _layer(chain, layer)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
        raise MalformedModel("expected a network as lwtnn writes it") from None
    return chain.finish()


def _layer(chain: Chain, layer: Mapping[str, Any]) -> None:
    if layer.get("architecture", "dense") != "dense":
        raise UnsupportedModel("expected dense layers only, got one of another architecture")
    weights, bias = _floats(layer["weights"]), _floats(layer.get("bias") or [])
    inputs = chain.width
    if not inputs or weights.size % inputs:
        raise UnsupportedModel("expected as many weights in each layer as inputs for each output")
    matrix = weights.reshape(-1, inputs)
    place = ("layers", str(chain.position))
    chain.affine(matrix, bias if bias.size else None, (f"{place[1]}.weights", f"{place[1]}.bias"))
    chain.activate(_activation(layer.get("activation", "linear")))


def _floats(numbers: Sequence[Any]) -> Floats:
    return np.array([float(one) for one in numbers], np.float64)


def _activation(told: Any) -> Activation | Softmax:
    alpha = None
    if isinstance(told, dict):  # the long form, which has alpha
        alpha = told.get("alpha")
        told = told["function"]
    name = _ACTIVATIONS.get(str(told))
    try:
        if name == SOFTMAX:
            return SOFTMAX
        if name == "hard_sigmoid":
            return create(name, alpha=0.2, beta=0.5)
        if name == "leaky_relu":
            return create(name, negative_slope=float(alpha if alpha is not None else 0.01))
        if name == "silu" and alpha is not None and float(alpha) != 1:
            return create(name, beta=float(alpha))
        if name == "elu" and alpha is not None:
            return create(name, alpha=float(alpha))
        if name is not None:
            return create(name)
    except Fault:
        pass
    raise UnsupportedModel("expected an activation of the catalogue, got another one of lwtnn's")
