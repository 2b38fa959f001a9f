"""The derivation of both gradients with somebody's own numbers put in."""

from fractions import Fraction

import numpy as np

from ..activations.record import Floats
from ..errors import LimitExceeded, Overflow, Place
from ..gradients.problem import Problem
from ..gradients.targets import Targets
from .cross_entropy_steps import cross_entropy_steps
from .decimals import Exact, exactly, read
from .equation import Piece, between, bracketed, column, equation
from .record import ProofStep

LARGEST = 6
"""The most hidden units, inputs and classes whose matrices can still be read."""

_DUST = Fraction(1, 2**50)


def refuse_unreadable(W: tuple[int, ...], Theta: tuple[int, ...], inputs: tuple[int, ...]) -> None:
    """Raise `LimitExceeded` for h, d or k above 6, or more than one row."""
    for name, letter, size in (("W", "h", W[0]), ("W", "d", W[1]), ("Theta", "k", Theta[1])):
        if size > LARGEST:
            raise LimitExceeded(
                "explain", f"expected {letter} of at most {LARGEST} to explain, got {size}", (name,)
            )
    refuse_rows(inputs)


def refuse_rows(inputs: tuple[int, ...]) -> None:
    """Raise `LimitExceeded` for inputs of that shape that are more than one row."""
    rows = inputs[0] if len(inputs) == 2 else 1
    if rows > 1:
        raise LimitExceeded("explain", f"expected one row to explain, got {rows}", ("inputs",))


def explain(problem: Problem, targets: Targets, l2: float = 0.0) -> tuple[ProofStep, ...]:
    """Return Problem 3a and 3b for one row, from Wx to both gradients, as LaTeX with six digits.

    Sums and products are exact, beyond the range of float64 too, and softmax and the loss are those of the
    exact logits: every line follows from those above it where sums in float64 would have cancelled. An
    equation's last sign is = only where what is written is equal as it is written. With `l2`, the λ of
    ½λ(‖W‖² + ‖Θ‖²), its lines come last.

    Raises `LimitExceeded` as `refuse_unreadable`, and `Overflow` for logits or a loss beyond float64.
    """
    W, Theta = problem.W, problem.Theta
    refuse_unreadable(W.shape, Theta.shape, problem.inputs.shape)
    x = problem.rows[0]
    h = exactly(W) @ exactly(x)
    a = exactly(Theta).T @ h
    of_loss = cross_entropy_steps(a, as_floats(a, "logit", problem.place(0)), targets)
    g, rational = of_loss.gradient, of_loss.exact
    back = gone_back(Theta, exactly(g), rounded=not rational)
    by_theta, by_w = column(h) * exactly(g), column(back) * exactly(x)
    steps = (
        equation("W x", [W, column(x)], column(h), "the hidden values", exact=read(W) @ read(column(x))),
        equation(
            r"a = \Theta^{\top} W x",
            [Theta.T, column(h)],
            column(a),
            "the logits: aⱼ = θⱼᵀWx",
            exact=read(Theta.T) @ read(column(h)),
        ),
        *of_loss.steps,
        equation(
            r"\frac{\partial \ell}{\partial \Theta} = (W x) g^{\top}",
            [column(h), g[np.newaxis]],
            by_theta,
            "3a: column i is ∂ℓ/∂θᵢ = (s·pᵢ − yᵢ) W x",
            exact=rational and read(column(h)) * read(g),
        ),
        equation(
            r"\Theta g",
            [Theta, column(g)],
            column(back),
            "the derivative of the loss with respect to the hidden values",
            exact=rational and read(Theta) @ read(column(g)),
        ),
        equation(
            r"\frac{\partial \ell}{\partial W} = \Theta g x^{\top}",
            [column(back), x[np.newaxis]],
            by_w,
            "3b: row u is x with the factor (Θg)ᵤ",
            exact=rational and read(column(back)) * read(x),
        ),
    )
    if not l2:
        return steps
    weights = [("W", W, by_w), (r"\Theta", Theta, by_theta)]
    return (*steps, *penalty_steps(weights, of_loss.loss, l2, exact=rational))


def gone_back(matrix: Floats, g: Exact, *, rounded: bool) -> Exact:
    """Return matrix·g exactly, and 0 where only rounding is left if g is rounded.

    Of residuals that sum to 0, what rounding leaves of equal weights is no derivative.
    """
    back: Exact = exactly(matrix) @ g
    if rounded:
        back[np.abs(back) <= _DUST * (np.abs(exactly(matrix)) @ np.abs(g))] = Fraction(0)
    return back


def penalty_steps(
    weights: list[tuple[str, Floats, Exact]], loss: Floats | Exact, l2: float, *, exact: bool
) -> tuple[ProofStep, ...]:
    """Return what a penalty ½λΣ‖·‖² adds, for each weight its name, itself and ∂ℓ by it."""
    factor, written = Fraction(l2), read(np.array(l2)).item()
    squares: Exact = np.array([(exactly(array) ** 2).sum() for _, array, _ in weights], object)
    whole = exactly(loss).item() + factor / 2 * squares.sum()
    shown = read(loss).item() + written / 2 * read(squares).sum()
    norms = " + ".join(rf"\sum_{{i,j}} ({name})_{{ij}}^{{2}}" for name, _, _ in weights)
    sums: list[list[Piece]] = [[bracketed(one)] for one in squares]
    half = r"\frac{\lambda}{2}"
    found = [
        equation(
            rf"J = \ell + {half} \left({norms}\right)",
            [loss, r"+ \frac{", np.array(l2), r"}{2} \left(", *between("+", sums), r"\right)"],
            np.array(whole, object),
            "the loss with its penalty, which biases have no part in",
            exact=exact and np.array(shown, object),
        )
    ]
    for name, array, gradient in weights:
        by = rf"\partial {name}"
        found.append(
            equation(
                rf"\frac{{\partial J}}{{{by}}} = \frac{{\partial \ell}}{{{by}}} + \lambda {name}",
                [gradient, "+", bracketed(l2), array],
                gradient + factor * exactly(array),
                "the derivative of half a square is the weight itself",
                exact=exact and read(gradient) + written * read(array),
            )
        )
    return tuple(found)


def as_floats(exact: Exact, what: str, at: Place) -> Floats:
    """Return numbers, each a `what`, as float64. Raises `Overflow` for one beyond it."""
    try:
        return np.array([float(one) for one in exact])
    except OverflowError:
        raise Overflow(f"expected every {what} below 1.8×10³⁰⁸ in size, got one beyond it", at) from None
