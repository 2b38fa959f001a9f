"""What is asked of a picture: its window, its size, its theme."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.nn.activations.catalogue import create
from app.nn.activations.record import Activation
from app.nn.cost import Cost
from app.nn.errors import InvalidValue, located
from app.nn.gradients.problem import gradients
from app.nn.gradients.targets import Labels
from app.plots.activation_curves import ActivationCurves
from app.plots.frame import Frame
from app.plots.heat_maps import GradientMaps
from app.plots.network_curves import Labelled, NetworkCurves
from app.plots.palette import Theme
from app.wire.activations import ActivationQuery
from app.wire.arrays import finding
from app.wire.bodies import Body, Query, Question
from app.wire.gradients import ForwardBody
from app.wire.network import NetworkBody

LONGEST_LABEL = 200
_MOST_POINTS = 64 * 2**10  # that sampling a curve can come to


def _printable(text: str) -> str:
    if not text.isprintable():
        raise finding(InvalidValue("expected printable characters only"))
    return text


Label = Annotated[str, Field(min_length=1, max_length=LONGEST_LABEL), AfterValidator(_printable)]


class Dress(Question):
    """The size and the theme of any picture."""

    width: int = Field(640, ge=200, le=2000, description="CSS pixels.")
    height: int = Field(480, ge=200, le=2000, description="CSS pixels.")
    scale: int = Field(1, ge=1, le=4, description="Device pixels for each CSS pixel.")
    theme: Theme = "light"
    transparent: bool = False

    def frame(self) -> Frame:
        """Return the size and the theme as the drawing takes them."""
        return Frame(self.width, self.height, self.scale, self.theme, self.transparent)

    def counts(self) -> Mapping[str, int]:
        """Return the number of pixels, which has a limit of its own."""
        return {"pixels": self.frame().pixels}


class Window(Dress):
    """A picture with an x-axis."""

    low: float | None = Field(None, description="Left end of the x-axis; by default the function says.")
    high: float | None = Field(None, description="Right end of the x-axis.")


class CurveWindow(Window):
    """How activations are drawn."""

    derivative: bool = Field(False, description="Whether the derivative is drawn too.")
    asymptotes: bool = Field(True, description="Whether the asymptotes are drawn, with their equations.")

    def scene(self, *activations: Activation) -> ActivationCurves:
        """Return the activations on one pair of axes."""
        return ActivationCurves(
            activations, self.low, self.high, self.derivative, self.asymptotes, self.frame()
        )


class CurvesQuery(CurveWindow, ActivationQuery):
    """How one activation is drawn; each activation has a model of its own, with its parameters."""


class SeveralCurvesQuery(CurveWindow, Query):
    """Several activations on one pair of axes, with their default parameters."""

    name: list[str] = Field(min_length=1, description="The activations: `name=softplus&name=relu`.")

    def counts(self) -> Mapping[str, int]:
        """Return the numbers of pixels and of curves."""
        return {**super().counts(), "curves": len(self.name)}

    def activations(self) -> list[Activation]:
        """Return the activations. Raises `UnknownName` at the name that is none."""
        found = []
        for index, name in enumerate(self.name):
            with located("name", index):
                found.append(create(name))
        return found


class LabelledNetwork(Body):
    """A network and what the picture calls it."""

    label: Label = "F"
    network: NetworkBody


class NetworksPictureBody(Window, Body):
    """Networks of one input on common axes: a function and its conversion lie on each other."""

    networks: Annotated[list[LabelledNetwork], Field(min_length=1)]
    view: Literal["function"] = "function"

    def counts(self) -> Mapping[str, int]:
        """Return the numbers of pixels, of curves and of layers."""
        layers = max(len(one.network.layers) for one in self.networks)
        return {**super().counts(), "curves": len(self.networks), "layers": layers}

    def scene(self) -> NetworkCurves:
        """Return the networks as they are to be drawn. Raises what makes one undrawable, at its place."""
        labelled = []
        for index, one in enumerate(self.networks):
            with located("networks", index, "network"):
                labelled.append(Labelled(one.label, one.network.network()))
        return NetworkCurves(tuple(labelled), self.low, self.high, self.frame())

    def cost(self) -> Cost:
        """Return what sampling the networks takes, at the most points a curve can have."""
        weights = sum(layer.weight.size for one in self.networks for layer in one.network.layers)
        return Cost(multiply_adds=_MOST_POINTS * weights)


class GradientsPictureBody(Dress, ForwardBody):
    """A problem of the closed form, whose gradients are drawn; it must have targets."""

    def scene(self) -> GradientMaps:
        """Return the gradients as they are to be drawn. Raises what computing them raises."""
        problem, targets = self.problem(), self.rows_of_targets()
        if targets is None:
            raise InvalidValue("expected targets, without which there is no gradient", ("targets",))
        if self.reduction == "none" and self.inputs.ndim == 2:
            raise InvalidValue("expected mean or sum: a picture shows one pair of gradients", ("reduction",))
        found = gradients(problem, targets, self.reduction)
        classes = problem.classes
        rows = targets.dense(classes) if isinstance(targets, Labels) else targets
        probabilities = found.forward.probabilities.reshape(-1, classes)
        return GradientMaps(found.W, found.Theta, probabilities, rows.reshape(-1, classes), self.frame())
