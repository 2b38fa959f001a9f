"""A model file of any known format → a network, what its arrays are called, and what was assumed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..nn.activations.record import Activation
from ..nn.errors import Fault, InvalidValue
from ..nn.networks.conversion import Note
from ..nn.networks.network import Softmax
from ..nn.networks.storage import StoredAs
from .archive import Archive
from .biophysical import read_biophysical
from .chain import ReadNetwork
from .json_document import read_json
from .keras import read_keras, read_keras_h5
from .lwtnn import read_lwtnn
from .matlab import read_matlab
from .model_format import Format, ModelFile, recognise
from .named_weights import activations_named, network_of_names
from .onnx.graphs import Model, types_of
from .onnx.model import parse
from .onnx.network import read_network
from .own_answer import activation_written, network_as_told, own_answer
from .skops import read_skops
from .tensor_archive import NamedArrays, read_npz, read_safetensors

_STORAGES: Mapping[str, StoredAs] = {
    **{"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"},
    **{"<f8": "float64", "<f4": "float32", "<f2": "float16"},
    **{"DOUBLE": "float64", "FLOAT": "float32", "FLOAT16": "float16", "BFLOAT16": "bfloat16"},
}
"""What formats call the types of numbers; whole numbers are weights of float64."""
_BY_WIDTH: tuple[StoredAs, ...] = ("bfloat16", "float16", "float32", "float64")
_HELD_BY: Mapping[StoredAs, frozenset[StoredAs]] = {
    "bfloat16": frozenset({"bfloat16", "float32", "float64"}),
    "float16": frozenset({"float16", "float32", "float64"}),
    "float32": frozenset({"float32", "float64"}),
    "float64": frozenset({"float64"}),
}
_WEIGHTS_ALONE = frozenset({"safetensors", "npz"})


@dataclass(frozen=True, slots=True, eq=False)
class ReadFile:
    """What stood in a file, its format, and the type of its numbers where the file tells it by name."""

    format: Format
    read: ReadNetwork
    stored_as: StoredAs | None = None


def read_file(body: bytes, activations: Sequence[str] | None = None) -> ReadFile:
    """Return the network in a file; `activations` are asked for where the file has none.

    Raises `MalformedModel`, `UnsupportedModel`, and `InvalidValue` for activations that are none or too few,
    or that the file tells itself.
    """
    return read_recognised(recognise(body), activations)


def read_recognised(file: ModelFile, activations: Sequence[str] | None = None) -> ReadFile:
    """Return the network in a file whose format is known. Raises as `read_file`."""
    if activations is not None and file.format not in _WEIGHTS_ALONE:
        raise InvalidValue(f"expected no activations: a file of {file.format} has its own", ("activations",))
    if file.format in _WEIGHTS_ALONE:
        named = read_npz(_archive(file)) if file.format == "npz" else read_safetensors(file.body)
        return _stored(ReadFile(file.format, _named(named, activations)), named.types)
    if file.format == "onnx":
        model = Model(parse(file.body))
        return _stored(ReadFile(file.format, read_network(model)), types_of(model))
    return ReadFile(file.format, _READERS[file.format](file))


def _stored(file: ReadFile, types: Mapping[str, str]) -> ReadFile:
    """Return the file with the type of its network's numbers; of several, one that holds all of them."""
    used: set[StoredAs] = {
        _STORAGES.get(types[one], "float64")
        for pair in file.read.names
        for one in pair
        if one is not None and one in types
    }
    if not used:
        return file
    wide = [one for one in _BY_WIDTH if all(one in _HELD_BY[other] for other in used)]
    notes = file.read.notes
    if len(used) > 1:
        told = ", ".join(sorted(used))
        detail = f"the file's arrays are of several types ({told}): {wide[0]} holds the numbers of all"
        notes = (*notes, Note(("layers",), detail))
    return replace(file, read=replace(file.read, notes=notes), stored_as=wide[0])


def _named(named: NamedArrays, asked: Sequence[str] | None) -> ReadNetwork:
    told = own_answer(named.metadata)
    chosen: list[Activation | Softmax] | None = None
    if asked is not None:
        try:
            chosen = activations_named(asked)
        except Fault as fault:
            fault.at = ("activations",)
            raise
    elif told is not None:
        chosen = [activation_written(one) for one in told.activations]
    if told is not None and told.names is not None and chosen is not None:
        found = network_as_told(named.arrays, told.names, chosen)
        if found is not None:
            return found
    return network_of_names(named.arrays, chosen, own=told is not None)


def _archive(file: ModelFile) -> Archive:
    assert file.archive is not None
    return file.archive


def _json(file: ModelFile) -> ReadNetwork:
    assert file.document is not None
    return read_json(file.document)


def _lwtnn(file: ModelFile) -> ReadNetwork:
    assert file.document is not None
    return read_lwtnn(file.document)


_READERS: Mapping[Format, Callable[[ModelFile], ReadNetwork]] = {
    "keras": lambda file: read_keras(_archive(file)),
    "keras_h5": lambda file: read_keras_h5(file.body),
    "skops": lambda file: read_skops(_archive(file)),
    "json": _json,
    "lwtnn": _lwtnn,
    "matlab": lambda file: read_matlab(file.text),
    "biophysical": lambda file: read_biophysical(_archive(file)),
}
