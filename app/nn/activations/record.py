"""The one record that defines an activation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from ..error_free import Floats as Floats
from .elementwise import F, Kernel, Kernels, apply, apply_together


@dataclass(frozen=True, slots=True)
class Line:
    """An asymptote y = slope·x + intercept."""

    slope: float
    intercept: float

    def limit(self, end: float) -> float:
        """Return what the line tends to at `end`, which is −∞ or +∞."""
        return self.slope * end if self.slope else self.intercept


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
    """The ONNX operator that computes the same function, and the opset that introduced this form of it.

    `inputs` are the constants that the operator takes as further inputs rather than as attributes.
    """

    operator: str
    since: int
    attributes: Mapping[str, float | str] = field(default_factory=lambda: MappingProxyType({}))
    inputs: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


def onnx_with(operator: str, since: int, **attributes: float) -> Onnx | None:
    """Return the operator with these attributes, or None where it cannot have them.

    ONNX keeps attributes as float32: what is no normal number there would arrive as 0 or ∞, or with few
    digits, and the operator would be another function.
    """
    single = np.finfo(np.float32)
    for value in attributes.values():
        if value and not float(single.smallest_normal) <= abs(value) <= float(single.max):
            return None
    return Onnx(operator, since, attributes)


@dataclass(frozen=True, slots=True, eq=False)
class Activation:
    """A function ℝ → ℝ with all that is claimed of it; every claim is tested over the catalogue.

    A value: equal, and hashed, by name and parameters, which determine everything else. A parameter −0.0
    is 0.0: the function of real numbers is the same.

    `latex` and `derivative_latex` are formulas in x that both latex2mathml and matplotlib's mathtext can
    read. `value` and `slope` compute the function and its derivative on finite numbers; ask for them through
    `evaluate` and `derivative`. `both` computes the two together, with the same bits, where they share much.
    `left` and `right` are the asymptotes at −∞ and +∞, or None where there is none. `kinks` are the points
    where the function is continuous but left and right derivatives differ; `conventions` says what the
    derivative is there. `lipschitz` is the smallest L with |f(x) − f(y)| ≤ L·|x − y| between jumps, rounded
    upwards.
    """

    name: str
    title: str
    latex: str
    derivative_latex: str
    value: Kernel = field(repr=False)
    slope: Kernel = field(repr=False)
    left: Line | None
    right: Line | None
    range: Range
    lipschitz: float
    monotone: bool
    convex: bool
    odd: bool = False
    even: bool = False
    conventions: str = ""
    kinks: tuple[float, ...] = ()
    jumps: tuple[Jump, ...] = ()
    onnx: Onnx | None = None
    torch: str | None = None
    both: Kernels | None = field(default=None, repr=False)
    parameters: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))

    def __eq__(self, other: object) -> bool:
        """Tell whether both have the same name and parameters."""
        if not isinstance(other, Activation):
            return NotImplemented
        return self.name == other.name and self.parameters == other.parameters

    def __repr__(self) -> str:
        """Return the name with the parameters, which determine everything else."""
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in self.parameters.items())})"

    def __hash__(self) -> int:
        """Return a hash of the name and the parameters."""
        return hash((self.name, frozenset(self.parameters.items())))

    def evaluate(self, inputs: npt.NDArray[F]) -> npt.NDArray[F]:
        """Return f(inputs) as a new array of the same shape, within 2 ulp.

        Among the subnormals within 2 spacings. NaN in, NaN out; ±∞ gives the limit; no warning is ever
        issued. float32 gives the float64 answer rounded once.
        """
        return apply(self.value, self._limits, inputs)

    def derivative(self, inputs: npt.NDArray[F]) -> npt.NDArray[F]:
        """Return f′(inputs), as `evaluate` does, within 2 ulp.

        Beside a zero of f′ other than the origin it is within 4 ulp. At kinks and jumps see `conventions`.
        """
        return apply(self.slope, self._slopes, inputs)

    def evaluate_and_derive(self, inputs: npt.NDArray[F]) -> tuple[npt.NDArray[F], npt.NDArray[F]]:
        """Return f(inputs) and f′(inputs) with the bits of `evaluate` and `derivative`, at no more cost."""
        if self.both is None:
            return self.evaluate(inputs), self.derivative(inputs)
        values, slopes = apply_together(self.both, (self._limits, self._slopes), inputs)
        return values, slopes

    def _limits(self) -> tuple[float, float]:
        # Where there is no asymptote it runs off ever more steeply: exponential, celu with a negative alpha.
        left = self.left.limit(-math.inf) if self.left else self.range.infimum
        right = self.right.limit(math.inf) if self.right else self.range.supremum
        return _with_signs(self.value, left, right)

    def _slopes(self) -> tuple[float, float]:
        left = self.left.slope if self.left else self.lipschitz
        right = self.right.slope if self.right else self.lipschitz
        return _with_signs(self.slope, left, right)

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
        return math.isfinite(self.range.infimum) and math.isfinite(self.range.supremum)


def _with_signs(kernel: Kernel, left: float, right: float) -> tuple[float, float]:
    """Return the limits of a kernel, one that is 0 with the sign with which it is approached."""
    if left and right:
        return left, right
    largest = np.finfo(np.float64).max
    ends = kernel(np.array([-largest, largest]))
    at_left, at_right = (
        limit or math.copysign(0.0, end) for limit, end in zip((left, right), ends, strict=True)
    )
    return at_left, at_right
