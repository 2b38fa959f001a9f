"""Softsign, x/(1 + |x|)."""

import numpy as np

from ..error_free import two_sum
from .record import Activation, Floats, Line, Onnx, Range


def softsign() -> Activation:
    """Return f(x) = x/(1 + |x|); f′ = 1/(1 + |x|)²."""
    return Activation(
        name="softsign",
        title="Softsign",
        latex=r"\frac{x}{1 + \left|x\right|}",
        derivative_latex=r"\frac{1}{\left(1 + \left|x\right|\right)^{2}}",
        value=_value,
        slope=_slope,
        left=Line(0.0, -1.0),
        right=Line(0.0, 1.0),
        range=Range(-1.0, 1.0, infimum_attained=False, supremum_attained=False),
        lipschitz=1.0,
        monotone=True,
        convex=False,
        odd=True,
        onnx=Onnx("Softsign", 1),
        torch="torch.nn.Softsign",
    )


def _value(x: Floats) -> Floats:
    result: Floats = x / (1.0 + np.abs(x))
    return result


def _slope(x: Floats) -> Floats:
    # 1/t² with t + e = 1 + |x|: q/t − q²·2e/t for q = 1/t. Beyond 10²⁰⁰ it is zero.
    t, e = two_sum(1.0, np.minimum(np.abs(x), 1e200))
    q = 1.0 / t
    result: Floats = q / t - q * (2.0 * e / t) * q
    return result
