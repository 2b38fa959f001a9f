"""Arguments as callers give them → values of `nn`, or the fault that a service would name.

What is wrong is said in the service's words at the service's place: `tests/client/` holds both together.
"""

import math
from collections.abc import Collection, Mapping
from typing import Any, cast, get_args

import numpy.typing as npt
from numpy.typing import ArrayLike

from ..nn.arrays import as_array, demand
from ..nn.errors import InvalidValue, Place, ShapeMismatch, located
from ..nn.networks.box import Box
from ..nn.networks.documents import LONGEST_KEY, network_from
from ..nn.networks.named_arrays import LONGEST_NAME, Names, refuse_misfit
from ..nn.networks.network import Network

BoxLike = Box | Mapping[str, ArrayLike]
"""`{"low": …, "high": …}`: each a number for all inputs, or one for each."""
NetworkLike = Network | Mapping[str, Any]
"""A `Network`, or `{"layers": [{"weight": …, "bias": …, "activation": "tanh"}, …]}`."""


def array(
    name: str,
    value: object,
    dimensions: tuple[int, ...] | None,
    *,
    finite: bool = True,
    empty: bool = False,
    keep_single: bool = False,
) -> npt.NDArray[Any]:
    """Return an argument as an array. Raises `ShapeMismatch`, `InvalidValue` and `NotFinite`."""
    with located(name):
        read = as_array(value, keep_single=keep_single)
        demand(read, dimensions, finite=finite, empty=empty)
    return read


def network(name: str, value: NetworkLike) -> Network:
    """Return an argument as a network. Raises `ShapeMismatch`, `NotFinite` or `InvalidValue`."""
    with located(name):
        return network_from(value)


def box_of(value: BoxLike | None, inputs: int) -> Box | None:
    """Return `{"low": …, "high": …}` as a box. Raises `ShapeMismatch`, `InvalidValue`."""
    if value is None or isinstance(value, Box):
        return value
    with located("box"):
        mapping("", value, ("low", "high"))
        for name in ("low", "high"):
            if value.get(name) is None:
                raise InvalidValue("expected this field, got nothing", (name,))
        low, high = (array(name, value[name], (0, 1)) for name in ("low", "high"))
        return Box.of(low, high, inputs)


def names_of(value: Names | None, network: Network) -> tuple[tuple[str | None, ...], ...] | None:
    """Return `[["fc1.weight", "fc1.bias"], …]`, a pair for each layer. Raises as `refuse_misfit` does."""
    if value is None:
        return None
    with located("names"):
        if not isinstance(value, list | tuple):
            raise InvalidValue("expected a valid list")
        for index, pair in enumerate(value):
            if not isinstance(pair, list | tuple):
                raise InvalidValue("expected a valid list", (index,))
            for place, one in enumerate(pair[:2]):
                if one is not None:
                    _name(one, (index, place))
            if len(pair) != 2:
                words = "at least 2 items" if len(pair) < 2 else "at most 2 items"
                raise ShapeMismatch(f"expected {words}, got {len(pair)}", (index,))
    read = tuple(tuple(pair) for pair in value)
    refuse_misfit(read, network)
    return read


def _name(value: object, at: Place) -> None:
    if not isinstance(value, str):
        raise InvalidValue("expected a valid string", at)
    if not value:
        raise InvalidValue("expected at least 1 character", at)
    if len(value) > LONGEST_NAME:
        raise InvalidValue(f"expected at most {LONGEST_NAME} characters", at)


def mapping(name: str, value: object, known: Collection[str]) -> None:
    """Raise `InvalidValue` for what has no named fields, or others than are known."""
    at = (name,) if name else ()
    if not isinstance(value, Mapping):
        raise InvalidValue("expected an object with named fields", at)
    for one in value:
        if one not in known:
            sane = isinstance(one, str) and len(one) <= LONGEST_KEY
            raise InvalidValue("expected no field of this name", (*at, one) if sane else at)


def choice(name: str, value: object, literal: Any) -> Any:
    """Return a word that is one of a `Literal`'s."""
    known = get_args(literal)
    if isinstance(value, str) and value in known:
        return value
    quoted = [f"'{one}'" for one in known]
    words = " or ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]
    raise InvalidValue(f"expected {words}", (name,))


def number(name: str, value: object, *, least: float | None = None, below: float | None = None) -> float:
    """Return a finite number, at least `least` and less than `below`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        value = _scalar(name, value)
    try:
        read = float(value)
    except OverflowError:
        read = math.inf
    if not math.isfinite(read):
        raise InvalidValue("expected a finite number", (name,))
    if least is not None and not read >= least:
        raise InvalidValue(f"expected greater than or equal to {least:g}", (name,))
    if below is not None and not read < below:
        raise InvalidValue(f"expected less than {below:g}", (name,))
    return read


def truth(name: str, value: object) -> bool:
    """Return a truth value, which no number stands for."""
    if isinstance(value, bool):
        return value
    raise InvalidValue("expected a valid boolean", (name,))


def text(name: str, value: object, most: int) -> str | None:
    """Return printable text of 1 to `most` characters, or None."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidValue("expected a valid string", (name,))
    if not value:
        raise ShapeMismatch("expected at least 1 character", (name,))
    if len(value) > most:
        raise ShapeMismatch(f"expected at most {most} characters", (name,))
    if not value.isprintable():
        raise InvalidValue("expected printable characters only", (name,))
    return value


def _scalar(name: str, value: object) -> float:
    """Return NumPy's numbers as Python's."""
    if isinstance(value, bool) or not hasattr(value, "__array__"):
        raise InvalidValue("expected a valid number", (name,))
    read = array(name, value, (0,), finite=False)
    return cast(float, read.item())
