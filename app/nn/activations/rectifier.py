"""Relu and its straight-lined relatives."""

import math
from typing import Annotated

import numpy as np

from .formula import multiple, number, pieces
from .parameter import Domain
from .record import Activation, Floats, Line, Onnx, Range, onnx_with


def relu() -> Activation:
    """Return f(x) = max(0, x), l0 of Problem 1."""
    return Activation(
        name="relu",
        title="Rectified linear unit",
        latex=r"\max(0, x)",
        derivative_latex=pieces(("1", "x > 0"), ("0", r"x \leq 0")),
        value=_relu,
        slope=_relu_slope,
        left=Line(0.0, 0.0),
        right=Line(1.0, 0.0),
        range=Range(0.0, math.inf, infimum_attained=True, supremum_attained=False),
        lipschitz=1.0,
        monotone=True,
        convex=True,
        conventions="The derivative at the kink 0 is 0, as in PyTorch.",
        kinks=(0.0,),
        onnx=Onnx("Relu", 1),
        torch="torch.nn.ReLU",
    )


def leaky_relu(
    negative_slope: Annotated[float, Domain("The slope to the left of 0; 1 gives the identity")] = 0.01,
) -> Activation:
    """Return f(x) = x for x > 0 and negative_slope·x for x ≤ 0 (Maas, Hannun and Ng 2013)."""
    straight = negative_slope == 1
    rising = negative_slope > 0

    def value(x: Floats) -> Floats:
        # At 0 both branches are right but for its sign, which is kept where the function rises through it.
        return (
            np.where(x < 0, negative_slope * x, x) if rising else np.where(x > 0, x, negative_slope * x) + 0.0
        )

    def slope(x: Floats) -> Floats:
        return np.where(x > 0, 1.0, negative_slope)

    return Activation(
        name="leaky_relu",
        title="Leaky rectified linear unit",
        latex=pieces(("x", "x > 0"), (multiple(negative_slope, "x"), r"x \leq 0")),
        derivative_latex=pieces(("1", "x > 0"), (number(negative_slope), r"x \leq 0")),
        value=value,
        slope=slope,
        left=Line(negative_slope, 0.0),
        right=Line(1.0, 0.0),
        range=Range(-math.inf if rising else 0.0, math.inf, not rising, False),
        lipschitz=max(1.0, abs(negative_slope)),
        monotone=negative_slope >= 0,
        convex=negative_slope <= 1,
        odd=straight,
        even=negative_slope == -1,
        conventions="" if straight else "The derivative at the kink 0 is negative_slope, as in PyTorch.",
        kinks=() if straight else (0.0,),
        onnx=onnx_with("LeakyRelu", 1, alpha=negative_slope),
        torch="torch.nn.LeakyReLU",
        parameters={"negative_slope": negative_slope},
    )


def relu6() -> Activation:
    """Return f(x) = min(max(0, x), 6) (Krizhevsky 2010)."""
    return Activation(
        name="relu6",
        title="Rectified linear unit, capped at 6",
        latex=r"\min(\max(0, x), 6)",
        derivative_latex=pieces(("1", "0 < x < 6"), ("0", r"x \leq 0"), ("0", r"x \geq 6")),
        value=_relu6,
        slope=_relu6_slope,
        left=Line(0.0, 0.0),
        right=Line(0.0, 6.0),
        range=Range(0.0, 6.0, infimum_attained=True, supremum_attained=True),
        lipschitz=1.0,
        monotone=True,
        convex=False,
        conventions="The derivative at the kinks 0 and 6 is 0, as in PyTorch.",
        kinks=(0.0, 6.0),
        onnx=Onnx("Clip", 11, inputs={"min": 0.0, "max": 6.0}),
        torch="torch.nn.ReLU6",
    )


def _relu(x: Floats) -> Floats:
    result: Floats = np.maximum(x, 0.0)
    result += 0.0  # which of 0 and −0 is the larger one CPUs disagree about
    return result


def _relu_slope(x: Floats) -> Floats:
    return np.where(x > 0, 1.0, 0.0)


def _relu6(x: Floats) -> Floats:
    result = np.clip(x, 0.0, 6.0)
    result += 0.0
    return result


def _relu6_slope(x: Floats) -> Floats:
    return np.where((x > 0) & (x < 6), 1.0, 0.0)
