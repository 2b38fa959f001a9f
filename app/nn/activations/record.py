"""The one record that defines an activation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """An asymptote y = slope·x + intercept."""

    slope: float
    intercept: float


@dataclass(frozen=True, slots=True)
class Jump:
    """A step discontinuity: at x = `at` the function rises by `height` (right limit − left limit)."""

    at: float
    height: float


@dataclass(frozen=True, slots=True)
class Range:
    """The set of values on ℝ: its infimum and supremum (±∞ allowed), and whether each is attained."""

    infimum: float
    supremum: float
    infimum_attained: bool
    supremum_attained: bool


@dataclass(frozen=True, slots=True)
class Onnx:
    """The ONNX operator that computes the same function, and the opset that introduced it."""

    operator: str
    since: int
    attributes: Mapping[str, float | str]


@dataclass(frozen=True, slots=True)
class Activation:
    """A function ℝ → ℝ with all that is claimed of it; every claim is tested over the catalogue.

    `evaluate` and `derivative` take a float64 array of any shape and return a new one of that shape:
    NaN in, NaN out; ±∞ gives the limit; no warning is ever issued. `latex` and `derivative_latex` are
    formulas in x that both latex2mathml and matplotlib's mathtext can read. `left` and `right` are the
    asymptotes at −∞ and +∞, or None where there is none. `kinks` are the points where the function is
    continuous but left and right derivatives differ; `conventions` says what the derivative is there.
    `lipschitz` is the smallest L with |f(x) − f(y)| ≤ L·|x − y| between jumps, rounded upwards.
    """

    name: str
    title: str
    latex: str
    derivative_latex: str
    evaluate: Callable[[Floats], Floats]
    derivative: Callable[[Floats], Floats]
    left: Line | None
    right: Line | None
    range: Range
    lipschitz: float
    monotone: bool
    convex: bool
    odd: bool
    even: bool
    conventions: str
    kinks: tuple[float, ...] = ()
    jumps: tuple[Jump, ...] = ()
    onnx: Onnx | None = None
    torch: str | None = None
    parameters: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def continuous(self) -> bool:
        """Whether there is no jump."""
        return not self.jumps

    @property
    def differentiable(self) -> bool:
        """Whether there is neither a jump nor a kink."""
        return not self.jumps and not self.kinks

    @property
    def bounded(self) -> bool:
        """Whether the range is a bounded set."""
        return bool(np.isfinite(self.range.infimum) and np.isfinite(self.range.supremum))
