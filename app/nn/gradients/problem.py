"""The closed form: f(x) = softmax(Wx; Θ), its cross-entropy, and the gradients by W and Θ.

Problem 3. The logits are a = Θᵀ·W·x, ℓ = −yᵀ·ln softmax(a), and with g = s·p − y, s = Σⱼ yⱼ,
∂ℓ/∂Θ = (Wx)·gᵀ (3a) and ∂ℓ/∂W = Θ·g·xᵀ (3b). Between W and Θ there is no non-linearity: with Σy ≥ 0, ℓ is
convex in Θ alone and in W alone, not in both.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..activations.record import Floats
from ..cost import Cost
from ..errors import InvalidValue, Overflow, Place, ShapeMismatch
from ..finite import all_finite, refuse_non_finite
from ..products import BLOCK, each_row_times
from ..words import plural
from .cross_entropy import losses_and_residuals
from .reduction import Reduction, total
from .softmax import softmax
from .targets import Targets
from .trilinear import Gathering, Logits, doubtful_outer, gathers, mixes, theta_gradient, w_gradient

CONVENTIONS = (
    "Class numbers are zero-based. A row of targets need not sum to one: with s = Σy the loss is "
    "s·ln Σ exp(a) − yᵀa and its derivative by the logits s·p − y. Label smoothing comes first, "
    "y ← (1 − α)y + α/k, then the class weights, y ← w∘y. The reduction mean divides by the number of "
    "rows N, always, where PyTorch's weighted mean divides by the sum of the rows' weights; none gives one "
    "loss and one pair of gradients per row. Logarithms are natural."
)
"""What a number depends on and others do otherwise."""

Part = Literal["W", "Theta"]
PARTS: tuple[Part, ...] = ("W", "Theta")
"""What gradients are by."""

# Hidden values (N, h) are worked out in blocks of about so many numbers, 8 MiB.
_NUMBERS_PER_BLOCK = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """The parameters W (h, d) and Θ (h, k), and the inputs: one (d,), or a batch (N, d).

    Raises `ShapeMismatch` for shapes that do not chain or empty ones, and `NotFinite`.
    """

    W: Floats
    Theta: Floats
    inputs: Floats

    def __post_init__(self) -> None:
        for name in ("W", "Theta", "inputs"):  # one layout, so that equal numbers have equal bits
            object.__setattr__(
                self, name, np.array(getattr(self, name), dtype=np.float64, order="C", copy=None)
            )
        for name, array in (("W", self.W), ("Theta", self.Theta), ("inputs", self.inputs)):
            allowed = (1, 2) if name == "inputs" else (2,)
            if array.ndim not in allowed or array.size == 0:
                wanted = "one input (d,) or a batch (N, d)" if name == "inputs" else "a matrix"
                raise ShapeMismatch(f"expected {wanted} without empty sides, got {array.shape}", (name,))
            refuse_non_finite(array, (name,))
        h, d = self.W.shape
        if self.Theta.shape[0] != h:
            raise ShapeMismatch(
                f"expected {plural(h, 'row')}, as many as W has, got {self.Theta.shape[0]}", ("Theta",)
            )
        if self.inputs.shape[-1] != d:
            raise ShapeMismatch(
                f"expected {plural(d, 'number')} in an input, one per column of W, "
                f"got {self.inputs.shape[-1]}",
                ("inputs",),
            )

    @property
    def rows(self) -> Floats:
        """The inputs as a batch, (N, d)."""
        return self.inputs.reshape(-1, self.inputs.shape[-1])

    @property
    def classes(self) -> int:
        """The number of classes, k."""
        return int(self.Theta.shape[1])

    def place(self, row: int) -> Place:
        """Return where the input of that row stands in the question."""
        return ("inputs",) if self.inputs.ndim == 1 else ("inputs", row)


@dataclass(frozen=True, slots=True, eq=False)
class Forward:
    """f itself: the logits a and probabilities p, (k,) or (N, k)."""

    logits: Floats
    probabilities: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Gradients:
    """The loss and its gradients, with what they came from.

    `residuals` (N, k) is ∂ℓ/∂a of each row, before the reduction. `loss` is a number (shape ()), or (N,) for
    the reduction none of a batch; `W` is (h, d) and `Theta` (h, k), with a leading N for none of a batch.
    `l2` is the λ of the penalty that is in them.
    """

    forward: Forward
    residuals: Floats
    loss: Floats
    W: Floats
    Theta: Floats
    l2: float = 0.0


def forward(problem: Problem) -> Forward:
    """Return f(x) = softmax(ΘᵀWx) and the logits of every row; a row's bits depend on that row alone.

    Raises `Overflow` for a row whose logits are beyond the largest float64.
    """
    logits = _joined([a for _, a, _ in _mapped(problem)])
    return _forward(problem, logits, softmax(logits))


def gradients(problem: Problem, targets: Targets, reduction: Reduction = "mean") -> Gradients:
    """Return the loss, ∂ℓ/∂W = Θ·g·xᵀ and ∂ℓ/∂Θ = (Wx)·gᵀ with g = s·p − y, reduced over the rows.

    `targets` are rows or labels as `targets.prepare` makes them. mean divides by N, sum does not; none gives
    one loss and one pair of gradients for each row, where a row's bits depend on that row alone. For one
    input (d,) the three agree. Errors: 10⁻¹⁴·(1 + max|a|) relative to the larger of the largest entry and
    Σ|y|·max|Θ|·max|x| for W, Σ|y|·max|Wx| for Θ.

    Raises `Overflow` where logits, the loss or a gradient are beyond the largest float64.
    """
    if problem.inputs.ndim == 1:  # the bits of the same row in a batch
        found = _gradients_of_each(problem, targets)
        return replace(found, loss=np.array(found.loss[0]), W=found.W[0], Theta=found.Theta[0])
    if reduction == "none":
        return _gradients_of_each(problem, targets)
    rows = problem.rows
    count = len(rows) if reduction == "mean" else 1
    gathering = Gathering(problem.W, problem.Theta, len(rows))
    parts = []
    with np.errstate(over="ignore", invalid="ignore"):
        for block, a, hidden in _mapped(problem):
            p, ell, g = losses_and_residuals(a, targets[block])
            gathering.add(rows[block], hidden, g / count if count > 1 else g)
            parts.append((a, p, ell, g))
        logits, probabilities, losses, residuals = map(_joined, zip(*parts, strict=True))
        _refuse_overflowing_losses(problem, losses, residuals)
        (W, W_in_range), (Theta, Theta_in_range) = gathering.result()
    if not W_in_range:
        W = _finite("W", w_gradient(problem.Theta, residuals / count, rows, W))
    if not Theta_in_range:
        Theta = _finite("Theta", theta_gradient(problem.W, residuals / count, rows, Theta))
    loss = total(losses, count)
    if not math.isfinite(loss):
        raise Overflow("expected the sum of the losses below 1.8×10³⁰⁸, got one beyond it", ("targets",))
    return Gradients(_forward(problem, logits, probabilities), residuals, np.array(loss), W, Theta)


def penalised(problem: Problem, found: Gradients, l2: float) -> Gradients:
    """Return `found`, which has no penalty, with ½λ(‖W‖² + ‖Θ‖²) in every loss and λW, λΘ in the gradients.

    λ is `l2`, finite and at least 0. For none of a batch each row's loss has the penalty, so that their mean
    is that of the mean.

    Raises `InvalidValue`, and `Overflow` where something is beyond the largest float64.
    """
    if not 0.0 <= l2 < np.inf:
        raise InvalidValue("expected a finite factor of at least 0", ("l2",))
    if l2 == 0.0:
        return found
    with np.errstate(over="ignore", invalid="ignore"):
        penalty = 0.5 * l2 * (np.vdot(problem.W, problem.W) + np.vdot(problem.Theta, problem.Theta))
        loss, W, Theta = found.loss + penalty, found.W + l2 * problem.W, found.Theta + l2 * problem.Theta
    if not np.isfinite(loss).all():
        raise Overflow("expected a loss with its penalty below 1.8×10³⁰⁸, got one beyond it", ("l2",))
    return replace(found, loss=np.asarray(loss), W=_finite("W", W), Theta=_finite("Theta", Theta), l2=l2)


def cost(W: tuple[int, ...], k: int, rows: int, reduction: Reduction | None) -> Cost:
    """Return what `gradients` takes for W of shape (h, d), k classes and so many rows; None is `forward`."""
    h, d = W
    multiplied = max(rows, BLOCK)
    mixed = mixes(h, d, k)
    logits = h * k * d + multiplied * k * d if mixed else multiplied * h * (d + k)
    height = min(rows, _height(h, k))
    intermediate = max(rows * k, height * (k if mixed else h), k * d)
    if reduction is None:
        return Cost(logits + 60 * rows * k, intermediate, 2 * rows * k)
    if reduction == "none":
        products = 2 * rows * h * (d + k) + multiplied * h * (d + k)
        pairs = rows * h * (d + k)
        return Cost(
            logits + products + 120 * rows * k,
            max(intermediate, rows * h * max(d, k)),
            pairs + rows * (2 * k + 1),
        )
    if gathers(h, d, k, rows):
        products = rows * k * d + 2 * h * k * d
    else:
        products = rows * (2 * h * k + h * d) + (rows * h * d if mixed else 0)
        intermediate = max(intermediate, height * h)
    return Cost(
        logits + products + 120 * rows * k, max(intermediate, h * d, h * k), 2 * rows * k + 1 + h * (d + k)
    )


def _gradients_of_each(problem: Problem, targets: Targets) -> Gradients:
    rows = problem.rows
    logits, hidden = np.empty((len(rows), problem.classes)), np.empty((len(rows), len(problem.W)))
    for block, a, through in _mapped(problem):
        logits[block] = a
        hidden[block] = each_row_times(rows[block], problem.W) if through is None else through
    probabilities, losses, residuals = losses_and_residuals(logits, targets)
    _refuse_overflowing_losses(problem, losses, residuals)
    back = each_row_times(residuals, problem.Theta)
    with np.errstate(over="ignore", invalid="ignore"):
        # For one row half the time of a product by broadcasting.
        W = np.einsum("ni,nj->nij", back, rows)
        Theta = np.einsum("ni,nj->nij", hidden, residuals)
    for row in np.flatnonzero(doubtful_outer(back, rows)):
        one = slice(row, row + 1)
        W[row] = _finite("W", w_gradient(problem.Theta, residuals[one], rows[one], W[row]))
    for row in np.flatnonzero(doubtful_outer(hidden, residuals)):
        one = slice(row, row + 1)
        Theta[row] = _finite("Theta", theta_gradient(problem.W, residuals[one], rows[one], Theta[row]))
    return Gradients(_forward(problem, logits, probabilities), residuals, losses, W, Theta)


def _mapped(problem: Problem) -> Iterator[tuple[slice, Floats, Floats | None]]:
    """Yield blocks of rows with their logits, and the hidden values where these were reached through them.

    Raises `Overflow` at a row whose logits are beyond the largest float64.
    """
    map_ = Logits.of(problem.W, problem.Theta)
    for block in _blocks(problem):
        logits, hidden = map_(problem.rows[block])
        _refuse_overflowing_logits(problem, logits, block.start)
        yield block, logits, hidden


def _forward(problem: Problem, logits: Floats, probabilities: Floats) -> Forward:
    shape = (*problem.inputs.shape[:-1], problem.classes)
    return Forward(logits.reshape(shape), probabilities.reshape(shape))


def _joined(parts: Sequence[Floats]) -> Floats:
    """Return blocks of rows as one array, without a copy where there is one."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _blocks(problem: Problem) -> Iterator[slice]:
    height = _height(problem.W.shape[0], problem.classes)
    return (slice(start, start + height) for start in range(0, len(problem.rows), height))


def _height(h: int, k: int) -> int:
    """Return how many rows are worked on at once: whole blocks of the products, one at least."""
    return max(1, _NUMBERS_PER_BLOCK // max(h, k) // BLOCK) * BLOCK


def _refuse_overflowing_logits(problem: Problem, logits: Floats, first: int) -> None:
    if not all_finite(logits):
        finite = np.isfinite(logits)
        row = int(np.argmin(finite.all(axis=1)))
        unit = int(np.argmin(finite[row]))
        raise Overflow(
            f"expected every logit below 1.8×10³⁰⁸ in size, got one beyond it for class {unit}",
            problem.place(first + row),
        )


def _refuse_overflowing_losses(problem: Problem, losses: Floats, residuals: Floats) -> None:
    for values, what in ((losses, "loss"), (residuals, "derivative by a logit")):
        if not all_finite(values):
            finite = np.isfinite(values)
            place = problem.place(int(np.argmin(finite.reshape(len(values), -1).all(axis=1))))
            raise Overflow(
                f"expected the {what} below 1.8×10³⁰⁸ in size, got one beyond it", ("targets", *place[1:])
            )


def _finite(name: str, gradient: Floats) -> Floats:
    if not all_finite(gradient):
        raise Overflow(
            f"expected every entry of the gradient with respect to {name} below 1.8×10³⁰⁸ in size,"
            " got one beyond it",
            (name,),
        )
    return gradient
