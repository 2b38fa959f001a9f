"""Atoms at extended precision, and how steep they are."""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

import mpmath as mp

from ..activations.catalogue import create
from ..activations.elu import SELU_ALPHA, SELU_PRODUCT, SELU_SCALE
from ..precision import as_mpf
from .atoms import Atom

_Formula = Callable[[mp.mpf, Mapping[str, float]], mp.mpf]


def value_of(atom: Atom, z: mp.mpf) -> mp.mpf:
    """Return g(z) within (|g| + |z|)·2^(8 − p) + 2^(8 − p), p being mpmath's working precision.

    For what has pieces that is so away from the edges alone. Raises `KeyError` for an atom without a formula.
    """
    return _FORMULAS[atom.name](z, dict(atom.parameters))


def has_formula(atom: Atom) -> bool:
    """Tell whether `value_of` or the atom's pieces give its values."""
    return atom.pieces is not None or atom.name in _FORMULAS


def steepness(atom: Atom, low: mp.mpf, high: mp.mpf) -> mp.mpf:
    """Return a bound on |g(x) − g(y)|/|x − y| for x, y from `low` to `high`, between jumps."""
    if atom.name == "exponential":
        return mp.exp(high) * 2
    if atom.name == "celu" and dict(atom.parameters)["alpha"] < 0:
        return mp.exp(max(-low, mp.mpf(0))) * 2
    if atom.pieces:
        return _exact(max(abs(slope) for slope, _ in atom.pieces.lines))
    return mp.mpf(_lipschitz(atom))


def _lipschitz(atom: Atom) -> float:
    bound = create(atom.name, **dict(atom.parameters)).lipschitz
    return bound if math.isfinite(bound) else math.inf


def _exact(number: Fraction) -> mp.mpf:
    return as_mpf(number) * (1 + mp.mpf(2) ** -20)


def _exp(z: mp.mpf) -> mp.mpf:
    """Return e^z for z ≤ 0, 0 where that is below the last place asked for."""
    return mp.exp(z) if z > -mp.mp.prec else mp.mpf(0)


def _tanh(z: mp.mpf) -> mp.mpf:
    return mp.tanh(z) if abs(z) < mp.mp.prec else mp.sign(z)


def _sigmoid(z: mp.mpf) -> mp.mpf:
    e = _exp(-abs(z))
    return 1 / (1 + e) if z >= 0 else e / (1 + e)


def _softplus(z: mp.mpf) -> mp.mpf:
    return max(z, mp.mpf(0)) + mp.log1p(_exp(-abs(z)))


def _gelu(z: mp.mpf) -> mp.mpf:
    if abs(z) > mp.sqrt(2 * mp.mp.prec) + 10:  # beyond, e^(−z²/2) is below the last place asked for
        return max(z, mp.mpf(0))
    return z * mp.erfc(-z / mp.sqrt(2)) / 2


def _gelu_tanh(z: mp.mpf) -> mp.mpf:
    inner = 2 * mp.sqrt(2 / mp.pi) * (z + mp.mpf(0.044715) * z**3)
    return z * _sigmoid(inner)


def _mish(z: mp.mpf) -> mp.mpf:
    # tanh(ln(1 + e^z)) = (e^2z + 2e^z)/(e^2z + 2e^z + 2)
    if z > 0:
        e = _exp(-z)
        return z * (1 + 2 * e) / (1 + 2 * e + 2 * e * e)
    e = _exp(z)
    return z * e * (e + 2) / (e * (e + 2) + 2)


def _expm1(z: mp.mpf) -> mp.mpf:
    return mp.expm1(z) if z > -mp.mp.prec else mp.mpf(-1)


def _elu(alpha: mp.mpf, z: mp.mpf) -> mp.mpf:
    return z if z > 0 else alpha * _expm1(z)


def _celu(z: mp.mpf, parameters: Mapping[str, float]) -> mp.mpf:
    alpha = parameters["alpha"]
    return z if z > 0 else alpha * (_expm1(z) if alpha > 0 else mp.expm1(-z))


def _selu(z: mp.mpf, parameters: Mapping[str, float]) -> mp.mpf:
    scale, alpha = parameters.get("gamma", SELU_SCALE), parameters.get("alpha", SELU_ALPHA)
    usual = (scale, alpha) == (SELU_SCALE, SELU_ALPHA)
    product = mp.fsum(SELU_PRODUCT) if usual else mp.mpf(scale) * mp.mpf(alpha)
    return mp.mpf(scale) * z if z > 0 else product * _expm1(z)


_FORMULAS: dict[str, _Formula] = {
    "tanh": lambda z, _: _tanh(z),
    "softplus": lambda z, _: _softplus(z),
    "softsign": lambda z, _: z / (1 + abs(z)),
    "silu": lambda z, _: z * _sigmoid(z),
    "mish": lambda z, _: _mish(z),
    "gelu": lambda z, _: _gelu(z),
    "gelu_tanh": lambda z, _: _gelu_tanh(z),
    "tanhshrink": lambda z, _: z - _tanh(z),
    "elu": lambda z, parameters: _elu(mp.mpf(parameters["alpha"]), z),
    "celu": _celu,
    "selu": _selu,
    "hard_swish": lambda z, _: z * min(max(z + 3, mp.mpf(0)), mp.mpf(6)) / 6,
    "exponential": lambda z, _: mp.exp(z),
    "squareplus": lambda z, parameters: (z + mp.sqrt(z * z + mp.mpf(parameters["b"]))) / 2,
}
