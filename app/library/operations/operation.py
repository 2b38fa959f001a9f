"""What every operation is."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar, Generic, TypeVar

from ...nn.activations.catalogue import has_defaults
from ...nn.activations.record import Activation
from ...nn.networks.network import Network, Softmax

R = TypeVar("R")


class Operation(ABC, Generic[R]):
    """One operation of the contract with its arguments, read and checked.

    `answer` is worked out in this process; `path` and `document` are what a service is asked instead.
    """

    __slots__ = ()

    result: ClassVar[type[Any]]
    """What it answers with; `R` for a type checker."""

    @property
    @abstractmethod
    def path(self) -> str:
        """The path of the service's endpoint, behind /v1."""

    @abstractmethod
    def answer(self) -> R:
        """Return the answer. Raises a `Fault` where there is none."""

    def document(self) -> dict[str, Any] | None:
        """Return the body of a POST, arrays as arrays; None where the endpoint is a GET."""
        return {
            one.name: written(value)
            for one in fields(self)  # type: ignore[arg-type]  # every operation is a dataclass
            if (value := getattr(self, one.name)) is not None
        }

    def parameters(self) -> dict[str, str]:
        """Return the URL's parameters of a GET."""
        return {}


def written(value: Any) -> Any:
    """Return a value as members of a document, its arrays as they are."""
    match value:
        case Network():
            return {
                "layers": [
                    {
                        "weight": layer.weight,
                        **({} if layer.bias is None else {"bias": layer.bias}),
                        "activation": written_activation(layer.activation),
                    }
                    for layer in value.layers
                ]
            }
        case Mapping():
            return {name: written(member) for name, member in value.items()}
        case _:
            return value


def written_activation(activation: Activation | Softmax) -> Any:
    """Return the name alone where every parameter has its default."""
    if not isinstance(activation, Activation):
        return activation
    if has_defaults(activation):
        return activation.name
    return {"name": activation.name, **activation.parameters}
