"""Gelu: x times the probability that a standard normal variable is below x."""

import numpy as np

from ..error_free import (
    add,
    divide,
    fast_two_difference,
    fast_two_sum,
    multiply,
    multiply_terms,
    one_minus_where,
    quotient,
    split,
)
from ..exponential import exp_terms, exp_times
from .mills import gauss_exponent, mills
from .polynomial import horner
from .record import Activation, Floats, Line, Onnx, Range

MINIMUM = -0.16997120747990366  # f at the zero of f′, −0.7517915246935645
STEEPEST = 1.128904145185155  # f′(√2), rounded upwards
DENSITY_AT_ZERO = (0.3989422804014327, -2.49232720227773e-17)  # 1/√(2π) as a pair

# Beyond 37.4 the exponential is near the subnormals; beyond 39 the tail is zero.
_TAIL_FROM = 37.4
_ZERO_FROM = 39.0

# f′ near its zero: f′(z₀ + d) = d·Σ ZERO_SERIES[i]·dⁱ for |d| ≤ 0.26, by interpolation at 14 Chebyshev nodes.
ZERO_HIGH, ZERO_LOW = -0.7517915246935645, 1.4956759177009883e-17
ZERO_SERIES = (
    0.4314939923140469,
    0.388284982990552,
    -0.01819967639867173,
    -0.1140082332972217,
    -0.014771522148092457,
    0.019421679838188547,
    0.0045392283656389715,
    -0.002239538068027578,
    -0.0007448262682241178,
    0.0001863397443087036,
    8.614708466587777e-05,
    -1.1214339127766259e-05,
    -7.6147317861285695e-06,
    4.324185315550499e-07,
)


def gelu() -> Activation:
    """Return f(x) = x·Φ(x), Φ the standard normal distribution function (Hendrycks and Gimpel 2016)."""
    return Activation(
        name="gelu",
        title="Gaussian error linear unit",
        latex=r"\frac{x}{2} \left(1 + \operatorname{erf}\left(\frac{x}{\sqrt{2}}\right)\right)",
        derivative_latex=(
            r"\frac{1}{2} \left(1 + \operatorname{erf}\left(\frac{x}{\sqrt{2}}\right)\right)"
            r" + \frac{x}{\sqrt{2 \pi}} e^{-x^{2} / 2}"
        ),
        value=_value,
        slope=_slope,
        left=Line(0.0, 0.0),
        right=Line(1.0, 0.0),
        range=Range(MINIMUM, np.inf, infimum_attained=True, supremum_attained=False),
        lipschitz=STEEPEST,
        monotone=False,
        convex=False,
        onnx=Onnx("Gelu", 20, {"approximate": "none"}),
        torch="torch.nn.GELU",
    )


def _value(x: Floats) -> Floats:
    # zΦ(−z) = e^(−z²/2)·z·M(z)/√(2π), z = |x|; to the left it is −f, to the right f = x − zΦ(−z).
    z = np.abs(x)
    near = np.minimum(z, _TAIL_FROM)
    ratio, ratio_low = quotient(*mills(near))
    mirrored, near_low = split(near)
    base, growth = exp_terms(*gauss_exponent(near, (mirrored, near_low)))
    # First e^(−z²/2)·M(z)/√(2π), whose factors have 26 bits and a rest each, then again so with z.
    rest = ratio_low * (base + growth)
    growth *= ratio
    rest += growth
    density, lower = split(ratio * base)
    lower += rest
    lower *= near
    near_low *= density
    lower += near_low
    mirrored *= density
    # To the right the mirrored tail is x/2 at most, and far there it is lost in x.
    total, error = fast_two_difference(np.maximum(x, 0.0), mirrored)
    error -= lower
    total += error
    tail = x < -_TAIL_FROM
    if np.count_nonzero(tail):
        far = np.minimum(z[tail], _ZERO_FROM)
        total[tail] = exp_times((-far * divide(*mills(far)), np.zeros_like(far)), *gauss_exponent(far))
    return np.copysign(total, x, out=total)


def _slope(x: Floats) -> Floats:
    # g(z) = f′(−z) = e^(−z²/2)·(M(z) − z)/√(2π), z = |x|; to the right f′ = 1 − g.
    z = np.abs(x)
    near = np.minimum(z, _TAIL_FROM)
    ratio = quotient(*mills(near))
    product = multiply((near, 0.0), DENSITY_AT_ZERO)
    difference = add(ratio, (-product[0], -product[1]))
    g, rest = fast_two_sum(*multiply_terms(difference, *exp_terms(*gauss_exponent(near))))
    # The difference cancels at z = 0.75: a series around the zero, whose place is known as a pair.
    cancelling = np.abs(z - 0.75) < 0.25
    if cancelling.any():
        d = (-z[cancelling] - ZERO_HIGH) - ZERO_LOW
        g[cancelling] = d * horner(ZERO_SERIES, d)
        rest[cancelling] = 0.0
    result = one_minus_where(x > 0, (g, rest))
    tail = x < -_TAIL_FROM
    if tail.any():
        far = np.minimum(z[tail], _ZERO_FROM)
        factor = divide(*mills(far)) - far * DENSITY_AT_ZERO[0]
        result[tail] = exp_times((factor, np.zeros_like(far)), *gauss_exponent(far))
    return result
