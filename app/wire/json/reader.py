"""Bytes of JSON → a document of Python values, refusing all that two parsers could read differently.

Three paths, one answer: a small body goes through orjson, a larger one through simdjson, which lifts its
regular arrays of numbers straight into NumPy, a long one piece by piece. Whatever these would accept silently
or report without a place is left to the strict reader, which is slow and exact.
"""

from codecs import BOM_UTF8

import orjson

from ...nn.errors import LimitExceeded
from ..faults import MalformedDocument
from .fast import lift
from .pieces import put_back, take_arrays
from .strict import read_strictly
from .structure import Text, depth, outline, pairs, skip_space

LIFTED = 16_384
"""Bytes from which lifting arrays pays: below it, orjson and one pass over the numbers is faster."""
LONG = 1 << 20
"""Bytes up to which a text is parsed in one go, and from which it is read in pieces."""
MOST_IRREGULAR = 1 << 18
"""Bytes beside the regular arrays of numbers. Each value there is a Python object, made and freed while
nothing else can run; in 64 MiB brackets inside brackets took gigabytes."""
MOST_CONTAINERS = 20_000
"""Lists and objects there: 122,000, brackets inside brackets in 256 kB, kept all else waiting for 15 ms."""

_NO_MARKS = bytes(set(range(256)) - set(b"[{:"))


def read(body: Text, nesting: int) -> object:
    """Return the document in `body`: dicts, lists, numbers, strings; large arrays as float64 ndarrays.

    Raises `MalformedDocument` for bytes that are not JSON, `InvalidRequest` for JSON that is refused
    (bare NaN and infinities, overflowing numbers, duplicate keys, a byte-order mark, lone surrogates)
    and `LimitExceeded` for more than `nesting` levels, or more than `MOST_IRREGULAR` bytes, or
    `MOST_CONTAINERS` lists and objects, beside regular arrays of numbers.
    """
    if skip_space(body, 0, len(body)) == len(body):
        raise MalformedDocument("expected a JSON document, got an empty body")
    if len(body) < LIFTED and (document := _plain(body, nesting)) is not None:
        return document
    if len(body) > LONG:
        return _read_in_pieces(body, nesting)
    return _read_at_once(body, nesting)


def _read_at_once(body: Text, nesting: int, is_rest: bool = False) -> object:
    structure = outline(body)
    if depth(structure, nesting) > nesting:
        raise LimitExceeded("nesting", f"expected at most {nesting} nested levels, got more")
    if LIFTED <= len(body) and not body.startswith(BOM_UTF8):
        lifted = lift(body, structure)
        if lifted is not None:
            return lifted
    if len(body) > MOST_IRREGULAR or structure.count(b"[") + structure.count(b"{") > MOST_CONTAINERS:
        if is_rest:
            raise _too_irregular()
        return _read_in_pieces(body, nesting)
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return read_strictly(body)
    # A duplicate key leaves fewer pairs in the document than there are colons in the text.
    return document if _pairs(document) == pairs(structure) else read_strictly(body)


def _read_in_pieces(body: Text, nesting: int) -> object:
    """Return a document of large regular arrays with little around them."""
    taken = take_arrays(body, MOST_IRREGULAR)
    if taken is None:
        raise _too_irregular()
    rest, arrays = taken
    try:
        document = _read_at_once(rest, nesting, is_rest=True)
    except MalformedDocument:  # whose places in the text would be those of the rest
        raise MalformedDocument("expected JSON, got something else beside its large arrays") from None
    return put_back(document, arrays)


def _too_irregular() -> LimitExceeded:
    most = f"{MOST_IRREGULAR} bytes, and {MOST_CONTAINERS} lists and objects,"
    detail = f"expected at most {most} beside arrays with rows of one length, got more"
    return LimitExceeded("irregular", f"{detail}; such arrays, and named tensors, have no such limit")


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
