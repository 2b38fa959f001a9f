"""scikit-learn's MLPs as skops writes them: a schema and arrays, and nothing is unpickled.

Source: skops/io/_numpy.py, _general.py, _sklearn.py; sklearn/neural_network/_multilayer_perceptron.py.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..nn.activations.catalogue import create
from ..nn.activations.record import Activation
from ..nn.networks.network import SOFTMAX, Softmax
from .archive import Archive
from .chain import Array, Chain, ReadNetwork, vector
from .errors import MalformedModel, UnsupportedModel
from .json_document import parse_json
from .npy import read_npy

SCHEMA = "schema.json"
_ACTIVATIONS = {
    "identity": "identity",
    "logistic": "sigmoid",
    "tanh": "tanh",
    "relu": "relu",
    "softmax": SOFTMAX,
}
_NETWORKS = frozenset({"MLPClassifier", "MLPRegressor"})

Node = Mapping[str, Any]


def read_skops(archive: Archive) -> ReadNetwork:
    """Return the network of an MLPClassifier or MLPRegressor, with the StandardScaler before it.

    Raises `UnsupportedModel` for other estimators.
    """
    try:
        return _read(archive, parse_json(archive.read(SCHEMA)))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError):
        raise MalformedModel("expected a schema as skops writes it") from None


def _read(archive: Archive, schema: Node) -> ReadNetwork:
    steps = _steps(schema)
    chain = Chain()
    for step in steps[:-1]:
        _scale(chain, archive, step)
    network = steps[-1]
    if network["__class__"] not in _NETWORKS:
        raise UnsupportedModel(
            "expected an MLPClassifier or an MLPRegressor, alone or behind a StandardScaler"
        )
    parts = _parts(network)
    weights, biases = (_list(archive, parts[name]) for name in ("coefs_", "intercepts_"))
    for index, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        last = index == len(weights) - 1
        chain.affine(weight.T, bias.reshape(-1), (f"coefs_.{index}", f"intercepts_.{index}"))
        chain.activate(_activation(parts, "out_activation_" if last else "activation"))
    chain.note("coefs_ are (inputs, outputs) in scikit-learn: transposed", "layers")
    if network["__class__"] == "MLPClassifier" and weights[-1].shape[1] == 1:
        chain.note(
            "of two classes the one output is the probability of the second", "layers", len(weights) - 1
        )
    return chain.finish()


def _steps(schema: Node) -> list[Node]:
    """Return the estimators of a pipeline, or the one that there is."""
    if schema["__class__"] != "Pipeline":
        return [schema]
    return [step["content"][1] for step in _parts(schema)["steps"]["content"]]


def _parts(node: Node) -> Node:
    parts: Node = node["content"]["content"]
    return parts


def _list(archive: Archive, node: Node) -> list[Array]:
    return [_array(archive, one) for one in node["content"]]


def _array(archive: Archive, node: Node) -> Array:
    if node["__loader__"] != "NdArrayNode" or node["type"] != "numpy":
        raise UnsupportedModel("expected arrays of numbers in the archive")
    return read_npy(archive.read(node["file"]))


def _plain(node: Node) -> Any:
    """Return a value that is written as JSON inside of the JSON."""
    return parse_json(node["content"].encode())


def _activation(parts: Node, name: str) -> Activation | Softmax:
    told = _ACTIVATIONS.get(str(_plain(parts[name])))
    if told is None:
        raise UnsupportedModel("expected one of scikit-learn's activations: identity, logistic, tanh, relu")
    return SOFTMAX if told == SOFTMAX else create(told)


def _scale(chain: Chain, archive: Archive, step: Node) -> None:
    if step["__class__"] != "StandardScaler":
        raise UnsupportedModel("expected nothing but a StandardScaler before the network")
    parts = _parts(step)
    if _plain(parts["with_mean"]):
        chain.add(-vector(_array(archive, parts["mean_"])), "-mean_")
    if _plain(parts["with_std"]):
        with np.errstate(all="ignore"):
            chain.scale(1 / vector(_array(archive, parts["scale_"])), "1/scale_")
        chain.note("the StandardScaler's division is read as its reciprocal, which was rounded")
    chain.note("the scaling of the inputs is kept as layers of its own", "layers", 0)
