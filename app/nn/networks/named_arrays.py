"""A network whose arrays have names of their own: each has one, and one alone, whatever is made of it."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy.typing as npt

from ..errors import InvalidValue, Place, ShapeMismatch, located
from ..words import plural
from .array_names import array_name, name_of_bias
from .conversion import Note
from .network import Network

LONGEST_NAME = 500
_RESERVED = "__metadata__"

Names = Sequence[Sequence[str | None]]
"""A pair for each layer, its weight's and its bias's; None for one that is not there or has no name."""
Array = npt.NDArray[Any]


def refuse_misfit(names: Names, network: Network) -> None:
    """Raise `ShapeMismatch` for names of another number of layers, `InvalidValue` for a reserved one."""
    with located("names"):
        if len(names) != len(network.layers):
            raise ShapeMismatch(
                f"expected {plural(len(network.layers), 'pair')}, one for each layer, got {len(names)}"
            )
        for index, pair in enumerate(names):
            if _RESERVED in pair:
                raise InvalidValue(f"expected a name other than {_RESERVED}", (index, pair.index(_RESERVED)))


def completed(names: Names, network: Network) -> tuple[list[list[str | None]], list[Note]]:
    """Return a name for each array of a network that was made of a named one, each once, and what was added.

    An array that is new, or had none, or one that stood before, gets the name that its layer's suggest.
    """
    found: list[list[str | None]] = []
    notes: list[Note] = []
    taken = {name for pair in names for name in pair if name is not None}
    seen: set[str] = set()
    for index, layer in enumerate(network.layers):
        weight, bias = names[index] if index < len(names) else (None, None)
        own = f"network.layers.{index}"
        pair: list[str | None] = []
        for part, given, suggested, there in (
            ("weight", weight, f"{own}.weight", True),
            ("bias", bias, name_of_bias(weight) if weight else f"{own}.bias", layer.bias is not None),
        ):
            if not there:
                pair.append(None)
                continue
            name = given
            if name is None or name in seen:
                name = _fresh(suggested, taken)
                at: Place = ("layers", index, part) if index < len(names) else ("layers",)
                detail = f"the {part} of layer {index} has no name of its own among those given: it is {name}"
                notes.append(Note(at, detail))
            seen.add(name)
            taken.add(name)
            pair.append(name)
        found.append(pair)
    return found, notes


def _fresh(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    return name


def named_arrays(layers: Iterable[tuple[Array, Array | None]], names: Names) -> dict[str, Array]:
    """Return the arrays of layers by their names, in order; kernels are (inputs, outputs), as they came."""
    arrays: dict[str, Array] = {}
    for (weight, bias), (called, its) in zip(layers, names, strict=True):
        assert called is not None
        arrays[called] = weight.T if array_name(called).is_kernel else weight
        if bias is not None and its is not None:
            arrays[its] = bias
    return arrays


def layers_of_named(arrays: dict[str, Array], names: Names) -> list[tuple[Array, Array | None]]:
    """Return weight and bias of each layer, as `named_arrays` has named them. Raises `KeyError`."""
    layers: list[tuple[Array, Array | None]] = []
    for weight, bias in names:
        if weight is None:
            raise KeyError("a weight without a name")
        array = arrays[weight].T if array_name(weight).is_kernel else arrays[weight]
        layers.append((array, None if bias is None else arrays[bias]))
    return layers
