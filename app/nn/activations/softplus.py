"""Softplus: the smooth relu."""

import math
from typing import Annotated

import numpy as np

from ..error_free import divide, fast_two_sum, quotient, two_product, two_sum
from ..exponential import exp_double, exp_times
from .elementwise import Kernel
from .formula import fraction, multiple
from .parameter import Domain
from .record import Activation, Floats, Line, Onnx, Range
from .sigmoid import logistic

# Even divided by the smallest β, e^(−1600) is zero in float64; so is e^(−745)/β beside x for βx > 745.
_ZERO_BELOW = -1600.0
_LINE_ABOVE = 745.0


def softplus(
    beta: Annotated[float, Domain("How sharply it bends; relu is the limit β → ∞", nonzero=True)] = 1.0,
) -> Activation:
    """Return f(x) = ln(1 + e^(βx))/β, s₀ of Problem 1 for β = 1; f′ is the sigmoid of βx.

    A negative β turns the curve by 180°: −ln(1 + e^(−|β|x))/|β| lies below min(0, x).
    """
    bent_down = beta < 0
    zero, line = Line(0.0, 0.0), Line(1.0, 0.0)
    logarithm = rf"\ln\left(1 + e^{{{multiple(beta, 'x')}}}\right)"
    return Activation(
        name="softplus",
        title="Softplus",
        latex=fraction(logarithm, beta) if beta in (1, -1) else f"{fraction('1', beta)} {logarithm}",
        derivative_latex=rf"\frac{{1}}{{1 + e^{{{multiple(-beta, 'x')}}}}}",
        value=_value if beta == 1 else _scaled(beta),
        slope=logistic if beta == 1 else _scaled_slope(beta),
        left=line if bent_down else zero,
        right=zero if bent_down else line,
        range=Range(
            -math.inf if bent_down else 0.0,
            0.0 if bent_down else math.inf,
            infimum_attained=False,
            supremum_attained=False,
        ),
        lipschitz=1.0,
        monotone=True,
        convex=not bent_down,
        onnx=Onnx("Softplus", 1) if beta == 1 else None,
        torch="torch.nn.Softplus",
        parameters={"beta": beta},
    )


def _value(x: Floats) -> Floats:
    # max(x, 0) + ln(1 + e^(−|x|)): both terms ≥ 0, and nothing overflows.
    result: Floats = np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))
    return result


def _scaled(beta: float) -> Kernel:
    # β = m·2^k with ½ ≤ |m| < 1: in units of 2^−k every step is far from over- and underflow, for any β.
    m, k = math.frexp(beta)
    reciprocal = quotient((1.0, 0.0), (m, 0.0))

    def value(x: Floats) -> Floats:
        y, h, low = scaled(x, m, k)
        e, e_low = exp_double(np.maximum(-np.abs(h), -700.0), np.where(h > 0, -low, low))
        # ln(1 + e + e_low) to first order in e_low
        q, r = quotient((np.log1p(e), e_low / (1.0 + e)), (m, 0.0))
        total, error = two_sum(np.where(h > 0, y, 0.0), q)
        result: Floats = np.ldexp(total + (error + r), -k)
        tail = h < -700.0
        if tail.any():
            result[tail] = exp_times(reciprocal, h[tail], low[tail], power=-k)
        return np.where(h > _LINE_ABOVE, x, result)

    return value


def _scaled_slope(beta: float) -> Kernel:
    m, k = math.frexp(beta)

    def slope(x: Floats) -> Floats:
        _, h, low = scaled(x, m, k)
        e = np.exp(-np.abs(h))
        e_low = e * np.where(h > 0, -low, low)
        total, error = fast_two_sum(1.0, e)
        negative = h < 0
        return divide((np.where(negative, e, 1.0), np.where(negative, e_low, 0.0)), (total, error + e_low))

    return slope


def scaled(x: Floats, m: float, k: int) -> tuple[Floats, Floats, Floats]:
    """Return y = 2^k·x and βx = m·y as a pair for β = m·2^k, x clipped where |βx| is beyond 1600."""
    with np.errstate(over="ignore"):
        far = np.minimum(np.ldexp(-_ZERO_BELOW / abs(m), -k), np.finfo(np.float64).max)
    y = np.ldexp(np.clip(x, -far, far), k)
    return y, *two_product(y, m)
