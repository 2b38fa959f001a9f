"""Functions that jump: the unit step and the threshold."""

import math
from typing import Annotated

import numpy as np

from ..words import shortest
from .formula import number, pieces
from .parameter import Domain
from .record import Activation, Floats, Jump, Line, Range, onnx_with


def heaviside() -> Activation:
    """Return H(x) = 1 for x ≥ 0 and 0 for x < 0, the step of Problem 1."""
    return Activation(
        name="heaviside",
        title="Heaviside step",
        latex=pieces(("1", r"x \geq 0"), ("0", "x < 0")),
        derivative_latex="0",
        value=_heaviside,
        slope=np.zeros_like,
        left=Line(0.0, 0.0),
        right=Line(0.0, 1.0),
        range=Range(0.0, 1.0, infimum_attained=True, supremum_attained=True),
        lipschitz=0.0,
        monotone=True,
        convex=False,
        conventions="The value at the jump 0 is 1. The derivative is 0 everywhere, there by convention.",
        jumps=(Jump(0.0, 1.0),),
        torch="torch.heaviside",
    )


def threshold(
    threshold: Annotated[float, Domain("The largest x that is replaced")] = 0.0,
    value: Annotated[float, Domain("What replaces it")] = 0.0,
) -> Activation:
    """Return f(x) = x for x > threshold and `value` for x ≤ threshold."""
    joined = value == threshold
    edge = number(threshold)

    def evaluate(x: Floats) -> Floats:
        return np.where(x > threshold, x, value)

    def slope(x: Floats) -> Floats:
        return np.where(x > threshold, 1.0, 0.0)

    return Activation(
        name="threshold",
        title="Threshold",
        latex=pieces(("x", f"x > {edge}"), (number(value), rf"x \leq {edge}")),
        derivative_latex=pieces(("1", f"x > {edge}"), ("0", rf"x \leq {edge}")),
        value=evaluate,
        slope=slope,
        left=Line(0.0, value),
        right=Line(1.0, 0.0),
        range=Range(min(threshold, value), math.inf, value <= threshold, False),
        lipschitz=1.0,
        monotone=value <= threshold,
        convex=joined,
        conventions=(
            f"The derivative at the {'kink' if joined else 'jump'} {shortest(threshold)} is 0, as in PyTorch."
        ),
        kinks=(threshold,) if joined else (),
        jumps=() if joined else (Jump(threshold, threshold - value),),
        onnx=onnx_with("ThresholdedRelu", 10, alpha=threshold) if value == 0 else None,
        torch="torch.nn.Threshold",
        parameters={"threshold": threshold, "value": value},
    )


def _heaviside(x: Floats) -> Floats:
    return np.where(x >= 0, 1.0, 0.0)
