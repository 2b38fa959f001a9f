"""Which activation of the catalogue a function of one number is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from ...nn.activations.catalogue import create
from ...nn.activations.record import Activation
from ...nn.errors import Fault
from .expression import (
    Applied,
    Expression,
    NotExpressible,
    X,
    absolute,
    clipped,
    constant,
    erf,
    exponential,
    inverse,
    is_close,
    rectified,
    sigmoid,
    softplus,
    square_root,
    tanh,
)

_HALF = Fraction(1, 2)
_ROOT_OF_HALF = Fraction("0.70710678118654752440084436210484903928483593768847")
_ROOT_OF_2_BY_PI = Fraction("0.79788456080286535587989211986876373695171726232986")
_CUBIC = Fraction("0.044715")
_NEARLY = Fraction(1, 100)


def _gated(gate: Expression) -> Expression:
    """Return ½x·(1 + gate)."""
    return X.times(_HALF) * (constant(1) + gate)


_FORMS: Mapping[str, Expression] = {
    "gelu": _gated(erf(X.times(_ROOT_OF_HALF))),
    "gelu_tanh": _gated(tanh((X + X.power(3).times(_CUBIC)).times(_ROOT_OF_2_BY_PI))),
    "mish": X * tanh(softplus(X)),
    "hard_swish": X * clipped(X + constant(3), Fraction(0), Fraction(6)).times(Fraction(1, 6)),
    "tanhshrink": X - tanh(X),
    "softsign": X * inverse(constant(1) + absolute(X)),
    "log_sigmoid": X - softplus(X),
    "sigmoid": sigmoid(X),
    "tanh": tanh(X),
    "exponential": exponential(X),
}


@dataclass(frozen=True, slots=True)
class ActivationForm:
    """factor·f(x) for an activation f of the catalogue."""

    activation: Activation
    factor: float


def activation_form(found: Expression, unit: Fraction) -> ActivationForm | None:
    """Return which activation a function is, with the factor that stands before it, or None.

    `unit` is the largest relative rounding of one constant in the file's types, 2⁻²⁴ in float32: a
    coefficient, which is a product of two at most, may be off by twice that. What has few bits, ½ and 1, is
    exact. Parameters are taken as they are.
    """
    within = 2 * unit + unit * unit
    alike = _alike(found, within)
    exact = [form for form in alike if form.factor == 1]
    return next(iter([*exact, *alike]), None)


def _alike(found: Expression, within: Fraction) -> list[ActivationForm]:
    proposed = [(create(name), form) for name, form in _FORMS.items()]
    for family in _FAMILIES:
        try:
            one = family(found)
        except (NotExpressible, Fault, OverflowError):
            continue
        if one is not None:
            proposed.append(one)
    alike = []
    for activation, form in proposed:
        # 1/6 is rounded: six times it need not be 1.
        rounded = activation.name in _WITH_ROUNDED_FACTOR
        if is_close(found, form, within, but_exact=not rounded):
            alike.append(ActivationForm(activation, 1.0))
        elif found.shape == form.shape:
            factor = found.terms[0][1] / form.terms[0][1]
            # Nothing is rounded: what no float64 is, is no scaling of a layer.
            if is_close(found.times(1 / factor), form, within) and Fraction(float(factor)) == factor:
                alike.append(ActivationForm(activation, float(factor)))
    return alike


def nearly_activation(found: Expression) -> str | None:
    """Return the activation's name that a function would be with constants of more digits."""
    return next((name for name, form in _FORMS.items() if is_close(found, form, _NEARLY)), None)


_WITH_ROUNDED_FACTOR = frozenset({"hard_swish"})


def _silu(found: Expression) -> tuple[Activation, Expression] | None:
    """Return x·σ(βx) with the β that stands there."""
    plain = found.coefficients.get(X.shape, Fraction(0))
    for product, factor in found.terms:
        if len(product) == 2 and (argument := _argument(product[1], "tanh")) is not None:
            beta = float(2 * argument * (1 if factor * plain > 0 else -1))
            activation = create("silu", **({} if beta == 1 else {"beta": beta}))
            return activation, X * sigmoid(X.times(Fraction(beta)))
    return None


def _softplus(found: Expression) -> tuple[Activation, Expression] | None:
    """Return softplus(βx)/β with the β > 0 that stands there."""
    for product, _ in found.terms:
        if len(product) == 1 and (argument := _argument(product[0], "softplus")) is not None:
            beta = float(argument)
            activation = create("softplus", **({} if beta == 1 else {"beta": beta}))
            return activation, softplus(X.times(Fraction(beta))).times(1 / Fraction(beta))
    return None


def _squareplus(found: Expression) -> tuple[Activation, Expression] | None:
    """Return ½(x + √(x² + b)) with the b that stands there."""
    for product, _ in found.terms:
        for atom in product:
            if isinstance(atom, Applied) and atom.function == "sqrt":
                b = float(atom.argument.coefficients.get("", 0))
                form = (X + square_root(X.power(2) + constant(Fraction(b)))).times(_HALF)
                return create("squareplus", b=b), form
    return None


def _softshrink(found: Expression) -> tuple[Activation, Expression] | None:
    """Return max(x − λ, 0) − max(−x − λ, 0) with the λ that stands there."""
    for product, _ in found.terms:
        for atom in product:
            if isinstance(atom, Applied) and atom.function == "relu":
                lambd = -atom.argument.coefficients.get("", Fraction(0))
                right, left = (rectified(X.times(sign) - constant(lambd)) for sign in (1, -1))
                # Both look alike but for their coefficients, and stand as they were added.
                turned = atom.argument.coefficients.get(X.shape, Fraction(0)) < 0
                form = left.times(-1) + right if turned else right - left
                return create("softshrink", lambd=float(lambd)), form
    return None


_FAMILIES: tuple[Callable[[Expression], tuple[Activation, Expression] | None], ...] = (
    _silu, _softplus, _squareplus, _softshrink
)  # fmt: skip


def _argument(atom: Applied | None, function: str) -> Fraction | None:
    """Return c where the atom is that function of c·x."""
    if atom is None or atom.function != function or atom.argument.shape != X.shape:
        return None
    return atom.argument.terms[0][1]
