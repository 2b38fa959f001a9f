"""Straight-lined stand-ins for sigmoid, tanh and silu."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Self

import numpy as np

from ..error_free import product_with, two_sum
from ..errors import InvalidValue
from ..words import shortest
from .formula import multiple, number, pieces, plus
from .parameter import Domain
from .record import Activation, Floats, Line, Onnx, Range, onnx_with

_SIXTH_UP = 0.16666666666666669  # 1/6 rounded upwards
_BETA = ("beta",)


def hard_sigmoid(
    alpha: Annotated[
        float,
        Domain("The slope between the kinks; the float nearest 1/6 is 1/6", minimum=0.0, exclusive=True),
    ] = 1 / 6,
    beta: Annotated[float, Domain("The value at 0, before it is cut to between 0 and 1")] = 0.5,
) -> Activation:
    """Return f(x) = min(max(0, alpha·x + beta), 1) (Courbariaux, Bengio and David 2015).

    Raises `InvalidValue` where a kink is beyond the largest float64, or both are one float.
    """
    ramp = _Ramp.of(alpha, beta)
    usual = (alpha, beta) == (1 / 6, 0.5)
    low, high = number(ramp.low), number(ramp.high)
    kinks = f"{shortest(ramp.low)} and {shortest(ramp.high)}"
    slope = r"\frac{1}{6}" if alpha == 1 / 6 else number(alpha)
    rising = r"\frac{x}{6}" if alpha == 1 / 6 else multiple(alpha, "x")
    line = r"\frac{x + 3}{6}" if usual else plus(rising, beta)
    return Activation(
        name="hard_sigmoid",
        title="Hard sigmoid",
        latex=rf"\min\left(\max\left(0, {line}\right), 1\right)",
        derivative_latex=pieces(
            (slope, f"{low} < x < {high}"), ("0", rf"x \leq {low}"), ("0", rf"x \geq {high}")
        ),
        value=ramp.value,
        slope=ramp.slope,
        left=Line(0.0, 0.0),
        right=Line(0.0, 1.0),
        range=Range(0.0, 1.0, infimum_attained=True, supremum_attained=True),
        lipschitz=_SIXTH_UP if alpha == 1 / 6 else alpha,
        monotone=True,
        convex=False,
        conventions=f"The derivative at the kinks {kinks} is 0, as in PyTorch.",
        kinks=(ramp.low, ramp.high),
        onnx=onnx_with("HardSigmoid", 1, alpha=alpha, beta=beta),
        torch="torch.nn.Hardsigmoid" if usual else None,
        parameters={"alpha": alpha, "beta": beta},
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
        result = np.clip(x, min_val, max_val)
        if min_val == 0:
            result += 0.0  # 0 where −0 is as good as any number below
        return result

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


@dataclass(frozen=True, slots=True)
class _Ramp:
    """The straight line from 0 at `low` to 1 at `high`: (multiplier·2^exponent·x + offset)/divisor.

    `low` and `high` are the floats nearest to the kinks, `first` and `last` the first and the last float
    strictly between these.
    """

    low: float
    high: float
    first: float
    last: float
    multiplier: float
    exponent: int
    offset: tuple[float, float]
    divisor: float

    @classmethod
    def of(cls, alpha: float, beta: float) -> Self:
        divisor = 6.0 if alpha == 1 / 6 else 1.0
        multiplier, exponent = (1.0, 0) if alpha == 1 / 6 else math.frexp(alpha)
        gradient = Fraction(alpha) if divisor == 1 else Fraction(1, 6)
        zero, one = -Fraction(beta) / gradient, (1 - Fraction(beta)) / gradient
        try:
            low, high = float(zero), float(one)
        except OverflowError:
            raise InvalidValue(
                "expected kinks −beta/alpha and (1 − beta)/alpha below 1.8×10³⁰⁸ in size", _BETA
            ) from None
        if low == high:
            raise InvalidValue(
                "expected kinks that are different numbers in float64, got one for both", _BETA
            )
        first = low if low > zero else math.nextafter(low, math.inf)
        last = high if high < one else math.nextafter(high, -math.inf)
        offset = Fraction(beta) * Fraction(divisor)
        return cls(
            low + 0.0,
            high + 0.0,
            first,
            last,
            multiplier,
            exponent,
            (float(offset), float(offset - Fraction(float(offset)))),
            divisor,
        )

    def value(self, x: Floats) -> Floats:
        # Exact up to one rounding, near the kink at 0 too, where alpha·x + beta would cancel. A tiny offset
        # is worked on in units in which the parts of the product do not underflow.
        scale = 500 if abs(self.offset[0]) < 2.0**-500 else 0
        inside = np.clip(x, math.nextafter(self.first, -math.inf), math.nextafter(self.last, math.inf))
        product, rest = product_with(np.ldexp(inside, self.exponent + scale), self.multiplier)
        total, error = two_sum(product, math.ldexp(self.offset[0], scale))
        rest += error
        rest += math.ldexp(self.offset[1], scale)
        total += rest
        total /= self.divisor
        return np.clip(np.ldexp(total, -scale), 0.0, 1.0)

    def slope(self, x: Floats) -> Floats:
        gradient = 1 / 6 if self.divisor == 6 else math.ldexp(self.multiplier, self.exponent)
        return np.where((x >= self.first) & (x <= self.last), gradient, 0.0)


def _hard_swish(x: Floats) -> Floats:
    z = np.clip(x, -3.0, 3.0)
    return np.where(x >= 3, x, z * ((z + 3.0) / 6.0))


def _hard_swish_slope(x: Floats) -> Floats:
    # 2z + 3 is exact near its zero −1.5, so this is within 1 ulp even there.
    z = np.clip(x, -3.0, 3.0)
    return np.where(x >= 3, 1.0, np.where(x <= -3, 0.0, (2.0 * z + 3.0) / 6.0))
