"""Distances in units in the last place, of the exact value's binade."""

from typing import Any

import numpy as np
from mpmath import mp, mpf

LARGEST = mpf(np.finfo(np.float64).max)


def ulps(got: float, true: Any) -> float:
    """|got − true| in spacings of float64 at `true`: 2⁻¹⁰⁷⁴ among the subnormals; 0 for a right ±∞."""
    if not np.isfinite(got):
        return 0.0 if not np.isnan(got) and abs(true) >= LARGEST and (got > 0) == (true > 0) else np.inf
    exponent = -1074 if true == 0 else max(mp.mag(true) - 53, -1074)
    return float(mp.ldexp(abs(mpf(got) - true), -exponent))


def subnormal(true: Any) -> bool:
    return bool(abs(true) < mpf(2) ** -1022)
