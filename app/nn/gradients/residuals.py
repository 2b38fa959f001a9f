"""What people write for the derivative of the loss by the logits, where s·p − y is right.

One row for each way: the mistake's code, the formula in words, and the formula. Each is of (N, k) numbers.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ..activations.record import Floats
from ..activations.sigmoid import logistic
from ..finite import all_finite
from ..words import short
from .candidates import Deviation
from .codes import Code
from .targets import Preparation, prepared

# In the logarithm of p + ε; the larger ones are Keras's and what people type, the smaller ones do not show.
_EPSILONS = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
_SHOWN_EPSILON = 1e-7

# One row's label may be another class in so many ways at most.
_MOST_LABELS = 36

_ROUNDED = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class LastLayer:
    """Logits `a`, probabilities `p` and targets `y` (N, k), y as it enters the loss.

    `before` is what the targets were before smoothing and weights, where that is known.
    """

    a: Floats
    p: Floats
    y: Floats
    before: Preparation | None = None
    s: Floats = field(init=False)
    g: Floats = field(init=False)
    sigma: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Work out what several rows need: `s` (N, 1), `g` = s·p − y and `sigma` = σ(a)."""
        object.__setattr__(self, "s", self.y.sum(axis=1, keepdims=True))
        object.__setattr__(self, "g", self.s * self.p - self.y)
        object.__setattr__(self, "sigma", logistic(self.a))

    @property
    def rows(self) -> int:
        """N."""
        return len(self.a)

    @property
    def classes(self) -> int:
        """The number of classes, k."""
        return int(self.a.shape[1])

    @property
    def sums_to_one(self) -> bool:
        """Whether, rounding apart, every row of targets sums to one."""
        return bool((np.abs(self.s - 1.0) <= _ROUNDED * np.abs(self.y).sum(axis=1, keepdims=True)).all())

    def against(self, y: Floats) -> Floats:
        """Return s·p − y for other targets."""
        answer: Floats = y.sum(axis=1, keepdims=True) * self.p - y
        return answer

    def through_softmax(self, by_p: Floats) -> Floats:
        """Return the derivative by a where `by_p` (…, N, k) is that by p: p∘(v − Σ p·v)."""
        answer: Floats = self.p * (by_p - (self.p * by_p).sum(axis=-1, keepdims=True))
        return answer


ResidualFormula = Callable[[LastLayer], Floats]
ResidualRow = tuple[Code, str, ResidualFormula]

RESIDUALS: tuple[ResidualRow, ...] = (
    ("p_without_y", "s·p", lambda z: z.s * z.p),
    ("p_without_y", "p", lambda z: z.p),
    ("squared_error_gradient", "(diag p − ppᵀ)(p − y)", lambda z: z.through_softmax(z.p - z.y)),
    ("softmax_twice", "s·p′ − y", lambda z: z.s * softmaxed(z.p) - z.y),
    (
        "softmax_twice",
        "(diag p − ppᵀ)(s·p′ − y)",
        lambda z: z.through_softmax(z.s * softmaxed(z.p) - z.y),
    ),
    ("softmax_derivative_again", "(s·p − y)·p·(1 − p)", lambda z: z.g * z.p * (1.0 - z.p)),
    ("softmax_derivative_again", "(s·p − y)·p", lambda z: z.g * z.p),
    ("softmax_derivative_again", "(s·p − y)·(1 − p)", lambda z: z.g * (1.0 - z.p)),
    ("jacobian_diagonal", "−y·(1 − p)", lambda z: -z.y * (1.0 - z.p)),
    ("jacobian_forgotten", "−y/p", lambda z: -z.y / z.p),
    ("jacobian_forgotten", "(s·p − y)/(p·(1 − p))", lambda z: z.g / (z.p * (1.0 - z.p))),
    ("normaliser_forgotten", "−y", lambda z: -z.y),
    ("loss_derivative_forgotten", "p·(1 − p)", lambda z: z.p * (1.0 - z.p)),
    ("error_without_sign", "|s·p − y|", lambda z: np.abs(z.g)),
    ("error_without_sign", "(s·p − y)²", lambda z: z.g * z.g),
    ("one_probability_for_all", "Σ p·y − y", lambda z: (z.p * z.y).sum(axis=1, keepdims=True) - z.y),
    (
        "class_for_probabilities",
        "1 for the most probable class − y",
        lambda z: z.s * (np.arange(z.classes) == z.a.argmax(axis=1, keepdims=True)) - z.y,
    ),
    ("sigmoid_for_softmax", "σ(a) − y", lambda z: z.sigma - z.y),
    ("sigmoid_for_softmax", "(σ(a) − y)·σ′(a)", lambda z: (z.sigma - z.y) * z.sigma * (1.0 - z.sigma)),
    ("gate_not_in_the_model", "(s·p − y)·σ′(a)", lambda z: z.g * z.sigma * (1.0 - z.sigma)),
    ("softmax_forgotten", "a − y", lambda z: z.a - z.y),
    ("not_normalised", "exp(a) − y", lambda z: np.exp(z.a) - z.y),
    (
        "not_normalised",
        "exp(a − max a) − y",
        lambda z: np.exp(z.a - z.a.max(axis=1, keepdims=True)) - z.y,
    ),
    ("log_probabilities", "ln p − y", lambda z: np.log(z.p) - z.y),
)
"""The ways that are mistakes in every problem."""


def residual_ways(
    layer: LastLayer, parts: tuple[str, ...] | None = None
) -> tuple[list[Deviation], list[Floats]]:
    """Return the ways that are mistakes here, and what comes of each, (N, k), none of it not finite."""
    ways, numbers = [], []
    with np.errstate(all="ignore"):
        for code, way, hides, residuals in _all_ways(layer):
            if all_finite(residuals):
                ways.append(Deviation(code, way, parts, hides=hides))
                numbers.append(residuals)
    return ways, numbers


def _all_ways(z: LastLayer) -> Iterator[tuple[Code, str, bool, Floats]]:
    for code, way, formula in RESIDUALS:
        yield code, way, True, formula(z)
    if not z.sums_to_one:
        yield "assumed_targets_sum_to_one", "p − y", True, z.p - z.y
        yield "softmax_derivative_again", "(diag p − ppᵀ)(s·p − y)", True, z.through_softmax(z.g)
    if z.classes > 2:  # of two classes it is the right one twice
        yield "binary_cross_entropy", "(diag p − ppᵀ)((p − y)/(p(1 − p)))", True, _binary(z)
        p = softmaxed(z.a)  # of a row without doubt 1 − p is what rounding leaves
        by_p = (p - z.y) / (p * (1.0 - p))
        rounded = p * (by_p - (p * by_p).sum(axis=1, keepdims=True))
        yield "binary_cross_entropy", "the same, as it rounds", False, rounded
    shifted = z.p + np.array(_EPSILONS)[:, np.newaxis, np.newaxis]
    for epsilon, residuals in zip(_EPSILONS, z.through_softmax(-z.y / shifted), strict=True):
        shown = epsilon == _SHOWN_EPSILON
        yield "epsilon_in_logarithm", f"ln(p + {short(epsilon)})", shown, residuals
    yield from _other_targets(z)
    yield from _preparations(z)
    if z.rows > 1:
        e = np.exp(z.a - z.a.max(axis=0, keepdims=True))
        yield "axes_confused", "softmax over the rows", True, z.s * (e / e.sum(axis=0)) - z.y
        e = np.exp(z.a - z.a.max())
        yield "axes_confused", "softmax over everything", True, z.s * (e / e.sum()) - z.y
        if z.sums_to_one:
            yield "axes_confused", "the Jacobian's sum over the rows", True, z.p * z.y.sum(axis=0) - z.y


def _binary(z: LastLayer) -> Floats:
    """Return p∘(v − Σ p·v) for v = (p − y)/(p(1 − p)), as (p − y) − p·Σ_{j≠i} (p − y)ⱼ/(1 − pⱼ).

    1 − p is the sum of the others: of a class without doubt nothing else is left.
    """
    others = np.ones((z.classes, z.classes)) - np.eye(z.classes)
    left = z.p @ others
    off = np.where(z.y == 1.0, -left, z.p - z.y)
    answer: Floats = off - z.p * ((off / left) @ others)
    return answer


def _other_targets(z: LastLayer) -> Iterator[tuple[Code, str, bool, Floats]]:
    """Yield what comes of targets at another class or of another row, then smoothed and weighted as asked."""
    if z.before is None:
        y, finished = z.y, _unchanged
    else:
        amount, weights = z.before.label_smoothing, z.before.class_weights
        y, finished = z.before.rows, lambda rows: prepared(rows, amount, weights)
    others: list[tuple[Code, str, Floats]] = [
        ("wrong_label", "the class after", np.roll(y, 1, axis=1)),
        ("wrong_label", "the class before", np.roll(y, -1, axis=1)),
        ("wrong_label", "classes in reverse", y[:, ::-1]),
    ]
    if z.rows > 1:
        others.append(("rows_confused", "the row after's", np.roll(y, -1, axis=0)))
        others.append(("rows_confused", "the row before's", np.roll(y, 1, axis=0)))
        others.append(("rows_confused", "rows in reverse", y[::-1]))
    label = np.abs(y).argmax(axis=1)
    at = np.arange(z.rows)
    if np.count_nonzero(y) == np.count_nonzero(y[at, label]):  # one class for each row, of whatever weight
        size = y[at, label]
        predicted = np.zeros_like(y)
        predicted[at, z.a.argmax(axis=1)] = size
        others.append(("prediction_for_target", "the most probable class", predicted))
        for one in range(z.classes if z.rows > 1 else 0):
            constant = np.zeros_like(y)
            constant[:, one] = size
            others.append(("wrong_label", f"class {one} for all rows", constant))
        if y.size <= _MOST_LABELS:
            for row in range(z.rows):
                for one in range(z.classes):
                    changed = y.copy()
                    changed[row] = 0.0
                    changed[row, one] = size[row]
                    others.append(("wrong_label", f"class {one} for row {row}", changed))
        # NumPy's p[:, y] and p[y] for p[range(N), y].
        columns, rows = np.zeros_like(y), np.zeros_like(y)
        columns[:, label] = 1.0
        rows[label[label < z.rows]] = 1.0
        if z.rows > 1:
            yield "target_indexing", "p[:, y]", True, z.s * z.p - columns
        if label.max(initial=0) < z.rows:
            yield "target_indexing", "p[y]", True, z.s * z.p - rows
        yield "target_indexing", "all classes", True, z.s * z.p - 1.0
        if label.any():  # else it is p alone
            yield "target_indexing", "the class's number from all", True, z.s * z.p - label[:, np.newaxis]
    for code, way, other in others:
        # The same targets are another label by no account; of other rows they are the same by chance.
        if code != "wrong_label" or (other != y).any():
            yield code, way, True, z.against(finished(other))


def _unchanged(rows: Floats) -> Floats:
    return rows


def _preparations(z: LastLayer) -> Iterator[tuple[Code, str, bool, Floats]]:
    """Yield what comes of smoothing or class weights that are forgotten or stand elsewhere."""
    if z.before is None:
        return
    rows, amount, weights = z.before.rows, z.before.label_smoothing, z.before.class_weights
    k = z.classes
    if amount:
        over_others = rows * (1.0 - amount) + (1.0 - rows) * amount / max(1, k - 1)
        for way, smoothed in (
            ("forgotten", rows),
            ("over the other classes", over_others),
            ("added only", rows + amount / k),
            ("targets not made smaller elsewhere", rows * (1.0 - amount)),
        ):
            yield "smoothing_misplaced", way, True, z.against(prepared(smoothed, 0.0, weights))
        if weights is not None:
            late = rows * weights * (1.0 - amount) + amount / k
            yield "smoothing_misplaced", "after the weights", True, z.against(late)
    if weights is not None:
        plain = prepared(rows, amount, None)
        unweighted = plain.sum(axis=1, keepdims=True) * z.p - plain
        for way, residuals in (
            ("forgotten", unweighted),
            ("w∘(s·p − y)", weights * unweighted),
            ("applied twice", z.against(weights * z.y)),
            ("on the probabilities alone", weights * z.p * plain.sum(axis=1, keepdims=True) - plain),
        ):
            yield "weights_misplaced", way, True, residuals


def softmaxed(array: Floats) -> Floats:
    """Return softmax of each row, as anybody writes it."""
    e = np.exp(array - array.max(axis=1, keepdims=True))
    answer: Floats = e / e.sum(axis=1, keepdims=True)
    return answer
