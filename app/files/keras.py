"""Keras's files without Keras: Dense layers and activations, in Sequential and in chains.

Source: keras/src/saving/saving_lib.py (version 3: weights are numbered by class, in the layers' order, not
by the layers' names) and legacy/saving/legacy_h5_format.py.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..nn.activations.record import Floats
from .archive import Archive
from .chain import Chain, ReadNetwork
from .errors import MalformedModel, UnsupportedModel
from .hdf5 import Hdf5, opened
from .json_document import parse_json
from .keras_layers import Config, layer_reader, safe_name, takes_weights

Weights = Callable[[Mapping[str, Any], int], list[tuple[str, Floats]]]
"""The arrays of a layer, in their order, by the layer and its place."""

_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
_UNCHANGING = frozenset(
    {"Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization"}
)
_BEFORE_3 = "2"
_OF_FEWER_DIGITS = frozenset({"float16", "bfloat16"})
_QUANTISED = ("int4", "int8", "float8", "gptq", "awq")
_OF_KERAS = frozenset({"keras", "tf_keras", "tensorflow"})


def read_keras(archive: Archive) -> ReadNetwork:
    """Return the network in a .keras archive.

    Raises `UnsupportedModel` at a layer that is not supported.
    """
    config = _object(archive.read(_CONFIG))
    version = str(_object(archive.read(_METADATA)).get("keras_version", "3"))
    layers = _layers(config)
    with opened(archive.read(_WEIGHTS)) as file:
        return _network(layers, version, _numbered(file, layers))


def read_keras_h5(body: bytes) -> ReadNetwork:
    """Return the network in an .h5 file of a whole model (versions 1 and 2, and 3's old format)."""
    with opened(body) as file:
        told = file.text("", "model_config")
        if told is None:
            raise UnsupportedModel(
                "expected a whole model, got weights alone: model.save('model.keras') keeps the layers too"
            )
        root = "model_weights" if "model_weights" in file.groups else ""
        version = file.text("", "keras_version") or file.text(root, "keras_version") or _BEFORE_3
        return _network(_layers(_object(told.encode())), version, _named(file, root))


def _object(text: bytes) -> Config:
    value = parse_json(text)
    if not isinstance(value, dict):
        raise MalformedModel("expected the model's configuration as a JSON object")
    return value


def _layers(config: Config) -> Sequence[Config]:
    kind, inner = config.get("class_name"), config.get("config")
    if kind not in ("Sequential", "Functional", "Model"):
        raise UnsupportedModel("expected a Sequential or functional model, got one of another class")
    layers = inner.get("layers") if isinstance(inner, dict) else inner
    if not isinstance(layers, list) or not all(isinstance(one, dict) for one in layers):
        raise MalformedModel("expected the model's layers as a list")
    for one in layers:
        if not isinstance(one.get("config"), dict) or not isinstance(one.get("class_name"), str):
            raise MalformedModel("expected each layer with its class and its configuration")
    for one in layers:
        # A class of somebody's own may have the name of one of Keras's.
        module = one.get("module")
        if one.get("registered_name") or not (module is None or str(module).split(".")[0] in _OF_KERAS):
            raise UnsupportedModel("expected layers of Keras's own, got one of another class")
    if kind != "Sequential":
        _refuse_branches(layers)
        _refuse_other_outputs(inner, layers)
    return layers


def _refuse_other_outputs(inner: Any, layers: Sequence[Config]) -> None:
    """Refuse a functional model that gives more than what its last layer makes."""
    told = _sources(inner.get("output_layers", [])) if isinstance(inner, dict) else []
    if told and told != [layers[-1]["config"].get("name")]:
        raise UnsupportedModel("expected a model of one output, its last layer's, got more")


def _refuse_branches(layers: Sequence[Config]) -> None:
    """Refuse a functional model whose layers do not each take just what the one before makes."""
    for index, layer in enumerate(layers):
        sources = _sources(layer.get("inbound_nodes", []))
        before = [layers[index - 1]["config"].get("name")] if index else []
        if sources != before:
            raise UnsupportedModel("expected layers that are one chain, got a model with branches")


def _sources(nodes: Any) -> list[str]:
    """Return the names of the layers that a layer reads, in either way of writing them."""
    if isinstance(nodes, dict):
        if nodes.get("class_name") == "__keras_tensor__":
            return [str(nodes["config"]["keras_history"][0])]
        return [name for value in nodes.values() for name in _sources(value)]
    if isinstance(nodes, list):
        if len(nodes) >= 3 and isinstance(nodes[0], str) and isinstance(nodes[1], int):
            return [nodes[0]]
        return [name for value in nodes for name in _sources(value)]
    return []


def _numbered(file: Hdf5, layers: Sequence[Config]) -> Weights:
    """Find weights where version 3 puts them: layers/dense, layers/dense_1, … by class."""
    places, used = [], dict[str, int]()
    for layer in layers:
        snake = _snake(layer["class_name"])
        count = used.get(snake, 0)
        used[snake] = count + 1
        places.append(f"layers/{snake}_{count}" if count else f"layers/{snake}")

    def weights(layer: Config, index: int) -> list[tuple[str, Floats]]:
        root = f"{places[index]}/vars/"
        found = sorted(
            (path for path in file.paths if path.startswith(root)), key=lambda path: (len(path), path)
        )
        return [(path, file.array(path)) for path in found]

    return weights


def _snake(name: str) -> str:
    """Return a class's name as Keras writes it in paths."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _named(file: Hdf5, root: str) -> Weights:
    def weights(layer: Config, index: int) -> list[tuple[str, Floats]]:
        group = f"{root}/{layer['config'].get('name')}".lstrip("/")
        return [(name, file.array(f"{group}/{name}")) for name in file.texts(group, "weight_names")]

    return weights


def _network(layers: Sequence[Config], version: str, weights: Weights) -> ReadNetwork:
    chain = Chain()
    for policy in sorted({_policy(layer["config"].get("dtype")) for layer in layers} & _OF_FEWER_DIGITS):
        chain.note(f"Keras computes it in {policy}; the network is of float64, and rounds less", "layers")
    for index, layer in enumerate(layers):
        kind, config = layer["class_name"], layer["config"]
        reader = layer_reader(kind)
        if kind in _UNCHANGING:
            chain.note(f"{kind} does nothing once a model is trained, and is left out")
        elif reader is None:
            raise UnsupportedModel(
                f"expected layers that are Dense, activations and scalings, got {safe_name(kind)}: "
                "tf2onnx writes the model as ONNX, which can be converted as a file"
            )
        else:
            reader(chain, config, weights(layer, index) if takes_weights(kind) else [], version)
    return chain.finish()


def _policy(told: Any) -> str:
    """Return in which numbers a layer computes. Raises `UnsupportedModel` for quantised ones and bfloat16."""
    name: Any = told
    inner: Config = {}
    if isinstance(told, dict):
        inner = told["config"] if isinstance(told.get("config"), dict) else {}
        name = inner.get("name")
    if isinstance(inner.get("mode"), str) or str(name).startswith(_QUANTISED):
        raise UnsupportedModel("expected weights as they were trained, got quantised ones of Keras")
    if name == "bfloat16":
        raise UnsupportedModel(
            "expected weights of float16, float32 or float64, got bfloat16, which HDF5 has not: "
            "a model of float32 with model.set_weights(...) of these is read"
        )
    return str(name).removeprefix("mixed_")
