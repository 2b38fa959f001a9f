"""Bytes of JSON → a document of Python values, refusing all that two parsers could read differently.

Two paths, one answer: a small body goes through orjson, a large one through simdjson, which lifts its
regular arrays of numbers straight into NumPy. Whatever either of them would accept silently or report
without a place is left to the strict reader, which is slow and exact.
"""

from codecs import BOM_UTF8

import orjson

from ...nn.errors import LimitExceeded
from ..faults import MalformedDocument
from .fast import lift
from .strict import read_strictly
from .structure import Text, depth, outline, pairs

LARGE = 16_384
"""Bytes from which lifting arrays pays: below it, orjson and one pass over the numbers is faster."""

_NO_MARKS = bytes(set(range(256)) - set(b"[{:"))

MOST_CONTAINERS = 2_000_000
"""Arrays and objects in a body that cannot be lifted. Each is a Python object twenty times as large as its
two brackets, made while nothing else can run: 64 MiB of them would take gigabytes and many seconds."""
MOST_PAIRS = 100_000
"""Fields in all objects of a body together; a network of a hundred layers has some hundreds."""


def read(body: Text, nesting: int) -> object:
    """Return the document in `body`: dicts, lists, numbers, strings; large arrays as float64 ndarrays.

    Raises `MalformedDocument` for bytes that are not JSON, `InvalidRequest` for JSON that is refused
    (bare NaN and infinities, overflowing numbers, duplicate keys, a byte-order mark, lone surrogates)
    and `LimitExceeded` for more than `nesting` levels, or more containers or pairs than any question has.
    """
    if not body or body.isspace():
        raise MalformedDocument("expected a JSON document, got an empty body")
    if len(body) < LARGE and (document := _plain(body, nesting)) is not None:
        return document
    structure = outline(body)
    if depth(structure, nesting) > nesting:
        raise LimitExceeded("nesting", f"expected at most {nesting} nested levels, got more")
    if len(body) >= LARGE and not body.startswith(BOM_UTF8):
        lifted = lift(body, structure)
        if lifted is not None:
            return lifted
    _refuse_crowds(structure)
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return read_strictly(body)
    # A duplicate key leaves fewer pairs in the document than there are colons in the text.
    return document if _pairs(document) == pairs(structure) else read_strictly(body)


def _refuse_crowds(structure: Text) -> None:
    if structure.count(b"[") + structure.count(b"{") > MOST_CONTAINERS:
        detail = f"expected at most {MOST_CONTAINERS} arrays where not all are regular and of numbers alone"
        raise LimitExceeded("containers", f"{detail}; named tensors have no such limit")
    if pairs(structure) > MOST_PAIRS:
        raise LimitExceeded("fields", f"expected at most {MOST_PAIRS} fields in all objects together")


def _plain(body: Text, nesting: int) -> object | None:
    """Return the document, or None where more than counting bytes must show that no key comes twice.

    There are at most as many levels as opening brackets, and at most as many keys as colons, those inside
    strings included.
    """
    marks = body.translate(None, _NO_MARKS)
    colons = marks.count(b":")
    if len(marks) - colons > nesting:
        return None
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return document if _pairs(document) == colons else None


def _pairs(value: object) -> int:
    """Count the key–value pairs; objects behind a number in a list are missed, which errs to strictness."""
    if isinstance(value, dict):
        return len(value) + sum(map(_pairs, value.values()))
    if isinstance(value, list) and value and isinstance(value[0], (dict, list)):
        return sum(map(_pairs, value))
    return 0
