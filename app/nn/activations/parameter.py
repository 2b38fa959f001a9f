"""What a parameter of an activation may be."""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from ..errors import InvalidValue, NotFinite


@dataclass(frozen=True, slots=True)
class Domain:
    """The finite numbers that a parameter may be: written behind its type in the factory's signature."""

    description: str
    minimum: float | None = None
    exclusive: bool = False
    nonzero: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a factory: at least `minimum` (above it where `exclusive`), not 0 where `nonzero`."""

    name: str
    default: float
    minimum: float | None
    exclusive: bool
    nonzero: bool
    description: str

    def check(self, value: float) -> float:
        """Return `value` as a float.

        Raises `NotFinite` or `InvalidValue` at the parameter's name.
        """
        at = (self.name,)
        if not math.isfinite(value):
            raise NotFinite(f"expected a finite number for {self.name}", at)
        if self.nonzero and value == 0:
            raise InvalidValue(f"expected a number other than 0 for {self.name}, got 0", at)
        if self.minimum is not None and (value < self.minimum or (self.exclusive and value == self.minimum)):
            bound = f"{'more than' if self.exclusive else 'at least'} {self.minimum:g}"
            raise InvalidValue(f"expected {bound} for {self.name}, got a smaller number", at)
        return float(value)


@cache
def parameters_of(factory: Callable[..., object]) -> tuple[Parameter, ...]:
    """Return the parameters of a factory of the catalogue, read off its signature."""
    return tuple(_parameter(one) for one in inspect.signature(factory).parameters.values())


def _parameter(one: inspect.Parameter) -> Parameter:
    (domain,) = one.annotation.__metadata__
    return Parameter(
        one.name, one.default, domain.minimum, domain.exclusive, domain.nonzero, domain.description
    )
