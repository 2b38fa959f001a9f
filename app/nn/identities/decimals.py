"""Numbers as a derivation writes them, with six digits, and what they are exactly."""

from decimal import Context, Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats

_WRITTEN = Context(prec=6)
# Sums and products of decimals come this near to them where float64 stands for the decimals.
_MEANT = Context(prec=15)

Exact = npt.NDArray[np.object_]  # of Fraction
Numbers = Floats | Exact


def decimal(value: float | Fraction) -> str:
    r"""Return a number as LaTeX with six significant digits: -0.25, 2.65\times 10^{-261}."""
    written = _decimal(value, _WRITTEN)
    exponent = written.adjusted()
    if not written or -5 < exponent < _WRITTEN.prec:
        return f"{written.normalize():f}"
    return rf"{written.scaleb(-exponent, _WRITTEN).normalize():f}\times 10^{{{exponent}}}"


def exactly(values: Numbers) -> Exact:
    """Return what numbers are, of the same shape."""
    return np.array([Fraction(value) for value in values.ravel().tolist()], object).reshape(values.shape)


def read(values: Numbers) -> Exact:
    """Return what numbers are as they are written."""
    written = [Fraction(_decimal(value, _WRITTEN)) for value in values.ravel().tolist()]
    return np.array(written, object).reshape(values.shape)


def matrix(values: Numbers) -> str:
    """Return a matrix as LaTeX."""
    rows = r" \\ ".join(" & ".join(map(decimal, row)) for row in values.tolist())
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"


def is_meant(value: float | Fraction) -> bool:
    """Tell whether six digits are all that a number has, as it came or by sums of what float64 stands for."""
    written = _decimal(value, _WRITTEN)
    return _decimal(value, _MEANT) == written if isinstance(value, Fraction) else float(written) == value


def _decimal(value: float | Fraction, context: Context) -> Decimal:
    """Return a number rounded once, whatever its size."""
    return context.divide(*map(Decimal, Fraction(value).as_integer_ratio()))
