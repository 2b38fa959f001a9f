"""An answer with a network whose arrays have names ↔ tensors of these names, and all else as JSON."""

from collections.abc import Mapping
from typing import Any

from ..nn.networks.named_arrays import layers_of_named, named_arrays
from ..nn.networks.storage import StoredAs
from .answers import encode
from .tensor_file import serialize_stored
from .tensor_layout import RESPONSE, Array, Parts


def write_named(answer: Mapping[str, Any], stored_as: StoredAs) -> Parts:
    """Return an answer with a network and names as tensors of these names, and all else as JSON.

    No other tensor is beside them, so that a framework takes the file as the state of its model. Kernels are
    (inputs, outputs), as they were.
    """
    layers = answer["network"]["layers"]
    arrays = named_arrays(((layer["weight"], layer["bias"]) for layer in layers), answer["names"])
    rest = {**answer, "network": {"layers": [{"activation": layer["activation"]} for layer in layers]}}
    return serialize_stored(arrays, stored_as, {RESPONSE: encode(rest).decode()})


def put_named(answer: Any, arrays: dict[str, Array]) -> bool:
    """Put tensors that `write_named` wrote back to their places; False where the answer is no such one."""
    names = answer.get("names") if isinstance(answer, dict) and "stored_as" in answer else None
    if names is None or not arrays.keys() <= {name for pair in names for name in pair}:
        return False
    for layer, (weight, bias) in zip(
        answer["network"]["layers"], layers_of_named(arrays, names), strict=True
    ):
        layer["weight"], layer["bias"] = weight, bias
    return True
