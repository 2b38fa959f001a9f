"""The derivation of both gradients with somebody's own numbers put in."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import numpy as np

from ..activations.record import Floats
from ..errors import LimitExceeded, Overflow
from ..gradients.cross_entropy import losses_and_residuals
from ..gradients.problem import Problem
from ..gradients.targets import Labels, Targets
from .decimals import Exact, Numbers, decimal, exactly, is_meant, matrix, read
from .record import ProofStep

LARGEST = 6
"""The most hidden units, inputs and classes whose matrices can still be read."""

_DUST = Fraction(1, 2**50)

_Array = TypeVar("_Array", Floats, Exact)


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


def explain(problem: Problem, targets: Targets) -> tuple[ProofStep, ...]:
    """Return Problem 3a and 3b for one row, from Wx to both gradients, as LaTeX with six digits.

    Sums and products are exact, beyond the range of float64 too, and softmax and the loss are those of the
    exact logits: every line follows from those above it where sums in float64 would have cancelled. An
    equation's last sign is = only where what is written is equal as it is written. Exponentials are those of
    the logits less the largest one, as one works them out without overflow.

    Raises `LimitExceeded` as `refuse_unreadable`, and `Overflow` for logits or a loss beyond float64.
    """
    W, Theta = problem.W, problem.Theta
    refuse_unreadable(W.shape, Theta.shape, problem.inputs.shape)
    x, k = problem.rows[0], problem.classes
    h = exactly(W) @ exactly(x)
    a = exactly(Theta).T @ h
    logits = _logits(problem, a)
    probabilities, losses, residuals = losses_and_residuals(logits[np.newaxis], targets)
    if not (np.isfinite(losses).all() and np.isfinite(residuals).all()):
        raise Overflow("expected a loss below 1.8e308 in size, got one beyond it", ("targets",))
    p, g = probabilities[0], residuals[0]
    y = (targets.dense(k) if isinstance(targets, Labels) else targets)[0]
    s, m = np.array(exactly(y).sum()), np.array(a.max())
    with np.errstate(over="ignore"):
        e = np.exp(logits - logits.max())
    total = np.array(e.sum())
    log_total = m if k == 1 else np.array(logits.max() + np.log(total))
    level = bool((a == m).all())  # all exponentials are 1, else p is irrational
    rational = level or s.item() == 0
    back = exactly(Theta) @ exactly(g)
    if not rational:
        # g is rounded, and its numbers sum to 0: what that leaves of equal θ is no derivative.
        back[np.abs(back) <= _DUST * (np.abs(exactly(Theta)) @ np.abs(exactly(g)))] = Fraction(0)
    return (
        _step("W x", [W, _column(x)], _column(h), "the hidden values", exact=read(W) @ read(_column(x))),
        _step(
            r"a = \Theta^{\top} W x",
            [Theta.T, _column(h)],
            _column(a),
            "the logits: aⱼ = θⱼᵀWx",
            exact=read(Theta.T) @ read(_column(h)),
        ),
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
            exact=np.array(read(y).sum()),
        ),
        _step(
            r"\ln \sum_{j} e^{a_{j}} = m + \ln \sum_{j} e^{a_{j} - m}",
            [m, r"+ \ln", total],
            log_total,
            "what ln pⱼ takes from aⱼ: ln pⱼ = aⱼ − ln Σ exp(aᵢ)",
            exact=k == 1,
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
            losses.reshape(()),
            "the cross-entropy; classes whose target is 0 add nothing, and more digits are kept than shown",
            exact=k == 1 or not y.any(),
        ),
        _step(
            r"g = \frac{\partial \ell}{\partial a} = s p - y",
            [_bracketed(s), _column(p), "-", _column(y)],
            _column(g),
            "the derivative of the loss by the logits",
            exact=rational and read(s) * read(_column(p)) - read(_column(y)),
        ),
        _step(
            r"\frac{\partial \ell}{\partial \Theta} = (W x) g^{\top}",
            [_column(h), g[np.newaxis]],
            _column(h) * exactly(g),
            "3a: column i is ∂ℓ/∂θᵢ = (s·pᵢ − yᵢ) W x",
            exact=rational and read(_column(h)) * read(g),
        ),
        _step(
            r"\Theta g",
            [Theta, _column(g)],
            _column(back),
            "the derivative of the loss by the hidden values",
            exact=rational and read(Theta) @ read(_column(g)),
        ),
        _step(
            r"\frac{\partial \ell}{\partial W} = \Theta g x^{\top}",
            [_column(back), x[np.newaxis]],
            _column(back) * exactly(x),
            "3b: row u is x with the factor (Θg)ᵤ",
            exact=rational and read(_column(back)) * read(x),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Bracketed:
    """A number that something stands before: negative ones and powers of ten get brackets."""

    value: float | Fraction


_Piece = str | Numbers | _Bracketed


def _step(
    formula: str, pieces: list[_Piece], value: Numbers, reason: str, *, exact: Exact | bool = True
) -> ProofStep:
    """Return formula = pieces = value, the pieces LaTeX or numbers to be written as such.

    `exact` is what the pieces come to as they are written, or whether `value` is that; else it is ≈ value
    however short the numbers are.
    """
    middle = f" = {' '.join(map(_written, pieces))}" if pieces else ""
    equal = exact if isinstance(exact, bool) else bool((exact == read(value)).all())
    sign = "=" if equal and all(map(_is_short, (*pieces, value))) else r"\approx"
    return ProofStep(f"{formula}{middle} {sign} {_written(value)}", reason)


def _written(piece: _Piece) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, _Bracketed):
        text = decimal(piece.value)
        return rf"\left({text}\right)" if text.startswith("-") or "times" in text else text
    return matrix(piece) if piece.ndim else decimal(piece.item())


def _is_short(piece: _Piece) -> bool:
    """Tell whether a piece is written without rounding."""
    if isinstance(piece, str):
        return True
    values = [piece.value] if isinstance(piece, _Bracketed) else piece.ravel().tolist()
    return all(map(is_meant, values))


def _between(sign: str, terms: list[list[_Piece]]) -> list[_Piece]:
    """Return terms with a sign between them."""
    return [piece for index, term in enumerate(terms) for piece in (*([sign] if index else []), *term)]


def _bracketed(value: float | Fraction | Numbers) -> _Bracketed:
    return _Bracketed(value.item() if isinstance(value, np.ndarray | np.float64) else value)


def _logits(problem: Problem, exact: Exact) -> Floats:
    """Return logits as float64, or raise `Overflow`."""
    try:
        return np.array([float(logit) for logit in exact])
    except OverflowError:
        raise Overflow(
            "expected every logit below 1.8e308 in size, got one beyond it", problem.place(0)
        ) from None


def _column(values: _Array) -> _Array:
    return values[:, np.newaxis]
