"""Mish: x·tanh(softplus x)."""

import numpy as np

from ..error_free import Pair, add, choose, divide, multiply, square_pair, two_sum
from ..exponential import exp_double, exp_times
from .record import Activation, Floats, Line, Onnx, Range

MINIMUM = -0.30884341301725043  # f at the zero of f′, x = −1.1924312145154952
STEEPEST = 1.088498161251728  # the largest f′, at x = 1.49057, rounded upwards

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
        left=Line(0.0, 0.0),
        right=Line(1.0, 0.0),
        range=Range(MINIMUM, np.inf, infimum_attained=True, supremum_attained=False),
        lipschitz=STEEPEST,
        monotone=False,
        convex=False,
        onnx=Onnx("Mish", 18),
        torch="torch.nn.Mish",
    )


def _value(x: Floats) -> Floats:
    near = np.clip(x, -_TAIL, _TAIL)
    _, numerator, denominator = _fraction(near)
    result = divide(multiply(numerator, (near, 0.0)), denominator)
    tail = x < -_TAIL
    if tail.any():
        far = x[tail]
        result[tail] = exp_times((far, np.zeros_like(far)), far)
    return np.copysign(np.where(x > _TAIL, x, result), x)


def _slope(x: Floats) -> Floats:
    # With E = e^x: f′ = E·(4(1 + x) + (6 + 4x)E + 4E² + E³)/(E² + 2E + 2)². For x ≥ 0 numerator and
    # denominator are divided by E⁴, so that the polynomial runs backwards in e = e^(−x).
    near = np.clip(x, -_TAIL, _TAIL)
    negative = near < 0
    e, _, denominator = _fraction(near)
    sum_high, sum_low = two_sum(1.0, near)
    four: Pair = (4.0 * sum_high, 4.0 * sum_low)
    six = two_sum(4.0 * near, 6.0)
    polynomial = multiply(choose(negative, (1.0, 0.0), four), e)
    polynomial = multiply(add(choose(negative, (4.0, 0.0), six), polynomial), e)
    polynomial = multiply(add(choose(negative, six, (4.0, 0.0)), polynomial), e)
    polynomial = add(choose(negative, four, (1.0, 0.0)), polynomial)
    numerator = multiply(polynomial, choose(negative, e, (1.0, 0.0)))
    result = divide(numerator, square_pair(denominator))
    tail = x < -_TAIL
    if tail.any():
        result[tail] = exp_times(two_sum(1.0, x[tail]), x[tail])
    return result


def _fraction(x: Floats) -> tuple[Pair, Pair, Pair]:
    """Return e^(−|x|) and tanh(ln(1 + e^x)) as a fraction of pairs.

    (E² + 2E)/(E² + 2E + 2) with E = e^x for x < 0, and (1 + 2e)/(1 + 2e + 2e²) with e = e^(−x) else.
    """
    e = exp_double(-np.abs(x))
    squared = square_pair(e)
    twice: Pair = (2.0 * e[0], 2.0 * e[1])
    negative = x < 0
    numerator = add(choose(negative, twice, (1.0, 0.0)), choose(negative, squared, twice))
    last = choose(negative, (2.0, 0.0), (2.0 * squared[0], 2.0 * squared[1]))
    return e, numerator, add(numerator, last)
