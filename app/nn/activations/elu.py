"""Exponential linear units: x to the right, an exponential to the left."""

import math
from fractions import Fraction
from typing import Annotated

import numpy as np

from ..error_free import two_product
from ..errors import InvalidValue
from ..exponential import exp_times
from .elementwise import Kernel
from .formula import fraction, multiple, number, pieces
from .parameter import Domain
from .record import Activation, Floats, Line, Range, onnx_with

# Klambauer, Unterthiner, Mayr and Hochreiter 2017: with these a standard normal variable keeps mean 0 and
# variance 1. PyTorch gives them to 32 digits; their product is that of the decimals, as a pair.
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805
SELU_PRODUCT = (1.7580993408473768, 1.41535193800845e-17)


def elu(
    alpha: Annotated[float, Domain("How far below 0 it saturates")] = 1.0,
) -> Activation:
    """Return f(x) = x for x > 0 and alpha·(eˣ − 1) for x ≤ 0 (Clevert, Unterthiner and Hochreiter 2015)."""
    smooth = alpha == 1

    def value(x: Floats) -> Floats:
        return _joined(x, x, alpha * np.expm1(np.minimum(x, 0.0)), alpha)

    return Activation(
        name="elu",
        title="Exponential linear unit",
        latex=pieces(("x", "x > 0"), (multiple(alpha, r"\left(e^{x} - 1\right)"), r"x \leq 0")),
        derivative_latex=pieces(("1", "x > 0"), (multiple(alpha, "e^{x}"), r"x \leq 0")),
        value=value,
        slope=_exponential_slope((alpha, 0.0), 1.0),
        left=Line(0.0, 0.0 - alpha),
        right=Line(1.0, 0.0),
        range=Range(min(0.0 - alpha, 0.0), math.inf, alpha <= 0, False),
        lipschitz=max(1.0, abs(alpha)),
        monotone=alpha >= 0,
        convex=0 <= alpha <= 1,
        conventions="" if smooth else "The derivative at the kink 0 is alpha, as in PyTorch.",
        kinks=() if smooth else (0.0,),
        onnx=onnx_with("Elu", 1, alpha=alpha),
        torch="torch.nn.ELU",
        parameters={"alpha": alpha},
    )


def selu(
    alpha: Annotated[float, Domain("How far below 0 it saturates, in units of gamma")] = SELU_ALPHA,
    gamma: Annotated[float, Domain("The slope to the right of 0", minimum=0.0, exclusive=True)] = SELU_SCALE,
) -> Activation:
    """Return f(x) = gamma·x for x > 0 and gamma·alpha·(eˣ − 1) for x ≤ 0.

    The defaults stand for the decimals of which they are the nearest floats. Raises `InvalidValue` where
    gamma·alpha is beyond the largest float64.
    """
    usual = (alpha, gamma) == (SELU_ALPHA, SELU_SCALE)
    product, low = SELU_PRODUCT if usual else _product(alpha, gamma)
    smooth = alpha == 1

    def value(x: Floats) -> Floats:
        grown = np.expm1(np.minimum(x, 0.0))
        high, rest = two_product(grown, product)
        left = np.copysign(high + (rest + low * grown), high)
        return _joined(x, gamma * x, left, alpha)

    return Activation(
        name="selu",
        title="Scaled exponential linear unit",
        latex=pieces(
            (multiple(gamma, "x"), "x > 0"), (multiple(product, r"\left(e^{x} - 1\right)"), r"x \leq 0")
        ),
        derivative_latex=pieces((number(gamma), "x > 0"), (multiple(product, "e^{x}"), r"x \leq 0")),
        value=value,
        slope=_exponential_slope((product, low), gamma),
        left=Line(0.0, 0.0 - product),
        right=Line(gamma, 0.0),
        range=Range(min(0.0 - product, 0.0), math.inf, alpha <= 0, False),
        lipschitz=max(gamma, abs(product) if product * low <= 0 else math.nextafter(abs(product), math.inf)),
        monotone=alpha >= 0,
        convex=0 <= alpha <= 1,
        conventions="" if smooth else "The derivative at the kink 0 is gamma·alpha, as in PyTorch.",
        kinks=() if smooth else (0.0,),
        onnx=onnx_with("Selu", 1, alpha=alpha, gamma=gamma),
        torch="torch.nn.SELU" if usual else None,
        parameters={"alpha": alpha, "gamma": gamma},
    )


def celu(
    alpha: Annotated[float, Domain("How far below 0 it saturates", nonzero=True)] = 1.0,
) -> Activation:
    """Return f(x) = x for x > 0 and alpha·(e^(x/alpha) − 1) for x ≤ 0 (Barron 2017): smooth for every alpha.

    With a negative alpha the left branch falls to −∞ exponentially, so it has no asymptote there.
    """
    saturates = alpha > 0
    exponential = f"e^{{{fraction('x', alpha)}}}"
    return Activation(
        name="celu",
        title="Continuously differentiable exponential linear unit",
        latex=pieces(("x", "x > 0"), (multiple(alpha, rf"\left({exponential} - 1\right)"), r"x \leq 0")),
        derivative_latex=pieces(("1", "x > 0"), (exponential, r"x \leq 0")),
        value=_celu(alpha),
        slope=_celu_slope(alpha),
        left=Line(0.0, -alpha) if saturates else None,
        right=Line(1.0, 0.0),
        range=Range(-alpha if saturates else -math.inf, math.inf, False, False),
        lipschitz=1.0 if saturates else math.inf,
        monotone=True,
        convex=saturates,
        onnx=onnx_with("Celu", 12, alpha=alpha),
        torch="torch.nn.CELU",
        parameters={"alpha": alpha},
    )


def _product(alpha: float, gamma: float) -> tuple[float, float]:
    """Return gamma·alpha as a pair, whatever it underflows to."""
    exact = Fraction(alpha) * Fraction(gamma)
    try:
        high = float(exact)
    except OverflowError:
        raise InvalidValue(
            "expected gamma·alpha below 1.8×10³⁰⁸ in size, got one beyond it", ("gamma",)
        ) from None
    return high, float(exact - Fraction(high))


def _joined(x: Floats, right: Floats, left: Floats, alpha: float) -> Floats:
    """Return `right` for x > 0 and `left` for x < 0; 0 keeps its sign where the function rises through it."""
    return np.where(x < 0, left, right) if alpha > 0 else np.where(x > 0, right, left) + 0.0


def _exponential_slope(factor: tuple[float, float], right: float) -> Kernel:
    """Return factor·eˣ for x ≤ 0, the factor a pair, and `right` for x > 0."""

    def slope(x: Floats) -> Floats:
        e = np.exp(np.minimum(x, 0.0))
        result: Floats = np.where(x > 0, right, factor[0] * e + factor[1] * e)
        tail = x < -700.0  # where e^x, but not the factor times it, may be subnormal
        if tail.any():
            result[tail] = exp_times((np.float64(factor[0]), np.float64(factor[1])), x[tail])
        return result

    return slope


def _celu(alpha: float) -> Kernel:
    # α = m·2^k, ½ ≤ |m| < 1. In units of 2^k: f = m·(e^(h + l) − 1) with h + l = y/m and y = 2^(−k)·x.
    m, k = math.frexp(alpha)

    def value(x: Floats) -> Floats:
        h, low = _ratio(x, m, k)
        grown = np.expm1(np.minimum(h, 700.0))
        product, error = two_product(grown, m)
        result: Floats = np.ldexp(product + (error + m * (low * (1.0 + grown))), k)
        steep = h > 700.0  # a negative α only: e^h may overflow though α·e^h does not
        if steep.any():
            result[steep] = exp_times((np.float64(m), np.float64(0.0)), h[steep], low[steep], power=k)
        # So near 0 that eᵗ − 1 = t, lest tiny x get lost in units of a large α; and right of 0.
        return np.where((x > 0) | (np.abs(h) < 2.0**-54), x, result)

    return value


def _celu_slope(alpha: float) -> Kernel:
    m, k = math.frexp(alpha)

    def slope(x: Floats) -> Floats:
        h, low = _ratio(x, m, k)
        e = np.exp(np.minimum(h, 700.0))
        result = np.where(x > 0, 1.0, e + e * low)
        steep = h > 700.0
        if steep.any():
            result[steep] = exp_times((np.float64(1.0), np.float64(0.0)), h[steep], low[steep])
        return result

    return slope


def _ratio(x: Floats, m: float, k: int) -> tuple[Floats, Floats]:
    """Return min(x, 0)/(m·2^k) as a pair, with |x| clipped where the ratio reaches 1600 in size."""
    far = min(1600.0 * math.ldexp(abs(m), k), np.finfo(np.float64).max)
    y = np.ldexp(np.clip(x, -far, 0.0), -k)
    h = y / m
    product, error = two_product(h, m)
    return h, ((y - product) - error) / m
