"""What every request is: a model that refuses what it does not know and states what answering costs."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from app.nn.cost import Cost
from app.nn.errors import InvalidValue, Place, ShapeMismatch
from app.wire.faults import Finding, InvalidRequest
from app.wire.strict import MOST_FINDINGS

_LONGEST_KEY = 64


class Question(BaseModel):
    """What is asked, wherever its fields stood; immutable, and sendable to another process."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, arbitrary_types_allowed=True, validate_default=False
    )

    def cost(self) -> Cost:
        """Return what answering takes, from the shapes alone."""
        return Cost()

    def counts(self) -> Mapping[str, int]:
        """Return what has a limit of its own, by the limit's name: `{"layers": 3}`."""
        return {}

    @classmethod
    def of(cls, document: object) -> Self:
        """Return `document` as this question. Raises `InvalidRequest` with every place that is wrong."""
        if not isinstance(document, Mapping):
            raise InvalidRequest([Finding((), "expected an object with named fields", InvalidValue)])
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            raise InvalidRequest(findings(error)) from None


class Body(Question):
    """The body of a request: values of another type are refused, never converted."""

    model_config = ConfigDict(strict=True)


class Query(Question):
    """The parameters of a URL, whose numbers are read from their digits."""


def findings(error: ValidationError) -> list[Finding]:
    """Return what a validation found, at most 20 places, without any value that came."""
    found = error.errors(include_url=False, include_input=False)[:MOST_FINDINGS]
    return [_finding(item["type"], item["loc"], item["msg"], item.get("ctx", {})) for item in found]


def _finding(code: str, at: Place, message: str, context: Mapping[str, Any]) -> Finding:
    match code:
        case "fault":
            return Finding((*at, *context["at"]), context["detail"], context["kind"])
        case "extra_forbidden":
            # A name of any length came from outside: past a sane one, point at the object that holds it.
            known = isinstance(at[-1], int) or len(at[-1]) <= _LONGEST_KEY
            return Finding(at if known else at[:-1], "expected no field of this name", InvalidValue)
        case "missing":
            return Finding(at, "expected this field, got nothing", InvalidValue)
        case "too_short" | "too_long":
            return Finding(at, _expected(message), ShapeMismatch)
        case _:
            return Finding(at, _expected(message), InvalidValue)


def _expected(message: str) -> str:
    """Turn pydantic's "Input should be …" into "expected …"."""
    for opening in ("Input should be ", "Input should "):
        if message.startswith(opening):
            return "expected " + message.removeprefix(opening)
    return message.removeprefix("Value error, ")
