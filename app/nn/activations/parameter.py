"""What a parameter of an activation may be."""

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from ..errors import InvalidValue, NotFinite
from ..words import short


@dataclass(frozen=True, slots=True)
class Domain:
    """The finite numbers that a parameter may be: written behind its type in the factory's signature.

    `follows` names another parameter of the same factory: not given, this one has that one's value.
    """

    description: str
    minimum: float | None = None
    exclusive: bool = False
    nonzero: bool = False
    follows: str | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a factory: at least `minimum` (above it where `exclusive`), not 0 where `nonzero`.

    `default` is what it has where no parameter is given; one that `follows` another has that one's value.
    """

    name: str
    default: float
    minimum: float | None
    exclusive: bool
    nonzero: bool
    description: str
    follows: str | None = None

    def check(self, value: float) -> float:
        """Return `value` as a float.

        Raises `NotFinite` or `InvalidValue` at the parameter's name.
        """
        at = (self.name,)
        try:
            value = float(value)
        except OverflowError:  # a whole number of hundreds of digits
            value = math.inf
        if not math.isfinite(value):
            raise NotFinite(f"expected a finite number for {self.name}", at)
        if self.nonzero and value == 0:
            raise InvalidValue(f"expected a number other than 0 for {self.name}, got 0", at)
        if self.minimum is not None and (value < self.minimum or (self.exclusive and value == self.minimum)):
            bound = f"{'more than' if self.exclusive else 'at least'} {short(self.minimum)}"
            raise InvalidValue(f"expected {bound} for {self.name}, got a smaller number", at)
        return value + 0.0  # −0 is 0: f has one name


@cache
def parameters_of(factory: Callable[..., object]) -> tuple[Parameter, ...]:
    """Return the parameters of a factory of the catalogue, read off its signature."""
    found: dict[str, Parameter] = {}
    for one in inspect.signature(factory).parameters.values():
        (domain,) = one.annotation.__metadata__
        default = one.default if domain.follows is None else found[domain.follows].default
        found[one.name] = Parameter(
            one.name,
            default,
            domain.minimum,
            domain.exclusive,
            domain.nonzero,
            domain.description,
            domain.follows,
        )
    return tuple(found.values())


def changed(factory: Callable[..., object], parameters: Mapping[str, float]) -> dict[str, float]:
    """Return those of a record's parameters that are not what the others leave them at."""
    return {
        one.name: parameters[one.name]
        for one in parameters_of(factory)
        if parameters[one.name] != (parameters[one.follows] if one.follows else one.default)
    }
