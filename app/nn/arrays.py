"""Numbers as people have them → arrays: nested lists, or anything that NumPy takes for an array."""

from collections.abc import Sequence
from itertools import chain, takewhile
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from .error_free import Floats
from .errors import InvalidValue, NotFinite, Place, ShapeMismatch
from .finite import refuse_non_finite
from .words import plural

NON_FINITE = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}
"""How non-finite numbers are written where there is no number for them."""

MOST_DIMENSIONS = 64
_NUMBERS = {int, float}
_NUMPY = {float, np.float64, np.float32, np.float16, np.int64, np.int32}


def as_array(value: object, *, keep_single: bool = False) -> npt.NDArray[Any]:
    """Return `value` as a C-contiguous array of float64, of float32 where it is that and may stay so.

    `value` is a number, nested lists or tuples of numbers, or an array of whole or floating-point numbers
    of any library that speaks NumPy's `__array__`. An array of float64 is not copied.

    Raises `ShapeMismatch` where rows differ in length, `InvalidValue` for anything that is no number:
    booleans, complex numbers and texts too; with the place of the first such entry.
    """
    if isinstance(value, np.ndarray | np.generic) or hasattr(value, "__array__"):
        if isinstance(value, np.ma.MaskedArray) and value.mask.any():
            raise InvalidValue("expected a number in every place, got masked ones")
        array = _of_another_library(value)
        if array.dtype.kind not in "iuf" or array.dtype.itemsize > 8:
            raise InvalidValue(f"expected numbers of at most 64 bits, got an array of {array.dtype.name}")
        if not (keep_single and array.dtype == np.float32):
            array = array.astype(np.float64, copy=False)
        return np.asarray(array, order="C")
    lists = _as_lists(value)
    try:
        return from_lists(lists)
    except OverflowError:
        raise NotFinite("expected a number within the range of float64", _too_large(lists)) from None


def _of_another_library(value: object) -> npt.NDArray[Any]:
    """Return what `__array__` gives. Raises `InvalidValue` where it gives nothing, with what it says of it.

    PyTorch refuses tensors that require gradients, of bfloat16, and on other devices.
    """
    try:
        return np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        said = str(error).partition("\n")[0]
        raise InvalidValue(f"expected an array that NumPy can read: {said}") from error


def _as_lists(value: object, depth: int = 0) -> object:
    """Return nested sequences as lists and NumPy's numbers as Python's."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        kinds = set(map(type, value))
        if type(value) is list and kinds <= _NUMBERS:
            return value
        if kinds and kinds <= _NUMPY:
            return np.array(value, dtype=np.float64).tolist()
        if depth > MOST_DIMENSIONS:
            raise ShapeMismatch(f"expected at most {MOST_DIMENSIONS} dimensions")
        return [_as_lists(item, depth + 1) for item in value]
    return value


def _too_large(value: object) -> Place:
    """Return the place of the first whole number that no float64 holds."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            try:
                from_lists(item)
            except OverflowError:
                return (index, *_too_large(item))
    return ()


def demand(
    array: npt.NDArray[Any], dimensions: tuple[int, ...] | None, *, finite: bool = True, empty: bool = False
) -> None:
    """Raise `ShapeMismatch` for other numbers of dimensions, or no number; `NotFinite` for NaN and ±∞."""
    if dimensions is not None and array.ndim not in dimensions:
        wanted = " or ".join(_dimensional(n) for n in dimensions)
        raise ShapeMismatch(f"expected {wanted}, got {_dimensional(array.ndim)}")
    if not empty and array.size == 0:
        raise ShapeMismatch("expected at least one number, got an empty array")
    if finite:
        refuse_non_finite(array)


def numbers_written(shape: Sequence[int]) -> int:
    """Return how many numbers, or empty lists in their place, nested lists of this shape hold."""
    return prod(shape) or prod(takewhile(bool, shape))


def from_lists(value: object) -> Floats:
    """Return nested lists of numbers as an array; "NaN", "Infinity" and "-Infinity" are numbers too.

    Raises `ShapeMismatch` where a row's length differs from the first's, `InvalidValue` for anything
    that is not a number, with the place of the first such entry.
    """
    if type(value) is list and set(map(type, value)) <= _NUMBERS:  # by far the most, at half the price
        return np.array(value, dtype=np.float64)
    level: list[Any] = [value]
    shape: list[int] = []
    while True:
        kinds = set(map(type, level))
        if kinds <= _NUMBERS:
            return np.array(level, dtype=np.float64).reshape(shape)
        if list not in kinds:
            return _with_words(level, shape)
        if kinds != {list}:
            index = next(
                i for i, item in enumerate(level) if (type(item) is list) != (type(level[0]) is list)
            )
            raise _uneven(type(level[0]) is list, _place(index, shape))
        lengths = set(map(len, level))
        if len(lengths) > 1:
            index = next(i for i, item in enumerate(level) if len(item) != len(level[0]))
            detail = f"expected {plural(len(level[0]), _entry(level[0]))}, got {len(level[index])}"
            raise ShapeMismatch(detail, _place(index, shape))
        shape.append(len(level[0]) if level else 0)
        if len(shape) > MOST_DIMENSIONS:
            raise ShapeMismatch(f"expected at most {MOST_DIMENSIONS} dimensions")
        if not prod(shape):
            return np.empty(shape)
        level = list(chain.from_iterable(level))


def _with_words(level: list[Any], shape: Sequence[int]) -> Floats:
    numbers = []
    for index, item in enumerate(level):
        if type(item) in (int, float):
            numbers.append(float(item))
        elif isinstance(item, str) and item in NON_FINITE:
            numbers.append(NON_FINITE[item])
        else:
            raise InvalidValue(f"expected a number, got {_kind(item)}", _place(index, shape))
    return np.array(numbers).reshape(shape)


def _place(index: int, shape: Sequence[int]) -> Place:
    return tuple(int(i) for i in np.unravel_index(index, shape)) if shape else ()


def _uneven(lists: bool, at: Place) -> ShapeMismatch:
    wanted, got = ("an array", "a number") if lists else ("a number", "an array")
    return ShapeMismatch(f"expected {wanted}, as in the first place at this depth, got {got}", at)


def _entry(row: list[Any]) -> str:
    return "row" if row and isinstance(row[0], list) else "column"


def _dimensional(n: int) -> str:
    return "a number" if n == 0 else f"a {n}-dimensional array"


def _kind(value: object) -> str:
    names = {bool: "a boolean", str: "a string", type(None): "null", dict: "an object", list: "an array"}
    return names.get(type(value), "something else")
