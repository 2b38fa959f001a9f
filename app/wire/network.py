"""A network on the wire: `{"layers": [{"weight", "bias", "activation"}, …]}` ↔ `nn`'s `Network`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema
from typing_extensions import TypedDict

from ..nn.activations.catalogue import create, factory, names, parameters_of
from ..nn.activations.record import Activation
from ..nn.errors import Fault, InvalidValue, located
from ..nn.networks.network import SOFTMAX, Layer, Network, Softmax
from .arrays import Matrix, Vector, finding
from .request_models import RequestBody, SeveralItems, or_null


@dataclass(frozen=True, slots=True)
class ActivationChoice:
    """An activation as it is written: its name, and the parameters that are given."""

    name: str
    parameters: Mapping[str, float] = field(default_factory=dict)

    def activation(self) -> Activation | Softmax:
        """Return the activation itself. Raises what `create` raises, and `InvalidValue` for softmax's."""
        if self.name != SOFTMAX:
            return create(self.name, **self.parameters)
        for given in self.parameters:
            raise InvalidValue("expected no parameter of softmax", (given,))
        return SOFTMAX


class _ActivationForm:
    """The two forms of an activation, a name or an object: how they are read, and how OpenAPI shows them."""

    def __call__(self, value: object) -> ActivationChoice:
        """Return the choice that a JSON value stands for, tried out."""
        try:
            choice = _choice(value)
            choice.activation()
        except Fault as fault:
            raise finding(fault) from None
        return choice

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Validate by calling."""
        return core_schema.no_info_plain_validator_function(self)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe both forms; the objects' fields are the parameters of the factories."""
        known = [*names(), SOFTMAX]
        objects = [_object_schema([name]) for name in names() if parameters_of(factory(name))]
        plain = _object_schema(
            [name for name in known if name == SOFTMAX or not parameters_of(factory(name))]
        )
        return {
            "description": "A name, or an object with name and parameters; softmax in the last layer only.",
            "anyOf": [{"type": "string", "enum": known}, *objects, plain],
        }


def _choice(value: Any) -> ActivationChoice:
    match value:
        case ActivationChoice():
            return value
        case str():
            return ActivationChoice(value)
        case {"name": str(name)}:
            if name != SOFTMAX:
                with located("name"):
                    factory(name)
            parameters = {
                key: member for key, member in value.items() if key != "name" and member is not None
            }
            for key, number in parameters.items():
                if isinstance(number, bool) or not isinstance(number, int | float):
                    raise InvalidValue("expected a number", (key,))
            return ActivationChoice(name, {key: float(number) for key, number in parameters.items()})
        case Mapping():
            raise InvalidValue("expected the name of an activation", ("name",))
    raise InvalidValue("expected the name of an activation, or an object with its name and parameters")


def _object_schema(known: list[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {"name": {"type": "string", "enum": known}}
    if known[0] != SOFTMAX and len(known) == 1:
        for parameter in parameters_of(factory(known[0])):
            fields[parameter.name] = {
                "type": "number",
                "default": parameter.default,
                "description": parameter.description,
            }
            if parameter.minimum is not None:
                bound = "exclusiveMinimum" if parameter.exclusive else "minimum"
                fields[parameter.name][bound] = parameter.minimum
            if parameter.nonzero:
                fields[parameter.name]["not"] = {"const": 0}
            fields[parameter.name] = or_null(fields[parameter.name])
    return {"type": "object", "properties": fields, "required": ["name"], "additionalProperties": False}


ActivationField = Annotated[ActivationChoice, _ActivationForm()]


class LayerBody(RequestBody):
    """x ↦ activation(weight·x + bias): weight (outputs, inputs), bias (outputs,) or null for zero."""

    weight: Matrix
    bias: Vector | None = None
    activation: ActivationField = Field(
        ActivationChoice("identity"), json_schema_extra={"default": "identity"}
    )


class NetworkBody(RequestBody):
    """Layers that chain: each sees as many inputs as the one before has outputs."""

    layers: Annotated[list[LayerBody], SeveralItems, Field(min_length=1)]

    def network(self) -> Network:
        """Return the network. Raises what `Layer` and `Network` raise, places relative to this object."""
        layers = []
        for index, layer in enumerate(self.layers):
            with located("layers", index):
                layers.append(Layer(layer.weight, layer.bias, layer.activation.activation()))
        return Network(layers)


class LayerAnswer(TypedDict):
    """A layer of a network that is an answer."""

    weight: Matrix
    bias: Vector | None
    activation: ActivationField


class NetworkAnswer(TypedDict):
    """A network that is an answer; it can be sent back as it is."""

    layers: list[LayerAnswer]


def written(network: Network) -> NetworkAnswer:
    """Return the network as JSON members."""
    return {
        "layers": [
            {
                "weight": np.ascontiguousarray(layer.weight),
                "bias": layer.bias,
                "activation": _written_activation(layer.activation),
            }
            for layer in network.layers
        ]
    }


def _written_activation(activation: Activation | Softmax) -> Any:
    """Return the name alone where every parameter has its default."""
    if not isinstance(activation, Activation):
        return activation
    defaults = {one.name: one.default for one in parameters_of(factory(activation.name))}
    if dict(activation.parameters) == defaults:
        return activation.name
    return {"name": activation.name, **activation.parameters}
