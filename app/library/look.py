"""The options that every picture has, read and checked."""

from typing import Any, TypedDict

from ..nn.errors import InvalidValue
from ..wire.picture_limits import LARGEST_SCALE, LONGEST_LABEL, LONGEST_SIDE, SHORTEST_SIDE
from .arguments import choice, number, text, truth
from .operations.pictures import Format, Look, Theme


class LookOptions(TypedDict, total=False):
    """Width and height in CSS pixels, `scale` device pixels to each, the theme, the paper, the title."""

    width: int
    height: int
    scale: float
    theme: Theme
    transparent: bool
    title: str | None


def look_of(options: LookOptions) -> Look:
    """Return the options, the others as they are by default. Raises `InvalidValue` at the first bad one."""
    given: dict[str, Any] = dict(options)
    for name in given:
        if name not in LookOptions.__annotations__:
            raise TypeError(f"a picture has no option {name!r}")
    read: dict[str, Any] = {}
    for name in ("width", "height"):
        if name in given:
            read[name] = _side(name, given[name])
    if "scale" in given:
        read["scale"] = _within("scale", number("scale", given["scale"]), 1, LARGEST_SCALE)
    if "theme" in given:
        read["theme"] = choice("theme", given["theme"], Theme)
    if "transparent" in given:
        read["transparent"] = truth("transparent", given["transparent"])
    if "title" in given:
        read["title"] = text("title", given["title"], LONGEST_LABEL)
    return Look(**read)


def format_of(format: Format) -> Format:
    """Return a format that pictures have."""
    known: Format = choice("format", format, Format)
    return known


def end(name: str, value: float | None) -> float | None:
    """Return an end of an axis, or None where the function says."""
    return None if value is None else number(name, value)


def _side(name: str, value: object) -> int:
    read = number(name, value)
    if not read.is_integer():
        raise InvalidValue("expected a valid integer, got a number with a fractional part", (name,))
    return int(_within(name, read, SHORTEST_SIDE, LONGEST_SIDE))


def _within(name: str, value: float, least: float, most: float) -> float:
    if value < least:
        raise InvalidValue(f"expected greater than or equal to {least:g}", (name,))
    if value > most:
        raise InvalidValue(f"expected less than or equal to {most:g}", (name,))
    return value
