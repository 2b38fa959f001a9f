"""Weights by name, as frameworks name them → a network: names say neither activations nor an order."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..nn.activations.catalogue import create
from ..nn.activations.record import Activation
from ..nn.errors import InvalidValue, LimitExceeded
from ..nn.networks.array_names import ArrayName, array_name
from ..nn.networks.network import SOFTMAX, Softmax
from ..nn.words import plural
from .chain import Chain, Names, ReadNetwork
from .errors import UnsupportedModel
from .limits import limits
from .other_layers import AS_ONNX, refuse_other_layers
from .weight_order import by_numbers, is_numbered, orders

Array = npt.NDArray[Any]

# What is stored beside a network and is no part of it.
_BESIDE = re.compile(r"num_batches_tracked$|^optimizer|(^|[./])iterations?$|log_std$", re.I)
_TURNED = "it chains as (inputs, outputs) only, and leaves without its name"
_SHOWN = re.compile(r"[\w./:~-]{1,60}")


@dataclass(frozen=True, slots=True, eq=False)
class _Given:
    name: str
    value: Array
    called: ArrayName


@dataclass(frozen=True, slots=True, eq=False)
class _Affine:
    name: str
    weight: Array
    bias: _Given | None
    transposed: bool

    @property
    def names(self) -> Names:
        """What the arrays are called; None where the weight's name would say that it is not transposed."""
        if self.transposed and not array_name(self.name).is_kernel:
            return None, None
        return self.name, None if self.bias is None else self.bias.name


def network_of_names(
    arrays: Mapping[str, Array],
    activations: Sequence[Activation | Softmax] | None,
    *,
    ordered: bool = False,
    own: bool = False,
) -> ReadNetwork:
    """Return the network of weights and biases of the same stems.

    The order is that of the numbers in the names, unless the arrays are `ordered`, or else the one in which
    they chain. Without `activations` they are assumed to be tanh, and identity in the last layer: a note says
    so, as of all that is assumed. An array that no dense layer has is refused, but in an answer of our `own`.
    Raises `UnsupportedModel`, and `InvalidValue` for too few or many activations.
    """
    refuse_other_layers(arrays)
    named = list(arrays.items()) if ordered else sorted(arrays.items(), key=lambda one: by_numbers(one[0]))
    given = [_parted(name, value) for name, value in named]
    given = [one for one in given if one.value.size and not _BESIDE.search(one.name)]
    weights = [one for one in given if _is_weight(one, given)]
    for one in given:
        if one.value.ndim > 2:
            raise UnsupportedModel(
                "expected matrices and vectors only, got more sides: convolutions are no layers here"
            )
    if not weights:
        raise UnsupportedModel("expected at least one weight, a matrix")
    if len(weights) > limits().weights:
        most = limits().weights
        raise LimitExceeded("model_weights", f"expected at most {most} weights by name, got {len(weights)}")
    order = _chained(weights, given, ordered)
    used = {one.name for one in order} | {one.bias.name for one in order if one.bias is not None}
    unused = [one for one in given if one.name not in used]
    for one in unused:
        if one.value.ndim and not own:
            shown = one.name if _SHOWN.fullmatch(one.name) else "one of another name"
            raise UnsupportedModel(
                f"expected weights and their biases alone, got {shown}, which is neither: what it does to "
                "the network is not known. Leave it out of the file, or torch.onnx.export tells it"
            )
    if activations is not None and len(activations) != len(order):
        raise InvalidValue(
            f"expected {plural(len(order), 'activation')}, one for each weight, got {len(activations)}",
            ("activations",),
        )
    chain = Chain()
    for index, layer in enumerate(order):
        bias = None if layer.bias is None else layer.bias.value.reshape(-1)
        chain.affine(layer.weight, bias, layer.names)
        last = index == len(order) - 1
        chain.activate(
            activations[index] if activations is not None else create("identity" if last else "tanh")
        )
    _say(chain, order, unused, activations is None)
    return chain.finish()


def activations_named(names: Sequence[str]) -> list[Activation | Softmax]:
    """Return activations by their names. Raises `UnknownName`."""
    return [SOFTMAX if name == SOFTMAX else create(name) for name in names]


def _parted(name: str, value: Array) -> _Given:
    if value.dtype.kind not in "fiub":
        raise UnsupportedModel("expected arrays of numbers")
    return _Given(name, value, array_name(name))


def _is_weight(one: _Given, given: Sequence[_Given]) -> bool:
    """Tell whether an array is a weight. A vector is the row of one output where it is called W or w.

    Raises `UnsupportedModel` for vectors that frameworks call weights: those are no dense layer's, unless one
    number is their bias, where a normalisation would have as many as it scales.
    """
    if one.value.ndim == 2:
        if one.value.dtype.kind == "b":
            raise UnsupportedModel("expected the weights of dense layers, got a mask")
        return not one.called.is_bias
    if one.value.ndim != 1 or not one.called.is_weight:
        return False
    if len(one.called.part) > 1 and (
        one.value.size == 1 or [bias.value.size for bias in _biases_of(one, given)] != [1]
    ):
        raise UnsupportedModel(
            "expected weights that are matrices, got a vector: the scale of a normalisation (LayerNorm, "
            f"RMSNorm) or the slopes of PReLU, which are no dense layers. {AS_ONNX}"
        )
    return True


def _biases_of(weight: _Given, given: Sequence[_Given]) -> list[_Given]:
    return [one for one in given if one.called.is_bias and one.called.stem == weight.called.stem]


def _affine(one: _Given, given: Sequence[_Given], weights: Sequence[_Given], turned: bool) -> _Affine:
    own = _biases_of(one, given)
    rivals = [other for other in weights if other.called.stem == one.called.stem]
    if len(own) > 1:
        raise UnsupportedModel("expected one bias for each weight, got several of one name")
    if own and len(rivals) > 1:
        raise UnsupportedModel("expected one weight for each bias, got several of one name")
    bias = own[0] if own else None
    transposed = one.value.ndim == 2 and (one.called.is_kernel or (turned and _either_way(one)))
    matrix = one.value if one.value.ndim == 2 else one.value[np.newaxis]
    weight = matrix.T if transposed else matrix
    # One number is added to any outputs: it does not tell that there is one.
    if bias is not None and (
        bias.value.size != weight.shape[0]
        or max(bias.value.shape, default=1) != bias.value.size
        or (transposed and not bias.value.ndim)
    ):
        raise UnsupportedModel("expected each bias to be a vector with a number for each output")
    return _Affine(one.name, weight, bias, transposed)


def _either_way(one: _Given) -> bool:
    """Tell whether people write weights of this name as (outputs, inputs) and as (inputs, outputs)."""
    return not one.called.is_kernel and len(one.called.part) < 2


def _chained(weights: Sequence[_Given], given: Sequence[_Given], told: bool) -> Sequence[_Affine]:
    """Return the weights in the one order in which each takes what the one before gives.

    (inputs, outputs) are tried where (outputs, inputs) do not chain or have other biases; then without
    numbers that may be no order.
    """
    names, first = [one.name for one in weights], None
    ways = (False, True) if any(map(_either_way, weights)) else (False,)
    for strict in (True, False):
        for turned in ways:
            try:
                found = [_affine(one, given, weights, turned) for one in weights]
            except UnsupportedModel as fault:
                first = first or fault
                continue
            sides = [(one.weight.shape[1], one.weight.shape[0]) for one in found]
            possible = orders(names, sides, told=told, strict=strict)
            if len(possible) > 1:
                raise UnsupportedModel(
                    "expected weights that chain in one order, or names that tell it by numbers (fc1, fc2), "
                    f"got several orders that fit. {AS_ONNX}"
                )
            if possible:
                return [found[index] for index in possible[0]]
    raise first or UnsupportedModel(
        "expected weights that chain: each with as many inputs as one before has outputs"
    )


def _say(chain: Chain, order: Sequence[_Affine], unused: Sequence[_Given], assumed: bool) -> None:
    names = [one.name for one in order]
    if len(order) > 1:
        said = "the order is that of the numbers in the names:"
        unsaid = "names do not say an order: the one taken is"
        why = said if is_numbered(names) else unsaid
        chain.note(f"{why} {', '.join(names)}, with nothing else between them", "layers")
    if assumed:
        what = "tanh, and identity in the last layer" if len(order) > 1 else "identity"
        chain.note(f"the file says no activations: they are assumed to be {what}", "layers")
    for index, one in enumerate(order):
        if one.transposed:
            told = "kernels are (inputs, outputs)" if array_name(one.name).is_kernel else _TURNED
            chain.note(f"{one.name} is transposed: {told}", "layers", index, "weight")
    if unused:
        chain.note(f"left out of the network: {', '.join(one.name for one in unused)}", "layers")
