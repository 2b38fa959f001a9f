"""Networks as pictures: which kind suits them, and over which window."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ..nn.errors import Fault, InvalidValue, UnsupportedNetwork
from ..nn.networks.certificate import Certificate, certify
from ..nn.networks.conversion import Squashing, convert
from ..nn.networks.network import Network
from . import windows
from .canvas import Canvas
from .diagram import Diagram
from .drawn_network import DrawnNetwork
from .network_curves import NetworkCurves
from .network_maps import NetworkMaps
from .palette import DASHES
from .scene import Scene

View = Literal["function", "diagram"]

MOST_CURVES = len(DASHES)


@dataclass(frozen=True, slots=True, eq=False)
class NetworkPicture:
    """Networks of the same numbers of inputs and outputs: curves of one input, maps of two, or diagrams.

    Raises `InvalidValue` for no or too many networks, `UnsupportedNetwork` where the view cannot show one.
    """

    networks: tuple[DrawnNetwork, ...]
    low: float | None = None
    high: float | None = None
    view: View = "function"
    title: str = ""
    canvas: Canvas = field(default_factory=Canvas)

    def __post_init__(self) -> None:
        windows.window(self.low, self.high, lambda: (-1.0, 1.0))
        if not self.networks:
            raise InvalidValue("expected at least one network, got none", ("networks",))
        if self.view == "function":
            self._demand_functions()

    def _demand_functions(self) -> None:
        first = self.networks[0]
        for index, one in enumerate(self.networks):
            at = ("networks", index, "network")
            if one.inputs not in (1, 2):
                raise UnsupportedNetwork(
                    f"expected a network of 1 or 2 inputs for the view function, got {one.inputs}; the view"
                    " diagram shows any",
                    at,
                )
            for what in ("inputs", "outputs"):
                wanted, got = getattr(first, what), getattr(one, what)
                if wanted != got:
                    raise UnsupportedNetwork(
                        f"expected {wanted} {what} as in the first network, got {got}", at
                    )
        if self.panels > MOST_CURVES:
            raise UnsupportedNetwork(
                f"expected at most {MOST_CURVES} networks times outputs, got {self.panels}", ("networks",)
            )

    @property
    def panels(self) -> int:
        """The number of curves or maps."""
        return len(self.networks) * self.networks[0].outputs

    def scene(self) -> Scene:
        """Return everything that the picture shows. Raises `Overflow` at the network that does."""
        if self.view == "diagram":
            return Diagram(self.networks, self.title, self.canvas).scene()
        networks = [one.network for one in self.networks]
        low, high = windows.window(self.low, self.high, lambda: windows.of_networks(networks))
        if self.networks[0].inputs == 2:
            return NetworkMaps(self.networks, low, high, self.title, self.canvas).scene()
        certificate = proven(*networks) if len(networks) == 2 else None
        return NetworkCurves(self.networks, low, high, self.title, self.canvas, certificate).scene()


def proven(first: Network, second: Network) -> Certificate | None:
    """Return the certificate of two networks of which one is the other's conversion, else None."""
    directions: tuple[Squashing, ...] = ("sigmoid", "tanh")
    for given, other in ((first, second), (second, first)):
        for to in directions:
            try:
                conversion = convert(given, to)
            except Fault:
                continue
            if same(conversion.network, other):
                return certify(conversion)
    return None


def same(one: Network, other: Network) -> bool:
    """Tell whether two networks have the same layers, number for number."""
    if len(one.layers) != len(other.layers):
        return False
    for left, right in zip(one.layers, other.layers, strict=True):
        if not np.array_equal(left.weight, right.weight) or _name(left.activation) != _name(right.activation):
            return False
        biases: Sequence[object] = [
            np.zeros(layer.outputs) if layer.bias is None else layer.bias for layer in (left, right)
        ]
        if not np.array_equal(*biases):  # type: ignore[arg-type]  # two arrays
            return False
    return True


def _name(activation: object) -> object:
    name = getattr(activation, "name", activation)
    return name, tuple(sorted(getattr(activation, "parameters", {}).items()))
