"""JSON that holds a network: our own documents, weights by name, lwtnn."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from ..nn.errors import Fault, LimitExceeded
from ..nn.networks.conversion import Note
from ..nn.networks.documents import network_from
from .chain import ReadNetwork
from .errors import MalformedModel, UnsupportedModel
from .limits import limits
from .lwtnn import is_lwtnn
from .named_weights import network_of_names

JsonForm = Literal["json", "lwtnn"]
_AROUND = ("network", "first", "second")


def parse_json(body: bytes) -> Any:
    """Return what `body` holds. Raises `MalformedModel`, and `LimitExceeded` before anything is made."""
    most = limits()
    if len(body) > most.text_bytes:
        detail = f"expected at most {most.text_bytes} bytes of JSON, got {len(body)}"
        raise LimitExceeded("model_text_bytes", detail)
    # Each takes some 60 bytes of memory and may be three in the file.
    if 2 * (body.count(b"[") + body.count(b"{")) + body.count(b'"') > 2 * most.parts:
        detail = f"expected at most {most.parts} lists, objects and texts, got more"
        raise LimitExceeded("model_parts", detail)
    try:
        return json.loads(body, parse_constant=_refuse_constant, object_pairs_hook=_of_pairs)
    except (ValueError, RecursionError):
        raise MalformedModel(
            "expected JSON that is whole: Python's NaN and None, and a comma at the end, are none"
        ) from None


def read_document(body: bytes) -> tuple[JsonForm, Mapping[str, Any]]:
    """Return the object in `body`, and whether it is lwtnn's.

    Raises as `parse_json`, and `UnsupportedModel` for what is no object.
    """
    document = parse_json(body)
    if not isinstance(document, dict):
        raise UnsupportedModel("expected a network: an object with layers, or weights by name")
    return ("lwtnn" if is_lwtnn(document) else "json"), document


def read_json(document: Mapping[str, Any]) -> ReadNetwork:
    """Return the network of a document, a request or an answer, or of weights by name.

    Raises `UnsupportedModel`.
    """
    if "layers" in document:
        return _of_layers(document)
    if "class_name" in document and "config" in document:
        raise UnsupportedModel(
            "expected a model with its weights, got Keras's configuration alone: model.save('model.keras') "
            "keeps both"
        )
    for name in _AROUND:
        inner = document.get(name)
        if isinstance(inner, Mapping) and "layers" in inner:
            return _of_layers(inner, document.get("names"))
    found = {name: _array(value) for name, value in document.items() if value is not None}
    arrays = {name: one for name, one in found.items() if one is not None}
    if not any(one.ndim for one in arrays.values()):
        raise UnsupportedModel("expected a network: an object with layers, or weights by name")
    read = network_of_names(arrays, None, ordered=True)
    others = [name for name, one in found.items() if one is None]
    if not others:
        return read
    return replace(read, notes=(*read.notes, Note(("layers",), f"left out, no numbers: {', '.join(others)}")))


def _of_layers(document: Mapping[str, Any], told: Any = None) -> ReadNetwork:
    try:
        network = network_from({"layers": document["layers"]})
    except Fault as fault:
        where = "".join(f"/{one}" for one in fault.at)
        raise UnsupportedModel(f"{fault.detail}, at {where}" if where else fault.detail) from None
    names = tuple((None, None) for _ in network.layers)
    if isinstance(told, list) and len(told) == len(names) and all(map(_is_pair, told)):
        names = tuple((weight, bias) for weight, bias in told)
    return ReadNetwork(network, names, ())


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(one, str | None) for one in value)


def _array(value: Any) -> Any:
    """Return the array of a value, whose numbers may be written as texts; None for what is none."""
    if isinstance(value, Mapping):
        return None
    try:
        # To float64 at once: an array of texts is as wide as its longest, in each place.
        array = np.array(value, np.float64)
    except ValueError as error:
        if "could not convert string" in str(error):
            return None
        raise UnsupportedModel("expected arrays of numbers whose rows are of one length") from None
    except (TypeError, OverflowError, RecursionError):
        raise UnsupportedModel(
            "expected arrays of numbers within float64, their rows of one length"
        ) from None
    return array if array.size else None


def _of_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise MalformedModel("expected JSON with each name once in an object")
    return found


def _refuse_constant(name: str) -> float:
    raise ValueError(name)
