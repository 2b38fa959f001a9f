"""The outline of a JSON text: what its brackets alone tell, in passes that make no object for each mark.

Every pass goes block by block, so that none keeps other threads from running for more than a millisecond.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ...turns import give_way

Text = bytes | bytearray
"""What a body comes as: the bytes of one message, or what several were gathered in."""

BLOCK = 1 << 16
"""Bytes that are looked at in one go: they stay in the cache, and the slowest look takes 0.2 ms."""
_MARKS = b'[]{}:"'
_COMMA, _QUOTE, _ESCAPE = b',"\\'
_NOT_STRUCTURE = bytes(set(range(256)) - {_COMMA, *_MARKS})
_FEW = 64
_SPACE = b" \t\r\n"


def outline(body: Text) -> bytes:
    """Return the brackets, colons and commas of a JSON text, outside strings: {"a": [1, 2]} is {:[,]}.

    Of bytes that are not JSON it returns something harmless: it is right up to the first byte that no
    parser takes. It lets a parser that keeps the last of two equal keys, or that flattens lists that lie
    about their shape, be caught without a second parse.
    """
    structure = _structure(_without_escapes(body) if b"\\" in body else body)
    return _outside_strings(structure) if b'"' in structure else structure


def find(text: Text, part: bytes, start: int, end: int) -> int:
    """Return where `part` first stands in text[start:end]; -1 where it does not."""
    while start < end:
        give_way()
        found = text.find(part, start, min(start + BLOCK + len(part) - 1, end))
        if found >= 0:
            return found
        start += BLOCK
    return -1


def skip_space(text: Text, start: int, end: int) -> int:
    """Return where text[start:end] has its first byte that is no space; `end` where it has none."""
    while start < end:
        give_way()
        block = text[start : min(start + BLOCK, end)]
        left = len(block.lstrip(_SPACE))
        start += len(block) - left
        if left:
            break
    return start


def skip_space_back(text: Text, start: int, end: int) -> int:
    """Return the end of text[start:end] without the spaces at it."""
    while start < end:
        give_way()
        block = text[max(end - BLOCK, start) : end]
        left = len(block.rstrip(_SPACE))
        end -= len(block) - left
        if left:
            break
    return end


def _blocks(body: Text | npt.NDArray[np.uint8]) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield the bytes block by block; others have their turn before each."""
    marks = np.frombuffer(body, np.uint8)
    for start in range(0, marks.size, BLOCK):
        give_way()
        yield marks[start : start + BLOCK]


def _without_escapes(body: Text) -> bytes:
    """Return the text without escaped quotes and backslashes: no quote that is left is part of a string."""
    parts = []
    start = 0
    while start < len(body):
        give_way()
        end = min(start + BLOCK, len(body))
        while end < len(body) and body[end - 1] == _ESCAPE:
            end += 1
        parts.append(body[start:end].replace(b"\\\\", b"").replace(b'\\"', b""))
        start = end
    return b"".join(parts)


def _structure(body: Text) -> bytes:
    """Return the brackets, colons, commas and quotes.

    Translating looks at every byte by itself. Of one long list of numbers it takes a third of that time to
    search for the few other marks, and to count the commas between them.
    """
    marks = _few_marks(body)
    if marks is None:
        return b"".join(block.tobytes().translate(None, _NOT_STRUCTURE) for block in _blocks(body))
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
    return sum(int(np.count_nonzero(block == _COMMA)) for block in _blocks(text))


def _outside_strings(structure: bytes) -> bytes:
    """Return the marks before an odd quote: a string that never closes goes on to the end."""
    parts = []
    open_before = np.uint8(0)
    for block in _blocks(structure):
        quotes = block == _QUOTE
        inside = (np.add.accumulate(quotes, dtype=np.uint8) + open_before) & 1
        open_before = inside[-1]
        parts.append(block[(inside == 0) & ~quotes].tobytes())
    return b"".join(parts)


def pairs(structure: Text) -> int:
    """Return the number of pairs of key and value in an outline."""
    return sum(int(np.count_nonzero(block == ord(":"))) for block in _blocks(structure))


def depth(structure: Text, most: int) -> int:
    """Return the deepest nesting in an outline; something above `most` where it is deeper.

    Brackets that never close count as one level each.
    """
    level = deepest = 0
    for block in _blocks(structure):
        steps = np.zeros(block.size, np.int32)
        steps[(block == ord("[")) | (block == ord("{"))] = 1
        steps[(block == ord("]")) | (block == ord("}"))] = -1
        levels = np.cumsum(steps, out=steps)
        deepest = max(deepest, level + int(levels.max()))
        if deepest > most:
            break
        level += int(levels[-1])
    return deepest


def outline_of_array(shape: Sequence[int]) -> bytes:
    """Return the outline of a regular array of numbers: of shape (2, 3) it is [[,,],[,,]]."""
    structure = b""
    for count in reversed(shape):
        structure = b"".join((b"[", (structure + b",") * (count - 1), structure if count else b"", b"]"))
    return structure
