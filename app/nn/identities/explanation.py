"""The derivation of both gradients with somebody's own numbers put in."""

import numpy as np

from app.nn.activations.record import Floats
from app.nn.errors import LimitExceeded
from app.nn.gradients.problem import Gradients, Problem
from app.nn.gradients.targets import Labels, Targets
from app.nn.identities.record import Step

LARGEST = 6
"""The most hidden units, inputs and classes whose matrices can still be read."""

_DIGITS = 6


def refuse_unreadable(W: tuple[int, ...], Theta: tuple[int, ...], inputs: tuple[int, ...]) -> None:
    """Raise `LimitExceeded` for h, d or k above 6, or more than one row."""
    rows = inputs[0] if len(inputs) == 2 else 1
    for name, letter, size in (("W", "h", W[0]), ("W", "d", W[1]), ("Theta", "k", Theta[1])):
        if size > LARGEST:
            raise LimitExceeded(
                "explain", f"expected {letter} of at most {LARGEST} to explain, got {size}", (name,)
            )
    if rows > 1:
        raise LimitExceeded("explain", f"expected one row to explain, got {rows}", ("inputs",))


def explain(problem: Problem, targets: Targets, gradients: Gradients) -> tuple[Step, ...]:
    """Return Problem 3a and 3b for one row, from Wx to both gradients, as LaTeX with six digits.

    An equation's last sign is ≈ where a number in it was rounded to be written.

    Raises `LimitExceeded` as `refuse_unreadable`.
    """
    W, Theta = problem.W, problem.Theta
    refuse_unreadable(W.shape, Theta.shape, problem.inputs.shape)
    x, h, k = problem.rows[0], problem.W @ problem.rows[0], problem.classes
    a, p = gradients.forward.logits.reshape(k), gradients.forward.probabilities.reshape(k)
    y = (targets.dense(k) if isinstance(targets, Labels) else targets)[0]
    s, g = np.array(y.sum()), gradients.residuals[0]
    W_gradient, Theta_gradient = gradients.W.reshape(W.shape), gradients.Theta.reshape(Theta.shape)
    return (
        _step("W x", [_matrix(W), _column(x)], h, "the hidden values"),
        _step(r"a = \Theta^{\top} W x", [_matrix(Theta.T), _column(h)], a, "the logits: a_j = θ_jᵀWx"),
        _step(
            r"p = \mathrm{softmax}(a)",
            [],
            p,
            "p_j = exp(a_j) / Σ exp(a_m); the largest logit may be subtracted from all of them first",
        ),
        _step(
            r"s = \sum_{j} y_{j}",
            ["+".join(_bracketed(number) for number in y)],
            s,
            "the sum of the targets, as they enter the loss after smoothing and class weights",
        ),
        _step(
            r"\ell = s \ln \sum_{m} e^{a_{m}} - \sum_{j} y_{j} a_{j}",
            [],
            gradients.loss.reshape(()),
            "the cross-entropy −Σ y_j ln p_j",
        ),
        _step(
            r"g = \frac{\partial \ell}{\partial a} = s p - y",
            [f"{_bracketed(float(s))} {_column(p)} - {_column(y)}"],
            g,
            "the derivative of the loss by the logits",
        ),
        _step(
            r"\frac{\partial \ell}{\partial \Theta} = (W x) g^{\top}",
            [_column(h), _row(g)],
            Theta_gradient,
            "3a: column i is ∂ℓ/∂θ_i = (s p_i − y_i) W x",
        ),
        _step(
            r"\frac{\partial \ell}{\partial W} = \Theta g x^{\top}",
            [_matrix(Theta), _column(g), _row(x)],
            W_gradient,
            "3b: Θ(s p − y)xᵀ",
        ),
    )


def _step(formula: str, numbers: list[str], value: Floats, reason: str) -> Step:
    written = _column(value) if value.ndim == 1 else _matrix(value) if value.ndim else number(float(value))
    sign = "=" if all(float(f"{v:.{_DIGITS}g}") == v for v in value.flat) else r"\approx"
    middle = f" = {' '.join(numbers)}" if numbers else ""
    return Step(f"{formula}{middle} {sign} {written}", reason)


def number(value: float) -> str:
    r"""Return a number as LaTeX with six significant digits: -0.25, 2.65\times 10^{-261}."""
    mantissa, _, exponent = f"{value + 0.0:.{_DIGITS}g}".partition("e")
    return rf"{mantissa}\times 10^{{{int(exponent)}}}" if exponent else mantissa


def _bracketed(value: float) -> str:
    text = number(value)
    return rf"\left({text}\right)" if text.startswith("-") or "times" in text else text


def _matrix(values: Floats) -> str:
    rows = r" \\ ".join(" & ".join(map(number, row)) for row in values.tolist())
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"


def _column(values: Floats) -> str:
    return _matrix(values[:, np.newaxis])


def _row(values: Floats) -> str:
    return _matrix(values[np.newaxis])
