"""The array type of the wire: nested JSON lists of numbers ↔ float64 arrays.

An annotation such as `Matrix` is all that a body needs: it validates, and it describes itself to
OpenAPI. Values come from the strict reader as nested lists, from the lifting reader and from named
tensors as ndarrays; both end as the same C-contiguous float64 array, or as the same finding.
"""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from ..nn.arrays import NON_FINITE, demand, from_lists
from ..nn.error_free import Floats as Floats
from ..nn.errors import Fault, InvalidValue

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
                    raise InvalidValue("expected a tensor of F64, F32, F16 or BF16")
                array = array.astype(np.float64)
            demand(array, self.dimensions, finite=self.finite, empty=self.empty)
        except Fault as fault:
            raise finding(fault) from None
        return array if array.flags.c_contiguous else np.ascontiguousarray(array)

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


def finding(fault: Fault) -> PydanticCustomError:
    """Return `fault` as an error that pydantic carries to the place of the field."""
    context = {"detail": fault.detail, "at": fault.at, "kind": type(fault)}
    return PydanticCustomError("fault", "{detail}", context)


AnyArray = Annotated[Floats, ArrayOf(finite=False, empty=True, description="Any shape, a number included.")]
Vector = Annotated[Floats, ArrayOf((1,))]
Matrix = Annotated[Floats, ArrayOf((2,))]
Rows = Annotated[Floats, ArrayOf((1, 2), description="One row (d,), or a batch (N, d).")]
