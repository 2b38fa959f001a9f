"""The mistakes that are made in deriving ∂ℓ/∂W and ∂ℓ/∂Θ, as the numbers that come of them.

∂ℓ/∂W = r·Σ (Θg)·xᵀ and ∂ℓ/∂Θ = r·Σ (Wx)·gᵀ: what stands for g (`residuals`), for the factor beside it, the
reduction's r, a sign, a base of the logarithm, the layout, a regulariser. Two of these compose.
"""

from collections.abc import Callable, Mapping

import numpy as np

from ..activations.record import Floats
from .candidates import Deviation, Products, Scalar
from .codes import Code
from .follow import follows_from_theta
from .layouts import SIGN, Drift, PartCandidates
from .noise import Magnitudes
from .parts import WrongPart
from .problem import PARTS, Gradients, Part, Problem
from .reduction import Reduction
from .residuals import LastLayer, residual_ways, softmaxed
from .targets import Labels, Preparation, Targets

Function = Callable[[Floats], Floats]


def _sigmoid(z: Floats) -> Floats:
    """Return 1/(1 + e⁻ᶻ) as anybody writes it."""
    with np.errstate(over="ignore"):
        answer: Floats = 1.0 / (1.0 + np.exp(-z))
    return answer


def _one(h: Floats) -> Floats:
    """Return the slope where there is no activation."""
    return np.ones_like(h)


GATES: tuple[tuple[str, Function, Function], ...] = (
    ("tanh", np.tanh, lambda h: 1.0 - h**2),
    ("sigmoid", _sigmoid, lambda h: h * (1.0 - h)),
    ("ReLU", lambda z: np.maximum(z, 0.0), lambda h: (h > 0.0).astype(np.float64)),
)
"""Activations h = σ(z) that people put behind a layer that has none, and σ′(z) as a function of h."""

GATES_OF_OUTPUTS: tuple[tuple[str, Function], ...] = (
    ("1 − h²", lambda h: 1.0 - h * h),
    ("h·(1 − h)", lambda h: h * (1.0 - h)),
)
"""Derivatives written for outputs that an activation was applied to."""


class ClosedForm:
    """The candidates for both parts of one problem."""

    def __init__(
        self,
        problem: Problem,
        targets: Targets,
        gradients: Gradients,
        reduction: Reduction,
        before: Preparation | None = None,
    ) -> None:
        k = problem.classes
        self._problem, self._gradients, self._reduction = problem, gradients, reduction
        self._each = gradients.W.ndim == 3
        y = targets.dense(k) if isinstance(targets, Labels) else targets
        a = gradients.forward.logits.reshape(-1, k)
        p = gradients.forward.probabilities.reshape(-1, k)
        self._layer = LastLayer(a, p, y, before)
        self._hidden = problem.rows @ problem.W.T
        ways, residuals = residual_ways(self._layer)
        with np.errstate(over="ignore", invalid="ignore"):
            self._factor = 1.0 / len(y) if reduction == "mean" and not self._each else 1.0
            self._ways = ways
            # (V, N, k), but in memory a class after the other: candidates are tried out by columns.
            by_class = np.empty((k, 1 + len(residuals), len(y)))
            np.stack([one.T for one in (gradients.residuals, *residuals)], axis=1, out=by_class)
            by_class *= self._factor
            self._residuals = by_class.transpose(1, 2, 0)
            self._gated = [(name, value(self._hidden), slope) for name, value, slope in GATES]
        self._models = self._forward_models()
        self._scalars = scalars(
            reduction, len(y), k, self._each, float(self._layer.s.sum()) if before else float("nan")
        )

    def part(
        self, part: Part, sizes: Magnitudes, noise: Floats, shape: tuple[int, ...] | None = None
    ) -> PartCandidates:
        """Return what a part of such `noise` may be, submitted in some shape, by default the right one."""
        right: Floats = getattr(self._gradients, part)
        parameter: Floats = getattr(self._problem, part)
        products = Products(self._each, right.shape if shape is None else shape)
        with np.errstate(over="ignore", invalid="ignore"):
            if part == "W":
                self._by_w(products, swapped=False)
                self._by_theta(products, swapped=True)
            else:
                self._by_theta(products, swapped=False)
                self._by_w(products, swapped=True)
            term = self._term(part, sizes)
        return PartCandidates(
            part,
            right,
            noise,
            sizes.unit,
            term,
            products,
            self._scalars,
            parameter,
            self._gradients.l2,
            len(self._problem.rows),
            drifts=self._drifts(part),
        )

    def _drifts(self, part: Part) -> tuple[Drift, ...]:
        """Return what −η times is added to ∂ℓ/∂W where Θ has made its step already."""
        if part != "W" or self._each:
            return ()
        with np.errstate(over="ignore", invalid="ignore"):
            back = self._residuals[0] @ self._gradients.Theta.T
        return (Drift(_UPDATED, back, self._problem.rows),)

    def follows(self, wrong: Mapping[str, WrongPart]) -> Mapping[str, Code]:
        """Return whether ∂ℓ/∂W follows from the submitted ∂ℓ/∂Θ, both of them wrong."""
        if set(wrong) != set(PARTS):
            return {}
        W, Theta = wrong["W"], wrong["Theta"]
        if W.given.shape != W.candidates.right.shape or Theta.given.shape != Theta.candidates.right.shape:
            return {}
        if self._each or not follows_from_theta(
            self._problem,
            self._gradients,
            W.given.astype(np.float64, copy=False),
            Theta.given.astype(np.float64, copy=False),
        ):
            return {}
        return {"W": "follows_from_Theta"}

    def _term(self, part: Part, sizes: Magnitudes) -> float:
        """Return what no entry exceeds of the part's formula with every factor's absolute value."""
        g = self._factor * (np.abs(self._layer.s) * self._layer.p + np.abs(self._layer.y))
        if part == "W":
            x = sizes.inputs
            each = (g @ sizes.Theta.T).max(axis=1) * np.maximum(x.max(axis=1), -x.min(axis=1))
        else:
            each = sizes.hidden.max(axis=1) * g.max(axis=1)
        return float(each.max() if self._each else each.sum())

    def _by_w(self, products: Products, swapped: bool) -> None:
        problem, g, x = self._problem, self._residuals, self._problem.rows
        one = np.ones((1, len(x), 1))
        if swapped and not products.wants(len(problem.Theta), x.shape[1]):
            return
        lefts = products.left(g, problem.Theta.T)
        inputs = products.right(x[np.newaxis])[0]
        if swapped:
            products.add_each(lefts, inputs, self._each_way(_SWAPPED))
            return
        ones = products.right(one, np.ones((1, x.shape[1])))[0]
        column = products.right(one)[0]
        bare = products.left(g)
        rows = self._rows(products.right, x)
        products.add_each(lefts, inputs, self._each_way())
        products.add_each(lefts, ones, self._each_way(_ONES))
        products.add_each(lefts, column, self._each_way(_NARROW), "column")
        products.add_each(lefts, column, self._each_way(_ONE_COLUMN))
        products.add_each(bare, inputs, self._each_way(_NO_WEIGHT))
        for right, way in rows:
            products.add_each(lefts, right, self._each_way(way))
        back = g[0] @ problem.Theta.T
        for name, h, slope in self._gated:
            gated = products.left((back * slope(h))[np.newaxis])[0]
            products.add(gated, inputs, (_gate(f"{name}′ in W", "W"),))
        for name, of_outputs in GATES_OF_OUTPUTS:
            gated = products.left((back * of_outputs(self._hidden))[np.newaxis])[0]
            products.add(gated, inputs, (_gate(f"{name} in W", "W"),))
        for way, _, _, back in self._models:
            products.add(products.left(back[np.newaxis])[0], inputs, (way,))
        if problem.Theta.shape[0] == problem.Theta.shape[1]:
            products.add(products.left((g[0] @ problem.Theta)[np.newaxis])[0], inputs, (_THETA_BACK,))

    def _by_theta(self, products: Products, swapped: bool) -> None:
        g, x, hidden = self._residuals, self._problem.rows, self._hidden
        if swapped and not products.wants(hidden.shape[1], g.shape[2]):
            return
        rights = products.right(g)
        outputs = products.left(hidden[np.newaxis])[0]
        if swapped:
            products.add_each((outputs,), rights, self._each_way(_SWAPPED))
            return
        one = np.ones((1, len(x), 1))
        ones = products.left(one, np.ones((1, hidden.shape[1])))[0]
        row = products.left(one)[0]
        inputs = products.left(x[np.newaxis])[0]
        rows = self._rows(products.left, hidden)
        products.add_each((outputs,), rights, self._each_way())
        products.add_each((ones,), rights, self._each_way(_ONES))
        products.add_each((row,), rights, self._each_way(_NARROW), "row")
        products.add_each((row,), rights, self._each_way(_ONE_COLUMN))
        products.add_each((inputs,), rights, self._each_way(_NO_WEIGHT))
        products.add_each((inputs,), rights, self._each_way(_INPUTS))
        if x.shape[1] == hidden.shape[1]:
            turned = products.left((x @ self._problem.W)[np.newaxis])[0]
            products.add_each((turned,), rights, self._each_way(_TURNED))
        for left, way in rows:
            products.add_each((left,), rights, self._each_way(way))
        for name, value, _ in self._gated:
            gated = products.left(value[np.newaxis])[0]
            products.add(gated, rights[0], (_gate(f"{name} in Θ", "Theta"),))
        for way, seen, residuals, _ in self._models:
            products.add(products.left(seen[np.newaxis])[0], products.right(residuals[np.newaxis])[0], (way,))

    def _each_way(self, *before: Deviation) -> list[tuple[Deviation, ...]]:
        """Return no way and every way of `residual_ways`, each behind what stands `before`."""
        return [before, *((*before, way) for way in self._ways)]

    def _rows(self, take: Callable[[Floats, Floats], range], factor: Floats) -> list[tuple[int, Deviation]]:
        """Take in a factor that only one row has, where there is a sum over rows."""
        if self._each or len(factor) == 1:
            return []
        found = []
        for way, row in (("the last row alone", -1), ("the first row alone", 0)):
            chosen = np.zeros((1, len(factor), 1))
            chosen[0, row] = 1.0
            found.append((take(chosen, factor[row][np.newaxis])[0], Deviation("row_overwritten", way)))
        return found

    def _forward_models(self) -> list[tuple[Deviation, Floats, Floats, Floats]]:
        """Return wrong models: what Θ meets (N, h), ∂/∂a (N, k), and the derivative of what Θ meets."""
        z, Theta, x = self._hidden, self._problem.Theta, self._problem.rows
        models: list[tuple[Deviation, Floats, Floats, Function, Floats]] = []
        for name, value, slope in self._gated:
            models.append((_gate(f"{name} throughout"), value, Theta, slope, Theta))
        if Theta.shape[0] == Theta.shape[1]:
            models.append((Deviation("theta_transposed", "throughout"), z, Theta.T, _one, Theta.T))
            models.append((Deviation("theta_transposed", "forward"), z, Theta.T, _one, Theta))
        if x.shape[1] == len(Theta):
            turned = Deviation("layer_weight_transposed", "throughout")
            models.append((turned, x @ self._problem.W, Theta, _one, Theta))
            models.append((Deviation("first_layer_forgotten", "throughout"), x, Theta, _one, Theta))
        found = []
        with np.errstate(over="ignore", invalid="ignore"):
            for way, seen, forth, slope, back in models:
                p = softmaxed(seen @ forth)
                g = self._factor * (self._layer.s * p - self._layer.y)
                found.append((way, seen, g, (g @ back.T) * slope(seen)))
        return found


def part_noise(problem: Problem, gradients: Gradients, sizes: Magnitudes, part: Part) -> Floats:
    """Return the rounding that each entry of a part may have, its penalty's included."""
    noise = sizes.noise(part)
    if gradients.l2:
        noise = noise + sizes.arithmetic.roundoff * _PENALTY * gradients.l2 * np.abs(getattr(problem, part))
    return noise


def scalars(reduction: Reduction, rows: int, classes: int, each: bool, weights: float) -> tuple[Scalar, ...]:
    """Return the factors by which a gradient may be off, one or two at once; `weights` is the rows' sum."""
    single: list[tuple[Deviation, float]] = [(SIGN, -1.0)]
    summed = rows > 1 and not each
    if summed:
        code: Code = "mean_instead_of_sum" if reduction == "sum" else "sum_instead_of_mean"
        single.append((Deviation(code, "other", common=True), 1.0 / rows if reduction == "sum" else rows))
        if reduction == "mean":
            single.append((Deviation("wrong_divisor", "N²", common=True), 1.0 / rows))
            if rows > 2:
                single.append((Deviation("wrong_divisor", "N − 1", common=True), rows / (rows - 1.0)))
        if np.isfinite(weights) and weights > 0.0 and abs(weights / rows - 1.0) > _ROUNDED:
            divided = rows / weights if reduction == "mean" else 1.0 / weights
            single.append((Deviation("weighted_mean", "Σw", common=True), divided))
    if classes > 2 and all(abs(factor * classes - 1.0) > _ROUNDED for _, factor in single):
        single.append((Deviation("wrong_divisor", "k", common=True), 1.0 / classes))
    for base in (2.0, 10.0):
        single.append(
            (Deviation("log_base", f"{base:g}", common=True, hides=False), 1.0 / float(np.log(base)))
        )
    found = [Scalar(1.0)]
    found += [Scalar(factor, (one,)) for one, factor in single]
    for index, (one, factor) in enumerate(single):
        for other, second in single[index + 1 :]:
            if one.code != other.code and abs(factor * second - 1.0) > _ROUNDED:
                found.append(Scalar(factor * second, (one, other)))
    return tuple(found)


_ROUNDED = 1e-12

# λ·W is rounded once, and so is the sum.
_PENALTY = 2.0

_SWAPPED = Deviation("swapped_parameters", "the other's")
_ONES = Deviation("missing_input_factor", "ones")
_NARROW = Deviation("missing_input_factor", "none")
_ONE_COLUMN = Deviation("missing_input_factor", "one column or row")
_NO_WEIGHT = Deviation("missing_input_factor", "none of W or Θ")
_INPUTS = Deviation("first_layer_forgotten", "x for Wx", ("Theta",))
_TURNED = Deviation("layer_weight_transposed", "Wᵀx for Wx", ("Theta",))
_UPDATED = Deviation("weights_updated", "Θ", ("W",))
_THETA_BACK = Deviation("theta_transposed", "going back", ("W",))


def _gate(way: str, part: Part | None = None) -> Deviation:
    return Deviation("gate_not_in_the_model", way, (part,) if part else None)
