"""The outline of a JSON text: what its brackets alone tell, in one pass over the bytes."""

import re
from collections.abc import Sequence

Text = bytes | bytearray
"""What a body comes as: the bytes of one message, or what several were gathered in."""

# A string that never closes counts as one up to the end, and nothing is tried twice: otherwise each of a
# million escaped quotes would begin one more search through all that follows.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_NOT_STRUCTURE = bytes(set(range(256)) - set(b'[]{}:,"'))


def outline(body: Text) -> Text:
    """Return the brackets, colons and commas of a JSON text, outside strings: {"a": [1, 2]} is {:[,]}.

    Of bytes that are not JSON it returns something harmless. It lets a parser that keeps the last of two
    equal keys, or that flattens lists that lie about their shape, be caught without a second parse.
    """
    if b"\\" in body:
        body = _STRING.sub(b"", body)
    structure = body.translate(None, _NOT_STRUCTURE)
    return _STRING.sub(b"", structure).replace(b'"', b"") if b'"' in structure else structure


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
        structure = b"[" + (structure + b",") * (count - 1) + structure + b"]" if count else b"[]"
    return structure
