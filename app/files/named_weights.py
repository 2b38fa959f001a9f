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
from .chain import Chain, ReadNetwork
from .errors import UnsupportedModel
from .limits import limits

Array = npt.NDArray[Any]

_NUMBERS = re.compile(r"(\d+)")
# What is stored beside a network and is no part of it.
_BESIDE = re.compile(r"num_batches_tracked$|^optimizer|(^|[./])iterations?$|log_std$", re.I)
# Names of what is no dense layer, though its arrays may chain: what it is, and the way out.
_OF_OTHER_LAYERS = (
    (
        re.compile(r"(^|[._/])(weight|bias)_(ih|hh)(_|$)|recurrent_kernel"),
        "got those of a recurrent layer: torch.onnx.export writes them as ONNX, which converts as a file",
    ),
    (
        re.compile(r"(^|\.)parametrizations\.|(^|\.)weight_(g|v|u|orig|mask)$"),
        "got some that are kept in parts (weight norm, spectral norm, pruning): remove_weight_norm, "
        "remove_parametrizations or prune.remove of torch.nn.utils makes them one",
    ),
    (
        re.compile(r"(^|[._/])(running_(mean|var)|moving_(mean|variance))$"),
        "got the statistics of a batch normalisation: torch.onnx.export writes it as ONNX, which is read",
    ),
)


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


def network_of_names(
    arrays: Mapping[str, Array],
    activations: Sequence[Activation | Softmax] | None,
    *,
    ordered: bool = False,
) -> ReadNetwork:
    """Return the network of weights and biases of the same stems.

    The order is that of the numbers in the names, unless the arrays are `ordered`, or else one in which they
    chain. Without `activations` they are assumed to be tanh, and identity in the last layer: a note says so,
    as of all that is assumed. Raises `UnsupportedModel`, and `InvalidValue` for too few or many activations.
    """
    for pattern, found_instead in _OF_OTHER_LAYERS:
        if any(map(pattern.search, arrays)):
            raise UnsupportedModel(f"expected the weights of dense layers, {found_instead}")
    named = list(arrays.items()) if ordered else sorted(arrays.items(), key=lambda one: _in_order(one[0]))
    given = [_parted(name, value) for name, value in named]
    given = [one for one in given if one.value.size and not _BESIDE.search(one.name)]
    weights = [
        one
        for one in given
        if (not one.called.is_bias if one.value.ndim == 2 else one.called.is_weight and one.value.ndim == 1)
    ]
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
    found = [_affine(one, given, weights) for one in weights]
    order = _chained(found)
    if activations is not None and len(activations) != len(order):
        raise InvalidValue(
            f"expected {len(order)} activations, one for each weight, got {len(activations)}",
            ("activations",),
        )
    chain = Chain()
    for index, layer in enumerate(order):
        bias = None if layer.bias is None else layer.bias.value.reshape(-1)
        chain.affine(layer.weight, bias, (layer.name, layer.bias.name if layer.bias is not None else None))
        last = index == len(order) - 1
        chain.activate(
            activations[index] if activations is not None else create("identity" if last else "tanh")
        )
    _say(chain, order, given, activations is None)
    return chain.finish()


def activations_named(names: Sequence[str]) -> list[Activation | Softmax]:
    """Return activations by their names. Raises `UnknownName`."""
    return [SOFTMAX if name == SOFTMAX else create(name) for name in names]


def _in_order(name: str) -> list[tuple[int, int | str]]:
    """Return what sorts names by the numbers in them: such files are written in the alphabet's order."""
    return [
        (0, int(part[:18])) if part.isdecimal() else (1, part.lower())
        for part in _NUMBERS.split(name)
        if part
    ]


def _parted(name: str, value: Array) -> _Given:
    if value.dtype.kind not in "fiub":
        raise UnsupportedModel("expected arrays of numbers")
    return _Given(name, value, array_name(name))


def _affine(one: _Given, given: Sequence[_Given], weights: Sequence[_Given]) -> _Affine:
    own = [other for other in given if other.called.is_bias and other.called.stem == one.called.stem]
    rivals = [other for other in weights if other.called.stem == one.called.stem]
    if len(own) > 1:
        raise UnsupportedModel("expected one bias for each weight, got several of one name")
    if own and len(rivals) > 1:
        raise UnsupportedModel("expected one weight for each bias, got several of one name")
    bias = own[0] if own else None
    matrix = one.value if one.value.ndim == 2 else one.value[np.newaxis]
    weight = matrix.T if one.called.is_kernel and one.value.ndim == 2 else matrix
    if bias is not None and (
        bias.value.size != weight.shape[0] or max(bias.value.shape, default=1) != bias.value.size
    ):
        raise UnsupportedModel("expected each bias to be a vector with a number for each output")
    return _Affine(one.name, weight, bias, one.called.is_kernel and one.value.ndim == 2)


def _chained(weights: Sequence[_Affine]) -> Sequence[_Affine]:
    """Return the first order in which each takes what the one before gives; each set is tried once."""
    futile: set[tuple[int, int | None]] = set()

    def rest(left: int, width: int | None) -> list[_Affine] | None:
        if not left:
            return []
        if (left, width) in futile:
            return None
        for index, one in enumerate(weights):
            if left >> index & 1 and width in (None, one.weight.shape[1]):
                behind = rest(left & ~(1 << index), one.weight.shape[0])
                if behind is not None:
                    return [one, *behind]
        futile.add((left, width))
        return None

    found = rest((1 << len(weights)) - 1, None)
    if found is None:
        raise UnsupportedModel(
            "expected weights that chain: each with as many inputs as one before has outputs"
        )
    return found


def _say(chain: Chain, order: Sequence[_Affine], given: Sequence[_Given], assumed: bool) -> None:
    names = ", ".join(one.name for one in order)
    if len(order) > 1:
        chain.note(f"names do not say an order: the one taken is {names}", "layers")
    if assumed:
        what = "tanh, and identity in the last layer" if len(order) > 1 else "identity"
        chain.note(f"the file says no activations: they are assumed to be {what}", "layers")
    for index, one in enumerate(order):
        if one.transposed:
            chain.note(f"{one.name} is transposed: kernels are (inputs, outputs)", "layers", index, "weight")
    used = {one.name for one in order} | {one.bias.name for one in order if one.bias is not None}
    unused = [one.name for one in given if one.name not in used]
    if unused:
        chain.note(f"left out of the network: {', '.join(unused)}", "layers")
