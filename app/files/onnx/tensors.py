"""The numbers of an ONNX tensor ↔ arrays, for the types that weights have."""

import hashlib
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper, numpy_helper

from ..errors import MalformedModel

Array = npt.NDArray[Any]

FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16)
"""The types in which weights are rewritten."""
_READ = (*FLOATS, TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL)
_LISTS = ("float_data", "double_data", "int32_data", "int64_data", "uint64_data")
_MOST_DIMENSIONS = 32
_PIECE = 1 << 18


def is_read(tensor: TensorProto) -> bool:
    """Tell whether `array_of` knows the type."""
    return tensor.data_type in _READ


def array_of(tensor: TensorProto) -> Array:
    """Return the numbers of a tensor whose data is known to lie inside of it.

    Raises `MalformedModel` where its sides are negative or are not those of its data: the library itself
    takes −1 for whatever fits.
    """
    dims = tensor.dims
    if len(dims) > _MOST_DIMENSIONS or any(side < 0 for side in dims):
        raise MalformedModel(f"expected tensors of at most {_MOST_DIMENSIONS} sides, none of them negative")
    count = prod(dims)
    if tensor.HasField("raw_data"):
        given, needed = len(tensor.raw_data), count * int(dtype_of(tensor.data_type).itemsize)
        alone = not any(len(getattr(tensor, name)) for name in _LISTS)
    else:
        filled = [len(getattr(tensor, name)) for name in _LISTS if len(getattr(tensor, name))]
        given, needed, alone = sum(filled), count, len(filled) <= 1
    if given != needed or not alone or tensor.HasField("segment"):
        raise MalformedModel("expected as many numbers in each tensor as its sides say")
    try:
        array: Array = numpy_helper.to_array(tensor)
    except (ValueError, TypeError, OverflowError):  # numbers in a list of another type than the tensor's
        raise MalformedModel("expected each tensor's numbers in the place of its type") from None
    if array.shape != tuple(dims):
        raise MalformedModel("expected as many numbers in each tensor as its sides say")
    return array


def tensor_of(array: Array, name: str, data_type: int) -> TensorProto:
    """Return an array, whose dtype is that of `data_type`, as a tensor of that name."""
    tensor = TensorProto(name=name, data_type=data_type, dims=array.shape)
    little = array.astype(array.dtype.newbyteorder("<"), copy=False) if array.dtype.isbuiltin else array
    tensor.raw_data = np.ascontiguousarray(little).tobytes()
    return tensor


def dtype_of(data_type: int) -> np.dtype[Any]:
    """Return NumPy's type for one of ONNX's."""
    return helper.tensor_dtype_to_np_dtype(data_type)


def scaled(array: Array, factor: float) -> Array | None:
    """Return factor·array in the same type, or None unless every product is exact and finite.

    The factor is ± a power of two: then a product is exact if dividing gives the number back.
    """
    flat = np.ascontiguousarray(array).reshape(-1)
    product = np.empty_like(flat)
    with np.errstate(all="ignore"):
        # In pieces: the narrow types are multiplied as float32, which is twice as much memory.
        for start in range(0, flat.size, _PIECE):
            piece = flat[start : start + _PIECE]
            wide = piece if piece.dtype.itemsize >= 4 else piece.astype(np.float32)
            made = (wide * wide.dtype.type(factor)).astype(flat.dtype)
            if not np.array_equal(made.astype(wide.dtype) / wide.dtype.type(factor), wide):
                return None
            if not np.isfinite(made.astype(wide.dtype)).all():
                return None
            product[start : start + _PIECE] = made
    return product.reshape(array.shape)


def sha256(array: Array) -> str:
    """Return the SHA-256 of the numbers, little-endian and row by row."""
    little = array.astype(array.dtype.newbyteorder("<"), copy=False) if array.dtype.isbuiltin else array
    return hashlib.sha256(np.ascontiguousarray(little).tobytes()).hexdigest()
