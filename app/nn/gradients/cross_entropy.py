"""Cross-entropy ℓ = −Σⱼ yⱼ·ln softmax(a)ⱼ and its derivative by the logits, without cancellation.

With s = Σⱼ yⱼ and m the largest logit, ℓ = Σⱼ yⱼ·(m − aⱼ) + s·log1p(Σ exp(aⱼ − m) over the others): for
y ≥ 0 every term is ≥ 0, where the textbook's s·ln Σ exp(aⱼ) − yᵀa loses everything on a confident row.
Likewise ∂ℓ/∂aⱼ = s·pⱼ − yⱼ is 0 where it should be −2.65e-261, and is written
pⱼ·Σ_{i≠j} yᵢ − yⱼ·Σ_{i≠j} pᵢ instead.
"""

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats
from ..error_free import two_product, two_sum
from .few_rows import few_losses_and_residuals
from .row_sums import LARGE, SCALE, TINY, log_one_plus
from .softmax import Exponentials, compensated_sum, exponentials, row_blocks
from .targets import Labels, Targets


def losses(parts: Exponentials, targets: Targets) -> Floats:
    """Return ℓ for each row, (N,).

    For y ≥ 0 within 2 ulp (2 spacings where ℓ is subnormal); for targets of either sign within
    2⁻⁵²·Σⱼ|yⱼ·(m − aⱼ)| + 2⁻⁵²·|s|·ln Σ exp(aⱼ − m). Infinite or NaN where ℓ is beyond the largest float64.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        if isinstance(targets, Labels):
            logits = parts.logits.reshape(-1)
            distance, distance_low = two_sum(
                logits[parts.top], -logits[_flat(targets.classes, parts.logits.shape[1])]
            )
            s, exponent = _moderate(targets.weights[:, np.newaxis])
            linear, linear_low = _times(s, distance[:, np.newaxis], distance_low[:, np.newaxis])
            s_low = 0.0 * s
        else:
            rows, exponent = _moderate(targets)
            terms, terms_low = _times(rows, *parts.distances())
            if not np.isfinite(terms_low).all():
                absent = rows == 0
                terms[absent] = terms_low[absent] = 0.0
            linear, linear_low = compensated_sum(terms, terms_low)
            s, s_low = compensated_sum(rows, np.zeros_like(rows))
        ratio, ratio_low = parts.sums.ratio()
        log_total, log_total_low = log_one_plus(ratio, ratio_low)
        # On a confident row everything is summed times 2⁵¹², so that it is rounded once at the end.
        tiny = (ratio < TINY) & (np.abs(linear) < LARGE)
        if tiny.any():
            scale = np.where(tiny, SCALE, 0)
            log_total = np.where(tiny, ratio, log_total)
            log_total_low = np.where(tiny, ratio_low, log_total_low)
            linear, linear_low = np.ldexp(linear, scale), np.ldexp(linear_low, scale)
            exponent = exponent - scale
        product, product_low = _times(s, log_total, log_total_low)
        product_low += s_low * log_total
        total, rest = two_sum(linear, product)
        answer: Floats = np.ldexp(total + (rest + linear_low + product_low), exponent)[:, 0]
    return answer


def residuals(parts: Exponentials, probabilities: Floats, targets: Targets) -> Floats:
    """Return ∂ℓ/∂a for each row, (N, k), with s·p − y kept from cancelling on confident rows.

    For y ≥ 0 each entry's error is below 4·2⁻⁵³·(pⱼ·Σ_{i≠j} yᵢ + yⱼ·Σ_{i≠j} pᵢ).
    """
    with np.errstate(over="ignore", invalid="ignore"):
        if not isinstance(targets, Labels):
            answer = probabilities * _sums_of_the_others(targets)
            answer -= targets * parts.complements(probabilities)
            return answer
        answer = probabilities * targets.weights[:, np.newaxis]
        at = _flat(targets.classes, probabilities.shape[1])
        others = np.where(at == parts.top, parts.top_complement(), 1.0 - probabilities.reshape(-1)[at])
        answer.reshape(-1)[at] = -targets.weights * others
        return answer


def losses_and_residuals(logits: Floats, targets: Targets) -> tuple[Floats, Floats, Floats]:
    """Return probabilities (N, k), ℓ (N,) and ∂ℓ/∂a (N, k) for finite logits (N, k), in blocks of rows."""
    if isinstance(targets, Labels):
        few = few_losses_and_residuals(logits, targets)
        if few is not None:
            return few
    probabilities, derivatives = np.empty_like(logits), np.empty_like(logits)
    loss = np.empty(len(logits))
    for block in row_blocks(*logits.shape):
        parts = exponentials(logits[block])
        probabilities[block] = parts.probabilities()
        loss[block] = losses(parts, targets[block])
        derivatives[block] = residuals(parts, probabilities[block], targets[block])
    return probabilities, loss, derivatives


def _flat(classes: npt.NDArray[np.intp], width: int) -> npt.NDArray[np.intp]:
    """Return where the classes of N rows stand among all N·k entries."""
    return classes + np.arange(0, len(classes) * width, width)


def _times(rows: Floats, high: Floats, low: Floats) -> tuple[Floats, Floats]:
    """Return rows·(high + low) as a pair."""
    if (rows == 1.0).all():  # class numbers without weights: most requests, and nothing rounds
        return high, low
    product, rest = two_product(rows, high)
    rest += rows * low
    return product, rest


def _moderate(rows: Floats) -> tuple[Floats, npt.NDArray[np.int_] | int]:
    """Return rows and e (N, 1) with rows·2^e = y, so that no product overflows or ends subnormal."""
    largest = np.abs(rows).max(axis=-1, keepdims=True)
    extreme = (largest > LARGE) | ((largest < 1.0 / LARGE) & (largest > 0.0))
    if not extreme.any():
        return rows, 0
    exponent = np.where(extreme, np.frexp(largest)[1], 0)
    return np.ldexp(rows, -exponent), exponent


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
