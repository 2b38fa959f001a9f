"""Arguments → operations: the one place where what a caller gives is read, for the library and its clients.

Fields are looked at in the order of the service's models, so that the first fault is the one that it names
first.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from numpy.typing import ArrayLike

from ..nn.activations.catalogue import create
from ..nn.activations.record import Activation
from ..nn.errors import InvalidValue, located
from ..nn.gradients.checking import Feedback
from ..nn.gradients.reduction import Reduction
from ..nn.identities import catalogue as identities
from ..nn.networks.backpropagation import Loss
from ..nn.networks.conversion import Squashing
from ..nn.networks.named_arrays import Names
from ..nn.networks.storage import StoredAs
from ..nn.words import plural
from ..wire.picture_limits import LETTERS, LONGEST_LABEL
from .arguments import (
    BoxLike,
    NetworkLike,
    array,
    box_of,
    choice,
    names_of,
    network,
    number,
    text,
    truth,
)
from .look import LookOptions, end, format_of, look_of
from .operations.activations import DescribeOperation, SideBySideOperation, ValuesOperation
from .operations.files import ConvertFileOperation, File, ReadOperation, bytes_of
from .operations.gradients import CheckOperation, GradientsOperation
from .operations.identities import IdentityOperation
from .operations.networks import (
    CheckNetworkGradientsOperation,
    CompareOperation,
    ConvertOperation,
    EvaluateOperation,
    NetworkGradientsOperation,
    ReduceOperation,
    To,
)
from .operations.pictures import (
    CurvesOperation,
    Format,
    GradientsPictureOperation,
    IdentityCurvesOperation,
    NetworksPictureOperation,
    PictureOperation,
    View,
)
from .results.networks import NetworkGradientsOf
from .submissions import SubmissionLike, submitted_layers, submitted_parts

_ROWS = (1, 2)
_TARGETS = (0, 1, 2)


def values(activation: str | Activation, inputs: ArrayLike, derivative: bool) -> ValuesOperation:
    """Read what is asked of an activation."""
    read = array("inputs", inputs, None, finite=False, empty=True, keep_single=True)
    return ValuesOperation(_activation((), activation), read, truth("derivative", derivative))


def describe(activation: str | Activation) -> DescribeOperation:
    """Read the activation that is to be described."""
    return DescribeOperation(_activation((), activation))


def read(file: File, activations: Sequence[str] | None) -> ReadOperation:
    """Read a file, and the names of activations."""
    names = None if activations is None else tuple(activations)
    for index, one in enumerate(names or ()):
        if not isinstance(one, str):
            raise InvalidValue("expected the name of an activation", ("activations", index))
    return ReadOperation(bytes_of(file), names)


def convert_file(file: File, to: Squashing, shift: Literal["kept", "folded"]) -> ConvertFileOperation:
    """Read a file, and what it is to be made of."""
    kind = choice("to", to, Squashing)
    return ConvertFileOperation(bytes_of(file), kind, choice("shift", shift, Literal["kept", "folded"]))


def side_by_side(first: object, second: object) -> SideBySideOperation:
    """Read two activations."""
    return SideBySideOperation(_activation(("first",), first), _activation(("second",), second))


def evaluate(given: NetworkLike, inputs: ArrayLike, trace: bool) -> EvaluateOperation:
    """Read a network and its inputs."""
    read = network("network", given)
    return EvaluateOperation(read, array("inputs", inputs, _ROWS, finite=False), truth("trace", trace))


def convert(
    given: NetworkLike, to: To, stored_as: StoredAs, box: BoxLike | None, names: Names | None
) -> ConvertOperation:
    """Read a network, what it is to be made of, and what its arrays are called."""
    read, kind = network("network", given), choice("to", to, To)
    stored, within = choice("stored_as", stored_as, StoredAs), box_of(box, read.inputs)
    return ConvertOperation(read, kind, stored, within, names_of(names, read))


def compare(
    first: NetworkLike, second: NetworkLike, tolerance: float, box: BoxLike | None
) -> CompareOperation:
    """Read two networks."""
    one, other = network("first", first), network("second", second)
    allowed = number("tolerance", tolerance, least=0)
    return CompareOperation(one, other, allowed, box_of(box, one.inputs))


def reduce(given: NetworkLike) -> ReduceOperation:
    """Read a network."""
    return ReduceOperation(network("network", given))


def network_gradients(
    given: NetworkLike,
    inputs: ArrayLike,
    targets: ArrayLike,
    loss: Loss,
    reduction: Reduction,
    l2: float,
    explain: bool,
) -> NetworkGradientsOperation:
    """Read a network, its inputs and targets, and what is to be made small."""
    return NetworkGradientsOperation(
        **_loss_of_network(given, inputs, targets, loss, reduction, l2), explain=truth("explain", explain)
    )


def check_network_gradients(
    given: NetworkLike,
    inputs: ArrayLike,
    targets: ArrayLike,
    submission: Mapping[str, Any] | NetworkGradientsOf,
    loss: Loss,
    reduction: Reduction,
    l2: float,
    tolerance: float | None,
    absolute_tolerance: float | None,
    rounding: bool | None,
    feedback: Feedback,
) -> CheckNetworkGradientsOperation:
    """Read a network with its inputs and targets, and somebody's gradients."""
    return CheckNetworkGradientsOperation(
        **_loss_of_network(given, inputs, targets, loss, reduction, l2),
        **_rules(tolerance, absolute_tolerance, rounding),
        feedback=choice("feedback", feedback, Feedback),
        submission=submitted_layers(submission),
    )


def _loss_of_network(
    given: NetworkLike, inputs: ArrayLike, targets: ArrayLike, loss: str, reduction: str, l2: float
) -> dict[str, Any]:
    return {
        "network": network("network", given),
        "inputs": array("inputs", inputs, _ROWS),
        "targets": array("targets", targets, _TARGETS),
        "loss": choice("loss", loss, Loss),
        "reduction": choice("reduction", reduction, Reduction),
        "l2": number("l2", l2, least=0),
    }


def gradients(
    W: ArrayLike,
    Theta: ArrayLike,
    inputs: ArrayLike,
    targets: ArrayLike | None,
    reduction: Reduction,
    label_smoothing: float,
    class_weights: ArrayLike | None,
    l2: float,
    explain: bool,
) -> GradientsOperation:
    """Read a problem of which everything is asked."""
    return GradientsOperation(
        **_problem(W, Theta, inputs, targets, Reduction, reduction, label_smoothing, class_weights),
        l2=number("l2", l2, least=0),
        explain=truth("explain", explain),
    )


def check(
    W: ArrayLike,
    Theta: ArrayLike,
    inputs: ArrayLike,
    targets: ArrayLike,
    submission: SubmissionLike,
    reduction: Reduction,
    label_smoothing: float,
    class_weights: ArrayLike | None,
    l2: float,
    tolerance: float | None,
    absolute_tolerance: float | None,
    rounding: bool | None,
    feedback: Feedback,
) -> CheckOperation:
    """Read a problem with a submission, and how much of the answer may be told."""
    if targets is None:
        raise InvalidValue("expected this field, got nothing", ("targets",))
    return CheckOperation(
        **_problem(W, Theta, inputs, targets, Reduction, reduction, label_smoothing, class_weights),
        **_rules(tolerance, absolute_tolerance, rounding),
        feedback=choice("feedback", feedback, Feedback),
        l2=number("l2", l2, least=0),
        submission=submitted_parts(submission),
    )


def identity(name: str) -> IdentityOperation:
    """Read the name of an identity. Raises `UnknownName`."""
    return IdentityOperation(identities.identity(name).name)


def plot(
    what: Sequence[str | Activation | NetworkLike],
    *,
    format: Format,
    low: float | None,
    high: float | None,
    y_low: float | None,
    y_high: float | None,
    derivative: bool,
    asymptotes: bool,
    gap: bool,
    labels: Sequence[str] | None,
    view: View,
    look: LookOptions,
) -> PictureOperation:
    """Read what is drawn: activations, networks, or one identity.

    Raises `TypeError` for a mixture, and where there is nothing to draw.
    """
    dress: dict[str, Any] = {
        "format": format_of(format),
        "look": look_of(look),
        "low": end("low", low),
        "high": end("high", high),
    }
    of_y: dict[str, Any] = {"y_low": end("y_low", y_low), "y_high": end("y_high", y_high)}
    if len(what) == 1 and isinstance(what[0], str) and what[0] in identities.names():
        _refuse_given(of_y)
        return IdentityCurvesOperation(name=what[0], **dress)
    if not what:
        raise TypeError("a picture shows activations, networks or an identity, and none was given")
    kinds = {isinstance(one, str | Activation) for one in what}
    if kinds == {True, False}:
        raise TypeError("a picture shows activations or networks, not both")
    if kinds == {False}:
        return NetworksPictureOperation(
            networks=_labelled(cast(Sequence[NetworkLike], what), labels),
            view=choice("view", view, View),
            **of_y,
            **dress,
        )
    return CurvesOperation(
        activations=tuple(_activation(("name", index), one) for index, one in enumerate(what)),
        derivative=truth("derivative", derivative),
        asymptotes=truth("asymptotes", asymptotes),
        gap=truth("gap", gap),
        **of_y,
        **dress,
    )


def _refuse_given(options: Mapping[str, object]) -> None:
    """Raise `InvalidValue` at the first that is given: it is for other pictures."""
    for name, value in options.items():
        if value is not None:
            raise InvalidValue("expected this for activations and networks of one input", (name,))


def plot_gradients(
    W: ArrayLike,
    Theta: ArrayLike,
    inputs: ArrayLike,
    targets: ArrayLike,
    submission: SubmissionLike | None,
    format: Format,
    reduction: Literal["mean", "sum"],
    label_smoothing: float,
    class_weights: ArrayLike | None,
    tolerance: float | None,
    absolute_tolerance: float | None,
    rounding: bool | None,
    feedback: Literal["entries", "solution"],
    look: LookOptions,
) -> GradientsPictureOperation:
    """Read a problem whose gradients are drawn."""
    if targets is None:
        raise InvalidValue("expected this field, got nothing", ("targets",))
    drawn = Literal["mean", "sum"]
    return GradientsPictureOperation(
        **_problem(W, Theta, inputs, targets, drawn, reduction, label_smoothing, class_weights),
        format=format_of(format),
        look=look_of(look),
        submission=None if submission is None else submitted_parts(submission),
        **_rules(tolerance, absolute_tolerance, rounding),
        feedback=choice("feedback", feedback, Literal["entries", "solution"]),
    )


def _problem(
    W: ArrayLike,
    Theta: ArrayLike,
    inputs: ArrayLike,
    targets: ArrayLike | None,
    reductions: Any,
    reduction: str,
    label_smoothing: float,
    class_weights: ArrayLike | None,
) -> dict[str, Any]:
    return {
        "W": array("W", W, (2,)),
        "Theta": array("Theta", Theta, (2,)),
        "inputs": array("inputs", inputs, _ROWS),
        "targets": None if targets is None else array("targets", targets, _TARGETS),
        "reduction": choice("reduction", reduction, reductions),
        "label_smoothing": number("label_smoothing", label_smoothing, least=0, below=1),
        "class_weights": None if class_weights is None else array("class_weights", class_weights, (1,)),
    }


def _rules(
    tolerance: float | None, absolute_tolerance: float | None, rounding: bool | None
) -> dict[str, Any]:
    given = {"tolerance": tolerance, "absolute_tolerance": absolute_tolerance}
    read: dict[str, Any] = {
        name: None if value is None else number(name, value, least=0) for name, value in given.items()
    }
    return {**read, "rounding": None if rounding is None else truth("rounding", rounding)}


def _activation(at: tuple[str | int, ...], given: object) -> Activation:
    with located(*at):
        if isinstance(given, Activation):
            return given
        if not isinstance(given, str):
            raise InvalidValue("expected the name of an activation")
        return create(given)


def _labelled(networks: Sequence[NetworkLike], labels: Sequence[str] | None) -> tuple[tuple[str, Any], ...]:
    if labels is not None and len(labels) != len(networks):
        raise InvalidValue(f"expected {plural(len(networks), 'label')}, one for each network", ("labels",))
    read = []
    for index, one in enumerate(networks):
        with located("networks", index):
            label = None if labels is None else text("label", labels[index], LONGEST_LABEL)
            read.append((label or LETTERS[index % len(LETTERS)], network("network", one)))
    return tuple(read)
