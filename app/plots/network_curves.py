"""Networks of one input as curves, overlaid."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from matplotlib.figure import Figure

from app.nn.activations.record import Activation, Floats
from app.nn.errors import UnsupportedNetwork
from app.nn.networks.evaluation import evaluate
from app.nn.networks.network import Network
from app.plots import canvas
from app.plots.canvas import Box
from app.plots.frame import Frame
from app.plots.palette import DASHES
from app.plots.sampling import sample
from app.plots.window import FARTHEST, height, window

_MOST_OUTPUTS = 4


@dataclass(frozen=True, slots=True)
class Labelled:
    """A network and the name that its sender gave it."""

    label: str
    network: Network


@dataclass(frozen=True, slots=True)
class NetworkCurves:
    """Networks ℝ → ℝᵐ on common axes, one pair for each output.

    Raises `UnsupportedNetwork` for another number of inputs, or of outputs that differ or are many.
    """

    networks: tuple[Labelled, ...]
    low: float | None = None
    high: float | None = None
    frame: Frame = field(default_factory=Frame)

    def __post_init__(self) -> None:
        outputs = self.networks[0].network.outputs
        for index, one in enumerate(self.networks):
            at = ("networks", index, "network")
            if one.network.inputs != 1:
                raise UnsupportedNetwork(f"expected a network of 1 input, got {one.network.inputs}", at)
            if one.network.outputs != outputs:
                raise UnsupportedNetwork(
                    f"expected {outputs} outputs as in the first network, got {one.network.outputs}", at
                )
        if outputs > _MOST_OUTPUTS:
            raise UnsupportedNetwork(
                f"expected at most {_MOST_OUTPUTS} outputs, got {outputs}", ("networks", 0, "network")
            )

    @property
    def window(self) -> tuple[float, float]:
        """The ends of the x-axis: those asked for, else where the first layers bend."""
        return window(self.low, self.high, bends([one.network for one in self.networks]))

    def draw(self) -> Figure:
        """Return the figure."""
        frame, outputs = self.frame, self.networks[0].network.outputs
        drawn = canvas.figure(frame)
        low, high = self.window
        samples = [sample(_function(one.network), low, high) for one in self.networks]
        top, bottom, gap = 58.0, 44.0, 22.0
        each = (frame.height - top - bottom - gap * (outputs - 1)) / outputs
        canvas.title(
            drawn, frame, "The network's function" if len(self.networks) == 1 else "The networks' functions"
        )
        for output in range(outputs):
            box = Box(60, top + output * (each + gap), frame.width - 80, each)
            added = canvas.axes(drawn, frame, box)
            for index, (one, (x, y)) in enumerate(zip(self.networks, samples, strict=True)):
                color = frame.palette.curves[index % len(frame.palette.curves)]
                canvas.curve(added, x, y[:, output], color, DASHES[index % len(DASHES)], one.label)
            added.set_xlim(low, high)
            added.set_ylim(*height(np.concatenate([y[:, output] for _, y in samples])))
            canvas.grid(added, frame)
            last = output == outputs - 1
            added.tick_params(labelbottom=last)
            canvas.label_axes(added, frame, "x" if last else "", _name(output, outputs))
            if output == 0:
                canvas.legend(added, frame)
        return drawn

    def describe(self) -> str:
        """Return in words which networks are drawn, their sizes, and between which values they move."""
        low, high = self.window
        words = []
        for one in self.networks:
            _, y = sample(_function(one.network), low, high)
            sizes = " to ".join(str(size) for size in _sizes(one.network))
            words.append(f"{one.label}: a network of sizes {sizes}, from {y.min():.4g} to {y.max():.4g}.")
        return " ".join([*words, f"Shown for x from {low:.4g} to {high:.4g}."])


def bends(networks: list[Network]) -> tuple[float, float]:
    """Return the stretch of x in which the units of the first layers bend, or [−5, 5] where none does.

    A unit w·x + b bends within a few 1/|w| of −b/w.
    """
    ends = []
    for network in networks:
        first = network.layers[0]
        weight = first.weight[:, 0]
        bias = np.zeros(len(weight)) if first.bias is None else first.bias
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            middle, reach = -bias / weight, 4 / np.abs(weight)
            ends.append(np.concatenate([middle - reach, middle + reach]))
    found = np.concatenate(ends)
    found = found[np.abs(found) < FARTHEST]
    linear = all(_is_identity(network.layers[0].activation) for network in networks)
    if linear or not found.size or np.ptp(found) == 0:
        return -5.0, 5.0
    return float(found.min()), float(found.max())


def _is_identity(activation: Activation | str) -> bool:
    return isinstance(activation, Activation) and activation.name == "identity"


def _function(network: Network) -> Callable[[Floats], Floats]:
    def values(x: Floats) -> Floats:
        return evaluate(network, x[:, np.newaxis])

    return values


def _sizes(network: Network) -> list[int]:
    return [network.inputs, *(layer.outputs for layer in network.layers)]


def _name(output: int, outputs: int) -> str:
    return "output" if outputs == 1 else f"output {output + 1}"
