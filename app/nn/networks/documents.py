"""Activations and networks ↔ what people write: a name, or members of nested mappings."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..activations.catalogue import create, factory, has_defaults
from ..activations.identity import identity
from ..activations.record import Activation
from ..arrays import as_array, demand
from ..errors import InvalidValue, ShapeMismatch, located
from .network import SOFTMAX, Layer, Network, Softmax

LONGEST_KEY = 64
"""Letters of a field's name; a longer one came from outside and is not repeated."""


def activation_from(value: object) -> Activation | Softmax:
    """Return the activation that a name, or a mapping with `name` and parameters, stands for.

    Raises `UnknownName`, `InvalidValue` or `NotFinite`.
    """
    match value:
        case Activation():
            return value
        case str():
            return SOFTMAX if value == SOFTMAX else create(value)
        case Mapping() if isinstance(name := value.get("name"), str):
            if name != SOFTMAX:
                with located("name"):
                    factory(name)
            given = {key: member for key, member in value.items() if member is not None}
            parameters = {key: member for key, member in given.items() if key != "name"}
            for key, number in parameters.items():
                if isinstance(number, bool) or not isinstance(number, int | float):
                    raise InvalidValue("expected a number", (key,))
            if name != SOFTMAX:
                return create(name, **{key: float(number) for key, number in parameters.items()})
            for unknown in parameters:
                raise InvalidValue("expected no parameter of softmax", (unknown,))
            return SOFTMAX
        case Mapping():
            raise InvalidValue("expected the name of an activation", ("name",))
    raise InvalidValue("expected the name of an activation, or an object with its name and parameters")


def network_from(value: object) -> Network:
    """Return a `Network`, itself or read from `{"layers": [{"weight", "bias", "activation"}, …]}`.

    Weights are arrays or nested lists; a layer may be a `Layer`. A bias that is left out is zero, an
    activation the identity. Raises `ShapeMismatch`, `NotFinite` or `InvalidValue`.
    """
    if isinstance(value, Network):
        return value
    fields = _fields(value, ("layers",), required="layers")
    layers = fields["layers"]
    if not isinstance(layers, list | tuple):
        raise InvalidValue("expected a valid list", ("layers",))
    if not layers:
        raise ShapeMismatch("expected at least 1 item, got 0", ("layers",))
    read = []
    for index, layer in enumerate(layers):
        with located("layers", index):
            read.append(layer if isinstance(layer, Layer) else _layer(layer))
    return Network(read)


def activation_document(activation: Activation | Softmax) -> Any:
    """Return the name alone where every parameter has its default, else a mapping."""
    if not isinstance(activation, Activation):
        return activation
    if has_defaults(activation):
        return activation.name
    return {"name": activation.name, **activation.parameters}


def network_document(network: Network) -> dict[str, Any]:
    """Return what `network_from` reads, with arrays; a bias that there is not is None."""
    return {
        "layers": [
            {
                "weight": np.ascontiguousarray(layer.weight),
                "bias": layer.bias,
                "activation": activation_document(layer.activation),
            }
            for layer in network.layers
        ]
    }


def _layer(value: object) -> Layer:
    fields = _fields(value, ("weight", "bias", "activation"), required="weight")
    with located("weight"):
        weight = as_array(fields["weight"])
        demand(weight, (2,))
    bias = fields.get("bias")
    if bias is not None:
        with located("bias"):
            bias = as_array(bias)
            demand(bias, (1,))
    with located("activation"):
        named = fields.get("activation")
        activation = identity() if named is None else activation_from(named)
    return Layer(weight, bias, activation)


def _fields(value: object, known: tuple[str, ...], required: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidValue("expected an object with named fields")
    if required not in value:
        raise InvalidValue("expected this field, got nothing", (required,))
    for name in value:
        if name not in known:
            sane = isinstance(name, str) and len(name) <= LONGEST_KEY
            raise InvalidValue("expected no field of this name", (name,) if sane else ())
    return value
