"""Backpropagation with somebody's own numbers put in: every layer forward, the loss, every layer back."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from ..activations.record import Activation, Floats
from ..errors import LimitExceeded
from ..gradients.targets import Labels, Targets
from ..networks.atoms import written
from ..networks.backpropagation import Loss
from ..networks.evaluation import trace
from ..networks.network import SOFTMAX, Layer, Network, Softmax
from .cross_entropy_steps import cross_entropy_steps
from .decimals import Exact, exactly, read
from .equation import column, equation
from .explanation import LARGEST, as_floats, gone_back, penalty_steps, refuse_rows
from .record import LossSteps, ProofStep
from .squared_error_steps import squared_error_of_softmax_steps, squared_error_steps

MOST_LAYERS = 3
"""The most layers whose derivation can still be read."""

_OF_TARGETS = "the targets: a class number as a row of zeros with a one in it"


def refuse_unreadable_network(network: Network, inputs: tuple[int, ...]) -> None:
    """Raise `LimitExceeded` for more than 3 layers, a layer of more than 6 units or inputs, or more rows."""
    if len(network.layers) > MOST_LAYERS:
        raise LimitExceeded(
            "explain",
            f"expected at most {MOST_LAYERS} layers to explain, got {len(network.layers)}",
            ("network", "layers"),
        )
    for index, layer in enumerate(network.layers):
        for what, size in (("units", layer.outputs), ("inputs", layer.inputs)):
            if size > LARGEST:
                raise LimitExceeded(
                    "explain",
                    f"expected at most {LARGEST} {what} in a layer to explain, got {size}",
                    ("network", "layers", index, "weight"),
                )
    refuse_rows(inputs)


def explain_network(
    network: Network, inputs: Floats, targets: Targets, loss: Loss, l2: float = 0.0
) -> tuple[ProofStep, ...]:
    """Return backpropagation for one row, from W₁x to every gradient, as LaTeX with six digits.

    Layers count from 1, as z₁ = W₁x + b₁ and h₁ = σ₁(z₁) on paper. Sums and products are exact, and so are
    piecewise linear activations; where rounding decides on which side of a kink z lies, z is that of
    `evaluation.trace`, whose slopes the gradients have. An equation's last sign is = only where what is
    written is equal as it is written.

    Raises `LimitExceeded` as `refuse_unreadable_network`, `ShapeMismatch` for a row of another length, and
    `Overflow` for a loss or a number on the way beyond float64.
    """
    refuse_unreadable_network(network, inputs.shape)
    layers = _forward(network, inputs.reshape(1, -1))
    of_loss = _loss_steps(layers[-1], targets, loss)
    steps = [*_forward_steps(layers), *of_loss.steps]
    gradients: list[tuple[str, Floats, Exact]] = []
    after = _Values("g", exactly(of_loss.gradient), of_loss.exact)
    for one in reversed(layers):
        through, delta = _steps_through_activation(one, after)
        by_weight = column(delta.numbers) * one.below.numbers
        gradients.insert(0, (f"W_{{{one.index}}}", one.layer.weight, by_weight))
        back, after = _back(one, delta)
        steps += [*through, *_gradient_steps(one, delta, by_weight), back]
    if l2:
        steps += penalty_steps(gradients, of_loss.loss, l2, exact=of_loss.exact)
    return tuple(steps)


@dataclass(frozen=True, slots=True, eq=False)
class _Values:
    """A vector that the lines before call `name`, and whether nothing was rounded on the way to it."""

    name: str
    numbers: Exact
    exact: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Evaluated:
    """The layer of an `index` from 1 on: what it sees, its z and its h, which is z where nothing is applied.

    `activation` is None then; softmax is the loss's.
    """

    index: int
    layer: Layer
    below: _Values
    z: _Values
    h: _Values

    @property
    def activation(self) -> Activation | None:
        return _applied(self.layer.activation)


def _applied(activation: Activation | Softmax) -> Activation | None:
    return activation if isinstance(activation, Activation) and activation.name != "identity" else None


def _forward(network: Network, row: Floats) -> list[_Evaluated]:
    """Return every layer with its numbers for a row (1, d)."""
    below = _Values("x", exactly(row[0]), exact=True)
    found = []
    for index, (layer, step) in enumerate(zip(network.layers, trace(network, row), strict=True), 1):
        activation = _applied(layer.activation)
        z = exactly(layer.weight) @ below.numbers
        if layer.bias is not None:
            z = z + exactly(layer.bias)
        if activation is not None:
            rounded = exactly(step.preactivations[0])
            other_side = [_kink_between(activation, *pair) for pair in zip(z, rounded, strict=True)]
            z = np.where(other_side, rounded, z)
        before = _Values(f"z_{{{index}}}", z, below.exact)
        h = before if activation is None else _activated(activation, before, f"h_{{{index}}}")
        found.append(_Evaluated(index, layer, below, before, h))
        below = h
    return found


def _forward_steps(layers: list[_Evaluated]) -> Iterator[ProofStep]:
    """Yield the lines from the inputs to the outputs."""
    for one in layers:
        yield _affine_step(one)
        if one.activation is not None:
            sigma = rf"\sigma_{{{one.index}}}"
            yield ProofStep(
                f"{sigma}(x) = {one.activation.latex}",
                f"the activation of layer {one.index}: {one.activation.name}",
            )
            yield equation(
                rf"{one.h.name} = {sigma}\left({one.z.name}\right)",
                [],
                column(one.h.numbers),
                f"the outputs of layer {one.index}: its activation of each number",
                exact=one.h.exact,
            )


def _affine_step(one: _Evaluated) -> ProofStep:
    layer, below, index = one.layer, one.below, one.index
    formula = f"{one.z.name} = W_{{{index}}} {below.name}"
    product = read(layer.weight) @ read(column(below.numbers))
    if layer.bias is None:
        return equation(
            formula,
            [layer.weight, column(below.numbers)],
            column(one.z.numbers),
            f"layer {index} before its activation; it has no bias",
            exact=below.exact and product,
        )
    return equation(
        f"{formula} + b_{{{index}}}",
        [layer.weight, column(below.numbers), "+", column(layer.bias)],
        column(one.z.numbers),
        f"layer {index} before its activation",
        exact=below.exact and product + read(column(layer.bias)),
    )


def _loss_steps(last: _Evaluated, targets: Targets, loss: Loss) -> LossSteps:
    """Return the lines of the loss down to g, its derivative by the outputs, or by z before softmax."""
    outputs = last.h
    floats = as_floats(outputs.numbers, "output", ("inputs",))
    if loss == "cross_entropy":
        logits = equation(
            f"a = {outputs.name}",
            [],
            column(outputs.numbers),
            "the logits: what softmax is taken of",
            exact=outputs.exact,
        )
        found = cross_entropy_steps(outputs.numbers, floats, targets, _OF_TARGETS)
        return replace(found, steps=(logits, *found.steps), exact=outputs.exact and found.exact)
    y = (targets.dense(last.layer.outputs) if isinstance(targets, Labels) else targets)[0]
    if last.layer.activation == SOFTMAX:
        return squared_error_of_softmax_steps(outputs.name, outputs.numbers, floats, y, exact=outputs.exact)
    return squared_error_steps(outputs.name, outputs.numbers, y, exact=outputs.exact)


def _steps_through_activation(one: _Evaluated, after: _Values) -> tuple[list[ProofStep], _Values]:
    """Return the lines from ∂ℓ/∂h of a layer to its δ = ∂ℓ/∂z, and δ."""
    z, index, activation = one.z, one.index, one.activation
    name = rf"\delta_{{{index}}}"
    formula = rf"{name} = \frac{{\partial \ell}}{{\partial {z.name}}} = {after.name}"
    if activation is None:
        delta = _Values(name, after.numbers, after.exact)
        return [equation(formula, [], column(delta.numbers), f"δ of layer {index}", exact=delta.exact)], delta
    slopes, exact = _slopes(activation, z)
    sigma = rf"\sigma_{{{index}}}'"
    delta = _Values(name, after.numbers * slopes, after.exact and exact)
    at_kinks = f". {activation.conventions}" if activation.conventions else ""
    return [
        ProofStep(
            f"{sigma}(x) = {activation.derivative_latex}",
            f"the derivative of layer {index}'s activation{at_kinks}",
        ),
        equation(
            rf"{sigma}\left({z.name}\right)",
            [],
            column(slopes),
            "its derivative is taken of what the activation was applied to",
            exact=exact,
        ),
        equation(
            rf"{formula} \odot {sigma}\left({z.name}\right)",
            [column(after.numbers), r"\odot", column(slopes)],
            column(delta.numbers),
            f"δ of layer {index}: back through its activation; ⊙ multiplies number by number",
            exact=delta.exact and read(column(after.numbers)) * read(column(slopes)),
        ),
    ], delta


def _gradient_steps(one: _Evaluated, delta: _Values, by_weight: Exact) -> Iterator[ProofStep]:
    """Yield the lines of ∂ℓ by a layer's weight and its bias."""
    yield equation(
        rf"\frac{{\partial \ell}}{{\partial W_{{{one.index}}}}} = {delta.name} {one.below.name}^{{\top}}",
        [column(delta.numbers), one.below.numbers[np.newaxis]],
        by_weight,
        f"the gradient with respect to the weight of layer {one.index}:"
        " each unit's δ times what the layer sees",
        exact=delta.exact and one.below.exact and read(column(delta.numbers)) * read(one.below.numbers),
    )
    if one.layer.bias is not None:
        yield equation(
            rf"\frac{{\partial \ell}}{{\partial b_{{{one.index}}}}} = {delta.name}",
            [],
            column(delta.numbers),
            f"the gradient with respect to the bias of layer {one.index}, which is multiplied by one",
            exact=delta.exact,
        )


def _back(one: _Evaluated, delta: _Values) -> tuple[ProofStep, _Values]:
    """Return the line of ∂ℓ by what a layer sees, and that."""
    back = gone_back(one.layer.weight.T, delta.numbers, rounded=not delta.exact)
    name = rf"\frac{{\partial \ell}}{{\partial {one.below.name}}}"
    weight = f"W_{{{one.index}}}"
    step = equation(
        rf"{name} = {weight}^{{\top}} {delta.name}",
        [one.layer.weight.T, column(delta.numbers)],
        column(back),
        "the gradient with respect to the inputs"
        if one.index == 1
        else f"back through the weight of layer {one.index}",
        exact=delta.exact and read(one.layer.weight.T) @ read(column(delta.numbers)),
    )
    return step, _Values(name, back, delta.exact)


def _activated(activation: Activation, z: _Values, name: str) -> _Values:
    """Return σ(z), which is called `name`."""
    form = written(activation)
    if form.pieces is not None:
        inner = [form.pieces.at(one) for one in form.stretch * z.numbers + form.shift]
        return _Values(name, form.offset + form.factor * np.array(inner, object), z.exact)
    values = activation.evaluate(as_floats(z.numbers, "number", ("inputs",)))
    # At 0 every activation of the catalogue is rational: where its digits are few, they are all.
    return _Values(name, exactly(values), z.exact and not z.numbers.any())


def _slopes(activation: Activation, z: _Values) -> tuple[Exact, bool]:
    """Return σ′(z), and whether nothing is rounded in it; at a kink it is what the activation says."""
    form = written(activation)
    slopes = exactly(activation.derivative(as_floats(z.numbers, "number", ("inputs",))))
    pieces = form.pieces
    if pieces is None:
        return slopes, z.exact and not z.numbers.any()
    for place, inner in enumerate(form.stretch * z.numbers + form.shift):
        if inner not in pieces.edges:
            slopes[place] = form.factor * form.stretch * pieces.line_at(inner)[0]
    return slopes, True


def _kink_between(activation: Activation, z: Fraction, other: Fraction) -> bool:
    """Tell whether a kink or a jump lies between two numbers, or at one of them alone."""
    if z == other:
        return False
    edges = [Fraction(one) for one in (*activation.kinks, *(jump.at for jump in activation.jumps))]
    return any((z > edge) - (z < edge) != (other > edge) - (other < edge) for edge in edges)
