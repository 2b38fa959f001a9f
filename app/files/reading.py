"""A model file of any known format → a network, what its arrays are called, and what was assumed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..nn.activations.catalogue import create
from ..nn.activations.record import Activation
from ..nn.errors import Fault, InvalidValue
from ..nn.networks.network import SOFTMAX, Softmax
from .archive import Archive
from .chain import ReadNetwork
from .keras import read_keras, read_keras_h5
from .lwtnn import read_lwtnn
from .matlab import read_matlab
from .model_format import Format, ModelFile, recognise
from .named_weights import activations_named, network_of_names
from .onnx.graphs import Model
from .onnx.model import parse
from .onnx.network import read_network
from .skops import read_skops
from .tensor_archive import NamedArrays, activations_told, read_npz, read_safetensors

_WEIGHTS_ALONE = frozenset({"safetensors", "npz"})


@dataclass(frozen=True, slots=True, eq=False)
class ReadFile:
    """What stood in a file, and its format."""

    format: Format
    read: ReadNetwork
    types: Mapping[str, str]


def read_file(body: bytes, activations: Sequence[str] | None = None) -> ReadFile:
    """Return the network in a file; `activations` are asked for where the file has none.

    Raises `MalformedModel`, `UnsupportedModel`, and `InvalidValue` for activations that are none or too few,
    or that the file tells itself.
    """
    file = recognise(body)
    if activations is not None and file.format not in _WEIGHTS_ALONE:
        raise InvalidValue(f"expected no activations: a file of {file.format} has its own", ("activations",))
    if file.format in _WEIGHTS_ALONE:
        named = read_npz(_archive(file)) if file.format == "npz" else read_safetensors(file.body)
        return ReadFile(file.format, _named(named, activations), named.types)
    return ReadFile(file.format, _READERS[file.format](file), {})


def _named(named: NamedArrays, asked: Sequence[str] | None) -> ReadNetwork:
    told = activations_told(named.metadata)
    if asked is None:
        return network_of_names(named.arrays, None if told is None else [_written(one) for one in told])
    try:
        chosen = activations_named(asked)
    except Fault as fault:
        fault.at = ("activations",)
        raise
    return network_of_names(named.arrays, chosen)


def _written(told: Any) -> Activation | Softmax:
    """Return an activation as our own answers write it: a name, or an object with its parameters."""
    if told == SOFTMAX:
        return SOFTMAX
    if isinstance(told, dict):
        parameters = {name: value for name, value in told.items() if name != "name"}
        if all(isinstance(value, int | float) for value in parameters.values()):
            return create(str(told.get("name")), **parameters)
    return create(str(told))


def _archive(file: ModelFile) -> Archive:
    assert file.archive is not None
    return file.archive


def _lwtnn(file: ModelFile) -> ReadNetwork:
    assert file.document is not None
    return read_lwtnn(file.document)


_READERS: Mapping[Format, Callable[[ModelFile], ReadNetwork]] = {
    "onnx": lambda file: read_network(Model(parse(file.body))),
    "keras": lambda file: read_keras(_archive(file)),
    "keras_h5": lambda file: read_keras_h5(file.body),
    "skops": lambda file: read_skops(_archive(file)),
    "lwtnn": _lwtnn,
    "matlab": lambda file: read_matlab(file.text),
}
