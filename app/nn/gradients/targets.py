"""What the probabilities are compared with: class numbers or rows, smoothed and weighted."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats
from ..errors import InvalidValue, Overflow, ShapeMismatch
from ..finite import refuse_non_finite
from ..words import plural


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """N rows y that are 0 but for `weights` (N,) at `classes` (N,), kept as these two."""

    classes: npt.NDArray[np.intp]
    weights: Floats

    def __getitem__(self, rows: slice) -> "Labels":
        """Return some of the rows."""
        return Labels(self.classes[rows], self.weights[rows])

    def all_weigh_one(self) -> bool:
        """Tell whether all weights are 1."""
        return bool((self.weights == 1.0).all())

    def dense(self, width: int) -> Floats:
        """Return the rows written out, (N, k)."""
        rows = np.zeros((len(self.classes), width))
        rows[np.arange(len(rows)), self.classes] = self.weights
        return rows


Targets = Labels | Floats
"""The final rows y of the loss: (N, k), or labels where all but one entry of every row is 0."""


def prepare(
    targets: Floats,
    inputs: tuple[int, ...],
    classes: int,
    *,
    label_smoothing: float = 0.0,
    class_weights: Floats | None = None,
) -> Targets:
    """Return the rows that enter the loss: y ← (1 − α)·y + α/k, then y ← w∘y.

    `inputs` is the shape of the inputs. For one input (d,) `targets` is a class number () or a row (k,);
    for (N, d) it is (N,) class numbers, zero-based, or (N, k) rows. A row need not sum to one and may have
    entries of either sign. α is `label_smoothing`, in [0, 1), w `class_weights` (k,).

    Raises `ShapeMismatch`, `NotFinite`, `InvalidValue` for a class number outside 0 … k − 1, and
    `Overflow` where a weighted target is beyond the largest float64.
    """
    batch = inputs[:-1]
    if targets.shape not in (batch, (*batch, classes)):
        one = f"one class number or a row of shape ({classes},)"
        many = (
            f"class numbers of shape ({batch[0]},) or rows of shape ({batch[0]}, {classes})" if batch else one
        )
        raise ShapeMismatch(f"expected {many}, got {targets.shape}", ("targets",))
    refuse_non_finite(targets, ("targets",))
    if not 0.0 <= label_smoothing < 1.0:
        raise InvalidValue("expected a label smoothing of at least 0 and below 1", ("label_smoothing",))
    if class_weights is not None:
        if class_weights.shape != (classes,):
            raise ShapeMismatch(
                f"expected {plural(classes, 'class weight')}, one per class, got shape {class_weights.shape}",
                ("class_weights",),
            )
        refuse_non_finite(class_weights, ("class_weights",))
    if targets.shape != batch:
        return _weighted(_smoothed(targets.reshape(-1, classes), label_smoothing), class_weights)
    numbers = _class_numbers(targets, classes)
    if label_smoothing == 0.0:
        weights = np.ones(len(numbers)) if class_weights is None else class_weights[numbers]
        return Labels(numbers, weights)
    rows = Labels(numbers, np.ones(len(numbers))).dense(classes)
    return _weighted(_smoothed(rows, label_smoothing), class_weights)


@dataclass(frozen=True, slots=True, eq=False)
class Preparation:
    """Rows (N, k) before smoothing and weights, and what is then done to them."""

    rows: Floats
    label_smoothing: float
    class_weights: Floats | None


def preparation(
    targets: Floats,
    inputs: tuple[int, ...],
    classes: int,
    *,
    label_smoothing: float = 0.0,
    class_weights: Floats | None = None,
) -> Preparation:
    """Return what `prepare` begins with, for targets that it takes: their rows, and what is done to them."""
    if targets.shape == inputs[:-1]:
        numbers = targets.reshape(-1).astype(np.intp)
        rows = Labels(numbers, np.ones(len(numbers))).dense(classes)
    else:
        rows = targets.reshape(-1, classes)
    return Preparation(rows, label_smoothing, class_weights)


def prepared(rows: Floats, label_smoothing: float, class_weights: Floats | None) -> Floats:
    """Return rows (N, k) smoothed, then weighted, whatever the numbers."""
    smoothed = _smoothed(rows, label_smoothing)
    return smoothed if class_weights is None else smoothed * class_weights


def sizes(targets: Targets) -> Floats:
    """Return Σⱼ|yⱼ| of each row, (N,)."""
    if isinstance(targets, Labels):
        return np.abs(targets.weights)
    with np.errstate(over="ignore"):
        total: Floats = np.abs(targets).sum(axis=1)
    return total


def _class_numbers(targets: Floats, classes: int) -> npt.NDArray[np.intp]:
    known = (targets == np.floor(targets)) & (targets >= 0) & (targets < classes)
    if not known.all():
        at = (int(np.argmin(known)),) if targets.ndim else ()
        raise InvalidValue(
            f"expected a class number, a whole number from 0 to {classes - 1}", ("targets", *at)
        )
    return targets.reshape(-1).astype(np.intp)


def _smoothed(rows: Floats, amount: float) -> Floats:
    return rows * (1.0 - amount) + amount / rows.shape[1] if amount else rows


def _weighted(rows: Floats, weights: Floats | None) -> Floats:
    if weights is None:
        return rows
    with np.errstate(over="ignore"):
        weighted = rows * weights
    if not np.isfinite(weighted).all():
        column = int(np.argmin(np.isfinite(weighted).all(axis=0)))
        raise Overflow(
            "expected every weighted target below 1.8×10³⁰⁸ in size, got one beyond it",
            ("class_weights", column),
        )
    return weighted
