"""How steep atoms are between two numbers, at least and at most, however flat they are there."""

from collections.abc import Callable, Mapping

import mpmath as mp

from ..activations.elu import SELU_ALPHA, SELU_SCALE
from ..precision import as_mpf
from .atoms import Atom

Slopes = tuple[mp.mpf, mp.mpf]
"""The least and the largest."""

_Parameters = Mapping[str, float]

_CURVED, _TAIL = 2, -3
"""More than |g″| of gelu, gelu_tanh, silu and mish, and where g′ has begun to fall, from 0 at −∞."""

# Bits before the point that z may have: e^z has an exponent of as many.
_LARGEST = 512


def slopes_between(atom: Atom, low: mp.mpf, high: mp.mpf) -> Slopes | None:
    """Return bounds s ≤ (g(x) − g(y))/(x − y) ≤ S for all x ≠ y from `low` to `high`; None if unknown.

    Where g saturates they are of the size of g′ there, however small that is, as long as low and high are
    close to each other: of tanh, |g″/g′| ≤ 2. Beside a jump nothing is known.
    """
    if max(mp.mag(low), mp.mag(high)) > _LARGEST:
        return None
    if atom.pieces:
        return _of_pieces(atom, low, high)
    parameters = dict(atom.parameters)
    if atom.name in _RELATIVE:
        return _widened(_RELATIVE[atom.name](low, high, parameters))
    if atom.name in _CURVES and high < _TAIL:
        return _widened((_CURVES[atom.name](high), _CURVES[atom.name](low)))
    if atom.name in _CURVES:
        middle, reach = (low + high) / 2, (high - low) / 2
        slope = _CURVES[atom.name](middle)
        error = _CURVED * reach + (1 + abs(middle)) ** 3 * mp.mpf(2) ** (12 - mp.mp.prec)
        return slope - error, slope + error
    return None


def _widened(slopes: Slopes) -> Slopes:
    error, (least, most) = mp.mpf(2) ** (12 - mp.mp.prec), slopes
    return least - abs(least) * error, most + abs(most) * error


def _of_pieces(atom: Atom, low: mp.mpf, high: mp.mpf) -> Slopes | None:
    assert atom.pieces is not None
    edges = [as_mpf(edge) for edge in atom.pieces.edges]
    error = mp.mpf(2) ** (4 - mp.mp.prec)
    reached = [edge - abs(edge) * error <= high and edge + abs(edge) * error >= low for edge in edges]
    if any(reached) and not atom.pieces.continuous:
        return None
    first = next((i for i, one in enumerate(reached) if one), sum(edge < low for edge in edges))
    lines = atom.pieces.lines[first : first + sum(reached) + 1]
    slopes = [as_mpf(slope) for slope, _ in lines]
    least, most = min(slopes), max(slopes)
    return least - abs(least) * error, most + abs(most) * error


def _falling_from_zero(slope: Callable[[mp.mpf], mp.mpf]) -> Callable[[mp.mpf, mp.mpf, _Parameters], Slopes]:
    """Return the slopes of a function whose slope falls with |z|."""

    def between(low: mp.mpf, high: mp.mpf, _: _Parameters) -> Slopes:
        nearest = mp.mpf(0) if low <= 0 <= high else min(abs(low), abs(high))
        return slope(max(abs(low), abs(high))), slope(nearest)

    return between


def _sech_squared(z: mp.mpf) -> mp.mpf:
    e = mp.exp(-2 * z)
    return 4 * e / (1 + e) ** 2


def _logistic(z: mp.mpf) -> mp.mpf:
    e = mp.exp(-abs(z))
    return 1 / (1 + e) if z >= 0 else e / (1 + e)


def _tanhshrink(low: mp.mpf, high: mp.mpf, _: _Parameters) -> Slopes:
    least = mp.mpf(0) if low <= 0 <= high else min(abs(low), abs(high))
    return mp.tanh(least) ** 2, mp.tanh(max(abs(low), abs(high))) ** 2


def _bent(negative: mp.mpf, positive: mp.mpf, low: mp.mpf, high: mp.mpf) -> Slopes:
    """Return the slopes of negative·(e^z − 1) for z < 0, positive·z for z > 0."""
    found = [positive] if high >= 0 else []
    if low <= 0:
        found += [negative * mp.exp(low), negative * mp.exp(min(high, mp.mpf(0)))]
    return min(found), max(found)


def _celu(low: mp.mpf, high: mp.mpf, parameters: _Parameters) -> Slopes:
    if parameters["alpha"] > 0:
        return _bent(mp.mpf(1), mp.mpf(1), low, high)
    return mp.exp(max(-high, mp.mpf(0))), mp.exp(max(-low, mp.mpf(0)))


def _selu(low: mp.mpf, high: mp.mpf, parameters: _Parameters) -> Slopes:
    scale = mp.mpf(parameters.get("gamma", SELU_SCALE))
    ends = _bent(scale * mp.mpf(parameters.get("alpha", SELU_ALPHA)), scale, low, high)
    error = mp.mpf(2) ** -40  # that of the published constants, taken as floats
    return ends[0] - abs(ends[0]) * error, ends[1] + abs(ends[1]) * error


def _squareplus(low: mp.mpf, high: mp.mpf, parameters: _Parameters) -> Slopes:
    b = mp.mpf(parameters["b"])

    def slope(z: mp.mpf) -> mp.mpf:
        root = mp.sqrt(z * z + b)
        return (root + z if z >= 0 else b / (root - z)) / (2 * root) if root else mp.mpf(1)

    return slope(low), slope(high)


def _hard_swish(low: mp.mpf, high: mp.mpf, _: _Parameters) -> Slopes:
    found = [mp.mpf(0)] if low <= -3 else []
    found += [mp.mpf(1)] if high >= 3 else []
    if low <= 3 and high >= -3:
        found += [(2 * min(max(z, mp.mpf(-3)), mp.mpf(3)) + 3) / 6 for z in (low, high)]
    return min(found), max(found)


_RELATIVE: dict[str, Callable[[mp.mpf, mp.mpf, _Parameters], Slopes]] = {
    "tanh": _falling_from_zero(_sech_squared),
    "softsign": _falling_from_zero(lambda z: 1 / (1 + z) ** 2),
    "softplus": lambda low, high, _: (_logistic(low), _logistic(high)),
    "exponential": lambda low, high, _: (mp.exp(low), mp.exp(high)),
    "tanhshrink": _tanhshrink,
    "elu": lambda low, high, parameters: _bent(mp.mpf(parameters["alpha"]), mp.mpf(1), low, high),
    "celu": _celu,
    "selu": _selu,
    "squareplus": _squareplus,
    "hard_swish": _hard_swish,
}


def _gelu(z: mp.mpf) -> mp.mpf:
    return mp.erfc(-z / mp.sqrt(2)) / 2 + z * mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)


def _gelu_tanh(z: mp.mpf) -> mp.mpf:
    factor, cubic = 2 * mp.sqrt(2 / mp.pi), mp.mpf(0.044715)
    s = _logistic(factor * (z + cubic * z**3))
    return s + z * s * (1 - s) * factor * (1 + 3 * cubic * z * z)


def _silu(z: mp.mpf) -> mp.mpf:
    s = _logistic(z)
    return s * (1 + z * (1 - s))


def _mish(z: mp.mpf) -> mp.mpf:
    t = mp.tanh(max(z, mp.mpf(0)) + mp.log1p(mp.exp(-abs(z))))
    return t + z * (1 - t * t) * _logistic(z)


_CURVES: dict[str, Callable[[mp.mpf], mp.mpf]] = {
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "silu": _silu,
    "mish": _mish,
}
