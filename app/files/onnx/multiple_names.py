"""What multiples of values and constants are called: the name is the old one again where they come back."""

import re
from typing import NamedTuple

from .multiples import Part

_MULTIPLE = re.compile(r"_(times|over)_(-?[1-9][0-9]{0,18})$")
_OF_PART = re.compile(r"_(times|over)_(-?[1-9][0-9]{0,18})_from_([0-9]{1,10})_to_([0-9]{1,10})$")
_LONGEST_ENDING = 64


class _Name(NamedTuple):
    stem: str
    factor: float
    parts: dict[tuple[int, int], float]


def multiple_name(name: str, factor: float) -> str:
    """Return the name of factor·value, for ± a power of two: undone where it was a multiple already."""
    found = _parsed(name)
    return _written(found._replace(factor=found.factor * factor))


def part_name(name: str, part: Part, factor: float) -> str:
    """Return the name of a value of which a part alone is multiplied: each part has an ending of its own."""
    found = _parsed(name)
    place = part.start, part.stop
    found.parts[place] = found.parts.get(place, 1.0) * factor
    return _written(found)


def _parsed(name: str) -> _Name:
    stem, factor, parts = name, 1.0, dict[tuple[int, int], float]()
    while found := _ending_of(stem, _OF_PART):
        stem = stem[: found.start()]
        parts[int(found[3]), int(found[4])] = _factor(found)
    if found := _ending_of(stem, _MULTIPLE):
        stem, factor = stem[: found.start()], _factor(found)
    return _Name(stem, factor, parts)


def _ending_of(name: str, pattern: re.Pattern[str]) -> re.Match[str] | None:
    # What is before an ending is not empty.
    return pattern.search(name, max(1, len(name) - _LONGEST_ENDING))


def _factor(found: re.Match[str]) -> float:
    return float(found[2]) if found[1] == "times" else 1 / float(found[2])


def _written(name: _Name) -> str:
    places = (f"{_ending(one)}_from_{a}_to_{b}" for (a, b), one in sorted(name.parts.items()) if one != 1)
    return name.stem + _ending(name.factor) + "".join(places)


def _ending(factor: float) -> str:
    if factor == 1:
        return ""
    return f"_times_{factor:.0f}" if abs(factor) >= 1 else f"_over_{1 / factor:.0f}"
