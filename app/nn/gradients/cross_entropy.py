"""Cross-entropy ℓ = −Σⱼ yⱼ·ln softmax(a)ⱼ and its derivative by the logits, without cancellation.

With s = Σⱼ yⱼ and m the largest logit, ℓ = Σⱼ yⱼ·(m − aⱼ) + s·log1p(Σ exp(aⱼ − m) over the others): for
y ≥ 0 every term is ≥ 0, where the textbook's s·ln Σ exp(aⱼ) − yᵀa loses everything on a confident row.
Likewise ∂ℓ/∂aⱼ = s·pⱼ − yⱼ is 0 where it should be −2.65e-261, and is written
pⱼ·Σ_{i≠j} yᵢ − yⱼ·Σ_{i≠j} pᵢ instead.
"""

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats
from ..error_free import Pair, multiply, two_product, two_sum
from .few_rows import few_losses_and_residuals
from .row_sums import LARGE, SCALE, TINY
from .softmax import Exponentials, compensated_sum, exponentials, row_blocks
from .targets import Labels, Targets


def losses(parts: Exponentials, targets: Targets) -> Floats:
    """Return ℓ for each row, (N,).

    For y ≥ 0 within 2 ulp (2 spacings where ℓ is subnormal); for targets of either sign within
    2⁻⁵²·Σⱼ|yⱼ·(m − aⱼ)| + 2⁻⁵²·|s|·ln Σ exp(aⱼ − m). Infinite or NaN where ℓ is beyond the largest float64.
    """
    s, exponent, (linear, linear_low) = _linear(parts, targets)
    ratio, logarithm_low = parts.sums.ratio()
    logarithm = np.log1p(ratio)
    # On a confident row everything is summed times 2⁵¹², so that it is rounded once at the end.
    if ratio.min(initial=1.0) < TINY:
        tiny = (ratio < TINY) & (np.abs(linear) < LARGE)
        scaled, scaled_low = parts.sums.scaled_ratio()
        logarithm = np.where(tiny, scaled, logarithm)
        logarithm_low = np.where(tiny, scaled_low, logarithm_low)
        scale = np.where(tiny, SCALE, 0)
        linear, linear_low = np.ldexp(linear, scale), np.ldexp(linear_low, scale)
        exponent = exponent - scale
    if s is not None:
        logarithm, logarithm_low = multiply(s, (logarithm, logarithm_low))
    total, rest = two_sum(linear, logarithm)
    answer: Floats = np.ldexp(total + (rest + linear_low + logarithm_low), exponent)
    return answer


def residuals(parts: Exponentials, probabilities: Floats, targets: Targets, out: Floats) -> Floats:
    """Return ∂ℓ/∂a for each row, in `out` (N, k), with s·p − y kept from cancelling on confident rows.

    For y ≥ 0 each entry's error is below 4·2⁻⁵³·(pⱼ·Σ_{i≠j} yᵢ + yⱼ·Σ_{i≠j} pᵢ).
    """
    if not isinstance(targets, Labels):
        np.multiply(probabilities, _sums_of_the_others(targets), out=out)
        out -= targets * parts.complements(probabilities)
        return out
    at = _flat(targets.classes, probabilities.shape[1])
    of_class = probabilities.reshape(-1)[at]
    of_class -= 1.0
    np.negative(parts.sums.complement(), out=of_class, where=at == parts.top)
    if targets.all_weigh_one():
        out[:] = probabilities
    else:
        np.multiply(probabilities, targets.weights[:, np.newaxis], out=out)
        of_class *= targets.weights
    out.reshape(-1)[at] = of_class
    return out


def losses_and_residuals(logits: Floats, targets: Targets) -> tuple[Floats, Floats, Floats]:
    """Return probabilities (N, k), ℓ (N,) and ∂ℓ/∂a (N, k) for finite logits (N, k), in blocks of rows."""
    if isinstance(targets, Labels):
        few = few_losses_and_residuals(logits, targets)
        if few is not None:
            return few
    probabilities, derivatives = np.empty_like(logits), np.empty_like(logits)
    loss = np.empty(len(logits))
    with np.errstate(over="ignore", invalid="ignore"):
        for block in row_blocks(*logits.shape):
            parts, y = exponentials(logits[block]), targets[block]
            p = parts.probabilities(out=probabilities[block])
            loss[block] = losses(parts, y)
            residuals(parts, p, y, out=derivatives[block])
    return probabilities, loss, derivatives


def _linear(
    parts: Exponentials, targets: Targets
) -> tuple[Pair | None, npt.NDArray[np.int_] | int, tuple[Floats, Floats]]:
    """Return s = Σⱼ yⱼ, None where all are 1, and Σⱼ yⱼ·(m − aⱼ), (N,) each, both divided by 2^e, after e."""
    if not isinstance(targets, Labels):
        rows, exponent = _moderate(targets)
        terms, terms_low = _times(rows, *parts.distances())
        if not np.isfinite(terms_low).all():
            absent = rows == 0
            terms[absent] = terms_low[absent] = 0.0
        s, linear = compensated_sum(rows, np.zeros_like(rows)), compensated_sum(terms, terms_low)
        return (s[0][:, 0], s[1][:, 0]), exponent, (linear[0][:, 0], linear[1][:, 0])
    logits = parts.logits.reshape(-1)
    distance = two_sum(logits[parts.top], -logits[_flat(targets.classes, parts.logits.shape[1])])
    if targets.all_weigh_one():  # most requests, and nothing rounds
        return None, 0, distance
    weights, exponent = _moderate(targets.weights[:, np.newaxis])
    return (weights[:, 0], 0.0), exponent, _times(weights[:, 0], *distance)


def _flat(classes: npt.NDArray[np.intp], width: int) -> npt.NDArray[np.intp]:
    """Return where the classes of N rows stand among all N·k entries."""
    return classes + np.arange(0, len(classes) * width, width)


def _times(rows: Floats, high: Floats, low: Floats) -> tuple[Floats, Floats]:
    """Return rows·(high + low) as a pair."""
    product, rest = two_product(rows, high)
    rest += rows * low
    return product, rest


def _moderate(rows: Floats) -> tuple[Floats, npt.NDArray[np.int_] | int]:
    """Return rows (N, k) and e (N,) with rows·2^e = y, so that no product overflows or ends subnormal."""
    largest = np.abs(rows).max(axis=-1, keepdims=True)
    extreme = (largest > LARGE) | ((largest < 1.0 / LARGE) & (largest > 0.0))
    if not extreme.any():
        return rows, 0
    exponent = np.where(extreme, np.frexp(largest)[1], 0)
    return np.ldexp(rows, -exponent), exponent[:, 0]


def _sums_of_the_others(rows: Floats) -> Floats:
    """Return Σ_{i≠j} yᵢ, (N, k); the row's largest |yⱼ| is never subtracted from a sum that holds it."""
    top = np.argmax(np.abs(rows), axis=-1, keepdims=True)
    without = rows.copy()
    np.put_along_axis(without, top, 0.0, axis=-1)
    others, others_low = compensated_sum(without, np.zeros_like(without))
    s, s_low = two_sum(np.take_along_axis(rows, top, axis=-1), others)
    answer = (s - rows) + (s_low + others_low)
    np.put_along_axis(answer, top, others + others_low, axis=-1)
    return answer
