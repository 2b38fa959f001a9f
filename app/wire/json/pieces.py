"""Large arrays of numbers in a JSON text, read piece by piece.

A parser holds Python's lock from the first byte to the last: 64 MiB in one go keep every other caller waiting
for a third of a second. Here no piece is much longer than 128 kB, of which brackets alone take 10 ms, and the
memory for parsing is a piece's.
"""

import re
from secrets import randbelow, token_hex
from typing import Any

import numpy as np
import numpy.typing as npt

from ...nn.arrays import from_lists
from ...nn.errors import Fault, InvalidValue, Place, ShapeMismatch
from ...turns import give_way
from ..faults import Finding, InvalidRequest, MalformedDocument
from .fast import lift
from .strict import read_strictly
from .structure import BLOCK, Text, find, outline, skip_space, skip_space_back

Floats = npt.NDArray[np.float64]

PIECE = 1 << 16
_LONGEST_PIECE = 1 << 17  # where rows are longer than a piece; above it a row is read in pieces itself
_SHORTEST = 1 << 10  # bytes of an array that is taken out
_MOST_BETWEEN = 20_000  # marks around arrays: networks have hundreds
_MOST_LEVELS = 64  # of an array
_AROUND = b'{}:"'
_QUOTE, _OPENING, _CLOSING, _COMMA = b'"[],'
_NOT_BETWEEN = bytes(set(range(256)) - set(b"[],"))
_LONGEST_END = 1 << 10  # bytes of a row's end that is never overlooked
_EXPECTED_ROWS = "expected numbers in rows of one length, as the first is, got something else"
_WORDS = {b'"NaN"': np.nan, b'"Infinity"': np.inf, b'"-Infinity"': -np.inf}


class _NotRegular(Exception):
    """Something other than a regular array of numbers; `faults` say what, and where in the array."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults

    def as_row(self, index: int) -> "_NotRegular":
        """Return the same of an array whose row `index` this one is."""
        return _NotRegular(*(type(one)(one.detail, (index, *one.at)) for one in self.faults))

    def from_row(self, index: int) -> "_NotRegular":
        """Return the same of an array of which this one is what begins at row `index`."""
        moved = [(one, (int(str(one.at[0])) + index, *one.at[1:]) if one.at else ()) for one in self.faults]
        return _NotRegular(*(type(one)(one.detail, at) for one, at in moved))


Taken = dict[str, Floats | _NotRegular]


def take_arrays(body: Text, most: int) -> tuple[bytes, Taken] | None:
    """Return the text with a string for each large array, and the arrays by these strings.

    The words "NaN", "Infinity", "-Infinity" are numbers in an array. None where more than `most` bytes stand
    around them. The strings are random: no caller can have sent them.
    """
    marks = _marks_around(body)
    # Each word begins with a mark: to look at a few of these takes less time than to search for three words.
    has_words = marks is None or any(body.startswith(tuple(_WORDS), at) for at in marks)
    spelled = _spell_out_words(body) if has_words else None
    text = body
    if spelled is not None:
        text = spelled.text
        marks = _marks_around(text)
    if marks is None:
        return None
    places = []
    for before, after in zip([-1, *marks], [*marks, len(text)], strict=True):
        inside_string = before >= 0 and text[before] == _QUOTE
        if after - before > _SHORTEST and not inside_string:
            place = _array_between(text, before + 1, after)
            places += [place] if place is not None else []
    if len(text) - sum(end - start for start, end in places) > most:
        return None
    pieces: list[Text] = []
    arrays: Taken = {}
    reached = 0
    for start, end in places:
        name = token_hex(16)
        try:
            arrays[name] = _read_array(text, start, end)
        except _NotRegular as irregular:
            arrays[name] = irregular
        pieces += text[reached:start], b'"%b"' % name.encode()
        reached = end
    rest = b"".join((*pieces, text[reached:]))
    return (rest if spelled is None else spelled.restore(rest, arrays)), arrays


def put_back(document: Any, arrays: Taken, at: Place = ()) -> Any:
    """Return the document with each array in the place of its string.

    Raises `InvalidRequest` for one that is not regular, or has something else than numbers.
    """
    match document:
        case str():
            found = arrays.get(document, document)
            if isinstance(found, _NotRegular):
                raise _refusal(found, at)
            return found
        case dict():
            return {key: put_back(member, arrays, (*at, key)) for key, member in document.items()}
        case list():
            return [put_back(item, arrays, (*at, index)) for index, item in enumerate(document)]
        case _:
            return document


def _marks_around(text: Text) -> list[int] | None:
    found: list[int] = []
    bytes_ = np.frombuffer(text, np.uint8)
    for start in range(0, bytes_.size, BLOCK):
        give_way()
        if all(text.find(mark, start, start + BLOCK) < 0 for mark in _AROUND):
            continue
        block = bytes_[start : start + BLOCK]
        is_mark = np.zeros(block.size, bool)
        for mark in _AROUND:
            is_mark |= block == mark
        places = np.flatnonzero(is_mark) + start
        if len(found) + places.size > _MOST_BETWEEN:
            return None
        found += places.tolist()
    return found


def _array_between(text: Text, start: int, end: int) -> tuple[int, int] | None:
    """Return where the array in a stretch begins and ends: spaces may stand around it, and a comma behind."""
    start, end = skip_space(text, start, end), skip_space_back(text, start, end)
    if start < end and text[end - 1] == _COMMA:
        end = skip_space_back(text, start, end - 1)
    is_array = end - start > 1 and text[start] == _OPENING and text[end - 1] == _CLOSING
    return (start, end) if is_array else None


def _read_array(text: Text, start: int, end: int) -> Floats:
    """Return the numbers of the array from `start` to `end`. Raises `_NotRegular` for anything else."""
    if end - start <= PIECE:
        return _parse(bytes(text[start:end]))
    levels = _levels(text, start, end)
    if levels > _MOST_LEVELS:
        raise _NotRegular(ShapeMismatch(f"expected an array of at most {_MOST_LEVELS} dimensions"))
    closings = levels - 1 if levels <= 2 else _most_closings(text, start, end)
    if closings < levels - 1:
        return _read_single(text, start, end, levels - 1 - closings)
    between = re.compile(rb"\][ \t\r\n]*+" * (levels - 1) + b",")
    start, end = start + 1, end - 1
    parts: list[Floats] = []
    rows = 0
    while start <= end:
        # Where brackets close that are not open, all is soon refused, and nothing is looked for far away.
        within = end if closings < levels else min(start + _LONGEST_PIECE, end)
        cut = _cut(text, between, start + PIECE, within)
        if cut == within < end:
            raise _NotRegular(ShapeMismatch(_EXPECTED_ROWS, (rows,)))
        if cut - start <= _LONGEST_PIECE:
            part = _read_rows(text, start, cut, rows)
        elif levels > 1:  # one row alone is long
            cut = _cut(text, between, start, end)
            part = _read_row(text, start, cut, rows)[np.newaxis]
        else:
            detail = f"expected a number within {_LONGEST_PIECE} bytes, got something longer"
            raise _NotRegular(InvalidValue(detail, (rows,)))
        if not len(part):
            raise _NotRegular(MalformedDocument("expected JSON, got an array with a comma at its end"))
        if not part.size:
            raise _NotRegular(ShapeMismatch("expected numbers in so large an array, got empty rows", (rows,)))
        parts.append(part)
        if part.shape[1:] != parts[0].shape[1:]:
            detail = f"expected the shape of the first row, {parts[0].shape[1:]}, got {part.shape[1:]}"
            raise _NotRegular(ShapeMismatch(detail, (rows,)))
        rows += len(part)
        start = cut + 1
    return np.concatenate(parts)


def _levels(text: Text, start: int, end: int) -> int:
    """Return how many brackets open before the first number; more than may be where they are too many."""
    levels = 0
    while levels <= _MOST_LEVELS and start < end and text[start] == _OPENING:
        levels += 1
        start = skip_space(text, start + 1, end)
    return levels


def _most_closings(text: Text, start: int, end: int) -> int:
    """Return how many closing brackets stand behind each other at most, before those at the end.

    In an array of L dimensions these are L - 1, or as many less as dimensions at its beginning are 1.
    """
    most = run = 0
    for at in range(start, end, BLOCK):
        give_way()
        marks = np.frombuffer(text[at : min(at + BLOCK, end)].translate(None, _NOT_BETWEEN), np.uint8)
        others = np.flatnonzero(marks != _CLOSING)
        if others.size:
            most = max(most, run + int(others[0]), int(np.diff(others).max(initial=1)) - 1)
            run = marks.size - 1 - int(others[-1])
        else:
            run += marks.size
    return most


def _read_single(text: Text, start: int, end: int, levels: int) -> Floats:
    """Read an array whose first dimensions, so many, are 1: each looked for in turn takes as long as all."""
    for _ in range(levels):
        row = _array_between(text, start + 1, end - 1)
        if row is None:
            raise _NotRegular(ShapeMismatch(_EXPECTED_ROWS, (0,)))
        start, end = row
    try:
        return _read_array(text, start, end)[(np.newaxis,) * levels]
    except _NotRegular as irregular:
        for _ in range(levels):
            irregular = irregular.as_row(0)
        raise irregular from None


def _read_row(text: Text, start: int, end: int, index: int) -> Floats:
    row = _array_between(text, start, end)
    if row is None or find(text, b",", row[1], end) >= 0:
        raise _NotRegular(ShapeMismatch(_EXPECTED_ROWS, (index,)))
    try:
        return _read_array(text, *row)
    except _NotRegular as irregular:
        raise irregular.as_row(index) from None


def _read_rows(text: Text, start: int, end: int, index: int) -> Floats:
    try:
        return _parse(b"[" + text[start:end] + b"]")
    except _NotRegular as irregular:
        raise irregular.from_row(index) from None


def _cut(text: Text, between: re.Pattern[bytes], start: int, end: int) -> int:
    """Return where a comma stands between two rows, at or behind `start`; `end` where there is none."""
    while start < end:
        found = between.search(text, start, min(start + BLOCK, end))
        if found is not None:
            return found.end() - 1
        # A row's end may lie across two windows: it is brackets, and the spaces between them.
        start += BLOCK - _LONGEST_END if start + BLOCK < end else BLOCK
    return end


def _parse(text: Text) -> Floats:
    array = lift(text, outline(text)) if _QUOTE not in text else None
    if isinstance(array, np.ndarray):
        return array
    try:
        return from_lists(read_strictly(text))
    except InvalidRequest as refused:
        raise _NotRegular(*(one.kind(one.detail, one.at) for one in refused.findings)) from None
    except MalformedDocument:
        raise _NotRegular(MalformedDocument("expected JSON, got something else in an array")) from None
    except Fault as fault:
        raise _NotRegular(fault) from None


def _refusal(irregular: _NotRegular, at: Place) -> Fault:
    faults = irregular.faults
    malformed = next((one for one in faults if isinstance(one, MalformedDocument)), None)
    return malformed or InvalidRequest([Finding((*at, *one.at), one.detail, type(one)) for one in faults])


class _SpelledOut:
    """A text in which each word for a number that is not finite is a number that nobody else wrote."""

    def __init__(self, text: bytes, words: dict[float, bytes], counts: dict[float, int]) -> None:
        self.text = text
        self._words = words
        self._counts = counts

    def restore(self, rest: bytes, arrays: Taken) -> bytes:
        """Put NaN and ±∞ in their places in the arrays, and return the rest with its words.

        Raises `MalformedDocument` where one was part of another number.
        """
        regular = {name: array for name, array in arrays.items() if isinstance(array, np.ndarray)}
        regular = {name: one if one.flags.writeable else one.copy() for name, one in regular.items()}
        arrays.update(regular)
        for number, word in self._words.items():
            written = repr(number).encode()
            found = rest.count(written)
            rest = rest.replace(written, word)
            for array in regular.values():
                places = array == number
                if places.any():
                    found += int(np.count_nonzero(places))
                    array[places] = _WORDS[word]
            if found != self._counts[number] and len(regular) == len(arrays):
                raise MalformedDocument("expected JSON, got a word beside a number")
        return rest


def _spell_out_words(body: Text) -> _SpelledOut | None:
    """Return the text with numbers for words; None where there are no such words."""
    words = [word for word in _WORDS if find(body, word, 0, len(body)) >= 0]
    if not words:
        return None
    numbers = {
        word: float(f"1.{10**15 + randbelow(9 * 10**15)}e-{200 + place}") for place, word in enumerate(words)
    }
    counts = dict.fromkeys(numbers.values(), 0)
    parts = []
    start = 0
    while start < len(body):
        end = find(body, b",", start + BLOCK, len(body))
        end = len(body) if end < 0 else end
        part = bytes(body[start:end])
        for word, number in numbers.items():
            counts[number] += part.count(word)
            part = part.replace(word, repr(number).encode())
        parts.append(part)
        start = end
    return _SpelledOut(b"".join(parts), {number: word for word, number in numbers.items()}, counts)
