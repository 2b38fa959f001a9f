"""Straight-lined stand-ins for sigmoid, tanh and silu."""

import math
from typing import Annotated

import numpy as np

from ..errors import InvalidValue
from ..words import shortest
from .formula import number, pieces
from .parameter import Domain
from .record import Activation, Floats, Line, Onnx, Range

_SIXTH_UP = 0.16666666666666669  # 1/6 rounded upwards


def hard_sigmoid() -> Activation:
    """Return f(x) = min(max(0, (x + 3)/6), 1) (Courbariaux, Bengio and David 2015)."""
    return Activation(
        name="hard_sigmoid",
        title="Hard sigmoid",
        latex=r"\min\left(\max\left(0, \frac{x + 3}{6}\right), 1\right)",
        derivative_latex=pieces((r"\frac{1}{6}", "-3 < x < 3"), ("0", r"x \leq -3"), ("0", r"x \geq 3")),
        value=_hard_sigmoid,
        slope=_hard_sigmoid_slope,
        left=Line(0.0, 0.0),
        right=Line(0.0, 1.0),
        range=Range(0.0, 1.0, infimum_attained=True, supremum_attained=True),
        lipschitz=_SIXTH_UP,
        monotone=True,
        convex=False,
        conventions="The derivative at the kinks −3 and 3 is 0, as in PyTorch.",
        kinks=(-3.0, 3.0),
        onnx=Onnx("HardSigmoid", 1, {"alpha": 1 / 6, "beta": 0.5}),
        torch="torch.nn.Hardsigmoid",
    )


def hard_tanh(
    min_val: Annotated[float, Domain("The smallest value, below max_val")] = -1.0,
    max_val: Annotated[float, Domain("The largest value")] = 1.0,
) -> Activation:
    """Return f(x) = min(max(min_val, x), max_val).

    Raises `InvalidValue` unless min_val < max_val.
    """
    if not min_val < max_val:
        raise InvalidValue("expected max_val above min_val, got one that is not", ("max_val",))
    low, high = number(min_val), number(max_val)
    kinks = f"{shortest(min_val)} and {shortest(max_val)}"

    def value(x: Floats) -> Floats:
        return np.clip(x, min_val, max_val)

    def slope(x: Floats) -> Floats:
        return np.where((x > min_val) & (x < max_val), 1.0, 0.0)

    return Activation(
        name="hard_tanh",
        title="Hard hyperbolic tangent",
        latex=rf"\min\left(\max\left({low}, x\right), {high}\right)",
        derivative_latex=pieces(
            ("1", f"{low} < x < {high}"), ("0", rf"x \leq {low}"), ("0", rf"x \geq {high}")
        ),
        value=value,
        slope=slope,
        left=Line(0.0, min_val),
        right=Line(0.0, max_val),
        range=Range(min_val, max_val, infimum_attained=True, supremum_attained=True),
        lipschitz=1.0,
        monotone=True,
        convex=False,
        odd=min_val == -max_val,
        conventions=f"The derivative at the kinks {kinks} is 0, as in PyTorch.",
        kinks=(min_val, max_val),
        onnx=Onnx("Clip", 11, inputs={"min": min_val, "max": max_val}),
        torch="torch.nn.Hardtanh",
        parameters={"min_val": min_val, "max_val": max_val},
    )


def hard_swish() -> Activation:
    """Return f(x) = x·min(max(0, x + 3), 6)/6 (Howard et al. 2019, *Searching for MobileNetV3*)."""
    return Activation(
        name="hard_swish",
        title="Hard swish",
        latex=r"\frac{x}{6} \min\left(\max\left(0, x + 3\right), 6\right)",
        derivative_latex=pieces(
            (r"\frac{2 x + 3}{6}", "-3 < x < 3"), ("0", r"x \leq -3"), ("1", r"x \geq 3")
        ),
        value=_hard_swish,
        slope=_hard_swish_slope,
        left=Line(0.0, 0.0),
        right=Line(1.0, 0.0),
        range=Range(-0.375, math.inf, infimum_attained=True, supremum_attained=False),
        lipschitz=1.5,
        monotone=False,
        convex=False,
        conventions="The derivative at the kinks is taken from outside: 0 at −3 and 1 at 3.",
        kinks=(-3.0, 3.0),
        onnx=Onnx("HardSwish", 14),
        torch="torch.nn.Hardswish",
    )


def _hard_sigmoid(x: Floats) -> Floats:
    # (x + 3)/6 with an exact sum near −3, where x/6 + ½ would cancel; the inner clip avoids overflow.
    return np.clip((np.clip(x, -4.0, 4.0) + 3.0) / 6.0, 0.0, 1.0)


def _hard_sigmoid_slope(x: Floats) -> Floats:
    return np.where(np.abs(x) < 3, 1 / 6, 0.0)


def _hard_swish(x: Floats) -> Floats:
    z = np.clip(x, -3.0, 3.0)
    return np.where(x >= 3, x, z * ((z + 3.0) / 6.0))


def _hard_swish_slope(x: Floats) -> Floats:
    # 2z + 3 is exact near its zero −1.5, so this is within 1 ulp even there.
    z = np.clip(x, -3.0, 3.0)
    return np.where(x >= 3, 1.0, np.where(x <= -3, 0.0, (2.0 * z + 3.0) / 6.0))
