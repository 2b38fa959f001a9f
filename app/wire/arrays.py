"""The array type of the wire: nested JSON lists of numbers ↔ float64 arrays.

An annotation such as `Matrix` is all that a body needs: it validates, and it describes itself to
OpenAPI. Values come from the strict reader as nested lists, from the lifting reader and from named
tensors as ndarrays; both end as the same C-contiguous float64 array, or as the same finding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, takewhile
from math import prod
from typing import Annotated, Any

import numpy as np
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from ..nn.error_free import Floats as Floats
from ..nn.errors import Fault, InvalidValue, Place, ShapeMismatch
from ..nn.finite import refuse_non_finite

NON_FINITE = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}
"""How non-finite numbers travel, both ways."""

MOST_DIMENSIONS = 64
_NUMBERS = {int, float}
_DESCRIBED = 4  # dimensions that the schema of an array of any shape spells out


@dataclass(frozen=True, slots=True)
class ArrayOf:
    """What an array field accepts: numbers of dimensions, non-finite entries, empty sides, integers."""

    dimensions: tuple[int, ...] | None = None
    finite: bool = True
    empty: bool = False
    integers: bool = False  # as tensors: in JSON all numbers are of one kind
    as_sent: bool = False  # whether tensors of float32 stay what they are
    keeps: bool = False  # whether a finite entry must stay finite where it is rounded to float32
    description: str = ""

    def __call__(self, value: object) -> Floats:
        """Return `value` as a C-contiguous float64 array; float32 where it may stay `as_sent`.

        Raises a `PydanticCustomError` whose context holds the kind of fault and the place inside the array.
        """
        try:
            array = value if isinstance(value, np.ndarray) else from_lists(value)
            if array.dtype != np.float64 and not (self.as_sent and array.dtype == np.float32):
                if array.dtype.kind != "f" and not self.integers:
                    raise InvalidValue("expected a tensor of F64 or F32")
                array = array.astype(np.float64)
            self._demand(array)
        except Fault as fault:
            raise finding(fault) from None
        return array if array.flags.c_contiguous else np.ascontiguousarray(array)

    def _demand(self, array: Floats) -> None:
        if self.dimensions is not None and array.ndim not in self.dimensions:
            wanted = " or ".join(_dimensional(n) for n in self.dimensions)
            raise ShapeMismatch(f"expected {wanted}, got {_dimensional(array.ndim)}")
        if not self.empty and array.size == 0:
            raise ShapeMismatch("expected at least one number, got an empty array")
        if self.finite:
            refuse_non_finite(array)

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Validate by calling this record; never by pydantic's walk over every number."""
        return core_schema.no_info_plain_validator_function(self)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the field: nested arrays of numbers."""
        number: dict[str, Any] = {"type": "number", "format": "double"}
        if not self.finite:
            number = {"anyOf": [number, {"type": "string", "enum": list(NON_FINITE)}]}
        forms = [self._nested(number, n) for n in self.dimensions or range(_DESCRIBED + 1)]
        described: dict[str, Any] = forms[0] if len(forms) == 1 else {"anyOf": forms}
        return {**described, "description": self.description} if self.description else described

    def _nested(self, item: dict[str, Any], dimensions: int) -> dict[str, Any]:
        for _ in range(dimensions):
            item = {"type": "array", "items": item} | ({} if self.empty else {"minItems": 1})
        return item


def numbers_written(shape: Sequence[int]) -> int:
    """Return how many numbers, or empty lists in their place, JSON writes of an array of this shape."""
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
            detail = f"expected {len(level[0])} {_entries(level[0])}, got {len(level[index])}"
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


def _entries(row: list[Any]) -> str:
    return "rows" if row and isinstance(row[0], list) else "columns"


def _dimensional(n: int) -> str:
    return "a number" if n == 0 else f"a {n}-dimensional array"


def _kind(value: object) -> str:
    names = {bool: "a boolean", str: "a string", type(None): "null", dict: "an object", list: "an array"}
    return names.get(type(value), "something else")


def finding(fault: Fault) -> PydanticCustomError:
    """Return `fault` as an error that pydantic carries to the place of the field."""
    context = {"detail": fault.detail, "at": fault.at, "kind": type(fault)}
    return PydanticCustomError("fault", "{detail}", context)


AnyArray = Annotated[Floats, ArrayOf(finite=False, empty=True, description="Any shape, a number included.")]
Vector = Annotated[Floats, ArrayOf((1,))]
Matrix = Annotated[Floats, ArrayOf((2,))]
Rows = Annotated[Floats, ArrayOf((1, 2), description="One row (d,), or a batch (N, d).")]
