"""The identity: no activation at all."""

import numpy as np

from .record import Activation, Floats, Line, Onnx, Range


def identity() -> Activation:
    """Return f(x) = x."""
    return Activation(
        name="identity",
        title="Identity",
        latex="x",
        derivative_latex="1",
        value=_value,
        slope=np.ones_like,
        left=Line(1.0, 0.0),
        right=Line(1.0, 0.0),
        range=Range(-np.inf, np.inf, infimum_attained=False, supremum_attained=False),
        lipschitz=1.0,
        monotone=True,
        convex=True,
        odd=True,
        onnx=Onnx("Identity", 1),
        torch="torch.nn.Identity",
    )


def _value(x: Floats) -> Floats:
    return x.copy()
