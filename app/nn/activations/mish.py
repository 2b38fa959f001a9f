"""Mish: x·tanh(softplus x)."""

import numpy as np

from ..error_free import Pair, add, add_whole, divide, multiply, square_pair, two_sum
from ..exponential import exp_double, exp_times
from .elementwise import by_sign
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
    return np.copysign(by_sign(x, _value_left, _value_right), x)


def _slope(x: Floats) -> Floats:
    return by_sign(x, _slope_left, _slope_right)


# With E = e^x: f = x·(E² + 2E)/(E² + 2E + 2), f′ = E·(4(1 + x) + (6 + 4x)E + 4E² + E³)/(E² + 2E + 2)².
# To the right numerators and denominators are divided by E² and E⁴, so that they are polynomials in e^(−x).


def _value_left(x: Floats) -> Floats:
    near = np.maximum(x, -_TAIL)
    _, numerator, denominator = _fraction_left(near)
    result = divide(multiply(numerator, (near, 0.0)), denominator)
    tail = x < -_TAIL
    if tail.any():
        far = x[tail]
        result[tail] = exp_times((far, np.zeros_like(far)), far)
    return result


def _value_right(x: Floats) -> Floats:
    near = np.minimum(x, _TAIL)
    _, numerator, denominator = _fraction_right(near)
    result = divide(multiply(numerator, (near, 0.0)), denominator)
    return np.where(x > _TAIL, x, result)


def _slope_left(x: Floats) -> Floats:
    near = np.maximum(x, -_TAIL)
    e, _, denominator = _fraction_left(near)
    high, low = add_whole(near, 1.0)
    polynomial = multiply(add((4.0, 0.0), e), e)
    polynomial = multiply(add(add_whole(4.0 * near, 6.0), polynomial), e)
    polynomial = add((4.0 * high, 4.0 * low), polynomial)
    result = divide(multiply(polynomial, e), square_pair(denominator))
    tail = x < -_TAIL
    if tail.any():
        result[tail] = exp_times(two_sum(1.0, x[tail]), x[tail])
    return result


def _slope_right(x: Floats) -> Floats:
    near = np.minimum(x, _TAIL)
    e, _, denominator = _fraction_right(near)
    high, low = add_whole(near, 1.0)
    polynomial = multiply((4.0 * high, 4.0 * low), e)
    polynomial = multiply(add(add_whole(4.0 * near, 6.0), polynomial), e)
    polynomial = multiply(add((4.0, 0.0), polynomial), e)
    return divide(add((1.0, 0.0), polynomial), square_pair(denominator))


def _fraction_left(x: Floats) -> tuple[Pair, Pair, Pair]:
    """Return E = e^x, E² + 2E and E² + 2E + 2 as pairs, x ≤ 0."""
    e = exp_double(x)
    numerator = add((2.0 * e[0], 2.0 * e[1]), square_pair(e))
    return e, numerator, add((2.0, 0.0), numerator)


def _fraction_right(x: Floats) -> tuple[Pair, Pair, Pair]:
    """Return e = e^(−x), 1 + 2e and 1 + 2e + 2e² as pairs, x ≥ 0."""
    e = exp_double(-x)
    square, low = square_pair(e)
    numerator = add((1.0, 0.0), (2.0 * e[0], 2.0 * e[1]))
    return e, numerator, add(numerator, (2.0 * square, 2.0 * low))
