"""What the bounds on evaluated networks assume of our own functions, checked at start-up."""

from functools import lru_cache

import mpmath as mp
import numpy as np

from ..activations.record import Floats
from ..activations.sigmoid import sigmoid
from ..activations.tanh import tanh
from ..precision import extended_precision

ULPS = 4
RELATIVE_ERROR = ULPS * 2.0**-52
"""4 units in the last place, relative to the value: the tests demand 2, an unknown processor gets room."""

# The value is 0 or 1 beyond, and e^−x below the smallest float.
_SATURATED = 750.0


@lru_cache(maxsize=1)
def largest_errors() -> dict[str, float]:
    """Return the largest error of sigmoid and tanh in ulp, over a fixed grid, against mpmath.

    The grid has every exponent once with a random mantissa of either sign, the region where the values
    move densely, and the neighbours of powers of two, where an implementation is likely to switch.
    """
    grid = _grid()
    got = {"sigmoid": sigmoid().evaluate(grid), "tanh": tanh().evaluate(grid)}
    worst = dict.fromkeys(got, 0.0)
    with extended_precision(120):
        for index, x in enumerate(grid.tolist()):
            e = mp.exp(-2 * abs(mp.mpf(x)))
            exact = {
                "sigmoid": 1 / (1 + mp.exp(-mp.mpf(x))),
                "tanh": mp.sign(x) * (1 - e) / (1 + e) if abs(x) > 2.0**-20 else mp.tanh(mp.mpf(x)),
            }
            for name, value in exact.items():
                worst[name] = max(worst[name], _ulps(float(got[name][index]), value))
    return worst


def holds() -> bool:
    """Tell whether sigmoid and tanh are within 4 ulp on the grid: else no bound may be handed out."""
    return all(error <= ULPS for error in largest_errors().values())


def _grid() -> Floats:
    generator = np.random.default_rng(2022)
    exponents = np.arange(-1074.0, 10.0)
    every = np.exp2(exponents) * (1.0 + generator.random(exponents.size))
    dense = np.concatenate([generator.uniform(0.0, 2.0, 300), generator.uniform(0.0, 45.0, 300)])
    powers = np.exp2(np.arange(-30.0, 10.0))
    near = np.concatenate([np.nextafter(powers, 0.0), powers, np.nextafter(powers, np.inf)])
    positive = np.concatenate([every, dense, near])
    grid = np.concatenate([positive, -positive, [0.0]])
    return np.compress(np.abs(grid) < _SATURATED, grid)


def _ulps(got: float, exact: mp.mpf) -> float:
    """Return |got − exact| in units of the spacing of floats at `exact`, NaN counting as infinitely far."""
    if not np.isfinite(got):
        return np.inf
    spacing = np.spacing(abs(float(exact)))
    return float(abs(mp.mpf(got) - exact) / mp.mpf(float(spacing)))
