"""How safetensors lie in a file: the length of a header, the header, and arrays one behind the other."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..nn.networks.storage import StoredAs

REQUEST, RESPONSE = "request", "response"
"""Where the metadata holds the document without its arrays."""

Array = npt.NDArray[Any]
Parts = list[bytes | memoryview]
"""Bytes that belong one behind the other."""
DTYPES = {
    name: np.dtype(code)
    for name, code in {
        **{"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"},
        "BF16": "<u2",  # NumPy has no such numbers: each is the upper half of a float32
    }.items()
}
METADATA = "__metadata__"
LENGTH = 8
"""Bytes of the number that says how long the header is."""
_STORED: Mapping[StoredAs, str] = {"float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16"}


def laid_out(
    tensors: Iterable[tuple[str, str, Array]],
    metadata: Mapping[str, str],
    dumps: Callable[[Any], bytes],
) -> Parts:
    """Return tensors, each (name, type, array), in order, behind a header that `dumps` writes as JSON."""
    header: dict[str, Any] = {METADATA: dict(metadata)}
    data: Parts = []
    end = 0
    for name, dtype, array in tensors:
        begin, end = end, end + array.nbytes
        header[name] = {"dtype": dtype, "shape": array.shape, "data_offsets": (begin, end)}
        lying = np.asarray(array, array.dtype.newbyteorder("<"), order="C")
        data.append(lying.reshape(-1).view(np.uint8).data)
    text = dumps(header)
    text += b" " * (-len(text) % LENGTH)
    return [len(text).to_bytes(LENGTH, "little") + text, *data]


def stored_tensors(arrays: Mapping[str, Array], stored_as: StoredAs) -> list[tuple[str, str, Array]]:
    """Return arrays of float64, whose numbers are all of a type, as tensors of that type, in order."""
    dtype = _STORED[stored_as]
    return [(name, dtype, _narrow(array, dtype)) for name, array in arrays.items()]


def _narrow(array: Array, dtype: str) -> Array:
    if dtype == "BF16":
        return (np.ascontiguousarray(array, np.float32).view(np.uint32) >> 16).astype(np.uint16)
    return np.asarray(array, DTYPES[dtype])
