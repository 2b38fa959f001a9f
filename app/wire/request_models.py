"""What every request is: a model that refuses what it does not know and states what answering costs."""

import re
from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple, Self, get_args, get_origin

import numpy as np
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema

from ..nn.cost import Cost
from ..nn.errors import InvalidValue, Place, ShapeMismatch
from .arrays import finding
from .faults import Finding, InvalidRequest
from .validation_findings import findings

_MOST_FIELDS = 64
"""Of an object; more than any question has. Each unknown one would be a finding before the first is told."""
_MOST_ITEMS = 1_000
"""In all lists of objects of a document together; more than any setting admits. Each bad one is a finding,
and pydantic makes all of them before the first is told: of a thousand lists of a thousand it made a million.
"""
_OF_THE_FIELD = ("title", "description", "default")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


class Counted(NamedTuple):
    """So many of something that a limit bears the name of, and the place where they stand."""

    limit: str
    number: int
    at: Place = ()


class _Budget:
    """What is left of the items and unknown fields that one document may have, however nested."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = _MOST_ITEMS

    def spend(self, count: int) -> None:
        """Take so many. Raises `ShapeMismatch`, which ends the whole validation, where they are too many."""
        self._left -= count
        if self._left < 0:
            raise ShapeMismatch(f"expected at most {_MOST_ITEMS} items in all lists of objects together")


class RequestModel(BaseModel):
    """What is asked, wherever its fields stood; immutable, and sendable to another process."""

    way_out: ClassVar[str] = ""
    """What ends the sentence about a question that is too large."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, arbitrary_types_allowed=True, validate_default=False
    )

    def cost(self) -> Cost:
        """Return what answering takes, from the shapes alone."""
        return Cost()

    def is_slow(self) -> bool:
        """Tell whether answering takes milliseconds however small the shapes are: it is done in a thread."""
        return False

    def counts(self) -> Iterable[Counted]:
        """Return what has a limit of its own."""
        return ()

    @classmethod
    def of(cls, document: object) -> Self:
        """Return `document` as this question.

        Raises `InvalidRequest` with every place that is wrong, or `ShapeMismatch` where the document has more
        items than any question.
        """
        if not isinstance(document, dict):
            raise InvalidRequest([Finding((), "expected an object with named fields", InvalidValue)])
        if len(document) > _MOST_FIELDS:
            raise InvalidRequest([Finding((), f"expected at most {_MOST_FIELDS} fields", InvalidValue)])
        try:
            return cls.model_validate(document, context=_Budget())
        except ValidationError as error:
            raise InvalidRequest(findings(error)) from None


class RequestBody(RequestModel):
    """The body of a request: values of another type are refused, never converted."""

    model_config = ConfigDict(strict=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, document: Any, info: ValidationInfo) -> Any:
        """Leave out what is null where it may be left out."""
        if isinstance(document, dict):
            if len(document) > _MOST_FIELDS:
                raise finding(InvalidValue(f"expected at most {_MOST_FIELDS} fields"))
            _spend(info, len(document.keys() - cls.model_fields.keys()))
            # By identity: == would ask an array for each of its numbers.
            for value in document.values():
                if value is None:
                    return {name: one for name, one in document.items() if not cls._is_absent(name, one)}
        return document

    @classmethod
    def _is_absent(cls, name: str, value: object) -> bool:
        field = cls.model_fields.get(name)
        return value is None and field is not None and not field.is_required()

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the fields; each that may be left out may be null."""
        described = super().__get_pydantic_json_schema__(schema, handler)
        own = handler.resolve_ref_schema(described)
        required = own.get("required", ())
        for name, field in own.get("properties", {}).items():
            if name not in required:
                own["properties"][name] = or_null(field)
        return described


def _spend(info: ValidationInfo, count: int) -> None:
    if count and info.context is not None:  # None: built by our own code, not read
        info.context.spend(count)


def _in_bounds(items: Any, info: ValidationInfo) -> Any:
    several = isinstance(items, list) or (isinstance(items, np.ndarray) and items.ndim > 0)
    if several and len(items) > _MOST_ITEMS:
        raise finding(ShapeMismatch(f"expected at most {_MOST_ITEMS} items, got {len(items)}"))
    if several:
        _spend(info, len(items))
    return list(items) if several else items  # of lifted numbers too, each at its own place


SeveralItems = BeforeValidator(_in_bounds)
"""Marks a list of objects: one of millions is refused as a whole, before any of its items is looked at, and
so is a document with more than a thousand in all its lists."""


def or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that also takes null; what is said of the field as a whole stays outside."""
    forms = schema.get("anyOf", ())
    if {"type": "null"} in forms:
        return schema
    outside: dict[str, Any] = {name: part for name, part in schema.items() if name in _OF_THE_FIELD}
    inside = {name: part for name, part in schema.items() if name not in _OF_THE_FIELD}
    return {"anyOf": [inside, {"type": "null"}], **outside}


class Parameters(RequestModel):
    """The parameters of a URL: numbers are read from their digits, as JSON writes them, and nothing else."""

    @classmethod
    def gathered(cls, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """Return names and values as fields: a list where the field is one, else a string.

        Raises `InvalidRequest` for a parameter that comes twice.
        """
        fields: dict[str, Any] = {}
        for name, value in pairs:
            field = cls.model_fields.get(name)
            if field is not None and get_origin(field.annotation) in (list, tuple):
                fields.setdefault(name, []).append(value)
            elif name in fields:
                raise InvalidRequest([Finding((name,), "expected this parameter once", InvalidValue)])
            else:
                fields[name] = value
        return fields

    @field_validator("*", mode="before")
    @classmethod
    def _as_json_writes(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse what pydantic would take for a number or a truth value beyond JSON: `1_0`, ` 1`, `yes`."""
        annotation = cls.model_fields[info.field_name or ""].annotation
        kinds = get_args(annotation) or (annotation,)
        if isinstance(value, str):
            if (float in kinds or int in kinds) and not _NUMBER.fullmatch(value):
                raise finding(InvalidValue("expected a finite number, as JSON writes it"))
            if bool in kinds and value not in ("true", "false"):
                raise finding(InvalidValue("expected true or false"))
        return value
