"""Exponential linear units: x to the right, an exponential to the left."""

import math
from typing import Annotated

import numpy as np

from ..error_free import two_product
from ..exponential import exp_times
from .elementwise import Kernel
from .formula import fraction, multiple, number, pieces
from .parameter import Domain
from .record import Activation, Floats, Line, Onnx, Range, onnx_with

# Klambauer, Unterthiner, Mayr and Hochreiter 2017: with these a standard normal variable keeps mean 0 and
# variance 1. PyTorch gives them to 32 digits; their product is rounded once, as one constant.
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805
SELU_PRODUCT = 1.7580993408473768
_SELU_PRODUCT_UP = 1.758099340847377


def elu(
    alpha: Annotated[float, Domain("How far below 0 it saturates")] = 1.0,
) -> Activation:
    """Return f(x) = x for x > 0 and alpha·(eˣ − 1) for x ≤ 0 (Clevert, Unterthiner and Hochreiter 2015)."""
    smooth = alpha == 1

    def value(x: Floats) -> Floats:
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0)))

    return Activation(
        name="elu",
        title="Exponential linear unit",
        latex=pieces(("x", "x > 0"), (multiple(alpha, r"\left(e^{x} - 1\right)"), r"x \leq 0")),
        derivative_latex=pieces(("1", "x > 0"), (multiple(alpha, "e^{x}"), r"x \leq 0")),
        value=value,
        slope=_exponential_slope(alpha, 1.0),
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


def selu() -> Activation:
    """Return f(x) = λx for x > 0 and λα·(eˣ − 1) for x ≤ 0, λ = 1.0507…, α = 1.6732…."""
    scale, product = number(SELU_SCALE), number(SELU_PRODUCT)
    return Activation(
        name="selu",
        title="Scaled exponential linear unit",
        latex=pieces((rf"{scale} \, x", "x > 0"), (rf"{product} \, \left(e^{{x}} - 1\right)", r"x \leq 0")),
        derivative_latex=pieces((scale, "x > 0"), (rf"{product} \, e^{{x}}", r"x \leq 0")),
        value=_selu,
        slope=_exponential_slope(SELU_PRODUCT, SELU_SCALE),
        left=Line(0.0, -SELU_PRODUCT),
        right=Line(SELU_SCALE, 0.0),
        range=Range(-SELU_PRODUCT, math.inf, infimum_attained=False, supremum_attained=False),
        lipschitz=_SELU_PRODUCT_UP,
        monotone=True,
        convex=False,
        conventions="The derivative at the kink 0 is that from the left, λα, as in PyTorch.",
        kinks=(0.0,),
        onnx=Onnx("Selu", 1, {"alpha": SELU_ALPHA, "gamma": SELU_SCALE}),
        torch="torch.nn.SELU",
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


def _selu(x: Floats) -> Floats:
    return np.where(x > 0, SELU_SCALE * x, SELU_PRODUCT * np.expm1(np.minimum(x, 0.0)))


def _exponential_slope(alpha: float, right: float) -> Kernel:
    """Return alpha·eˣ for x ≤ 0 and `right` for x > 0."""

    def slope(x: Floats) -> Floats:
        result: Floats = np.where(x > 0, right, alpha * np.exp(np.minimum(x, 0.0)))
        tail = x < -700.0  # where e^x, but not alpha times it, may be subnormal
        if tail.any():
            result[tail] = exp_times((np.float64(alpha), np.float64(0.0)), x[tail])
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
