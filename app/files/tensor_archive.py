"""safetensors and npz: arrays by name, and the metadata."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, deserialize

from ..nn.errors import LimitExceeded
from .archive import Archive
from .errors import MalformedModel, UnsupportedModel
from .limits import limits
from .npy import read_npy

Array = npt.NDArray[Any]

_LENGTH = 8
_PARTS_OF_A_MEMBER = 100
_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "BOOL": "?"}


@dataclass(frozen=True, slots=True, eq=False)
class NamedArrays:
    """Arrays by name, in the file's order, with the types that they have there, and the metadata."""

    arrays: Mapping[str, Array]
    types: Mapping[str, str]
    metadata: Mapping[str, str]


def read_safetensors(body: bytes) -> NamedArrays:
    """Return the arrays of a safetensors file; bfloat16 as the float32 that it is.

    Raises `MalformedModel`, and `UnsupportedModel` for types without a meaning as weights.
    """
    length = int.from_bytes(body[:_LENGTH], "little")
    most = limits().header_bytes
    if length > most:
        raise LimitExceeded("model_header_bytes", f"expected a header of at most {most} bytes, got more")
    try:
        tensors = dict(deserialize(body))  # type: ignore[no-untyped-call]
        header = json.loads(body[_LENGTH : _LENGTH + length])
    except (SafetensorError, ValueError, RecursionError):
        raise MalformedModel("expected a safetensors file, and its header is not what follows it") from None
    metadata = header.get("__metadata__") or {}
    arrays = {name: _array(tensors[name]) for name in header if name in tensors}
    # safetensors' save_model writes arrays that two layers share once, and the other name beside it.
    for name, kept in metadata.items():
        if kept in tensors and name not in tensors:
            arrays[name], tensors[name] = arrays[kept], tensors[kept]
    return NamedArrays(arrays, {name: str(tensors[name]["dtype"]) for name in arrays}, metadata)


def _array(tensor: Mapping[str, Any]) -> Array:
    kind, data = tensor["dtype"], tensor["data"]
    if kind == "BF16":
        if len(data) > 2 * limits().numbers:
            detail = f"expected at most {limits().numbers} numbers in a file, got more"
            raise LimitExceeded("model_numbers", detail)
        wide = np.frombuffer(data, "<u2").astype(np.uint32) << 16
        return wide.view(np.float32).reshape(tensor["shape"])
    if kind not in _DTYPES:
        raise UnsupportedModel(f"expected tensors of {', '.join(_DTYPES)} or BF16, got {kind}")
    return np.frombuffer(data, _DTYPES[kind]).reshape(tensor["shape"])


def read_npz(archive: Archive) -> NamedArrays:
    """Return the arrays of a .npz archive. Raises `LimitExceeded` for too many: each costs 0.1 ms."""
    names = [name for name in archive.names if name.endswith(".npy")]
    most = max(1, limits().parts // _PARTS_OF_A_MEMBER)
    if len(names) > most:
        raise LimitExceeded("model_parts", f"expected at most {most} arrays in an archive, got {len(names)}")
    arrays = {name.removesuffix(".npy"): read_npy(archive.read(name)) for name in names}
    return NamedArrays(arrays, {name: one.dtype.newbyteorder("<").str for name, one in arrays.items()}, {})
