"""x − tanh x, which is x³/3 near the origin."""

import numpy as np

from ..error_free import (
    add,
    add_smaller,
    add_whole,
    divide,
    fast_two_sum,
    quotient,
    square,
    square_pair,
    two_product,
)
from ..exponential import exp_double
from .polynomial import horner
from .record import Activation, Floats, Line, Range

# (z − tanh z)/z³ = 1/3 + z²·P(z²) and tanh²z = z²·(1 − z²·Q(z²)) for 0 ≤ z² ≤ 0.26: interpolation at 11 and
# 12 Chebyshev nodes, error below 2⁻⁵⁴ of the whole. The tests regenerate them.
THIRD_HIGH, THIRD_LOW = 1 / 3, 1.850371707708594e-17
P = (
    -0.13333333333333333,
    0.05396825396825337,
    -0.02186948853606241,
    0.008863235524311522,
    -0.0035921278634430676,
    0.0014558312501020772,
    -0.0005899918559372305,
    0.00023886814439668427,
    -9.567169961478108e-05,
    3.5513292304857264e-05,
    -9.112044511471952e-06,
)
Q = (
    0.6666666666666666,
    -0.37777777777777727,
    0.19682539682530514,
    -0.09749559082231796,
    0.046697664229039,
    -0.021837510370138275,
    0.010030390230202118,
    -0.004542745343184178,
    0.002030806790338696,
    -0.0008849577051527182,
    0.00034781326459810003,
    -9.066295697780758e-05,
)


def tanhshrink() -> Activation:
    """Return f(x) = x − tanh x, x³/3 near the origin; f′ = tanh²x."""
    return Activation(
        name="tanhshrink",
        title="Tanhshrink",
        latex=r"x - \tanh(x)",
        derivative_latex=r"\tanh^{2}(x)",
        value=_value,
        slope=_slope,
        left=Line(1.0, 1.0),
        right=Line(1.0, -1.0),
        range=Range(-np.inf, np.inf, infimum_attained=False, supremum_attained=False),
        lipschitz=1.0,
        monotone=True,
        convex=False,
        odd=True,
        torch="torch.nn.Tanhshrink",
    )


def shrinkage(z: Floats) -> Floats:
    """Return z − tanh z for 0 ≤ z < ½, by its series: the difference itself loses every digit near 0."""
    squared, squared_low = square(z)
    cube, cube_low = two_product(squared, z)
    cube_low += squared_low * z
    series, series_low = fast_two_sum(THIRD_HIGH, squared * horner(P, squared))
    series_low += THIRD_LOW
    result: Floats = cube * series + (cube * series_low + cube_low * series)
    return result


def _value(x: Floats) -> Floats:
    # (z − 1) + 2e/(1 + e) with e = e^(−2z), as pairs; beyond 30 the second term is below half an ulp.
    z = np.abs(x)
    near = np.minimum(z, 30.0)
    e, low = exp_double(-2.0 * near)
    term = quotient((2.0 * e, 2.0 * low), add_smaller((1.0, 0.0), (e, low)))
    result = np.where(z > 30.0, z - 1.0, add(add_whole(near, -1.0), term)[0])
    small = z < 0.5
    if small.any():
        result[small] = shrinkage(z[small])
    return np.copysign(result, x)


def _slope(x: Floats) -> Floats:
    # ((1 − e)/(1 + e))² with e = e^(−2z), as pairs
    z = np.abs(x)
    e, low = exp_double(-2.0 * np.minimum(z, 30.0))
    below = add_smaller((1.0, 0.0), (-e, -low))
    above = add_smaller((1.0, 0.0), (e, low))
    result = divide(square_pair(below), square_pair(above))
    small = z < 0.5
    if small.any():
        squared, squared_low = square(z[small])
        result[small] = squared - (squared * (squared * horner(Q, squared)) - squared_low)
    return result
