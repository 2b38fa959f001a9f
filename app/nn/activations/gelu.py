"""Gelu: x times the probability that a standard normal variable is below x."""

import numpy as np

from ..error_free import Pair, add, multiply, quotient
from ..exponential import exp_double, exp_times
from .mills import gauss_exponent, mills
from .record import Activation, Floats, Line, Onnx, Range
from .taylor import TERMS, Series, TaylorKernels, Zero

MINIMUM = -0.16997120747990366  # f at the zero of f′, −0.7517915246935645
STEEPEST = 1.128904145185155  # f′(√2), rounded upwards
DENSITY_AT_ZERO = (0.3989422804014327, -2.49232720227773e-17)  # 1/√(2π) as a pair

# Below −12, f is smaller than 10⁻³¹ and seldom asked for; below −39 it is 0. Beyond 9, Φ is 1, and so is f′.
_TAIL_BELOW, _ONE_ABOVE = -12.0, 9.0
_ZERO = Zero(-0.7517915246935645, 1.4956759177009883e-17, 0.4314939923140469)
_ZERO_FROM = 39.0


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
        value=_KERNELS.value,
        slope=_KERNELS.slope,
        both=_KERNELS.both,
        left=Line(0.0, 0.0),
        right=Line(1.0, 0.0),
        range=Range(MINIMUM, np.inf, infimum_attained=True, supremum_attained=False),
        lipschitz=STEEPEST,
        monotone=False,
        convex=False,
        onnx=Onnx("Gelu", 20, {"approximate": "none"}),
        torch="torch.nn.GELU",
    )


def _scaled_ratio(z: Floats) -> Pair:
    """Return M(z)/√(2π), Φ(−z) without e^(−z²/2)."""
    return quotient(*mills(z))


def _series(c: Floats) -> Series:
    """Return that of x·Φ around c.

    φ′ = −xφ, so φ's derivatives are φₖ₊₁ = −xφₖ − kφₖ₋₁.
    """
    z, zero = np.abs(c), np.zeros_like(c)
    bell = exp_double(*gauss_exponent(z))
    density = multiply(bell, DENSITY_AT_ZERO)
    tail = multiply(bell, _scaled_ratio(z))
    # To the right Φ = 1 − Φ(−c).
    side = np.where(c > 0, -1.0, 1.0)
    below = add((np.where(c > 0, 1.0, 0.0), zero), (side * tail[0], side * tail[1]))
    slope = add(below, multiply((c, zero), density))

    coefficients, derivative, previous, factorial = [], density[0], zero, 1.0
    for k in range(1, TERMS + 2):
        factorial *= k
        coefficients.append(derivative / factorial)
        derivative, previous = -c * derivative - (k - 1) * previous, derivative
    return Series(below, slope, coefficients)


def _tail(x: Floats) -> Floats:
    # With z = −x it is −z·M(z)·φ(z).
    z = np.minimum(-x, _ZERO_FROM)
    return exp_times(multiply(_scaled_ratio(z), (-z, 0.0)), *gauss_exponent(z))


def _tail_slope(x: Floats) -> Floats:
    # With z = −x it is (M(z) − z)·φ(z).
    z = np.minimum(-x, _ZERO_FROM)
    factor = add(_scaled_ratio(z), multiply(DENSITY_AT_ZERO, (-z, 0.0)))
    return exp_times(factor, *gauss_exponent(z))


_KERNELS = TaylorKernels(_TAIL_BELOW, _ONE_ABOVE, 128, _series, _ZERO, (_tail, _tail_slope))
