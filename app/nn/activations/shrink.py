"""Functions that set small numbers to zero."""

import math
from typing import Annotated

import numpy as np

from ..words import shortest
from .elementwise import Kernel
from .formula import number, pieces
from .parameter import Domain
from .record import Activation, Floats, Jump, Line, Range, onnx_with

_UNBOUNDED = Range(-math.inf, math.inf, infimum_attained=False, supremum_attained=False)


def softshrink(
    lambd: Annotated[float, Domain("Half the width of what is set to zero", minimum=0.0)] = 0.5,
) -> Activation:
    """Return f(x) = x brought nearer to 0 by lambd, and 0 for |x| ≤ lambd: the proximal map of lambd·|x|."""
    edge = number(lambd)

    def value(x: Floats) -> Floats:
        return np.where(x > lambd, x - lambd, np.where(x < -lambd, x + lambd, 0.0 * x))

    return Activation(
        name="softshrink",
        title="Soft shrinkage",
        latex=_outside(lambd, f"x - {edge}", f"x + {edge}") if lambd else "x",
        derivative_latex=_outside(lambd, "1", "1") if lambd else "1",
        value=value,
        slope=_slope(lambd),
        left=Line(1.0, lambd),
        right=Line(1.0, 0.0 - lambd),
        range=_UNBOUNDED,
        lipschitz=1.0,
        monotone=True,
        convex=lambd == 0,
        odd=True,
        conventions=f"The derivative at the kinks ±{shortest(lambd)} is 0, as in PyTorch." if lambd else "",
        kinks=(-lambd, lambd) if lambd else (),
        onnx=onnx_with("Shrink", 9, lambd=lambd, bias=lambd),
        torch="torch.nn.Softshrink",
        parameters={"lambd": lambd},
    )


def hardshrink(
    lambd: Annotated[float, Domain("Half the width of what is set to zero", minimum=0.0)] = 0.5,
) -> Activation:
    """Return f(x) = x for |x| > lambd and 0 for |x| ≤ lambd."""

    def value(x: Floats) -> Floats:
        return np.where(np.abs(x) > lambd, x, 0.0 * x)

    return Activation(
        name="hardshrink",
        title="Hard shrinkage",
        latex=_outside(lambd, "x", "x") if lambd else "x",
        derivative_latex=_outside(lambd, "1", "1") if lambd else "1",
        value=value,
        slope=_slope(lambd),
        left=Line(1.0, 0.0),
        right=Line(1.0, 0.0),
        range=_UNBOUNDED,
        lipschitz=1.0,
        monotone=True,
        convex=lambd == 0,
        odd=True,
        conventions=f"The derivative at the jumps ±{shortest(lambd)} is 0, as in PyTorch." if lambd else "",
        jumps=(Jump(-lambd, lambd), Jump(lambd, lambd)) if lambd else (),
        onnx=onnx_with("Shrink", 9, lambd=lambd, bias=0.0),
        torch="torch.nn.Hardshrink",
        parameters={"lambd": lambd},
    )


def _slope(lambd: float) -> Kernel:
    def slope(x: Floats) -> Floats:
        # With lambd = 0 nothing is cut out, so 0 itself has slope 1.
        return np.where((np.abs(x) > lambd) | (lambd == 0), 1.0, 0.0)

    return slope


def _outside(lambd: float, right: str, left: str) -> str:
    edge = number(lambd)
    return pieces((right, f"x > {edge}"), (left, f"x < -{edge}"), ("0", rf"-{edge} \leq x \leq {edge}"))
