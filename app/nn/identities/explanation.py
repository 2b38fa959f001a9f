"""The derivation of both gradients with somebody's own numbers put in."""

from dataclasses import dataclass

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

    An equation's last sign is ≈ where a number in it was rounded to be written. Exponentials are those of
    the logits less the largest one, as one works them out without overflow.

    Raises `LimitExceeded` as `refuse_unreadable`.
    """
    W, Theta = problem.W, problem.Theta
    refuse_unreadable(W.shape, Theta.shape, problem.inputs.shape)
    x, h, k = problem.rows[0], problem.W @ problem.rows[0], problem.classes
    a, p = gradients.forward.logits.reshape(k), gradients.forward.probabilities.reshape(k)
    y = (targets.dense(k) if isinstance(targets, Labels) else targets)[0]
    s, g = np.array(y.sum()), gradients.residuals[0]
    m = np.array(a.max())
    with np.errstate(over="ignore"):
        e = np.exp(a - m)
    total = np.array(e.sum())
    log_total = np.array(m + np.log(total))
    level = bool((a == m).all())  # all exponentials are 1
    back = Theta @ g
    return (
        _step("W x", [W, _column(x)], _column(h), "the hidden values"),
        _step(r"a = \Theta^{\top} W x", [Theta.T, _column(h)], _column(a), "the logits: aⱼ = θⱼᵀWx"),
        _step(r"m = \max_{j} a_{j}", [], m, "the largest logit, which is taken from all of them"),
        _step(
            r"\left(e^{a_{j} - m}\right)_{j}",
            [],
            _column(e),
            "numbers of at most 1; e^(−m) is in the numerator and in the denominator of softmax",
            exact=level,
        ),
        _step(
            r"p = \mathrm{softmax}(a) = \frac{1}{\sum_{j} e^{a_{j} - m}} \left(e^{a_{j} - m}\right)_{j}",
            [r"\frac{1}{", total, "}", _column(e)],
            _column(p),
            "the probabilities: pⱼ = exp(aⱼ) / Σ exp(aᵢ)",
            exact=level,
        ),
        _step(
            "y",
            [],
            _column(y),
            "the targets as they enter the loss: a class number as a row of zeros with a one in it, then "
            "label smoothing, then class weights",
        ),
        _step(
            r"s = \sum_{j} y_{j}",
            _between("+", [[_bracketed(number)] for number in y]),
            s,
            "the sum of the targets, 1 for a probability vector",
        ),
        _step(
            r"\ln \sum_{j} e^{a_{j}} = m + \ln \sum_{j} e^{a_{j} - m}",
            [m, r"+ \ln", total],
            log_total,
            "what ln pⱼ takes from aⱼ: ln pⱼ = aⱼ − ln Σ exp(aᵢ)",
            exact=level,
        ),
        _step(
            r"\ell = -\sum_{j} y_{j} \ln p_{j} = \sum_{j} y_{j} \left(\ln \sum_{i} e^{a_{i}} - a_{j}\right)",
            _between(
                "+",
                [
                    [_bracketed(target), r"\left(", log_total, "-", _bracketed(logit), r"\right)"]
                    for target, logit in zip(y, a, strict=True)
                    if target
                ],
            ),
            gradients.loss.reshape(()),
            "the cross-entropy; classes whose target is 0 add nothing, and more digits are kept than shown",
        ),
        _step(
            r"g = \frac{\partial \ell}{\partial a} = s p - y",
            [_bracketed(s), _column(p), "-", _column(y)],
            _column(g),
            "the derivative of the loss by the logits",
        ),
        _step(
            r"\frac{\partial \ell}{\partial \Theta} = (W x) g^{\top}",
            [_column(h), g[np.newaxis]],
            gradients.Theta.reshape(Theta.shape),
            "3a: column i is ∂ℓ/∂θᵢ = (s·pᵢ − yᵢ) W x",
        ),
        _step(
            r"\Theta g",
            [Theta, _column(g)],
            _column(back),
            "the derivative of the loss by the hidden values",
        ),
        _step(
            r"\frac{\partial \ell}{\partial W} = \Theta g x^{\top}",
            [_column(back), x[np.newaxis]],
            gradients.W.reshape(W.shape),
            "3b: row u is x with the factor (Θg)ᵤ",
        ),
    )


@dataclass(frozen=True, slots=True)
class _Bracketed:
    """A number that something stands before: negative ones and powers of ten get brackets."""

    value: float


_Piece = str | Floats | _Bracketed


def _step(formula: str, pieces: list[_Piece], value: Floats, reason: str, *, exact: bool = True) -> Step:
    """Return formula = pieces = value, the pieces LaTeX or numbers to be written as such.

    Where the arithmetic behind `value` is not `exact`, it is ≈ value however short the numbers are.
    """
    middle = f" = {' '.join(map(_written, pieces))}" if pieces else ""
    sign = "=" if exact and all(map(_is_short, (*pieces, value))) else r"\approx"
    return Step(f"{formula}{middle} {sign} {_written(value)}", reason)


def _written(piece: _Piece) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, _Bracketed):
        text = number(piece.value)
        return rf"\left({text}\right)" if text.startswith("-") or "times" in text else text
    return _matrix(piece) if piece.ndim else number(float(piece))


def _is_short(piece: _Piece) -> bool:
    """Tell whether a piece is written without rounding."""
    if isinstance(piece, str):
        return True
    values = [piece.value] if isinstance(piece, _Bracketed) else piece.ravel().tolist()
    return all(float(f"{value:.{_DIGITS}g}") == value for value in values)


def _between(sign: str, terms: list[list[_Piece]]) -> list[_Piece]:
    """Return terms with a sign between them."""
    return [piece for index, term in enumerate(terms) for piece in (*([sign] if index else []), *term)]


def _bracketed(value: float | Floats) -> _Bracketed:
    return _Bracketed(float(value))


def number(value: float) -> str:
    r"""Return a number as LaTeX with six significant digits: -0.25, 2.65\times 10^{-261}."""
    mantissa, _, exponent = f"{value + 0.0:.{_DIGITS}g}".partition("e")
    return rf"{mantissa}\times 10^{{{int(exponent)}}}" if exponent else mantissa


def _matrix(values: Floats) -> str:
    rows = r" \\ ".join(" & ".join(map(number, row)) for row in values.tolist())
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"


def _column(values: Floats) -> Floats:
    return values[:, np.newaxis]
