"""The tanh approximation of gelu, a sigmoid of a cubic."""

import numpy as np

from ..error_free import Pair, add, multiply, quotient, square, square_pair, two_product, two_sum
from ..exponential import exp_double, exp_times
from .record import Activation, Floats, Line, Onnx, Range
from .taylor import TERMS, Series, TaylorKernels, Zero, reciprocal

CUBIC = 0.044715  # the double: in the tails the decimal would give other digits
SCALE = (1.5957691216057308, -9.96930880911092e-17)  # 2·√(2/π) as a pair
MINIMUM = -0.17004075057125406  # f at the zero of f′, x = −0.75246142207101627
STEEPEST = 1.128993068658772  # the largest f′, at x = 1.41850, rounded upwards

# Below −10, s(w) is e^w to 2⁻¹²⁵ of it; beyond 8 it is 1, and so is f′.
_TAIL_BELOW, _ONE_ABOVE = -10.0, 8.0
_ZERO = Zero(-0.7524614220710163, 3.4358218314355225e-17, 0.4304000910248585)

# At |x| = 30 the cubic is beyond 1900, where f is 0; no larger x may be cubed.
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
        value=_KERNELS.value,
        slope=_KERNELS.slope,
        both=_KERNELS.both,
        left=Line(0.0, 0.0),
        right=Line(1.0, 0.0),
        range=Range(MINIMUM, np.inf, infimum_attained=True, supremum_attained=False),
        lipschitz=STEEPEST,
        monotone=False,
        convex=False,
        onnx=Onnx("Gelu", 20, {"approximate": "tanh"}),
        torch="torch.nn.GELU(approximate='tanh')",
    )


def _series(c: Floats) -> Series:
    """Return that of x·s(w) around c: s(w) = 1/d with d = 1 + e^(−w), whose derivative is w′e^(−w)/d²."""
    z, zero = np.abs(c), np.zeros_like(c)
    unit = np.ones_like(c), zero
    side = np.where(c < 0, -1.0, 1.0)
    w, low = _gate(z)
    e = exp_double(-side * w, -side * low)
    d = add(unit, e)
    s = quotient(unit, d)
    rise, rise_low = _rise(z, w, low)
    slope = add(s, multiply((side * rise, side * rise_low), quotient(e, square_pair(d))))

    # w(c + u) − w(c), a polynomial in u; with p for its coefficients, k·eₖ = −Σ j·pⱼ·eₖ₋ⱼ for e^(−w).
    scale = SCALE[0]
    polynomial = scale * (1.0 + 3.0 * CUBIC * c * c), 3.0 * scale * CUBIC * c, scale * CUBIC
    terms = [e[0]]
    for k in range(1, TERMS + 2):
        products = [j * p * terms[k - j] for j, p in enumerate(polynomial[:k], 1)]
        terms.append(sum(products, start=zero) / -k)
    return Series(s, slope, reciprocal([d[0], *terms[1:]])[1:])


def _tail(x: Floats) -> Floats:
    # With z = −x it is −z·e^(−w(z)).
    z = np.minimum(-x, _FAR)
    w, low = _gate(z)
    return exp_times((-z, np.zeros_like(z)), -w, -low)


def _tail_slope(x: Floats) -> Floats:
    # With z = −x it is (1 − z·w′(z))·e^(−w(z)).
    z = np.minimum(-x, _FAR)
    w, low = _gate(z)
    rise, rise_low = _rise(z, w, low)
    return exp_times(add((1.0, 0.0), (-rise, -rise_low)), -w, -low)


def _rise(z: Floats, w: Floats, low: Floats) -> Pair:
    """Return z·w′(z) as a pair: 3w − 2·(2√(2/π)·z), since in w the cube counts three times, z itself once."""
    triple, triple_low = two_sum(2.0 * w, w)
    linear = multiply((2.0 * z, 0.0), SCALE)
    return add((triple, triple_low + 3.0 * low), (-linear[0], -linear[1]))


def _gate(z: Floats) -> tuple[Floats, Floats]:
    """Return w(z) = 2√(2/π)·z·(1 + 0.044715z²) as a pair."""
    squared, squared_low = square(z)
    cubic, cubic_low = two_product(squared, CUBIC)
    factor: Pair = add((1.0, 0.0), (cubic, cubic_low + squared_low * CUBIC))
    return multiply(multiply(factor, (z, 0.0)), SCALE)


_KERNELS = TaylorKernels(_TAIL_BELOW, _ONE_ABOVE, 256, _series, _ZERO, (_tail, _tail_slope))
