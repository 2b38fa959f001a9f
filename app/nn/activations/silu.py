"""Silu, x·s(βx), also called swish."""

import math
from typing import Annotated

import numpy as np

from ..error_free import (
    Pair,
    add,
    add_smaller,
    choose,
    divide,
    multiply,
    one_minus_where,
    quotient,
    square_pair,
    two_sum,
)
from ..errors import InvalidValue
from ..exponential import exp_double, exp_times
from .elementwise import Kernel
from .formula import multiple
from .parameter import Domain
from .record import Activation, Floats, Line, Range, onnx_with
from .softplus import scaled
from .taylor import TERMS, Series, TaylorKernels, Zero, reciprocal

MINIMUM = -0.2784645427610738  # f at the zero of f′, x = −1.2784645427610738
STEEPEST = 1.099839320128867  # the largest f′, at x = 2.39936, rounded upwards

# Below −40, s is e^x to 2⁻⁵⁷ of it; beyond 42 it is 1, and so is f′.
_TAIL_BELOW, _ONE_ABOVE = -40.0, 42.0
_ZERO = Zero(-1.2784645427610737, -1.0946994183093437e-16, 0.2178117057198001)

# Below −700, e^x alone is left of the fraction: its factor is multiplied apart, for the subnormals' sake.
_TAIL = 700.0

# Beyond it x·s(x) is x.
_LINE_ABOVE = 745.0


def silu(
    beta: Annotated[float, Domain("How sharply it bends; relu is the limit β → ∞", nonzero=True)] = 1.0,
) -> Activation:
    """Return f(x) = x·s(βx), s the sigmoid (Elfwing, Uchibe and Doya 2017), also called swish.

    QuickGELU is that of β = 1.702. A negative β turns the curve by 180°. Raises `InvalidValue` for a β so
    near 0 that the extremum is beyond the largest float64.
    """
    usual, turned = beta == 1, beta < 0
    extremum = MINIMUM / beta
    if not math.isfinite(extremum):
        raise InvalidValue("expected a beta of at least 1.6×10⁻³⁰⁹ in size, got a smaller one", ("beta",))
    zero, line = Line(0.0, 0.0), Line(1.0, 0.0)
    e = f"e^{{{multiple(-beta, 'x')}}}"
    return Activation(
        name="silu",
        title="Sigmoid linear unit",
        latex=rf"\frac{{x}}{{1 + {e}}}",
        derivative_latex=(
            rf"\frac{{1 + {e} {'-' if turned else '+'} {multiple(abs(beta), 'x')} \, {e}}}"
            rf"{{\left(1 + {e}\right)^{{2}}}}"
        ),
        value=_value if usual else _scaled(beta),
        slope=_KERNELS.slope if usual else _scaled_slope(beta),
        left=line if turned else zero,
        right=zero if turned else line,
        range=Range(-np.inf, extremum, False, True) if turned else Range(extremum, np.inf, True, False),
        lipschitz=STEEPEST,
        monotone=False,
        convex=False,
        onnx=onnx_with("Swish", 24, alpha=beta),
        torch="torch.nn.SiLU" if usual else None,
        parameters={"beta": beta},
    )


def _value(x: Floats) -> Floats:
    # x/(1 + e^(−x)), the denominator as a pair: where NumPy's exponential is quick, quicker than polynomials
    e = np.exp(-np.maximum(x, -_TAIL))
    result = divide((x, 0.0), two_sum(1.0, e))
    tail = x < -_TAIL
    if tail.any():
        result[tail] = _tail(x[tail])
    return np.copysign(result, x)


def _series(c: Floats) -> Series:
    """Return that of x·s around c: s = 1/d with d = 1 + e^(−x), and s′ = e^(−x)/d²."""
    zero = np.zeros_like(c)
    unit = np.ones_like(c), zero
    e = exp_double(-c)
    d = add(unit, e)
    s = quotient(unit, d)
    slope = add(s, multiply((c, zero), quotient(e, square_pair(d))))

    divisors, term = [d[0]], e[0]
    for k in range(1, TERMS + 2):
        term = term / -k
        divisors.append(term)
    return Series(s, slope, reciprocal(divisors)[1:])


def _tail(x: Floats) -> Floats:
    return exp_times((x, np.zeros_like(x)), x)


def _tail_slope(x: Floats) -> Floats:
    return exp_times(two_sum(1.0, x), x)


exponential_tails: tuple[Kernel, Kernel] = (_tail, _tail_slope)
"""The kernels of xe^x and its derivative, for x < −1."""

_KERNELS = TaylorKernels(_TAIL_BELOW, _ONE_ABOVE, 128, _series, _ZERO, exponential_tails)


def _scaled(beta: float) -> Kernel:
    # β = m·2^k with ½ ≤ |m| < 1: in units of 2^−k every step is far from over- and underflow, for any β.
    m, k = math.frexp(beta)

    def value(x: Floats) -> Floats:
        y, h, low = scaled(x, m, k)
        size, size_low = np.abs(h), np.copysign(1.0, h) * low
        e = exp_double(np.maximum(-size, -_TAIL), -size_low)
        positive = h > 0
        numerator = multiply(choose(positive, (1.0, 0.0), e), (y, 0.0))
        result = np.ldexp(divide(numerator, add_smaller((1.0, 0.0), e)), -k)
        tail = h < -_TAIL
        if tail.any():
            far = y[tail]
            result[tail] = exp_times((far, np.zeros_like(far)), h[tail], low[tail], power=-k)
        # To the right of 745 it is x, and so near 0 that s(βx) is ½ it is x/2: there y may have lost digits.
        result = np.where(h > _LINE_ABOVE, x, np.where(size < 2.0**-54, 0.5 * x, result))
        return np.copysign(result, x)

    return value


def _scaled_slope(beta: float) -> Kernel:
    m, k = math.frexp(beta)

    def slope(x: Floats) -> Floats:
        _, h, low = scaled(x, m, k)
        size, size_low = np.abs(h), np.copysign(1.0, h) * low
        e = exp_double(np.maximum(-size, -_TAIL), -size_low)
        result = _gated_slope(e, add((1.0, 0.0), (-size, -size_low)), h > 0)
        tail = h < -_TAIL
        if tail.any():
            factor = add((1.0, 0.0), (h[tail], low[tail]))
            result[tail] = exp_times(factor, h[tail], low[tail])
        return result

    return slope


def _gated_slope(e: Pair, factor: Pair, positive: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Floats:
    """Return the derivative of x·s(βx) from e = e^(−|βx|) and factor = 1 − |βx|.

    To the left it is e·(factor + e)/(1 + e)²; to the right 1 less that. Everything is a pair until the
    last rounding, since factor + e cancels at the zero of the derivative.
    """
    high, error = two_sum(factor[0], e[0])
    numerator = multiply((high, error + factor[1] + e[1]), e)
    g, rest = quotient(numerator, square_pair(add_smaller((1.0, 0.0), e)))
    return one_minus_where(positive, (g, rest))
