"""Operations that draw. matplotlib is loaded when the first picture is drawn here, not before."""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ...nn.activations.record import Activation, Floats
from ...nn.errors import InvalidValue, Place
from ...nn.gradients.noise import Numbers
from ...nn.gradients.problem import Part, Problem
from ...nn.gradients.targets import prepare
from ...nn.networks.documents import network_document
from ...nn.networks.network import Network
from ..results.pictures import PictureResult
from .gradients import rules_of
from .operation import Operation, written

if TYPE_CHECKING:
    from ...plots.canvas import Canvas
    from ...plots.rendering import Spec

Format = Literal["png", "svg", "pdf", "csv", "txt"]
Theme = Literal["light", "dark", "auto"]
View = Literal["function", "diagram"]


@dataclass(frozen=True, slots=True)
class Look:
    """The size and the theme of a picture, and what is written above it."""

    width: int = 640
    height: int = 480
    scale: float = 1.0
    theme: Theme = "light"
    transparent: bool = False
    title: str | None = None

    def canvas(self) -> "Canvas":
        """Return what it is drawn on."""
        from ...plots.canvas import Canvas

        return Canvas(self.width, self.height, self.scale, self.theme, self.transparent)

    def document(self) -> dict[str, Any]:
        """Return the fields of a request."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PictureOperation(Operation[PictureResult]):
    """Anything that is drawn."""

    format: Format = "png"
    look: Look = field(default_factory=Look)

    result = PictureResult

    @property
    @abstractmethod
    def place(self) -> str:
        """The path of the picture's endpoint but for its last segment."""

    @property
    def path(self) -> str:
        """The path of the picture's endpoint."""
        return f"{self.place}/plot.{self.format}"

    @abstractmethod
    def spec(self) -> "Spec":
        """Return what is drawn. Raises a `Fault` where nothing can be."""

    def answer(self) -> PictureResult:
        """Return the picture. Raises a `Fault`, and `ImportError` where matplotlib is not installed."""
        try:
            from ...plots.rendering import render
        except ModuleNotFoundError as missing:
            raise ImportError(
                f"pictures need {missing.name}, which is not installed: pip install matplotlib"
            ) from missing
        if self.format in ("png", "pdf"):
            self._refuse_undrawable()
        drawn = render(self.spec(), self.format)
        return PictureResult(drawn.body, drawn.media_type, drawn.alternative_text)

    def texts(self) -> Iterable[tuple[Place, str]]:
        """Return what the caller has written into the picture, each with its place."""
        return [(("title",), self.look.title)] if self.look.title is not None else []

    def _refuse_undrawable(self) -> None:
        """Raise `InvalidValue` for what a picture of pixels or of pages cannot show."""
        from ...plots.faces import letters_without_glyph

        for at, text in self.texts():
            if letters := letters_without_glyph(text):
                raise InvalidValue(
                    f"expected letters that the fonts here have, got {letters}; an SVG shows all", at
                )
        if self.look.theme == "auto":
            raise InvalidValue(f"expected light or dark: a {self.format.upper()} has one theme", ("theme",))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CurvesOperation(PictureOperation):
    """Activations on one pair of axes."""

    activations: tuple[Activation, ...]
    low: float | None = None
    high: float | None = None
    y_low: float | None = None
    y_high: float | None = None
    derivative: bool = False
    asymptotes: bool = True
    gap: bool = False

    @property
    def place(self) -> str:
        """The endpoint of the one activation, or of several."""
        return f"activations/{self.activations[0].name}" if self._alone else "activations"

    @property
    def _alone(self) -> bool:
        return len(self.activations) == 1 and not self.gap

    def spec(self) -> "Spec":
        """Return the curves. Raises `InvalidValue`."""
        from ...plots.activation_curves import ActivationCurves

        return ActivationCurves(
            self.activations,
            self.low,
            self.high,
            self.derivative,
            self.asymptotes,
            self.gap,
            self.look.title or "",
            self.look.canvas(),
            self.y_low,
            self.y_high,
        )

    def document(self) -> None:
        """Return nothing: the endpoint is a GET."""

    def parameters(self) -> Any:
        """Return the URL's parameters; each activation's own stand behind its name."""
        fields = {**self.look.document(), "derivative": self.derivative, "asymptotes": self.asymptotes}
        ends = ("low", "high", "y_low", "y_high")
        fields |= {end: value for end in ends if (value := getattr(self, end)) is not None}
        told = [(name, _in_url(value)) for name, value in fields.items()]
        if not self._alone:
            told.append(("gap", _in_url(self.gap)))
        for one in self.activations:
            if not self._alone:
                told.append(("name", one.name))
            told += [(name, _in_url(value)) for name, value in one.parameters.items()]
        return told


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class IdentityCurvesOperation(PictureOperation):
    """Both sides of an identity."""

    name: str
    low: float | None = None
    high: float | None = None

    @property
    def place(self) -> str:
        """The identity's endpoint."""
        return f"identities/{self.name}"

    def spec(self) -> "Spec":
        """Return the curves. Raises `UnknownName`."""
        from ...plots.identity_curves import IdentityCurves

        return IdentityCurves(self.name, self.low, self.high, self.look.title or "", self.look.canvas())

    def document(self) -> None:
        """Return nothing: the endpoint is a GET."""

    def parameters(self) -> Any:
        """Return the URL's parameters."""
        ends = {end: value for end in ("low", "high") if (value := getattr(self, end)) is not None}
        return [(name, _in_url(value)) for name, value in {**self.look.document(), **ends}.items()]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NetworksPictureOperation(PictureOperation):
    """Networks as curves, maps or diagrams."""

    networks: tuple[tuple[str, Network], ...]
    low: float | None = None
    high: float | None = None
    y_low: float | None = None
    y_high: float | None = None
    view: View = "function"

    place = "networks"

    def spec(self) -> "Spec":
        """Return the picture. Raises `InvalidValue` or `UnsupportedNetwork`."""
        from ...plots.labelled_network import LabelledNetwork
        from ...plots.networks import NetworkPicture

        labelled = tuple(LabelledNetwork(label, network) for label, network in self.networks)
        return NetworkPicture(
            labelled,
            self.low,
            self.high,
            self.view,
            self.look.title or "",
            self.look.canvas(),
            self.y_low,
            self.y_high,
        )

    def texts(self) -> Iterable[tuple[Place, str]]:
        """Return the title and the labels."""
        labels = [(("networks", index, "label"), label) for index, (label, _) in enumerate(self.networks)]
        return [*PictureOperation.texts(self), *labels]

    def document(self) -> dict[str, Any]:
        """Return the body."""
        named = ("low", "high", "y_low", "y_high")
        ends = {end: value for end in named if (value := getattr(self, end)) is not None}
        labelled = [{"label": label, "network": network_document(one)} for label, one in self.networks]
        return {"networks": labelled, "view": self.view, **ends, **self.look.document()}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GradientsPictureOperation(PictureOperation):
    """Gradients of a problem as heat maps, a submission's wrong entries crossed out, or only those."""

    W: Floats
    Theta: Floats
    inputs: Floats
    targets: Floats
    reduction: Literal["mean", "sum"] = "mean"
    label_smoothing: float = 0.0
    class_weights: Floats | None = None
    submission: dict[Part, Numbers] | None = None
    tolerance: float | None = None
    absolute_tolerance: float | None = None
    rounding: bool | None = None
    feedback: Literal["entries", "solution"] = "solution"

    place = "gradients"

    def spec(self) -> "Spec":
        """Return the maps. Raises `ShapeMismatch`, `InvalidValue`, `NotFinite` or `Overflow`."""
        from ...plots.gradient_maps import GradientMaps
        from ...plots.wrong_entries import WrongEntries

        problem = Problem(self.W, self.Theta, self.inputs)
        targets = prepare(
            self.targets,
            self.inputs.shape,
            problem.classes,
            label_smoothing=self.label_smoothing,
            class_weights=self.class_weights,
        )
        rules = rules_of(self)
        given = self.submission or {}
        title, canvas = self.look.title or "", self.look.canvas()
        if self.feedback == "solution":
            return GradientMaps(problem, targets, self.reduction, given, rules, title, canvas)
        if not given:
            raise InvalidValue("expected W, Theta or both", ("submission",))
        return WrongEntries(problem, targets, self.reduction, given, rules, title, canvas)

    def document(self) -> dict[str, Any]:
        """Return the body."""
        own = [name for name in self.__slots__ if getattr(self, name) is not None]
        return {**{name: written(getattr(self, name)) for name in own}, **self.look.document()}


def _in_url(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
