"""What every operation is."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar, Generic, TypeVar

from ...nn.networks.box import Box
from ...nn.networks.documents import network_document
from ...nn.networks.network import Network

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

    def parameters(self) -> Any:
        """Return the URL's parameters of a GET."""
        return {}


def written(value: Any) -> Any:
    """Return a value as members of a document, its arrays as they are."""
    match value:
        case Network():
            return network_document(value)
        case Box():
            return {"low": value.low, "high": value.high}
        case Mapping():
            return {name: written(member) for name, member in value.items()}
        case _:
            return value
