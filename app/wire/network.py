"""A network on the wire: `{"layers": [{"weight", "bias", "activation"}, …]}` ↔ `nn`'s `Network`."""

from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema
from typing_extensions import TypedDict

from ..nn.activations.catalogue import factory, names, parameters_of
from ..nn.activations.identity import identity
from ..nn.activations.record import Activation
from ..nn.errors import Fault, located
from ..nn.networks.documents import activation_from, network_document
from ..nn.networks.network import SOFTMAX, Layer, Network, Softmax
from .arrays import Matrix, Vector, finding
from .request_models import RequestBody, SeveralItems, or_null


class _ActivationForm:
    """The two forms of an activation, a name or an object: how they are read, and how OpenAPI shows them."""

    def __call__(self, value: object) -> Activation | Softmax:
        """Return the activation that a JSON value stands for."""
        try:
            return activation_from(value)
        except Fault as fault:
            raise finding(fault) from None

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


def _object_schema(known: list[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {"name": {"type": "string", "enum": known}}
    if known[0] != SOFTMAX and len(known) == 1:
        for parameter in parameters_of(factory(known[0])):
            fields[parameter.name] = {
                "type": "number",
                "description": parameter.description,
            }
            if not parameter.follows:
                fields[parameter.name]["default"] = parameter.default
            if parameter.minimum is not None:
                bound = "exclusiveMinimum" if parameter.exclusive else "minimum"
                fields[parameter.name][bound] = parameter.minimum
            if parameter.nonzero:
                fields[parameter.name]["not"] = {"const": 0}
            fields[parameter.name] = or_null(fields[parameter.name])
    return {"type": "object", "properties": fields, "required": ["name"], "additionalProperties": False}


ActivationField = Annotated[Activation | Softmax, _ActivationForm()]


class LayerBody(RequestBody):
    """x ↦ activation(weight·x + bias): weight (outputs, inputs), bias (outputs,) or null for zero."""

    weight: Matrix
    bias: Vector | None = None
    activation: ActivationField = Field(default_factory=identity, json_schema_extra={"default": "identity"})


class NetworkBody(RequestBody):
    """Layers that chain: each sees as many inputs as the one before has outputs."""

    layers: Annotated[list[LayerBody], SeveralItems, Field(min_length=1)]


def _network(body: NetworkBody) -> Network:
    """Return the network itself, a fault as what pydantic carries to the place of the field."""
    try:
        layers = []
        for index, layer in enumerate(body.layers):
            with located("layers", index):
                layers.append(Layer(layer.weight, layer.bias, layer.activation))
        return Network(layers)
    except Fault as fault:
        raise finding(fault) from None


class _NetworkForm:
    """How a `Network` is read: as a `NetworkBody`, and checked once, where it comes in."""

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Validate as `NetworkBody`, and build."""
        return core_schema.no_info_after_validator_function(_network, handler.generate_schema(NetworkBody))


NetworkField = Annotated[Network, _NetworkForm()]


class LayerAnswer(TypedDict):
    """A layer of a network that is an answer."""

    weight: Matrix
    bias: Vector | None
    activation: ActivationField


class NetworkAnswer(TypedDict):
    """A network that is an answer; it can be sent back as it is."""

    layers: list[LayerAnswer]


def network_answer(network: Network) -> NetworkAnswer:
    """Return the network as JSON members."""
    written: NetworkAnswer = network_document(network)  # type: ignore[assignment]
    return written
