"""The operations as functions: the contract's field names as keyword arguments, arrays in, results out.

Each reads its arguments into an operation by `library/questions.py`, as clients of a service do too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Unpack, overload

from numpy.typing import ArrayLike

from ..nn.activations.record import Activation
from ..nn.gradients.checking import Feedback
from ..nn.gradients.reduction import Reduction
from ..nn.networks.backpropagation import Loss
from ..nn.networks.named_arrays import Names
from ..nn.networks.storage import StoredAs
from . import questions
from .arguments import BoxLike, NetworkLike
from .look import LookOptions
from .operations.files import File
from .operations.networks import To
from .operations.pictures import Format, View
from .results.activations import DescriptionResult, SideBySideResult, ValuesResult
from .results.files import FileConversionResult, ReadingResult
from .results.gradients import CheckResult, GradientsResult
from .results.identities import IdentityResult
from .results.networks import (
    ComparisonResult,
    ConversionResult,
    EvaluationResult,
    NetworkCheckResult,
    NetworkGradientsOf,
    NetworkGradientsResult,
    ReductionResult,
)
from .results.pictures import PictureResult
from .submissions import SubmissionLike


def evaluate(network: NetworkLike, inputs: ArrayLike, *, trace: bool = False) -> EvaluationResult:
    """Return F(x) for one input (d,) or a batch (N, d), and with `trace` every layer's numbers.

    Raises `ShapeMismatch`, `InvalidValue`, or `Overflow` for finite inputs with outputs beyond float64.
    """
    return questions.evaluate(network, inputs, trace).answer()


def convert(
    network: NetworkLike,
    to: To,
    *,
    stored_as: StoredAs = "float64",
    box: BoxLike | None = None,
    names: Names | None = None,
) -> ConversionResult:
    """Return the network of sigmoid or tanh units that is the same function, with its certificate.

    `to="heaviside"` decides instead whether any network of steps is that function (Problem 2b). The weights
    of the answer are numbers of the type `stored_as`: float64, float32, float16 or bfloat16; its bounds hold
    inside the `box`, if one is given. `names`, as `read` tells them, come back with the answer, for `save`.

    Raises `UnsupportedNetwork`, `Overflow` where doubling a weight is beyond float64, or `InvalidValue`.
    """
    return questions.convert(network, to, stored_as, box, names).answer()


def values(activation: str | Activation, inputs: ArrayLike, *, derivative: bool = False) -> ValuesResult:
    """Return an activation's values at inputs of any shape, and on request its derivatives.

    `sigmoid(x)` and `sigmoid.derivative(x)` are shorter. Raises `UnknownName` or `InvalidValue`.
    """
    return questions.values(activation, inputs, derivative).answer()


def describe(activation: str | Activation) -> DescriptionResult:
    """Return all that is claimed of an activation. Raises `UnknownName`."""
    return questions.describe(activation).answer()


def read(file: File, *, activations: Sequence[str] | None = None) -> ReadingResult:
    """Return the network in a model file: ONNX, safetensors, npz, Keras, skops, lwtnn, MATLAB, SNAP tables.

    `file` is a path or bytes; `activations` are for a file that has weights alone.

    Raises `InvalidValue`, `MalformedModel` or `UnsupportedModel`.
    """
    return questions.read(file, activations).answer()


def convert_file(
    file: File, to: Literal["sigmoid", "tanh"], *, shift: Literal["kept", "folded"] = "kept"
) -> FileConversionResult:
    """Return the ONNX file in which one activation stands for the other, with its certificate.

    `to` is sigmoid or tanh. With the `shift` kept nothing is rounded and the file is the same real function;
    folded, it has the fewest nodes, and each bias is rounded once.

    Raises `MalformedModel`, `UnsupportedModel`, `LimitExceeded`, `NothingToConvert` or `InvalidValue`.
    """
    return questions.convert_file(file, to, shift).answer()


@overload
def compare(
    first: str | Activation, second: str | Activation, *, tolerance: float = 0.0, box: BoxLike | None = None
) -> SideBySideResult: ...
@overload
def compare(
    first: NetworkLike, second: NetworkLike, *, tolerance: float = 0.0, box: BoxLike | None = None
) -> ComparisonResult: ...
def compare(
    first: Any, second: Any, *, tolerance: float = 0.0, box: BoxLike | None = None
) -> SideBySideResult | ComparisonResult:
    """Tell whether two networks are the same function, or set two activations side by side (Problem 1c).

    Of networks, `tolerance` is for the verdict `within_tolerance`, and all is said of inputs in the `box`.

    Raises `ShapeMismatch`, `UnsupportedNetwork`, `UnknownName` or `InvalidValue`.
    """
    if isinstance(first, str | Activation):
        return questions.side_by_side(first, second).answer()
    return questions.compare(first, second, tolerance, box).answer()


def reduce(network: NetworkLike) -> ReductionResult:
    """Return the smallest network with one hidden layer of tanh or sigmoid units that is the same function.

    Raises `UnsupportedNetwork` or `Overflow`.
    """
    return questions.reduce(network).answer()


def gradients(
    W: ArrayLike,
    Theta: ArrayLike,
    inputs: ArrayLike,
    targets: ArrayLike | None = None,
    *,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
    class_weights: ArrayLike | None = None,
    l2: float = 0.0,
    explain: bool = False,
) -> GradientsResult:
    """Return f(x) = softmax(ΘᵀWx) and, with targets, its cross-entropy, ∂ℓ/∂W and ∂ℓ/∂Θ (Problem 3).

    `W` is (h, d), `Theta` (h, k), `inputs` (d,) or (N, d); `targets` are class numbers from 0, or rows.
    `reduction` of a batch is mean, sum or none: one for each row. `explain` derives both with these numbers,
    for one row and h, d, k ≤ 6.

    Raises `ShapeMismatch`, `InvalidValue`, `NotFinite`, `Overflow` or `LimitExceeded`.
    """
    return questions.gradients(
        W, Theta, inputs, targets, reduction, label_smoothing, class_weights, l2, explain
    ).answer()


def check(
    W: ArrayLike,
    Theta: ArrayLike,
    inputs: ArrayLike,
    targets: ArrayLike,
    submission: SubmissionLike,
    *,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
    class_weights: ArrayLike | None = None,
    l2: float = 0.0,
    tolerance: float | None = None,
    absolute_tolerance: float | None = None,
    rounding: bool | None = None,
    feedback: Feedback = "verdict",
) -> CheckResult:
    """Grade somebody's `{"W": ∂ℓ/∂W, "Theta": ∂ℓ/∂Θ}`, either or both: true where all that is given is right.

    `reduction` is mean, sum or none, as in `gradients`. `feedback` says how much is told: verdict, mistakes
    (their names), entries (which are wrong), diagnosis (both), solution (the reference too).

    Raises `ShapeMismatch`, `InvalidValue`, `NotFinite` or `Overflow`.
    """
    return questions.check(
        W,
        Theta,
        inputs,
        targets,
        submission,
        reduction,
        label_smoothing,
        class_weights,
        l2,
        tolerance,
        absolute_tolerance,
        rounding,
        feedback,
    ).answer()


def network_gradients(
    network: NetworkLike,
    inputs: ArrayLike,
    targets: ArrayLike,
    *,
    loss: Loss = "cross_entropy",
    reduction: Reduction = "mean",
    l2: float = 0.0,
    explain: bool = False,
) -> NetworkGradientsResult:
    """Return the loss of a network and its gradients by every weight, every bias and the inputs.

    `loss` is cross_entropy or squared_error, `reduction` of a batch mean, sum or none: one for each row.
    `explain` goes through backpropagation with these numbers, for one row and up to three layers of at most
    six units.

    Raises `ShapeMismatch`, `InvalidValue`, `NotFinite`, `Overflow` or `LimitExceeded`.
    """
    return questions.network_gradients(network, inputs, targets, loss, reduction, l2, explain).answer()


def check_network_gradients(
    network: NetworkLike,
    inputs: ArrayLike,
    targets: ArrayLike,
    submission: Mapping[str, Any] | NetworkGradientsOf,
    *,
    loss: Loss = "cross_entropy",
    reduction: Reduction = "mean",
    l2: float = 0.0,
    tolerance: float | None = None,
    absolute_tolerance: float | None = None,
    rounding: bool | None = None,
    feedback: Feedback = "verdict",
) -> NetworkCheckResult:
    """Grade somebody's `{"layers": [{"weight": …, "bias": …}, …], "inputs": …}`, or parts of it.

    `loss` is cross_entropy or squared_error, `reduction` mean, sum or none, as in `network_gradients`.
    `feedback` is verdict, mistakes, entries, diagnosis or solution, as in `check`.

    Raises `ShapeMismatch`, `InvalidValue`, `NotFinite` or `Overflow`.
    """
    return questions.check_network_gradients(
        network,
        inputs,
        targets,
        submission,
        loss,
        reduction,
        l2,
        tolerance,
        absolute_tolerance,
        rounding,
        feedback,
    ).answer()


def identity(name: str) -> IdentityResult:
    """Return an identity of the sheet with its proof, checked now. Raises `UnknownName`.

    The activation of this name is `activation("identity")`.
    """
    return questions.identity(name).answer()


def plot(
    *what: str | Activation | NetworkLike,
    format: Format = "png",
    low: float | None = None,
    high: float | None = None,
    y_low: float | None = None,
    y_high: float | None = None,
    derivative: bool = False,
    asymptotes: bool = True,
    gap: bool = False,
    labels: tuple[str, ...] | list[str] | None = None,
    view: View = "function",
    **look: Unpack[LookOptions],
) -> PictureResult:
    """Draw activations on one pair of axes, networks, or both sides of an identity, told by its name.

    `derivative`, `asymptotes` and `gap` are for activations, `labels` and `view` (function or diagram) for
    networks, `y_low` and `y_high` for activations and networks, of two inputs those of x₂. The picture shows
    itself in a notebook; `format` is png, svg, pdf, csv (its numbers) or txt (it in words). Of any picture:
    `width` and `height` in CSS pixels, `scale` device pixels to each, `theme` (light, dark or auto),
    `transparent`, `title`.

    Raises `InvalidValue`, `UnsupportedNetwork` or `UnknownName`; `ImportError` without matplotlib.
    """
    return questions.plot(
        what,
        format=format,
        low=low,
        high=high,
        y_low=y_low,
        y_high=y_high,
        derivative=derivative,
        asymptotes=asymptotes,
        gap=gap,
        labels=labels,
        view=view,
        look=look,
    ).answer()


def plot_gradients(
    W: ArrayLike,
    Theta: ArrayLike,
    inputs: ArrayLike,
    targets: ArrayLike,
    submission: SubmissionLike | None = None,
    *,
    format: Format = "png",
    reduction: Literal["mean", "sum"] = "mean",
    label_smoothing: float = 0.0,
    class_weights: ArrayLike | None = None,
    tolerance: float | None = None,
    absolute_tolerance: float | None = None,
    rounding: bool | None = None,
    feedback: Literal["entries", "solution"] = "solution",
    **look: Unpack[LookOptions],
) -> PictureResult:
    """Draw ∂ℓ/∂W and ∂ℓ/∂Θ as heat maps beside p and y, the wrong entries of a submission crossed out.

    `reduction` is mean or sum. With the `feedback` entries only these are drawn, with solution the reference
    too. `format`, `width`, `height`, `scale`, `theme`, `transparent` and `title` are those of `plot`: png,
    svg, pdf, csv or txt.

    Raises `ShapeMismatch`, `InvalidValue`, `NotFinite` or `Overflow`.
    """
    return questions.plot_gradients(
        W,
        Theta,
        inputs,
        targets,
        submission,
        format,
        reduction,
        label_smoothing,
        class_weights,
        tolerance,
        absolute_tolerance,
        rounding,
        feedback,
        look,
    ).answer()
