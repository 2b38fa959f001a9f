"""Silu, x·s(x), also called swish."""

import numpy as np

from ..error_free import Pair, add_smaller, divide, multiply, quotient, square_pair, two_sum
from ..exponential import exp_double, exp_times
from .record import Activation, Floats, Line, Onnx, Range

MINIMUM = -0.2784645427610738  # f at the zero of f′, x = −1.2784645427610738
STEEPEST = 1.099839320128867  # the largest f′, at x = 2.39936, rounded upwards

# Below −700, e^x alone is left of the fraction: its factor is multiplied apart, for the subnormals' sake.
_TAIL = 700.0


def silu() -> Activation:
    """Return f(x) = x·s(x) (Elfwing, Uchibe and Doya 2017)."""
    return Activation(
        name="silu",
        title="Sigmoid linear unit",
        latex=r"\frac{x}{1 + e^{-x}}",
        derivative_latex=r"\frac{1 + e^{-x} + x e^{-x}}{\left(1 + e^{-x}\right)^{2}}",
        value=_value,
        slope=_slope,
        left=Line(0.0, 0.0),
        right=Line(1.0, 0.0),
        range=Range(MINIMUM, np.inf, infimum_attained=True, supremum_attained=False),
        lipschitz=STEEPEST,
        monotone=False,
        convex=False,
        onnx=Onnx("Swish", 24, {"alpha": 1.0}),
        torch="torch.nn.SiLU",
    )


def _value(x: Floats) -> Floats:
    # x/(1 + e^(−x)), the denominator as a pair
    e = np.exp(-np.maximum(x, -_TAIL))
    result = divide((x, 0.0), two_sum(1.0, e))
    tail = x < -_TAIL
    if tail.any():
        far = x[tail]
        result[tail] = exp_times((far, np.zeros_like(far)), far)
    return result


def _slope(x: Floats) -> Floats:
    z = np.abs(x)
    near = np.minimum(z, _TAIL)
    result = gated_slope(exp_double(-near), two_sum(1.0, -near), x > 0)
    tail = x < -_TAIL
    if tail.any():
        result[tail] = exp_times(two_sum(1.0, x[tail]), x[tail])
    return result


def gated_slope(e: Pair, factor: Pair, positive: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Floats:
    """Return the derivative of x·s(w(x)), w odd, from e = e^(−|w|) and factor = 1 − |x|·w′(x).

    To the left it is e·(factor + e)/(1 + e)²; to the right 1 less that. Everything is a pair until the
    last rounding, since factor + e cancels at the zero of the derivative.
    """
    high, error = two_sum(factor[0], e[0])
    numerator = multiply((high, error + factor[1] + e[1]), e)
    g, rest = quotient(numerator, square_pair(add_smaller((1.0, 0.0), e)))
    return np.where(positive, (1.0 - g) - rest, g + rest)
