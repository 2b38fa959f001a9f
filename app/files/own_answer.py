"""Our own answers as named arrays: what their metadata tells of the network whose arrays these are."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from ..nn.activations.catalogue import create
from ..nn.activations.record import Activation
from ..nn.networks.named_arrays import layers_of_named
from ..nn.networks.network import SOFTMAX, Softmax
from .chain import Chain, Names, ReadNetwork

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """The activations of the layers, as they are written, and where arrays have own names, these by layer."""

    activations: list[object]
    names: list[Names] | None


def own_answer(metadata: Mapping[str, str]) -> OwnAnswer | None:
    """Return what an answer of ours, or a question to us, tells in its metadata; None for any other file."""
    for key in ("request", "response"):
        try:
            told = json.loads(metadata[key])
            activations = [layer.get("activation", "identity") for layer in told["network"]["layers"]]
            return OwnAnswer(activations, _names(told.get("names"), len(activations)))
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            continue
    return None


def activation_written(told: Any) -> Activation | Softmax:
    """Return an activation as our own answers write it: a name, or an object with its parameters."""
    if told == SOFTMAX:
        return SOFTMAX
    if isinstance(told, dict):
        parameters = {name: value for name, value in told.items() if name != "name"}
        if all(isinstance(value, int | float) for value in parameters.values()):
            return create(str(told.get("name")), **parameters)
    return create(str(told))


def network_as_told(
    arrays: Mapping[str, Array], names: list[Names], activations: list[Activation | Softmax]
) -> ReadNetwork | None:
    """Return the network whose arrays have these names, in this order; None unless these are all there are.

    Nothing is guessed: which bias is whose, what comes first, what is transposed was written with them.
    """
    used = [name for pair in names for name in pair if name is not None]
    if sorted(used) != sorted(arrays) or len(activations) != len(names):
        return None
    if any(one.dtype.kind not in "fiu" for one in arrays.values()):
        return None
    layers = layers_of_named(dict(arrays), names)
    if not all(one.ndim == 2 and (bias is None or bias.shape == one.shape[:1]) for one, bias in layers):
        return None
    chain = Chain()
    for (weight, bias), called, activation in zip(layers, names, activations, strict=True):
        chain.affine(weight, bias, called)
        chain.activate(activation)
    return chain.finish()


def _names(told: Any, layers: int) -> list[Names] | None:
    """Return a weight's and a bias's name for each layer, or None where it is not that."""
    if not isinstance(told, list) or len(told) != layers:
        return None
    pairs: list[Names] = []
    for pair in told:
        match pair:
            case [str(weight), str() | None as bias]:
                pairs.append((weight, bias))
            case _:
                return None
    return pairs
