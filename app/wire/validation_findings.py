"""What pydantic found wrong with a request → findings: places and what was expected, no value that came."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ..nn.errors import InvalidValue, Place, ShapeMismatch
from .faults import Finding
from .json.strict import MOST_FINDINGS

_LONGEST_KEY = 64
_LENGTH = re.compile(r"\w+ should have (at (?:least|most) \d+ \w+)(?: after validation, not (\d+))?")


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
        case "model_type":
            return Finding(at, "expected an object with named fields", InvalidValue)
        case "too_short" | "too_long":
            return Finding(at, _expected(message), ShapeMismatch)
        case _:
            return Finding(at, _expected(message), InvalidValue)


def _expected(message: str) -> str:
    """Turn pydantic's "Input should be …" into "expected …", and what it says of lengths."""
    if length := _LENGTH.fullmatch(message):
        return "expected " + ", got ".join(filter(None, length.groups()))
    for opening in ("Input should be ", "Input should "):
        if message.startswith(opening):
            return "expected " + message.removeprefix(opening)
    return message.removeprefix("Value error, ")
