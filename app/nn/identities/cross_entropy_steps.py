"""Softmax cross-entropy of one row of logits with somebody's own numbers put in."""

import numpy as np

from ..activations.record import Floats
from ..errors import Overflow
from ..gradients.cross_entropy import losses_and_residuals
from ..gradients.targets import Labels, Targets
from .decimals import Exact, exactly, read
from .equation import between, bracketed, column, equation
from .record import LossSteps

OF_TARGETS = (
    "the targets as they enter the loss: a class number as a row of zeros with a one in it, then label "
    "smoothing, then class weights"
)


def cross_entropy_steps(
    logits: Exact, as_floats: Floats, targets: Targets, of_targets: str = OF_TARGETS
) -> LossSteps:
    """Return the lines for `logits` (k,), which the lines before call a, and one row of targets.

    Softmax and the loss are those of the exact logits. Exponentials are those of the logits less the largest
    one, as one works them out without overflow. Raises `Overflow` for a loss beyond float64.
    """
    a, k = logits, len(logits)
    probabilities, losses, residuals = losses_and_residuals(as_floats[np.newaxis], targets)
    if not (np.isfinite(losses).all() and np.isfinite(residuals).all()):
        raise Overflow("expected a loss below 1.8×10³⁰⁸ in size, got one beyond it", ("targets",))
    p, g = probabilities[0], residuals[0]
    y = (targets.dense(k) if isinstance(targets, Labels) else targets)[0]
    s, m = np.array(exactly(y).sum()), np.array(a.max())
    with np.errstate(over="ignore"):
        e = np.exp(as_floats - as_floats.max())
    total = np.array(e.sum())
    log_total = m if k == 1 else np.array(as_floats.max() + np.log(total))
    level = bool((a == m).all())  # all exponentials are 1, else p is irrational
    rational = level or s.item() == 0
    steps = (
        equation(r"m = \max_{j} a_{j}", [], m, "the largest logit, which is taken from all of them"),
        equation(
            r"\left(e^{a_{j} - m}\right)_{j}",
            [],
            column(e),
            "numbers of at most 1; e⁻ᵐ is in the numerator and in the denominator of softmax",
            exact=level,
        ),
        equation(
            r"p = \mathrm{softmax}(a) = \frac{1}{\sum_{j} e^{a_{j} - m}} \left(e^{a_{j} - m}\right)_{j}",
            [r"\frac{1}{", total, "}", column(e)],
            column(p),
            "the probabilities: pⱼ = exp(aⱼ) / Σ exp(aᵢ)",
            exact=level,
        ),
        equation("y", [], column(y), of_targets),
        equation(
            r"s = \sum_{j} y_{j}",
            between("+", [[bracketed(number)] for number in y]),
            s,
            "the sum of the targets, 1 for a probability vector",
            exact=np.array(read(y).sum()),
        ),
        equation(
            r"\ln \sum_{j} e^{a_{j}} = m + \ln \sum_{j} e^{a_{j} - m}",
            [m, r"+ \ln", total],
            log_total,
            "what ln pⱼ takes from aⱼ: ln pⱼ = aⱼ − ln Σ exp(aᵢ)",
            exact=k == 1,
        ),
        equation(
            r"\ell = -\sum_{j} y_{j} \ln p_{j} = \sum_{j} y_{j} \left(\ln \sum_{i} e^{a_{i}} - a_{j}\right)",
            between(
                "+",
                [
                    [bracketed(target), r"\left(", log_total, "-", bracketed(logit), r"\right)"]
                    for target, logit in zip(y, a, strict=True)
                    if target
                ],
            ),
            losses.reshape(()),
            "the cross-entropy; classes whose target is 0 add nothing, and more digits are kept than shown",
            exact=k == 1 or not y.any(),
        ),
        equation(
            r"g = \frac{\partial \ell}{\partial a} = s p - y",
            [bracketed(s), column(p), "-", column(y)],
            column(g),
            "the derivative of the loss with respect to the logits",
            exact=rational and read(s) * read(column(p)) - read(column(y)),
        ),
    )
    return LossSteps(steps, losses.reshape(()), g, exact=rational)
