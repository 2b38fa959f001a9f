"""What is asked of a picture: its window, its size, its theme; and the same as a link."""

import base64
import binascii
from collections.abc import Iterable
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PrivateAttr

from ..nn.activations.record import Activation
from ..nn.cost import Cost
from ..nn.errors import InvalidValue, Place, located
from ..nn.gradients.parts import Rules
from ..nn.gradients.targets import Targets
from ..nn.networks.evaluation import cost as evaluation_cost
from ..nn.networks.network import Network
from .activations import ActivationQuery
from .arrays import finding
from .faults import Finding, InvalidRequest, MalformedDocument
from .gradients import ForwardBody, TargetArray
from .grading import ANY_PART, Feedback, Submission, rules
from .json import reader
from .named_activations import ActivationName, NamedActivations
from .network import NetworkField
from .picture_limits import LARGEST_SCALE, LETTERS, LONGEST_LABEL, LONGEST_SIDE, SHORTEST_SIDE
from .request_models import Counted, Parameters, RequestBody, RequestModel, SeveralItems

Theme = Literal["light", "dark", "auto"]
View = Literal["function", "diagram"]

LONGEST_LINK = 8192
_NESTING = 64
_POINTS = 60_000  # at which a network is evaluated for a picture, at most about so many


def _printable(text: str) -> str:
    if not text.isprintable():
        raise finding(InvalidValue("expected printable characters only"))
    return text


Label = Annotated[str, Field(min_length=1, max_length=LONGEST_LABEL), AfterValidator(_printable)]


def _whole_number(number: Any) -> Any:
    """Take 640.0 for 640: to JSON they are one number."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


WholeNumber = Annotated[int, BeforeValidator(_whole_number)]


SideBeside = Annotated[int, Field(ge=SHORTEST_SIDE, le=LONGEST_SIDE)]
ScaleBeside = Annotated[float, Field(ge=1, le=LARGEST_SCALE)]


class PictureSize(RequestModel):
    """The size and the theme of any picture."""

    width: WholeNumber = Field(640, ge=SHORTEST_SIDE, le=LONGEST_SIDE, description="CSS pixels.")
    height: WholeNumber = Field(480, ge=SHORTEST_SIDE, le=LONGEST_SIDE, description="CSS pixels.")
    scale: float = Field(1.0, ge=1, le=LARGEST_SCALE, description="Device pixels for each CSS pixel.")
    theme: Theme = Field(
        "light", description="auto, for SVG: what the reader's system prefers. PNG and PDF have one theme."
    )
    transparent: bool = Field(False, description="Whether there is no paper behind the picture.")
    title: Label | None = Field(None, description="Written above the picture, as it stands.")
    v: str | None = Field(
        None, max_length=LONGEST_LABEL, description="Free: it changes the address and nothing else."
    )

    def counts(self) -> Iterable[Counted]:
        """Return the number of pixels, which has a limit of its own."""
        return [Counted("pixels", round(self.width * self.scale) * round(self.height * self.scale))]

    def texts(self) -> Iterable[tuple[Place, str]]:
        """Return what the caller has written into the picture, each with its place."""
        return [(("title",), self.title)] if self.title is not None else []


class Window(PictureSize):
    """A picture with an x-axis."""

    low: float | None = Field(None, description="Left end of the x-axis; by default the function says.")
    high: float | None = Field(None, description="Right end of the x-axis, above `low`.")


class CurveWindow(Window):
    """How activations are drawn."""

    y_low: float | None = Field(
        None, description="Lower end of the y-axis; by default all of every curve is seen."
    )
    y_high: float | None = Field(
        None, description="Upper end of the y-axis, above `y_low`; curves are cut off at both."
    )
    derivative: bool = Field(False, description="Whether the derivative is drawn too.")
    asymptotes: bool = Field(True, description="Whether the asymptotes are drawn, with their equations.")


class CurvesQuery(CurveWindow, ActivationQuery):
    """How one activation is drawn; each activation has a model of its own, with its parameters."""


class SeveralCurvesQuery(CurveWindow, NamedActivations):
    """Several activations on one pair of axes, each with the parameters that stand behind its name."""

    name: Annotated[
        list[ActivationName],
        SeveralItems,
        Field(
            min_length=1,
            description="The activations: `name=softplus&name=relu`. A parameter belongs to the name before "
            "it: `name=elu&alpha=0.5&name=elu&alpha=2`.",
        ),
    ]
    gap: bool = Field(False, description="Of exactly two: shade between them, mark their largest distance.")

    def counts(self) -> Iterable[Counted]:
        """Return the numbers of pixels and of curves."""
        return [*super().counts(), Counted("curves", len(self.name), ("name",))]

    def activations(self) -> list[Activation]:
        """Return the activations. Raises `UnknownName` at an unknown name."""
        return self.named((("name", index), name) for index, name in enumerate(self.name))


class IdentityCurvesQuery(Window, Parameters):
    """How the two sides of an identity are drawn."""


class LabelledNetworkBody(RequestBody):
    """A network and what the picture calls it, by default F, then G and so on."""

    label: Label | None = None
    network: NetworkField


class NetworksPictureBody(Window, RequestBody):
    """Networks as curves (one input), maps (two inputs) or diagrams.

    Two networks of one input are drawn over each other with their difference below; where one is the other's
    conversion the band that the certificate proves is drawn around it.
    """

    networks: Annotated[list[LabelledNetworkBody], SeveralItems, Field(min_length=1)]
    view: View = "function"
    y_low: float | None = Field(
        None,
        description="Lower end of the y-axis: by default of all curves; on maps that of x₂, or `low`.",
    )
    y_high: float | None = Field(
        None, description="Upper end of the y-axis, above `y_low`; a diagram has neither."
    )

    def counts(self) -> Iterable[Counted]:
        """Return the numbers of pixels, of curves and of layers."""
        networks = [one.network for one in self.networks]
        outputs = sum(one.outputs for one in networks)
        curves = len(networks) if self.view == "diagram" else outputs
        layers = (
            Counted("layers", len(one.layers), ("networks", number, "network", "layers"))
            for number, one in enumerate(networks)
        )
        return [*super().counts(), Counted("curves", curves, ("networks",)), *layers]

    def texts(self) -> Iterable[tuple[Place, str]]:
        """Return the title and the labels."""
        labels = ((("networks", index, "label"), one.label) for index, one in enumerate(self.networks))
        return [*super().texts(), *((at, label) for at, label in labels if label is not None)]

    def cost(self) -> Cost:
        """Return what evaluating the networks takes, at the most points that a picture can have."""
        if self.view == "diagram":
            return Cost()
        costs = [evaluation_cost(one.network, _POINTS) for one in self.networks]
        outputs = self.networks[0].network.outputs
        return Cost(outputs * sum(one.multiply_adds for one in costs), max(one.intermediate for one in costs))

    def labelled(self) -> list[tuple[str, Network]]:
        """Return (label, network) pairs."""
        return [
            (one.label or LETTERS[index % len(LETTERS)], one.network)
            for index, one in enumerate(self.networks)
        ]


class GradientsPictureBody(PictureSize, ForwardBody):
    """A problem of the closed form, whose gradients are drawn.

    With a `submission`, its wrong entries are crossed out; with the feedback `entries`, they are all that is
    drawn.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"required": ["feedback"], "properties": {"feedback": {"const": "entries"}}},
            "then": {"required": ["submission"], "properties": {"submission": ANY_PART}},
        }
    )

    targets: TargetArray
    reduction: Literal["mean", "sum"] = "mean"
    submission: Submission = Submission()
    tolerance: float | None = Field(
        None, ge=0.0, description="Relative, of a submission's entries; as in a check."
    )
    absolute_tolerance: float | None = Field(None, ge=0.0, description="As in a check.")
    rounding: bool | None = Field(None, description="Whether what is rounded is right; as in a check.")
    feedback: Literal["entries", "solution"] = Field(
        "solution",
        description="entries draws which entries of the submission are wrong and no number of the answer; "
        "where the ceiling of help is below solution, by the server's rules.",
    )

    def rules(self, ceiling: Feedback, own: Rules) -> Rules:
        """Return what counts as right. Raises `InvalidValue`."""
        return rules(self.tolerance, self.absolute_tolerance, self.rounding, ceiling, own)

    def targets_drawn(self) -> Targets:
        """Return the rows of targets. Raises `ShapeMismatch`, `InvalidValue`, `NotFinite` or `Overflow`."""
        targets = self.rows_of_targets()
        assert targets is not None  # they are a required field here
        return targets

    def cost(self) -> Cost:
        """Return what the gradients take, and with a submission its grading."""
        once = super().cost()
        return once + once + once if self.submission.parts() else once


_BESIDE = "Instead of the body's."
_OF_BODY: Any = None  # the default of what no link can be given: there is no null in a URL
Body = TypeVar("Body", bound=PictureSize)


class Link(Parameters, Generic[Body]):
    """A body as one parameter of a URL, so that a picture can be embedded by its address alone.

    `Link[NetworksPictureBody]` holds networks. Size and theme beside `q` win over the body's.
    """

    width: SideBeside = Field(_OF_BODY, description=_BESIDE)
    height: SideBeside = Field(_OF_BODY, description=_BESIDE)
    scale: ScaleBeside = Field(_OF_BODY, description=_BESIDE)
    theme: Theme = Field(_OF_BODY, description=_BESIDE)
    transparent: bool = Field(_OF_BODY, description=_BESIDE)
    v: str | None = Field(
        None, max_length=LONGEST_LABEL, description="Free: it changes the address and nothing else."
    )
    q: str = Field(
        min_length=1,
        max_length=LONGEST_LINK,
        description="The body of a POST to this path, JSON in base64url; padding may be left out.",
        json_schema_extra={
            "pattern": "^[A-Za-z0-9_-]+={0,2}$",
            "contentEncoding": "base64url",
            "contentMediaType": "application/json",
        },
    )
    _body: Body = PrivateAttr()

    @classmethod
    def of(cls, document: object) -> Self:
        """Return the link, its body read.

        Raises `InvalidRequest` or `InvalidValue`, with places below `q`.
        """
        link = super().of(document)
        (body_type,) = cls.__pydantic_generic_metadata__["args"]
        with located("q"):
            try:
                body = body_type.of(reader.read(_decoded(link.q), _NESTING))
            except InvalidRequest as fault:
                below = [Finding(("q", *one.at), one.detail, one.kind) for one in fault.findings]
                raise InvalidRequest(below) from None
            except MalformedDocument as fault:
                raise InvalidValue(fault.detail) from None
        beside = ("width", "height", "scale", "theme", "transparent")
        own = {name: getattr(link, name) for name in beside if getattr(link, name) is not None}
        link._body = body.model_copy(update=own)
        return link

    def counts(self) -> Iterable[Counted]:
        """Return what the body counts, with places below `q`."""
        return [one._replace(at=("q", *one.at)) for one in self._body.counts()]

    def texts(self) -> Iterable[tuple[Place, str]]:
        """Return what the caller has written into the picture, with places below `q`."""
        return [(("q", *at), text) for at, text in self._body.texts()]

    def cost(self) -> Cost:
        """Return what the body costs."""
        with located("q"):
            return self._body.cost()

    @property
    def body(self) -> Body:
        """What the link holds."""
        return self._body


def _decoded(text: str) -> bytes:
    """Return the bytes of base64url (RFC 4648 §5), with or without padding."""
    try:
        if not text.isascii() or "+" in text or "/" in text:
            raise binascii.Error
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise InvalidValue("expected base64url: letters, digits, - and _") from None
