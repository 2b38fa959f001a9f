"""What help() and a notebook's `?` show of a function: short names of types, and every choice."""

import inspect
import re
from collections.abc import Iterator
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest

import app as softstep

FUNCTIONS = {name: one for name in softstep.__all__ if inspect.isfunction(one := getattr(softstep, name))}
CLASSES = (softstep.Layer, softstep.Network, softstep.Client, softstep.AsyncClient)


def choices(hint: Any) -> Iterator[str]:
    """Yield the words that an argument of that type may be."""
    if get_origin(hint) is Literal:
        yield from map(str, get_args(hint))
    elif get_origin(hint) in (Union, UnionType):
        for one in get_args(hint):
            yield from choices(one)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstring_tells_every_choice(name: str) -> None:
    function = FUNCTIONS[name]
    words = set(re.findall(r"\w+", function.__doc__ or ""))
    hints = get_type_hints(function)
    hints.pop("return")
    for argument, hint in hints.items():
        assert [one for one in choices(hint) if one not in words] == [], argument
        for options in (one for one in get_args(hint) if is_typeddict(one)):  # Unpack[…]
            assert options.__annotations__.keys() <= words
        assert argument in words or not list(choices(hint)), f"{argument} is not named"


def test_signatures_name_types_shortly() -> None:
    """`ArrayLike` written out takes 300 letters an argument: 2,335 for `check`."""
    methods = [
        one
        for kind in CLASSES
        for name, one in inspect.getmembers(kind, inspect.isfunction)
        if name[0] != "_"
    ]
    shown = [inspect.signature(one) for one in (*FUNCTIONS.values(), *CLASSES, *methods, softstep.sigmoid)]
    assert [str(one) for one in shown if "_array_like" in str(one) or len(str(one)) > 500] == []
