"""Where the arrays of an answer are, known from its type."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, NotRequired, Union, get_args, get_origin

import numpy as np
from typing_extensions import get_type_hints, is_typeddict

from ..nn.errors import Place
from .arrays import ArrayOf
from .tensor_layout import Array


@dataclass(frozen=True, slots=True)
class Fields:
    """An object: the layouts of those fields that are or hold arrays."""

    known: Mapping[str, "Layout"]


@dataclass(frozen=True, slots=True)
class Each:
    """A list, or an object with any keys: the layout of each of its items."""

    item: "Layout"


Layout = ArrayOf | Fields | Each
_ABSENT = object()


def layout_of(hint: Any) -> Layout | None:
    """Return where values of type `hint` have arrays, None where they have none."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        for mark in hint.__metadata__:
            if isinstance(mark, ArrayOf):
                return mark
        return layout_of(arguments[0])
    if origin is NotRequired:
        return layout_of(arguments[0])
    if origin in (Union, UnionType):
        forms = (layout_of(argument) for argument in arguments)
        return next((form for form in forms if form is not None), None)
    if origin in (list, dict):
        inner = layout_of(arguments[-1])
        return None if inner is None else Each(inner)
    if is_typeddict(hint):
        hints = get_type_hints(hint, include_extras=True)
        known = {name: inner for name, part in hints.items() if (inner := layout_of(part)) is not None}
        return Fields(known) if known else None
    return None


def replaced(
    value: Any, layout: Layout | None, change: Callable[[object, ArrayOf, Place], Any], at: Place = ()
) -> Any:
    """Return `value` with `change(array, its kind, its place)` for each array; what is null stays null.

    A field whose array changes to `_ABSENT` is left out; an item of a list is then null.
    """
    if layout is None or isinstance(value, NoneType):
        return value
    if isinstance(layout, ArrayOf):
        return change(value, layout, at)
    if isinstance(value, Mapping):
        kept = {}
        for name, member in value.items():
            inner = layout.item if isinstance(layout, Each) else layout.known.get(name)
            new = replaced(member, inner, change, (*at, name))
            if new is not _ABSENT:
                kept[name] = new
        return kept
    assert isinstance(layout, Each)
    items = (replaced(item, layout.item, change, (*at, index)) for index, item in enumerate(value))
    return [None if item is _ABSENT else item for item in items]


def arrays_in(answer: Any, layout: Layout | None) -> tuple[dict[str, Array], Any]:
    """Return the arrays of an answer by their paths joined with dots, and the answer without them."""
    found: dict[str, Array] = {}

    def take(value: object, _: ArrayOf, at: Place) -> Any:
        array = np.asarray(value)
        found[".".join(map(str, at))] = array.astype(np.int64) if array.dtype.kind == "i" else array
        return _ABSENT

    return found, replaced(answer, layout, take)
