"""The tanh approximation of gelu, a sigmoid of a cubic."""

import numpy as np

from ..error_free import Pair, add, add_smaller, choose, divide, multiply, square, two_product, two_sum
from ..exponential import exp_double, exp_times
from .record import Activation, Floats, Line, Onnx, Range
from .silu import gated_slope

CUBIC = 0.044715  # the double: in the tails the decimal would give other digits
SCALE = (1.5957691216057308, -9.96930880911092e-17)  # 2·√(2/π) as a pair
MINIMUM = -0.17004075057125406  # f at the zero of f′, x = −0.75246142207101627
STEEPEST = 1.128993068658772  # the largest f′, at x = 1.41850, rounded upwards

# At |x| = 30 the cubic is beyond 1900, where f is 0 or x; no larger x may be cubed.
_FAR = 30.0


def gelu_tanh() -> Activation:
    """Return f(x) = x·(1 + tanh(√(2/π)·(x + 0.044715x³)))/2 = x·s(w), w = 2√(2/π)·(x + 0.044715x³).

    0.044715 is its float64 here. Source: Hendrycks and Gimpel 2016, §2.
    """
    inner = r"\sqrt{\frac{2}{\pi}} \left(x + 0.044715 \, x^{3}\right)"
    tanh = rf"\tanh\left({inner}\right)"
    return Activation(
        name="gelu_tanh",
        title="Gaussian error linear unit, tanh approximation",
        latex=rf"\frac{{x}}{{2}} \left(1 + {tanh}\right)",
        derivative_latex=(
            rf"\frac{{1}}{{2}} \left(1 + {tanh}\right) + \frac{{x}}{{2}} \sqrt{{\frac{{2}}{{\pi}}}}"
            r" \left(1 + 0.134145 \, x^{2}\right)"
            rf" \left(1 - \tanh^{{2}}\left({inner}\right)\right)"
        ),
        value=_value,
        slope=_slope,
        left=Line(0.0, 0.0),
        right=Line(1.0, 0.0),
        range=Range(MINIMUM, np.inf, infimum_attained=True, supremum_attained=False),
        lipschitz=STEEPEST,
        monotone=False,
        convex=False,
        onnx=Onnx("Gelu", 20, {"approximate": "tanh"}),
        torch="torch.nn.GELU(approximate='tanh')",
    )


def _value(x: Floats) -> Floats:
    # x·s(w) = x·(e or 1)/(1 + e), e = e^(−|w|), as pairs
    z = np.minimum(np.abs(x), _FAR)
    w, low = _gate(z)
    e = exp_double(np.maximum(-w, -700.0), -low)
    positive = x > 0
    numerator = multiply(choose(positive, (1.0, 0.0), e), (np.where(positive, z, -z), 0.0))
    result = divide(numerator, add_smaller((1.0, 0.0), e))
    tail = (w > 700.0) & ~positive
    if tail.any():
        far = -z[tail]
        result[tail] = exp_times((far, np.zeros_like(far)), -w[tail], -low[tail])
    return np.copysign(np.where(x > _FAR, x, result), x)


def _slope(x: Floats) -> Floats:
    z = np.minimum(np.abs(x), _FAR)
    w, low = _gate(z)
    # |x|·w′ = 3w − 2·(2√(2/π)·|x|), since the cubic part of w counts three times and the linear part once
    triple, triple_low = two_sum(2.0 * w, w)
    linear = multiply((2.0 * z, 0.0), SCALE)
    product = add((triple, triple_low + 3.0 * low), (-linear[0], -linear[1]))
    factor = add((1.0, 0.0), (-product[0], -product[1]))
    positive = x > 0
    result = gated_slope(exp_double(np.maximum(-w, -700.0), -low), factor, positive)
    tail = (w > 700.0) & ~positive
    if tail.any():
        result[tail] = exp_times((factor[0][tail], factor[1][tail]), -w[tail], -low[tail])
    return result


def _gate(z: Floats) -> tuple[Floats, Floats]:
    """Return w(z) = 2√(2/π)·z·(1 + 0.044715z²) as a pair."""
    squared, squared_low = square(z)
    cubic, cubic_low = two_product(squared, CUBIC)
    factor: Pair = add((1.0, 0.0), (cubic, cubic_low + squared_low * CUBIC))
    return multiply(multiply(factor, (z, 0.0)), SCALE)
