"""Functions that set small numbers to zero."""

import math
from typing import Annotated

import numpy as np

from ..errors import InvalidValue
from ..words import shortest
from .formula import number, pieces, plus
from .parameter import Domain
from .record import Activation, Floats, Jump, Line, Range, onnx_with

_UNBOUNDED = Range(-math.inf, math.inf, infimum_attained=False, supremum_attained=False)


_Width = Annotated[float, Domain("Half the width of what is set to zero", minimum=0.0)]


def softshrink(
    lambd: _Width = 0.5,
    bias: Annotated[
        float | None, Domain("How far x is brought nearer to 0; lambd makes it continuous", follows="lambd")
    ] = None,
) -> Activation:
    """Return f(x) = x brought nearer to 0 by bias, and 0 for |x| ≤ lambd.

    With the bias lambd it is the proximal map of lambd·|x|.
    """
    bias = lambd if bias is None else bias
    return _shrink(
        "softshrink", "Soft shrinkage", lambd, bias, torch="torch.nn.Softshrink" if bias == lambd else None
    )


def hardshrink(
    lambd: _Width = 0.5,
    bias: Annotated[float, Domain("How far x is brought nearer to 0; 0 leaves it")] = 0.0,
) -> Activation:
    """Return f(x) = x, brought nearer to 0 by bias, for |x| > lambd and 0 for |x| ≤ lambd."""
    return _shrink(
        "hardshrink", "Hard shrinkage", lambd, bias, torch="torch.nn.Hardshrink" if bias == 0 else None
    )


def _shrink(name: str, title: str, lambd: float, bias: float, torch: str | None) -> Activation:
    straight = lambd == bias == 0
    height = lambd - bias
    right, left = plus("x", -bias), plus("x", bias)
    jumps: tuple[Jump, ...] = ()
    if lambd and height:
        jumps = (Jump(-lambd, height), Jump(lambd, height))
    elif bias and not lambd:
        jumps = (Jump(0.0, -2.0 * bias),)
    kinks = (-lambd, lambd) if lambd and not height else ()
    if not all(math.isfinite(jump.height) for jump in jumps):
        raise InvalidValue("expected a jump below 1.8×10³⁰⁸ in size, got one beyond it", ("bias",))
    corners = "" if straight else f"{'±' if lambd else ''}{shortest(lambd)}"

    def value(x: Floats) -> Floats:
        size = np.abs(x)
        return np.copysign(1.0, x) * np.where(size > lambd, size - bias, 0.0)

    def slope(x: Floats) -> Floats:
        # Where nothing is cut out, 0 itself has slope 1.
        return np.where((np.abs(x) > lambd) | straight, 1.0, 0.0)

    return Activation(
        name=name,
        title=title,
        latex="x" if straight else _outside(lambd, right, left),
        derivative_latex="1" if straight else _outside(lambd, "1", "1"),
        value=value,
        slope=slope,
        left=Line(1.0, bias),
        right=Line(1.0, 0.0 - bias),
        range=_UNBOUNDED,
        lipschitz=1.0,
        monotone=bias <= lambd,
        convex=straight,
        odd=True,
        conventions=""
        if straight
        else f"The derivative at the {_named(kinks, jumps)} {corners} is 0, as in PyTorch.",
        kinks=kinks,
        jumps=jumps,
        onnx=onnx_with("Shrink", 9, lambd=lambd, bias=bias),
        torch=torch,
        parameters={"lambd": lambd, "bias": bias},
    )


def _named(kinks: tuple[float, ...], jumps: tuple[Jump, ...]) -> str:
    return "kinks" if kinks else "jump" if len(jumps) == 1 else "jumps"


def _outside(lambd: float, right: str, left: str) -> str:
    if not lambd:
        return pieces((right, "x > 0"), (left, "x < 0"), ("0", "x = 0"))
    edge = number(lambd)
    return pieces((right, f"x > {edge}"), (left, f"x < -{edge}"), ("0", rf"-{edge} \leq x \leq {edge}"))
