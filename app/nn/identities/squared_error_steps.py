"""Half the squared error of one row of outputs with somebody's own numbers put in."""

from fractions import Fraction

import numpy as np

from ..activations.record import Floats
from ..gradients.softmax import softmax
from .decimals import Exact, exactly, read
from .equation import between, bracketed, column, equation
from .explanation import as_floats
from .record import LossSteps, ProofStep


def squared_error_steps(name: str, outputs: Exact, y: Floats, *, exact: bool) -> LossSteps:
    """Return the lines of ½‖h − y‖² for outputs (m,), which the lines before call `name`.

    `exact` says whether they are without rounding. Raises `Overflow` for a loss beyond float64.
    """
    error = outputs - exactly(y)
    of_loss, loss = _half_squares("g", error, exact=exact)
    steps = (
        _targets(y),
        _error(rf"g = \frac{{\partial \ell}}{{\partial {name}}} = {name} - y", outputs, y, exact=exact),
        of_loss,
    )
    return LossSteps(steps, loss, error, exact)


def squared_error_of_softmax_steps(
    name: str, logits: Exact, floats: Floats, y: Floats, *, exact: bool
) -> LossSteps:
    """Return the lines of ½‖p − y‖², p = softmax(z), for logits (m,) and the same as `floats`.

    As `squared_error_steps`.
    """
    level = bool((logits == logits[0]).all())  # else p is irrational
    p, top = exactly(softmax(floats)), int(floats.argmax())
    if level:
        p = np.array([Fraction(1, len(p))] * len(p), object)
    # What is left of 1: on a confident row p − y would cancel.
    p[top] = 1 - (p.sum() - p[top])
    exact = level and exact
    error = p - exactly(y)
    dot = np.array((p * error).sum())
    gradient = p * (error - dot.item())
    of_loss, loss = _half_squares("e", error, exact=exact)
    steps = (
        equation(
            rf"p = \mathrm{{softmax}}\left({name}\right)",
            [],
            column(p),
            "the outputs: pⱼ = exp(zⱼ) / Σ exp(zᵢ)",
            exact=exact,
        ),
        _targets(y),
        _error(r"e = \frac{\partial \ell}{\partial p} = p - y", p, y, exact=exact),
        of_loss,
        equation(
            r"p^{\top} e",
            [p[np.newaxis], column(error)],
            dot,
            "what softmax's Jacobian takes from each error",
            exact=exact and np.array((read(p) * read(error)).sum()),
        ),
        equation(
            rf"g = \frac{{\partial \ell}}{{\partial {name}}} = p \odot \left(e - p^{{\top}} e\right)",
            [column(p), r"\odot \left(", column(error), "-", bracketed(dot), r"\right)"],
            column(gradient),
            "back through softmax, whose Jacobian is diag p − ppᵀ; ⊙ multiplies number by number",
            exact=exact and read(column(p)) * (read(column(error)) - read(dot).item()),
        ),
    )
    return LossSteps(steps, loss, gradient, exact)


def _targets(y: Floats) -> ProofStep:
    return equation("y", [], column(y), "the targets")


def _error(formula: str, outputs: Exact, y: Floats, *, exact: bool) -> ProofStep:
    return equation(
        formula,
        [column(outputs), "-", column(y)],
        column(outputs - exactly(y)),
        "the error, which is the derivative of the loss with respect to the outputs",
        exact=exact and read(column(outputs)) - read(column(y)),
    )


def _half_squares(name: str, error: Exact, *, exact: bool) -> tuple[ProofStep, Exact]:
    """Return the line of the loss, and the loss."""
    loss: Exact = np.array((error * error).sum() / 2)
    as_floats(loss.reshape(1), "loss", ("targets",))
    line = equation(
        rf"\ell = \frac{{1}}{{2}} \sum_{{j}} {name}_{{j}}^{{2}}",
        [
            r"\frac{1}{2} \left(",
            *between("+", [[r"\left(", np.array(one), r"\right)^{2}"] for one in error]),
            r"\right)",
        ],
        loss,
        "half the squared error",
        exact=exact and np.array((read(error) ** 2).sum() / 2),
    )
    return line, loss
