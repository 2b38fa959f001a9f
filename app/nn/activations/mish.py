"""Mish: x·tanh(softplus x)."""

import numpy as np

from ..error_free import Divisor, divisor, fast_two_difference, fast_two_sum, quotient_by, split, two_sum
from ..exponential import exp_terms, exp_times
from .record import Activation, Floats, Line, Onnx, Range

MINIMUM = -0.30884341301725043  # f at the zero of f′, x = −1.1924312145154952
STEEPEST = 1.088498161251728  # the largest f′, at x = 1.49057, rounded upwards

Arrays = tuple[Floats, Floats]

# Below −700, tanh(ln(1 + e^x)) is e^x.
_TAIL = 700.0


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
        value=_value,
        slope=_slope,
        both=_both,
        left=Line(0.0, 0.0),
        right=Line(1.0, 0.0),
        range=Range(MINIMUM, np.inf, infimum_attained=True, supremum_attained=False),
        lipschitz=STEEPEST,
        monotone=False,
        convex=False,
        onnx=Onnx("Mish", 18),
        torch="torch.nn.Mish",
    )


# T = tanh(ln(1 + e^x)) = n/d and T′ = (1 − T)·m/d, where up to a common factor, with t = e^(−|x|),
#   x < 0:  n = t + t²/2,  d = n + 1,   m = t + t²;
#   x ≥ 0:  n = t + ½,     d = n + t²,  m = t + 1.
# Both are n = t + k, d = n + j and m = n + k, so nothing is sorted by sign. f = x·T, f′ = T + xT′ and
# xT′ = (x − f)·m/d. All are sums of two whose second may be 2⁻¹⁰ of the first.


def _value(x: Floats) -> Floats:
    _, n, d = _fraction(x)
    return _rounded(_times(x, quotient_by(n, divisor(d))), x)


def _slope(x: Floats) -> Floats:
    return _both(x)[1]


def _both(x: Floats) -> tuple[Floats, Floats]:
    k, n, pair = _fraction(x)
    d = divisor(pair)
    tanh, tanh_low = quotient_by(n, d)
    f = _times(x, (tanh, tanh_low))
    rise, rise_low = _rise(x, f, k, n, d)
    slope, error = two_sum(tanh, rise)
    error += tanh_low
    error += rise_low
    slope += error
    tail = x < -_TAIL
    if tail.any():
        slope[tail] = exp_times(two_sum(1.0, x[tail]), x[tail])
    return _rounded(f, x), slope


def _fraction(x: Floats) -> tuple[Arrays, Arrays, Arrays]:
    """Return k, n and d."""
    t, t_low = exp_terms(np.maximum(np.copysign(x, -1.0), -_TAIL))
    right = (x >= 0).astype(np.float64)
    left = 1.0 - right
    square = t * t  # exact, of 26 bits
    low = 0.5 * t_low  # comes to half of what `square` lacks
    low += t
    low *= t_low
    k, k_low = np.maximum(square, right), low * left
    k *= 0.5
    n, n_low = fast_two_sum(np.maximum(t, k), np.minimum(t, k))
    n_low += t_low
    n_low += k_low
    d, d_low = two_sum(n, np.maximum(square, left))
    low *= right
    low += low
    d_low += n_low
    d_low += low
    return (k, k_low), (n, n_low), (d, d_low)


def _times(x: Floats, factor: Arrays) -> Arrays:
    """Return x·factor, of which the first part has 26 bits."""
    high, low = split(x)
    high *= factor[0]
    low *= factor[0]
    low += x * factor[1]
    return high, low


def _rise(x: Floats, f: Arrays, k: Arrays, n: Arrays, d: Divisor) -> Arrays:
    """Return xT′."""
    m, m_low = fast_two_sum(n[0], k[0])
    m_low += n[1]
    m_low += k[1]
    factor, factor_low = quotient_by((m, m_low), d)
    rest, rest_low = fast_two_difference(x, f[0])
    rest_low -= f[1]
    rest, rest_low = fast_two_sum(rest, rest_low)  # far to the right they cancel
    factor_low *= rest
    high, low = split(rest)
    high *= factor
    low += rest_low
    low *= factor
    low += factor_low
    return high, low


def _rounded(f: Arrays, x: Floats) -> Floats:
    """Return f as one number, also where it ends among the subnormals, with the sign of x."""
    result = f[0] + f[1]
    tail = x < -_TAIL
    if tail.any():
        far = x[tail]
        result[tail] = exp_times((far, np.zeros_like(far)), far)
    return np.copysign(result, x, out=result)
