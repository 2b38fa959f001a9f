"""The outline of a JSON text: what its brackets alone tell, in one pass over the bytes."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Text = bytes | bytearray
"""What a body comes as: the bytes of one message, or what several were gathered in."""

# A string that never closes counts as one up to the end, and nothing is tried twice: otherwise each of a
# million escaped quotes would begin one more search through all that follows.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_MARKS = b'[]{}:"'
_COMMA = ord(",")
_NOT_STRUCTURE = bytes(set(range(256)) - {_COMMA, *_MARKS})
_FEW = 64
_BLOCK = 1 << 16  # bytes whose comparison stays in the cache


def outline(body: Text) -> Text:
    """Return the brackets, colons and commas of a JSON text, outside strings: {"a": [1, 2]} is {:[,]}.

    Of bytes that are not JSON it returns something harmless. It lets a parser that keeps the last of two
    equal keys, or that flattens lists that lie about their shape, be caught without a second parse.
    """
    if b"\\" in body:
        body = _STRING.sub(b"", body)
    structure = _structure(body)
    return _STRING.sub(b"", structure).replace(b'"', b"") if b'"' in structure else structure


def _structure(body: Text) -> Text:
    """Return the brackets, colons, commas and quotes.

    Translating looks at every byte by itself. Of one long list of numbers it takes a third of that time to
    search for the few other marks, and to count the commas between them.
    """
    marks = _few_marks(body)
    if marks is None:
        return body.translate(None, _NOT_STRUCTURE)
    numbers = np.frombuffer(body, np.uint8)
    parts: list[bytes | bytearray] = []
    start = 0
    for at in marks:
        parts += b"," * _commas(numbers[start:at]), body[at : at + 1]
        start = at + 1
    return b"".join((*parts, b"," * _commas(numbers[start:])))


def _few_marks(body: Text) -> list[int] | None:
    """Return where brackets, colons and quotes stand; None where there are more than a few."""
    found: list[int] = []
    for mark in _MARKS:
        at = body.find(mark)
        while at >= 0:
            found.append(at)
            if len(found) > _FEW:
                return None
            at = body.find(mark, at + 1)
    return sorted(found)


def _commas(text: npt.NDArray[np.uint8]) -> int:
    blocks = (text[start : start + _BLOCK] for start in range(0, text.size, _BLOCK))
    return sum(int(np.count_nonzero(block == _COMMA)) for block in blocks)


def pairs(structure: Text) -> int:
    """Return the number of pairs of key and value in an outline."""
    return structure.count(b":")


def depth(structure: Text, most: int) -> int:
    """Return the deepest nesting in an outline; something above `most` where it is deeper.

    Innermost pairs are cancelled level by level, each a pass at the speed of memory. Brackets that never
    close count as one level each.
    """
    brackets = structure.translate(_ONE_KIND, b":,")
    for level in range(most + 1):
        inner = brackets.replace(b"[]", b"")
        if len(inner) == len(brackets):
            return level + brackets.count(b"[")
        brackets = inner
    return most + 1


def outline_of_array(shape: Sequence[int]) -> bytes:
    """Return the outline of a regular array of numbers: of shape (2, 3) it is [[,,],[,,]]."""
    structure = b""
    for count in reversed(shape):
        structure = b"".join((b"[", (structure + b",") * (count - 1), structure if count else b"", b"]"))
    return structure
