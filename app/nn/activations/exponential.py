"""The exponential as an activation."""

import numpy as np

from .record import Activation, Floats, Line, Onnx, Range


def exponential() -> Activation:
    """Return f(x) = e^x = f′(x); above 709.78 it is beyond the largest float64, and ∞."""
    return Activation(
        name="exponential",
        title="Exponential",
        latex="e^{x}",
        derivative_latex="e^{x}",
        value=_exponential,
        slope=_exponential,
        left=Line(0.0, 0.0),
        right=None,
        range=Range(0.0, np.inf, infimum_attained=False, supremum_attained=False),
        lipschitz=np.inf,
        monotone=True,
        convex=True,
        onnx=Onnx("Exp", 1),
        torch="torch.exp",
    )


def _exponential(x: Floats) -> Floats:
    result: Floats = np.exp(x)
    return result
