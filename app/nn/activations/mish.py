"""Mish: x·tanh(softplus x)."""

import numpy as np

from ..error_free import add, multiply, quotient, square_pair
from ..exponential import exp_double
from .record import Activation, Floats, Line, Onnx, Range
from .silu import exponential_tails
from .taylor import TERMS, Series, TaylorKernels, Zero, reciprocal

MINIMUM = -0.30884341301725043  # f at the zero of f′, x = −1.1924312145154952
STEEPEST = 1.088498161251728  # the largest f′, at x = 1.49057, rounded upwards

# Below −40, tanh(ln(1 + e^x)) is e^x to 2⁻⁵⁸ of it; beyond 22 it is 1, and so is f′.
_TAIL_BELOW, _ONE_ABOVE = -40.0, 22.0
_ZERO = Zero(-1.1924312145154952, -4.8484829848031044e-17, 0.2669479140495345)


def mish() -> Activation:
    """Return f(x) = x·tanh(ln(1 + e^x)) (Misra 2019)."""
    inner = r"\ln\left(1 + e^{x}\right)"
    return Activation(
        name="mish",
        title="Mish",
        latex=rf"x \, \tanh\left({inner}\right)",
        derivative_latex=(
            rf"\tanh\left({inner}\right) + \frac{{x}}{{1 + e^{{-x}}}}"
            rf" \left(1 - \tanh^{{2}}\left({inner}\right)\right)"
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
        onnx=Onnx("Mish", 18),
        torch="torch.nn.Mish",
    )


def _series(c: Floats) -> Series:
    """Return that of x·T with T = tanh(ln(1 + e^x)) around c.

    T = n/d with n = e^2x + 2e^x and d = n + 2, so T = 1 − 2/d and T′ = 4(e^2x + e^x)/d².
    """
    zero, one, two = np.zeros_like(c), np.ones_like(c), np.full_like(c, 2.0)
    e = exp_double(c)
    n = multiply(e, add(e, (two, zero)))
    d = add(n, (two, zero))
    tanh = quotient(n, d)
    rise = quotient(multiply((4.0 * e[0], 4.0 * e[1]), add(e, (one, zero))), square_pair(d))
    slope = add(tanh, multiply((c, zero), rise))

    divisors, factorial = [d[0]], 1.0
    for k in range(1, TERMS + 2):
        factorial *= k
        divisors.append((2.0**k * e[0] + 2.0) * e[0] / factorial)
    return Series(tanh, slope, [-2.0 * one for one in reciprocal(divisors)[1:]])


_KERNELS = TaylorKernels(_TAIL_BELOW, _ONE_ABOVE, 128, _series, _ZERO, exponential_tails)
