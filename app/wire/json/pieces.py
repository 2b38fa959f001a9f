"""Large arrays of numbers in a JSON text, read piece by piece.

A parser holds Python's lock from the first byte to the last: 64 MiB in one go keep every other caller waiting
for a third of a second. Here no piece is longer than some megabytes, and the memory for parsing is a piece's.
"""

import re
from secrets import randbelow, token_hex
from typing import Any

import numpy as np
import numpy.typing as npt

from .fast import lift
from .structure import BLOCK, Text, outline

Floats = npt.NDArray[np.float64]

LONG = 1 << 22
"""Bytes from which a text is read in pieces, and the longest text that is parsed in one go."""
PIECE = 1 << 20
_SHORTEST = 1 << 16  # bytes of an array that is taken out
_MOST_BETWEEN = 20_000  # marks around arrays: networks have hundreds
_MOST_LEVELS = 64  # of an array
_AROUND = b'{}:"'
_START = re.compile(rb"[ \t\r\n]*(?=\[)")
_END = re.compile(rb"\][ \t\r\n]*,?[ \t\r\n]*")
_OPENINGS = re.compile(rb"(?:[ \t\r\n]*\[){1,65}+")
_SPACE = b" \t\r\n"
_WORDS = {b'"NaN"': np.nan, b'"Infinity"': np.inf, b'"-Infinity"': -np.inf}


class _NotRegular(Exception):
    """Something other than a regular array of numbers; another reader says what is wrong with it."""


def take_arrays(body: Text) -> tuple[bytes, dict[str, Floats]] | None:
    """Return the text with a string for each large regular array, and the arrays by these strings.

    The words "NaN", "Infinity", "-Infinity" are numbers in an array. None where the text is not of this kind,
    which says nothing about validity. The strings are random: no caller can have sent them.
    """
    spelled = _spell_out_words(body)
    text = body if spelled is None else spelled.text
    marks = _marks_around(text)
    if marks is None:
        return None
    rest: list[Text] = []
    arrays: dict[str, Floats] = {}
    start = 0
    for before, after in zip([-1, *marks], [*marks, len(text)], strict=True):
        place = _array_between(text, before + 1, after) if after - before > _SHORTEST else None
        if place is None:
            continue
        try:
            array = _read_array(text, *place)
        except _NotRegular:
            return None
        name = token_hex(16)
        arrays[name] = array
        rest += text[start : place[0]], b'"%b"' % name.encode()
        start = place[1]
    if not arrays or (spelled is not None and not spelled.restore(arrays)):
        return None
    return b"".join((*rest, text[start:])), arrays


def put_back(document: Any, arrays: dict[str, Floats]) -> Any:
    """Return the document with each array in the place of its string."""
    match document:
        case str():
            return arrays.get(document, document)
        case dict():
            return {key: put_back(member, arrays) for key, member in document.items()}
        case list():
            return [put_back(item, arrays) for item in document]
        case _:
            return document


def _marks_around(text: Text) -> list[int] | None:
    found: list[int] = []
    bytes_ = np.frombuffer(text, np.uint8)
    for start in range(0, bytes_.size, BLOCK):
        block = bytes_[start : start + BLOCK]
        is_mark = np.zeros(block.size, bool)
        for mark in _AROUND:
            is_mark |= block == mark
        found += (np.flatnonzero(is_mark) + start).tolist()
        if len(found) > _MOST_BETWEEN:
            return None
    return found


def _array_between(text: Text, start: int, end: int) -> tuple[int, int] | None:
    """Return where the array in a stretch between two marks begins and ends."""
    opening = _START.match(text, start, end)
    last = text.rfind(b"]", start, end)
    if opening is None or last < 0 or _END.fullmatch(text, last, end) is None:
        return None
    return opening.end(), last + 1


def _read_array(text: Text, start: int, end: int) -> Floats:
    """Return the numbers of the array from `start` to `end`. Raises `_NotRegular` for anything else."""
    if end - start <= PIECE:
        return _parse(bytes(text[start:end]))
    opening = _OPENINGS.match(text, start, end)
    levels = opening.group().count(b"[") if opening else 0
    if not 0 < levels <= _MOST_LEVELS:
        raise _NotRegular
    between = re.compile(rb"\][ \t\r\n]*" * (levels - 1) + b",")
    start, end = start + 1, end - 1
    parts: list[Floats] = []
    while start <= end:
        cut = _cut(text, between, start + PIECE, end)
        if levels > 1 and cut - start > 4 * PIECE:  # one row alone is long
            cut = _cut(text, between, start, end)
            row = _START.match(text, start, cut)
            last = text.rfind(b"]", start, cut)
            if row is None or last < 0 or text[last + 1 : cut].strip(_SPACE):
                raise _NotRegular
            parts.append(_read_array(text, row.end(), last + 1)[np.newaxis])
        else:
            parts.append(_parse(b"[" + text[start:cut] + b"]"))
        if parts[-1].shape[1:] != parts[0].shape[1:] or not parts[-1].size:
            raise _NotRegular
        start = cut + 1
    return np.concatenate(parts)


def _cut(text: Text, between: re.Pattern[bytes], start: int, end: int) -> int:
    """Return where a comma stands between two rows, at or behind `start`; `end` where there is none."""
    while start < end:
        found = between.search(text, start, min(start + BLOCK, end))
        if found is not None:
            return found.end() - 1
        # A row's end may lie across two windows: it is some bytes long.
        start += BLOCK - 64 if start + BLOCK < end else BLOCK
    return end


def _parse(text: Text) -> Floats:
    array = lift(text, outline(text)) if b'"' not in text else None
    if not isinstance(array, np.ndarray):
        raise _NotRegular
    return array


class _SpelledOut:
    """A text in which each word for a number that is not finite is a number that nobody else wrote."""

    def __init__(self, text: bytes, numbers: dict[float, float], counts: dict[float, int]) -> None:
        self.text = text
        self._numbers = numbers
        self._counts = counts

    def restore(self, arrays: dict[str, Floats]) -> bool:
        """Put NaN and ±∞ in their places; tell whether each word was found in an array, and nothing else."""
        arrays.update({name: array.copy() for name, array in arrays.items() if not array.flags.writeable})
        for number, meant in self._numbers.items():
            found = 0
            for array in arrays.values():
                places = array == number
                if places.any():
                    found += int(np.count_nonzero(places))
                    array[places] = meant
            if found != self._counts[number]:
                return False
        return True


def _spell_out_words(body: Text) -> _SpelledOut | None:
    """Return the text with numbers for words; None where there are no such words."""
    words = [word for word in _WORDS if word in body]
    if not words:
        return None
    numbers = {
        word: float(f"1.{10**15 + randbelow(9 * 10**15)}e-{200 + place}") for place, word in enumerate(words)
    }
    counts = dict.fromkeys(numbers.values(), 0)
    parts = []
    start = 0
    while start < len(body):
        end = body.find(b",", start + BLOCK)
        end = len(body) if end < 0 else end
        part = bytes(body[start:end])
        for word, number in numbers.items():
            counts[number] += part.count(word)
            part = part.replace(word, repr(number).encode())
        parts.append(part)
        start = end
    return _SpelledOut(b"".join(parts), {number: _WORDS[word] for word, number in numbers.items()}, counts)
