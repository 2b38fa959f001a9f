"""Bytes of JSON → a document of Python values, refusing all that two parsers could read differently.

Three paths, one answer: a small body goes through orjson, a larger one through simdjson, which lifts its
regular arrays of numbers straight into NumPy, a long one piece by piece. Whatever these would accept silently
or report without a place is left to the strict reader, which is slow and exact.
"""

from codecs import BOM_UTF8

import orjson

from ...nn.errors import Fault, LimitExceeded
from ..faults import MalformedDocument
from .fast import lift
from .pieces import LONG, put_back, take_arrays
from .strict import read_strictly
from .structure import Text, containers, count_marks, depth, outline, pairs

LIFTED = 16_384
"""Bytes from which lifting arrays pays: below it, orjson and one pass over the numbers is faster."""

_NO_MARKS = bytes(set(range(256)) - set(b"[{:"))

MOST_CONTAINERS = 2_000_000
"""Arrays and objects in a body that cannot be lifted. Each is a Python object twenty times as large as its
two brackets, made while nothing else can run: 64 MiB of them would take gigabytes and many seconds."""
MOST_PAIRS = 100_000
"""Fields in all objects of a body together; a network of a hundred layers has some hundreds."""
MOST_STRINGS = 2_000_000
"""Strings in a body: each is an object of fifty bytes and more for its two quotes."""
MOST_ESCAPES = 100_000
"""Backslashes in a body: names and labels have a few."""


def read(body: Text, nesting: int) -> object:
    """Return the document in `body`: dicts, lists, numbers, strings; large arrays as float64 ndarrays.

    Raises `MalformedDocument` for bytes that are not JSON, `InvalidRequest` for JSON that is refused
    (bare NaN and infinities, overflowing numbers, duplicate keys, a byte-order mark, lone surrogates)
    and `LimitExceeded` for more than `nesting` levels, or more containers, pairs, strings or escapes than any
    question has.
    """
    if not body or body.isspace():
        raise MalformedDocument("expected a JSON document, got an empty body")
    if len(body) < LIFTED and (document := _plain(body, nesting)) is not None:
        return document
    if len(body) > LONG and (document := _in_pieces(body, nesting)) is not None:
        return document
    _refuse_many_strings(body)
    structure = outline(body)
    if depth(structure, nesting) > nesting:
        raise LimitExceeded("nesting", f"expected at most {nesting} nested levels, got more")
    if LIFTED <= len(body) <= LONG and not body.startswith(BOM_UTF8):
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


def _in_pieces(body: Text, nesting: int) -> object | None:
    """Return the document, or None where it is not one of large regular arrays with little around them."""
    taken = take_arrays(body)
    if taken is None or len(taken[0]) > LONG:
        return None
    rest, arrays = taken
    try:
        document: object = put_back(read(rest, nesting), arrays)
    except Fault:  # whose places in the text would be those of the rest
        return None
    return document


def _refuse_many_strings(body: Text) -> None:
    marks = count_marks(body)
    if marks.quotes > 2 * MOST_STRINGS:
        raise LimitExceeded("strings", f"expected at most {MOST_STRINGS} strings, got more")
    if marks.escapes > MOST_ESCAPES:
        raise LimitExceeded("escapes", f"expected at most {MOST_ESCAPES} backslashes, got more")


def _refuse_crowds(structure: Text) -> None:
    if containers(structure) > MOST_CONTAINERS:
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
    count = 0
    level = [value]
    while level:
        below: list[object] = []
        for one in level:
            if isinstance(one, dict):
                count += len(one)
                below += one.values()
            elif isinstance(one, list) and one and isinstance(one[0], (dict, list)):
                below += one
        level = below
    return count
