"""In which order weights by name follow each other: by the numbers in their names, and as their sides fit."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

Part = int | str
Sides = tuple[int, int]
"""How many inputs and outputs a weight has."""

_NUMBERS = re.compile(r"(\d+)")
_WORD = re.compile(r"[A-Za-z][a-z]*")
_FIRST = frozenset({"in", "input", "inputs", "first", "stem", "enc", "encoder"})
_LAST = frozenset(
    {"out", "output", "outputs", "last", "final", "head", "dec", "decoder", "logits", "classifier"}
)
_ENOUGH = 2


def by_numbers(name: str) -> list[tuple[int, Part]]:
    """Return what sorts names by the numbers in them: such files are written in the alphabet's order."""
    return [(0, one) if isinstance(one, int) else (1, one.lower()) for one in _parts(name)]


def orders(
    names: Sequence[str], sides: Sequence[Sides], *, told: bool = False, strict: bool = True
) -> list[list[int]]:
    """Return orders in which each weight takes what the one before gives: none, the only one, or two of more.

    None goes against the numbers in names that are alike before these, nor against words for what is first
    and last. Where the order given is `told`, it goes before any other that fits, and words do not count.
    Not `strict`, only numbers count that stand alone between dots, as in 0.weight: in layer_64 one may be a
    width, and decoders may be numbered backwards.
    """
    before = [0] * len(names)
    for index, name in enumerate(names):
        for other, its in enumerate(names):
            if _precedes(its, name, words=not told, strict=strict):
                before[index] |= 1 << other
    if told and _fits(range(len(names)), sides, before):
        return [list(range(len(names)))]
    found: list[list[int]] = []
    begun, width = _beginning(sides)
    if not begun:
        return found
    futile: set[tuple[int, int | None]] = set()

    def search(done: list[int], left: int, width: int | None) -> None:
        if not left:
            found.append(list(done))
            return
        if (left, width) in futile:
            return
        count = len(found)
        for index, (inputs, outputs) in enumerate(sides):
            if left >> index & 1 and not left & before[index] and width in (None, inputs):
                search([*done, index], left & ~(1 << index), outputs)
                if len(found) == _ENOUGH:
                    return
        if len(found) == count:
            futile.add((left, width))

    search([], (1 << len(names)) - 1, width)
    return found


def is_numbered(names: Sequence[str]) -> bool:
    """Tell whether the numbers in names say that they follow each other as they stand."""
    return all(_precedes(one, other, words=False, strict=True) for one, other in pairwise(names))


def _beginning(sides: Sequence[Sides]) -> tuple[bool, int | None]:
    """Tell whether any order may chain, and the width that each such one begins with, where there is one.

    As many weights must take a width as give it, but at the two ends (Euler); where it is so everywhere they
    make a circle, which begins anywhere.
    """
    balance: Counter[int] = Counter()
    for inputs, outputs in sides:
        balance[inputs] += 1
        balance[outputs] -= 1
    over = sorted((count, width) for width, count in balance.items() if count)
    if not over:
        return True, None
    return [count for count, _ in over] == [-1, 1], over[-1][1]


def _fits(order: Sequence[int], sides: Sequence[Sides], before: Sequence[int]) -> bool:
    left = sum(1 << index for index in order)
    for index in order:
        if left & before[index]:
            return False
        left &= ~(1 << index)
    return all(sides[one][1] == sides[other][0] for one, other in pairwise(order))


def _parts(name: str) -> list[Part]:
    return [int(part[:18]) if part.isdecimal() else part for part in _NUMBERS.split(name) if part]


def _precedes(first: str, second: str, *, words: bool, strict: bool) -> bool:
    """Tell whether one name says that it is before another one."""
    parts, others = _parts(first), _parts(second)
    for place, (one, other) in enumerate(zip(parts, others, strict=False)):
        if isinstance(one, int) and isinstance(other, int):
            if one != other:
                return one < other and (strict or (_alone(parts, place) and _alone(others, place)))
        elif one != other:
            return words and _place(one) < _place(other)
    return False


def _alone(parts: Sequence[Part], place: int) -> bool:
    """Tell whether a number is all that stands between two dots or slashes."""
    before = str(parts[place - 1]) if place else "."
    behind = str(parts[place + 1]) if place + 1 < len(parts) else "."
    return before[-1] in "./" and behind[0] in "./"


def _place(part: Part) -> int:
    found = {one.lower() for one in _WORD.findall(str(part))}
    return bool(found & _LAST) - bool(found & _FIRST)
