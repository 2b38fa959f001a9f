"""Backpropagation with somebody's own numbers put in: every layer forth, the loss, every layer back."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..activations.record import Activation, Floats
from ..errors import LimitExceeded, Overflow
from ..gradients.softmax import softmax
from ..gradients.targets import Labels, Targets
from ..networks.atoms import Written, written
from ..networks.backpropagation import Loss
from ..networks.evaluation import Step, trace
from ..networks.network import SOFTMAX, Layer, Network
from .cross_entropy_steps import cross_entropy_steps
from .decimals import Exact, exactly, read
from .equation import between, bracketed, column, equation
from .explanation import LARGEST, as_floats, gone_back, penalty_steps, refuse_rows
from .record import ProofStep

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

    Raises `LimitExceeded` as `refuse_unreadable_network`, what `trace` raises, and `Overflow` for a loss or
    a number on the way beyond float64.
    """
    refuse_unreadable_network(network, inputs.shape)
    row = inputs.reshape(1, -1)
    forth = _Forth(network, row[0], tuple(trace(network, row)))
    steps = list(forth.steps())
    ends = _at_the_end(network, forth, targets, loss)
    steps += ends.steps
    gradients: list[tuple[str, Floats, Exact]] = []
    steps += _back(network, forth, ends, gradients)
    if l2:
        steps += penalty_steps(gradients[::-1], ends.loss, l2, exact=ends.exact)
    return tuple(steps)


@dataclass(frozen=True, slots=True, eq=False)
class _Values:
    """A vector that the lines before call `name`, and whether nothing was rounded on the way to it."""

    name: str
    numbers: Exact
    exact: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """The lines of the loss down to δ of the last layer, or to what its activation's derivative meets."""

    steps: list[ProofStep]
    loss: Floats | Exact
    delta: Exact
    exact: bool


class _Forth:
    """Every layer's z and h."""

    def __init__(self, network: Network, x: Floats, steps: tuple[Step, ...]) -> None:
        self._network, self._trace = network, steps
        self.seen = [_Values("x", exactly(x), exact=True)]
        self.z: list[_Values] = []
        for index, (layer, step) in enumerate(zip(network.layers, steps, strict=True), 1):
            below = self.seen[-1]
            z = exactly(layer.weight) @ below.numbers
            if layer.bias is not None:
                z = z + exactly(layer.bias)
            own = exactly(step.preactivations[0])
            if isinstance(layer.activation, Activation) and layer.activation.name != "identity":
                z = np.where([_apart(layer.activation, *pair) for pair in zip(z, own, strict=True)], own, z)
            here = _Values(f"z_{{{index}}}", z, below.exact)
            self.z.append(here)
            self.seen.append(_activated(layer.activation, here, index))

    def steps(self) -> Iterator[ProofStep]:
        """Yield the lines from the inputs to the outputs; softmax is the loss's."""
        for index, (layer, z) in enumerate(zip(self._network.layers, self.z, strict=True)):
            yield _affine(layer, self.seen[index], z, index + 1)
            activation = layer.activation
            if isinstance(activation, Activation) and activation.name != "identity":
                sigma, h = rf"\sigma_{{{index + 1}}}", self.seen[index + 1]
                yield ProofStep(
                    f"{sigma}(x) = {activation.latex}",
                    f"the activation of layer {index + 1}: {activation.name}",
                )
                yield equation(
                    rf"h_{{{index + 1}}} = {sigma}\left({z.name}\right)",
                    [],
                    column(h.numbers),
                    f"the outputs of layer {index + 1}: its activation of each number",
                    exact=h.exact,
                )


def _affine(layer: Layer, below: _Values, z: _Values, index: int) -> ProofStep:
    W = f"W_{{{index}}}"
    product = read(layer.weight) @ read(column(below.numbers))
    if layer.bias is None:
        return equation(
            f"{z.name} = {W} {below.name}",
            [layer.weight, column(below.numbers)],
            column(z.numbers),
            f"layer {index} before its activation; it has no bias",
            exact=below.exact and product,
        )
    return equation(
        f"{z.name} = {W} {below.name} + b_{{{index}}}",
        [layer.weight, column(below.numbers), "+", column(layer.bias)],
        column(z.numbers),
        f"layer {index} before its activation",
        exact=below.exact and product + read(column(layer.bias)),
    )


def _at_the_end(network: Network, forth: _Forth, targets: Targets, loss: Loss) -> _Ends:
    softmax = network.layers[-1].activation == SOFTMAX
    outputs = forth.z[-1] if softmax else forth.seen[-1]
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
        exact = outputs.exact and found.rational
        return _Ends([logits, *found.steps], found.loss, exactly(found.g), exact)
    y = (targets.dense(network.outputs) if isinstance(targets, Labels) else targets)[0]
    if softmax:
        return _squares_of_softmax(outputs, floats, y)
    error = outputs.numbers - exactly(y)
    value = np.array((error * error).sum() / 2)
    try:
        float(value.item())
    except OverflowError:
        raise Overflow("expected a loss below 1.8×10³⁰⁸ in size, got one beyond it", ("targets",)) from None
    return _Ends(
        [
            equation("y", [], column(y), "the targets"),
            equation(
                rf"g = \frac{{\partial \ell}}{{\partial {outputs.name}}} = {outputs.name} - y",
                [column(outputs.numbers), "-", column(y)],
                column(error),
                "the error, which is the derivative of the loss by the outputs",
                exact=outputs.exact and read(column(outputs.numbers)) - read(column(y)),
            ),
            _half_squares("g", error, value, exact=outputs.exact),
        ],
        value,
        error,
        outputs.exact,
    )


def _half_squares(name: str, error: Exact, value: Floats | Exact, *, exact: bool) -> ProofStep:
    return equation(
        rf"\ell = \frac{{1}}{{2}} \sum_{{j}} {name}_{{j}}^{{2}}",
        [
            r"\frac{1}{2} \left(",
            *between("+", [[r"\left(", np.array(one), r"\right)^{2}"] for one in error]),
            r"\right)",
        ],
        value,
        "half the squared error",
        exact=exact and np.array((read(error) ** 2).sum() / 2),
    )


def _squares_of_softmax(outputs: _Values, logits: Floats, y: Floats) -> _Ends:
    """Return the lines of ½‖p − y‖² with p = softmax(z)."""
    level = bool((outputs.numbers == outputs.numbers[0]).all())  # else p is irrational
    p, top = exactly(softmax(logits)), int(logits.argmax())
    if level:
        p = np.array([Fraction(1, len(p))] * len(p), object)
    # What is left of 1: on a confident row p − y would cancel.
    p[top] = 1 - (p.sum() - p[top])
    exact = level and outputs.exact
    error = p - exactly(y)
    dot = np.array((p * error).sum())
    delta = p * (error - dot.item())
    value = np.array((error * error).sum() / 2)
    return _Ends(
        [
            equation(
                rf"p = \mathrm{{softmax}}\left({outputs.name}\right)",
                [],
                column(p),
                "the outputs: pⱼ = exp(zⱼ) / Σ exp(zᵢ)",
                exact=exact,
            ),
            equation("y", [], column(y), "the targets"),
            equation(
                r"e = \frac{\partial \ell}{\partial p} = p - y",
                [column(p), "-", column(y)],
                column(error),
                "the error, which is the derivative of the loss by the outputs",
                exact=exact and read(column(p)) - read(column(y)),
            ),
            _half_squares("e", error, value, exact=exact),
            equation(
                r"p^{\top} e",
                [p[np.newaxis], column(error)],
                dot,
                "what softmax's Jacobian takes from each error",
                exact=exact and np.array((read(p) * read(error)).sum()),
            ),
            equation(
                rf"g = \frac{{\partial \ell}}{{\partial {outputs.name}}} = "
                r"p \odot \left(e - p^{\top} e\right)",
                [column(p), r"\odot \left(", column(error), "-", bracketed(dot), r"\right)"],
                column(delta),
                "back through softmax, whose Jacobian is diag p − ppᵀ; ⊙ multiplies number by number",
                exact=exact and read(column(p)) * (read(column(error)) - read(dot).item()),
            ),
        ],
        value,
        delta,
        exact,
    )


def _back(
    network: Network, forth: _Forth, ends: _Ends, gradients: list[tuple[str, Floats, Exact]]
) -> Iterator[ProofStep]:
    """Yield the lines of every layer, the last one first; append each weight's name, itself and ∂ℓ by it."""
    count = len(network.layers)
    behind = _Values("g", ends.delta, ends.exact)
    delta = behind
    for index in range(count, 0, -1):
        layer, z = network.layers[index - 1], forth.z[index - 1]
        lines, delta = _through_activation(layer.activation, z, behind, index)
        yield from lines
        below = forth.seen[index - 1]
        exact = delta.exact and below.exact
        W = f"W_{{{index}}}"
        by_weight = column(delta.numbers) * below.numbers
        gradients.append((W, layer.weight, by_weight))
        yield equation(
            rf"\frac{{\partial \ell}}{{\partial {W}}} = {delta.name} {below.name}^{{\top}}",
            [column(delta.numbers), below.numbers[np.newaxis]],
            by_weight,
            f"the gradient by the weight of layer {index}: each unit's δ times what the layer sees",
            exact=exact and read(column(delta.numbers)) * read(below.numbers),
        )
        if layer.bias is not None:
            yield equation(
                rf"\frac{{\partial \ell}}{{\partial b_{{{index}}}}} = {delta.name}",
                [],
                column(delta.numbers),
                f"the gradient by the bias of layer {index}, which is multiplied by one",
                exact=delta.exact,
            )
        back = gone_back(layer.weight.T, delta.numbers, rounded=not delta.exact)
        to = rf"\frac{{\partial \ell}}{{\partial {below.name}}}"
        yield equation(
            rf"{to} = {W}^{{\top}} {delta.name}",
            [layer.weight.T, column(delta.numbers)],
            column(back),
            "the gradient by the inputs" if index == 1 else f"back through the weight of layer {index}",
            exact=delta.exact and read(layer.weight.T) @ read(column(delta.numbers)),
        )
        behind = _Values(to, back, delta.exact)


def _through_activation(
    activation: Activation | str, z: _Values, behind: _Values, index: int
) -> tuple[list[ProofStep], _Values]:
    """Return the lines from ∂ℓ/∂h of a layer to its δ = ∂ℓ/∂z, and δ."""
    name = rf"\delta_{{{index}}}"
    formula = rf"{name} = \frac{{\partial \ell}}{{\partial {z.name}}} = {behind.name}"
    if not isinstance(activation, Activation) or activation.name == "identity":
        here = _Values(name, behind.numbers, behind.exact)
        line = equation(formula, [], column(here.numbers), f"δ of layer {index}", exact=here.exact)
        return [line], here
    slopes, exact = _slopes(activation, z)
    sigma = rf"\sigma_{{{index}}}'"
    here = _Values(name, behind.numbers * slopes, behind.exact and exact)
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
            [column(behind.numbers), r"\odot", column(slopes)],
            column(here.numbers),
            f"δ of layer {index}: back through its activation; ⊙ multiplies number by number",
            exact=here.exact and read(column(behind.numbers)) * read(column(slopes)),
        ),
    ], here


def _activated(activation: Activation | str, z: _Values, index: int) -> _Values:
    """Return what a layer puts out; of softmax, which is the loss's, z itself."""
    if not isinstance(activation, Activation) or activation.name == "identity":
        return z
    name = f"h_{{{index}}}"
    form = written(activation)
    if _is_piecewise(form):
        return _Values(name, np.array([_value(form, one) for one in z.numbers], object), z.exact)
    values = activation.evaluate(as_floats(z.numbers, "number", ("inputs",)))
    # At 0 every activation of the catalogue is rational: where its digits are few, they are all.
    return _Values(name, exactly(values), z.exact and not z.numbers.any())


def _slopes(activation: Activation, z: _Values) -> tuple[Exact, bool]:
    """Return σ′(z), and whether nothing is rounded in it."""
    form = written(activation)
    slopes = exactly(activation.derivative(as_floats(z.numbers, "number", ("inputs",))))
    if _is_piecewise(form):
        pairs = zip(z.numbers, slopes, strict=True)
        return np.array([_slope(form, one, otherwise) for one, otherwise in pairs], object), True
    return slopes, z.exact and not z.numbers.any()


def _is_piecewise(form: Written) -> bool:
    return form.atom is None or form.atom.pieces is not None


def _value(form: Written, z: Fraction) -> Fraction:
    inner = form.stretch * z + form.shift
    if form.atom is not None and form.atom.pieces is not None:
        inner = form.atom.pieces.at(inner)
    return form.offset + form.factor * inner


def _slope(form: Written, z: Fraction, otherwise: Fraction) -> Fraction:
    """Return the slope of the piece in which z lies, `otherwise` at an edge."""
    if form.atom is None or form.atom.pieces is None:
        return form.factor * form.stretch
    inner = form.stretch * z + form.shift
    if inner in form.atom.pieces.edges:
        return otherwise
    line = sum(edge < inner for edge in form.atom.pieces.edges)
    return form.factor * form.stretch * form.atom.pieces.lines[line][0]


def _apart(activation: Activation, z: Fraction, own: Fraction) -> bool:
    """Tell whether a kink or a jump lies between two numbers, or at one of them alone."""
    if z == own:
        return False
    edges = [Fraction(one) for one in (*activation.kinks, *(jump.at for jump in activation.jumps))]
    return any((z > edge) - (z < edge) != (own > edge) - (own < edge) for edge in edges)
