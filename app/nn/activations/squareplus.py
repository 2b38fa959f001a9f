"""Squareplus, a smooth relu without an exponential."""

import math
from typing import Annotated

import numpy as np

from ..error_free import Pair, add, add_smaller, divide, multiply, square, two_sum
from .elementwise import Kernel
from .formula import number
from .parameter import Domain
from .record import Activation, Floats, Line, Range

# In units of √b, √(x² + 1) is |x| from here on, and 1/(2|x|) more than that is lost in it.
_FAR = 2.0**30


def squareplus(
    b: Annotated[
        float, Domain("How wide it bends; relu is the limit b → 0", minimum=0.0, exclusive=True)
    ] = 4.0,
) -> Activation:
    """Return f(x) = (x + √(x² + b))/2 (Barron 2021); f(0) = √b/2, f′ = (1 + x/√(x² + b))/2."""
    root = rf"\sqrt{{x^{{2}} + {number(b)}}}"
    return Activation(
        name="squareplus",
        title="Squareplus",
        latex=rf"\frac{{1}}{{2}} \left(x + {root}\right)",
        derivative_latex=rf"\frac{{1}}{{2}} \left(1 + \frac{{x}}{{{root}}}\right)",
        value=_value(b),
        slope=_slope(b),
        left=Line(0.0, 0.0),
        right=Line(1.0, 0.0),
        range=Range(0.0, math.inf, infimum_attained=False, supremum_attained=False),
        lipschitz=1.0,
        monotone=True,
        convex=True,
        parameters={"b": b},
    )


def _value(b: float) -> Kernel:
    m, k = _split(b)
    far = math.ldexp(_FAR, k)

    def value(x: Floats) -> Floats:
        # To the right (z + r)/2, to the left m/(2(z + r)) with z = |x| and r = √(z² + m), in units of 2^k.
        size = np.abs(x)
        near = np.ldexp(np.minimum(size, far), -k)
        total = add(_root(near, m), (near, 0.0))
        right = np.ldexp(0.5 * (total[0] + total[1]), k)
        left = np.ldexp(divide((0.5 * m, 0.0), total), k)
        beyond = b / np.maximum(size, far) * 0.25
        return np.where(x > 0, np.where(size > far, x, right), np.where(size > far, beyond, left))

    return value


def _slope(b: float) -> Kernel:
    m, k = _split(b)
    far = math.ldexp(_FAR, k)

    def slope(x: Floats) -> Floats:
        # To the right 1 − g, to the left g = m/(2r(z + r)); far out that is b/(4x²).
        size = np.abs(x)
        near = np.ldexp(np.minimum(size, far), -k)
        root = _root(near, m)
        g = divide((0.5 * m, 0.0), multiply(root, add(root, (near, 0.0))))
        beyond = np.maximum(size, far)
        g = np.where(size > far, b / beyond * 0.25 / beyond, g)
        return np.where(x > 0, 1.0 - g, g)

    return slope


def _split(b: float) -> tuple[float, int]:
    """Return m and k with b = m·2^2k and ½ ≤ m < 2."""
    _, exponent = math.frexp(b)
    k = exponent // 2
    return math.ldexp(b, -2 * k), k


def _root(z: Floats, m: float) -> Pair:
    """Return √(z² + m) as a pair."""
    squared, squared_low = square(z)
    total, error = two_sum(squared, m)
    root = np.sqrt(total)
    product, rest = square(root)
    return add_smaller((root, 0.0), (((total - product) - rest + (error + squared_low)) / (2.0 * root), 0.0))
