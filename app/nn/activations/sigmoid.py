"""The logistic sigmoid and its logarithm."""

import numpy as np

from ..error_free import divide, fast_two_sum, square_pair
from .record import Activation, Floats, Line, Onnx, Range


def sigmoid() -> Activation:
    """Return s(x) = 1/(1 + e⁻ˣ), s₁ of Problem 1; s′ = s(1 − s)."""
    return Activation(
        name="sigmoid",
        title="Logistic sigmoid",
        latex=r"\frac{1}{1 + e^{-x}}",
        derivative_latex=r"\frac{e^{-x}}{\left(1 + e^{-x}\right)^{2}}",
        value=logistic,
        slope=_slope,
        left=Line(0.0, 0.0),
        right=Line(0.0, 1.0),
        range=Range(0.0, 1.0, infimum_attained=False, supremum_attained=False),
        lipschitz=0.25,
        monotone=True,
        convex=False,
        onnx=Onnx("Sigmoid", 1),
        torch="torch.nn.Sigmoid",
    )


def log_sigmoid() -> Activation:
    """Return f(x) = ln s(x) = −ln(1 + e⁻ˣ), the loss of logistic regression with its sign turned."""
    return Activation(
        name="log_sigmoid",
        title="Logarithm of the sigmoid",
        latex=r"-\ln\left(1 + e^{-x}\right)",
        derivative_latex=r"\frac{1}{1 + e^{x}}",
        value=_log,
        slope=_log_slope,
        left=Line(1.0, 0.0),
        right=Line(0.0, 0.0),
        range=Range(-np.inf, 0.0, infimum_attained=False, supremum_attained=False),
        lipschitz=1.0,
        monotone=True,
        convex=False,
        torch="torch.nn.LogSigmoid",
    )


def logistic(x: Floats) -> Floats:
    """Return s(x) for finite x.

    With e = e^(−|x|) ≤ 1 nothing overflows and neither tail cancels: 1/(1 + e) to the right, e/(1 + e) to
    the left. The rounding of 1 + e and of the quotient s = n/(1 + e) is taken back by the remainder
    n − s·(1 + e) = (n − s) − s·e, whose first difference is exact, since n/2 ≤ s ≤ n. Where e has just
    passed a power of two its own error counts double in s: nothing else may be lost there.
    """
    e = np.exp(-np.abs(x))
    numerator = np.where(np.signbit(x), e, 1.0)
    total = 1.0 + e
    s: Floats = numerator / total
    remainder = numerator - s
    remainder -= s * e
    remainder /= total
    s += remainder
    return s


def _slope(x: Floats) -> Floats:
    # s′ is even: e/(1 + e)² with e = e^(−|x|). The textbook's s(1 − s) loses every digit above 37.
    e = np.exp(-np.abs(x))
    return divide((e, 0.0), square_pair(fast_two_sum(1.0, e)))


def _log(x: Floats) -> Floats:
    # −(max(−x, 0) + ln(1 + e^(−|x|))): both terms ≥ 0, so nothing cancels, and it ends at −0.
    result: Floats = np.maximum(-x, 0.0) + np.log1p(np.exp(-np.abs(x)))
    return -result


def _log_slope(x: Floats) -> Floats:
    return logistic(-x)
