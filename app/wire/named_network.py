"""A network whose arrays have names of their own: asked with them, answered with them."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from ..nn.errors import InvalidValue, Place, ShapeMismatch, located
from ..nn.networks.array_names import array_name, name_of_bias
from ..nn.networks.conversion import Note
from ..nn.networks.network import Network
from ..nn.networks.storage import StoredAs
from .answers import encode
from .request_models import SeveralItems
from .tensor_file import Array, Parts, serialize_stored
from .tensors import RESPONSE

_RESERVED = "__metadata__"

_Name = Annotated[str, StringConstraints(min_length=1, max_length=500)]
NamesField = Annotated[
    list[Annotated[list[_Name | None], Field(min_length=2, max_length=2)]],
    SeveralItems,
    Field(
        description="What weight and bias of each layer are called, as /v1/models/read tells it: "
        '[["fc1.weight", "fc1.bias"], …], null for one that is not there or has no name.'
    ),
]
Names = Sequence[Sequence[str | None]]


def refuse_misfit(names: Names, network: Network) -> None:
    """Raise `ShapeMismatch` for names of another number of layers, `InvalidValue` for a reserved one."""
    with located("names"):
        if len(names) != len(network.layers):
            raise ShapeMismatch(f"expected {len(network.layers)} pairs, one for each layer, got {len(names)}")
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


def write_named(answer: dict[str, Any], stored_as: StoredAs) -> Parts:
    """Return an answer with a network and names as tensors of these names, and all else as JSON.

    No other tensor is beside them, so that a framework takes the file as the state of its model. Kernels are
    (inputs, outputs), as they were.
    """
    arrays: dict[str, Array] = {}
    activations = []
    for layer, (weight, bias) in zip(answer["network"]["layers"], answer["names"], strict=True):
        arrays[weight] = layer["weight"].T if array_name(weight).is_kernel else layer["weight"]
        if bias is not None:
            arrays[bias] = layer["bias"]
        activations.append({"activation": layer["activation"]})
    rest = {**answer, "network": {"layers": activations}}
    return serialize_stored(arrays, stored_as, {RESPONSE: encode(rest).decode()})
