"""Activations written in terms of few: f(z) = offset + factor·g(stretch·z + shift), exactly, in ℚ."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction

from ..activations.catalogue import has_defaults
from ..activations.elu import elu
from ..activations.record import Activation

ZERO, ONE, HALF = Fraction(0), Fraction(1), Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Pieces:
    """A piecewise linear function: `lines` (slope, intercept) between the `edges`, and its `values` there."""

    edges: tuple[Fraction, ...]
    lines: tuple[tuple[Fraction, Fraction], ...]
    values: tuple[Fraction, ...]

    def at(self, z: Fraction) -> Fraction:
        """Return f(z)."""
        place = bisect_left(self.edges, z)
        if place < len(self.edges) and self.edges[place] == z:
            return self.values[place]
        slope, intercept = self.lines[place]
        return slope * z + intercept

    def line_at(self, z: Fraction) -> tuple[Fraction, Fraction]:
        """Return the line that z lies on, at an edge the one that ends there."""
        return self.lines[bisect_left(self.edges, z)]

    @property
    def continuous(self) -> bool:
        """Whether there is no jump."""
        return all(
            left[0] * edge + left[1] == value == right[0] * edge + right[1]
            for edge, value, left, right in zip(
                self.edges, self.values, self.lines[:-1], self.lines[1:], strict=True
            )
        )


@dataclass(frozen=True, slots=True)
class Atom:
    """A function g that activations are written with, told apart by `name` and `parameters`.

    g(−z) = −g(z) if `odd`, g(z) if `even`; g(λz) = λ·g(z) for λ > 0 if `homogeneous`, g(z) if `step`.
    """

    name: str
    parameters: tuple[tuple[str, float], ...] = ()
    odd: bool = False
    even: bool = False
    homogeneous: bool = False
    step: bool = False
    pieces: Pieces | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Written:
    """f(z) = offset + factor·g(stretch·z + shift), for g an atom, or the identity if it is None."""

    atom: Atom | None
    stretch: Fraction = ONE
    shift: Fraction = ZERO
    factor: Fraction = ONE
    offset: Fraction = ZERO

    @property
    def pieces(self) -> Pieces | None:
        """The lines that g is made of, None if it is not."""
        return _LINE if self.atom is None else self.atom.pieces


_LINE = Pieces((), ((ONE, ZERO),), ())
TANH = Atom("tanh", odd=True)
SOFTPLUS = Atom("softplus")
_RELU_PIECES = Pieces((ZERO,), ((ZERO, ZERO), (ONE, ZERO)), (ZERO,))
RELU = Atom("relu", homogeneous=True, pieces=_RELU_PIECES)
_CLIP = Atom(
    "hard_tanh", odd=True, pieces=Pieces((-ONE, ONE), ((ZERO, -ONE), (ONE, ZERO), (ZERO, ONE)), (-ONE, ONE))
)
_STEP = Atom("heaviside", step=True, pieces=Pieces((ZERO,), ((ZERO, ZERO), (ZERO, ONE)), (ONE,)))


def written(activation: Activation) -> Written:
    """Return the activation in terms of an atom; one that has no simpler form is an atom itself."""
    make = _FORMS.get(activation.name)
    return make(activation) if make else Written(_itself(activation))


def _itself(activation: Activation, pieces: Pieces | None = None) -> Atom:
    return Atom(
        activation.name,
        tuple(sorted(activation.parameters.items())),
        odd=activation.odd,
        even=activation.even and not activation.odd,
        pieces=pieces,
    )


def _parameter(activation: Activation, name: str, default: Fraction) -> Fraction:
    return Fraction(activation.parameters[name]) if name in activation.parameters else default


def _leaky(activation: Activation) -> Written:
    slope = Fraction(activation.parameters["negative_slope"])
    if slope == 1:
        return Written(None)
    if slope == 0:
        return Written(RELU)
    pieces = Pieces((ZERO,), ((slope, ZERO), (ONE, ZERO)), (ZERO,))
    parameters = (("negative_slope", float(slope)),)
    return Written(Atom("leaky_relu", parameters, even=slope == -1, homogeneous=True, pieces=pieces))


def _clip(low: Fraction, high: Fraction, stretch: Fraction = ONE, shift: Fraction = ZERO) -> Written:
    """Write min(max(low, stretch·z + shift), high) by the one from −1 to 1."""
    middle, half = (low + high) / 2, (high - low) / 2
    return Written(_CLIP, stretch / half, (shift - middle) / half, half, middle)


def _hard_sigmoid(activation: Activation) -> Written:
    # the default is (z + 3)/6, whatever float stands for a sixth
    alpha = _parameter(activation, "alpha", Fraction(1, 6))
    alpha = Fraction(1, 6) if alpha == Fraction(1 / 6) else alpha
    return _clip(ZERO, ONE, alpha, _parameter(activation, "beta", HALF))


def _softshrink(activation: Activation) -> Written:
    edge = Fraction(activation.parameters["lambd"])
    bias = _parameter(activation, "bias", edge if activation.name == "softshrink" else ZERO)
    if edge == bias == 0:
        return Written(None)
    if edge == 0:  # a jump at 0 alone, or none of these
        return Written(_itself(activation))
    parameters = (("bias", float(bias)), ("lambd", float(edge)))
    pieces = Pieces((-edge, edge), ((ONE, bias), (ZERO, ZERO), (ONE, -bias)), (ZERO, ZERO))
    return Written(Atom("shrink", parameters, odd=True, pieces=pieces))


def _threshold(activation: Activation) -> Written:
    edge, value = (Fraction(activation.parameters[name]) for name in ("threshold", "value"))
    if edge == value:
        return Written(RELU, shift=-edge, offset=edge)
    return Written(_itself(activation, Pieces((edge,), ((ZERO, value), (ONE, ZERO)), (value,))))


def _elu(activation: Activation) -> Written:
    alpha = activation.parameters["alpha"]
    if alpha == 0:
        return Written(RELU)
    return Written(Atom("celu", (("alpha", 1.0),)) if alpha == 1 else _itself(activation))


def _selu(activation: Activation) -> Written:
    """Selu with gamma is gamma·elu; the defaults stand for decimals, whose product is no such float's."""
    if has_defaults(activation):
        return Written(_itself(activation))
    alpha, gamma = (activation.parameters[name] for name in ("alpha", "gamma"))
    return replace(_elu(elu(alpha)), factor=Fraction(gamma))


def _celu(activation: Activation) -> Written:
    """Celu with alpha is |alpha|·celu(z/|alpha|) with the sign of alpha."""
    alpha = Fraction(activation.parameters["alpha"])
    sign = 1.0 if alpha > 0 else -1.0
    return Written(Atom("celu", (("alpha", sign),)), stretch=1 / abs(alpha), factor=abs(alpha))


def _softplus(activation: Activation) -> Written:
    beta = Fraction(activation.parameters["beta"])
    return Written(SOFTPLUS, stretch=beta, factor=1 / beta)


def _silu(activation: Activation) -> Written:
    beta = _parameter(activation, "beta", ONE)
    if beta == 0:
        return Written(None, factor=HALF)
    return Written(Atom("silu"), stretch=beta, factor=1 / beta)


def _hard_tanh(activation: Activation) -> Written:
    return _clip(*(Fraction(activation.parameters[name]) for name in ("min_val", "max_val")))


_FORMS: dict[str, Callable[[Activation], Written]] = {
    "identity": lambda _: Written(None),
    "tanh": lambda _: Written(TANH),
    "sigmoid": lambda _: Written(TANH, stretch=HALF, factor=HALF, offset=HALF),
    "relu": lambda _: Written(RELU),
    "heaviside": lambda _: Written(_STEP),
    "leaky_relu": _leaky,
    "relu6": lambda _: _clip(ZERO, Fraction(6)),
    "hard_tanh": _hard_tanh,
    "hard_sigmoid": _hard_sigmoid,
    "softshrink": _softshrink,
    "hardshrink": _softshrink,
    "threshold": _threshold,
    "elu": _elu,
    "selu": _selu,
    "celu": _celu,
    "softplus": _softplus,
    "log_sigmoid": lambda _: Written(SOFTPLUS, stretch=-ONE, factor=-ONE),
    "silu": _silu,
}
