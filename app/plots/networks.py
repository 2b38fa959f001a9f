"""Networks as pictures: which kind suits them, and over which window."""

from dataclasses import dataclass, field
from typing import Literal

from ..nn.errors import InvalidValue, UnsupportedNetwork
from ..nn.networks.certificate import certify
from ..nn.networks.recognition import conversion_between
from . import windows
from .canvas import Canvas
from .diagram import Diagram
from .labelled_network import LabelledNetwork
from .network_curves import NetworkCurves
from .network_maps import NetworkMaps
from .palette import MOST_CURVES
from .scene import Scene

View = Literal["function", "diagram"]


@dataclass(frozen=True, slots=True)
class NetworkPicture:
    """Networks of the same numbers of inputs and outputs: curves of one input, maps of two, or diagrams.

    `y_low` and `y_high` are the ends of the upright axis: of curves by default such that all of them is seen,
    of maps, where it is that of x₂, by default those of x₁.

    Raises `InvalidValue` for no networks, for ends of an axis where there is none or not low < high,
    `UnsupportedNetwork` for too many and where the view cannot show one.
    """

    networks: tuple[LabelledNetwork, ...]
    low: float | None = None
    high: float | None = None
    view: View = "function"
    title: str = ""
    canvas: Canvas = field(default_factory=Canvas)
    y_low: float | None = None
    y_high: float | None = None

    def __post_init__(self) -> None:
        windows.window(self.low, self.high, lambda: (-1.0, 1.0))
        windows.window(self.y_low, self.y_high, lambda: (-1.0, 1.0), "y_")
        if not self.networks:
            raise InvalidValue("expected at least one network, got none", ("networks",))
        if self.view == "function":
            self._demand_functions()
        if self.view == "diagram":
            for name in ("y_low", "y_high"):
                if getattr(self, name) is not None:
                    raise InvalidValue(
                        "expected this for curves and maps only: a diagram has no axes", (name,)
                    )

    def _demand_functions(self) -> None:
        first = self.networks[0].network
        for index, one in enumerate(labelled.network for labelled in self.networks):
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
        return len(self.networks) * self.networks[0].network.outputs

    def scene(self) -> Scene:
        """Return everything that the picture shows. Raises `Overflow` at the network that overflows."""
        if self.view == "diagram":
            return Diagram(self.networks, self.title, self.canvas).scene()
        networks = [one.network for one in self.networks]
        low, high = windows.window(self.low, self.high, lambda: windows.of_networks(networks))
        if self.networks[0].network.inputs == 2:
            upright = windows.window(self.y_low, self.y_high, lambda: (low, high), "y_")
            return NetworkMaps(self.networks, low, high, self.title, self.canvas, *upright).scene()
        conversion = conversion_between(*networks) if len(networks) == 2 else None
        certificate = certify(conversion) if conversion else None
        return NetworkCurves(
            self.networks, low, high, self.title, self.canvas, certificate, self.y_low, self.y_high
        ).scene()
