"""The exact reader: slow, and able to say what is refused and where."""

import codecs
import json
from collections.abc import Iterator
from typing import Any

from ...nn.errors import Fault, InvalidValue, NotFinite, Place
from ..faults import Finding, InvalidRequest, MalformedDocument
from .structure import Text

MOST_FINDINGS = 20


class _Refusal:
    """Stands in the document where something refused stood, until its place is known."""

    def __init__(self, detail: str, kind: type[Fault]) -> None:
        self.detail = detail
        self.kind = kind


class _Doubled(dict[str, Any]):
    """An object in which a key came twice; `key` is the first such."""

    key: str


def read_strictly(body: Text) -> object:
    """Return the document in `body`, or say what is wrong with it.

    Raises `MalformedDocument` where it is not JSON, `InvalidRequest` with up to 20 places where it is
    JSON that this service refuses.
    """
    if body.startswith(codecs.BOM_UTF8):
        raise InvalidRequest([Finding((), "expected no byte-order mark before the document", InvalidValue)])
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedDocument(f"expected UTF-8, got an invalid byte at offset {error.start}") from None
    try:
        document = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise MalformedDocument(f"expected JSON, got something else at {where}: {error.msg}") from None
    except RecursionError:
        raise MalformedDocument("expected JSON with fewer nested levels") from None
    findings = []
    for finding in _refusals(document, ()):
        findings.append(finding)
        if len(findings) == MOST_FINDINGS:
            break
    if findings:
        raise InvalidRequest(findings)
    return document


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    doubled = _Doubled(members)
    for key, _ in pairs:
        if key in seen:
            doubled.key = key
            break
        seen.add(key)
    return doubled


def _constant(_: str) -> _Refusal:
    return _Refusal('expected a number, or one of the strings "NaN", "Infinity", "-Infinity"', NotFinite)


def _float(digits: str) -> float | _Refusal:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        return _Refusal("expected a number within the range of float64", NotFinite)
    return number


def _integer(digits: str) -> int | float | _Refusal:
    # As orjson does: an int where 64 bits hold it, else a float. int() of megabytes of digits is quadratic.
    if len(digits) > 20:
        return _float(digits)
    number = int(digits)
    return number if -(2**63) <= number < 2**64 else float(number)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_constant=_constant, parse_float=_float, parse_int=_integer
)


def _refusals(value: Any, at: Place) -> Iterator[Finding]:
    match value:
        case _Refusal():
            yield Finding(at, value.detail, value.kind)
        case str():
            if not is_text(value):
                yield Finding(at, "expected Unicode text, got a lone surrogate", InvalidValue)
        case dict():
            if isinstance(value, _Doubled):
                yield Finding((*at, value.key), "expected this key once, got it more than once", InvalidValue)
            for key, member in value.items():
                if is_text(key):
                    yield from _refusals(member, (*at, key))
                else:
                    yield Finding(at, "expected Unicode text as a key, got a lone surrogate", InvalidValue)
        case list():
            for index, item in enumerate(value):
                if not isinstance(item, (int, float)):
                    yield from _refusals(item, (*at, index))


def is_text(text: str) -> bool:
    """Tell whether `text` is Unicode: it holds no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
