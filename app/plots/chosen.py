"""An activation by its name and parameters: equal where it is the same function, and sendable."""

from dataclasses import dataclass
from functools import lru_cache

from ..nn.activations.catalogue import create, factory, parameters_of
from ..nn.activations.record import Activation
from .numbers import short


@dataclass(frozen=True, slots=True)
class Chosen:
    """The name, and every parameter with its value, in the order of the factory's signature."""

    name: str
    parameters: tuple[tuple[str, float], ...] = ()

    @classmethod
    def of(cls, activation: Activation) -> "Chosen":
        """Return the choice of an activation that exists already."""
        order = [one.name for one in parameters_of(factory(activation.name))]
        return cls(activation.name, tuple((name, float(activation.parameters[name])) for name in order))

    @property
    def activation(self) -> Activation:
        """The activation itself."""
        return _created(self)

    @property
    def label(self) -> str:
        """The name, with the parameters that are not at their defaults: "elu, alpha = 0.5"."""
        defaults = {one.name: one.default for one in parameters_of(factory(self.name))}
        changed = [f"{name} = {short(value)}" for name, value in self.parameters if value != defaults[name]]
        return ", ".join([self.name, *changed])


@lru_cache(maxsize=256)
def _created(chosen: Chosen) -> Activation:
    return create(chosen.name, **dict(chosen.parameters))
