"""Functions b + A·x + Σ cⱼ·g(wⱼ·x + βⱼ) in ℚ, for g = tanh, softplus and relu: equal iff their numbers are.

The functions 1, x₁ … x_d and g(wⱼ·x + βⱼ), for wⱼ ≠ 0 and (wⱼ, βⱼ) pairwise different, and not negatives of
each other, are linearly independent; with relu (wⱼ, βⱼ) counts up to positive factors. Proof. Restrict to
a line x = a + tv along which no wⱼ·v is 0 and no two of the lines wⱼ·x + βⱼ that are different agree. A relu
is the only term that has a kink where its own argument is 0, so its coefficient is 0; the kinks of different
ones do not coincide on a generic line. Of d/dt the rest is meromorphic in t: tanh′ has double poles and
softplus′ = ½ + ½·tanh(z/2) simple ones. Among the units with one centre −β/(w·v) the steepest has a pole
nearest to the real axis, which no other has unless it has the same (w, β) up to sign; so the coefficient of
the double pole is 0, then that of the simple one, and the next steepest follows. What is left is b + A·x.
For tanh alone this is H. J. Sussmann 1992. Signs are normalised by tanh(−z) = −tanh z,
relu(−z) = relu(z) − z and softplus(−z) = softplus(z) − z, the last two of which change A and b.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from .atoms import ZERO, Atom, Pieces
from .exact_map import ExactMap, Integers, common_divisor
from .normal_form import NormalForm

Key = tuple[str, tuple[int, ...], Fraction, Fraction]
"""The kind of a unit, w as whole numbers without a common divisor, its factor, and β."""
Vector = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RidgeSum:
    """The function: `linear` is A as integers in units of `unit`; `folded` are g(β), by kind and β."""

    constant: Vector
    linear: Integers
    unit: Fraction
    units: dict[Key, Vector]
    folded: dict[tuple[str, Fraction], Vector]

    def same_but_for_constants(self, other: "RidgeSum") -> bool:
        """Tell whether F − G is a constant, exactly."""
        ratio = self.unit / other.unit
        return self.units == other.units and bool(
            (self.linear * ratio.numerator == other.linear * ratio.denominator).all()
        )


def ridge_sum(form: NormalForm) -> RidgeSum | None:
    """Return the network as such a sum if it has at most one stage, of units that can be written so."""
    last = form.last
    if form.softmax or len(form.stages) > 1:
        return None
    if not form.stages:
        return RidgeSum(last.bias, last.numbers, last.unit, {}, {})
    (stage,) = form.stages
    parts = _parts(stage.atom)
    return None if parts is None else _summed(parts, stage.map, last)


@dataclass(frozen=True, slots=True)
class _Parts:
    """g(z) = slope·z + intercept + Σ factor·kind(z − edge)."""

    slope: Fraction
    intercept: Fraction
    terms: tuple[tuple[str, Fraction, Fraction], ...]


def _parts(atom: Atom) -> _Parts | None:
    match atom.name:
        case "tanh" | "softplus":
            return _Parts(ZERO, ZERO, ((atom.name, Fraction(1), ZERO),))
        case "tanhshrink":
            return _Parts(Fraction(1), ZERO, (("tanh", Fraction(-1), ZERO),))
    return _of_pieces(atom.pieces) if atom.pieces and atom.pieces.continuous else None


def _of_pieces(pieces: Pieces) -> _Parts:
    slope, intercept = pieces.lines[0]
    terms = [
        ("relu", right[0] - left[0], edge)
        for edge, left, right in zip(pieces.edges, pieces.lines[:-1], pieces.lines[1:], strict=True)
    ]
    return _Parts(slope, intercept, tuple(terms))


def _summed(parts: _Parts, rows: ExactMap, last: ExactMap) -> RidgeSum:
    units: dict[Key, list[Fraction]] = {}
    folded: dict[tuple[str, Fraction], list[Fraction]] = {}
    slopes, offsets = [], []
    columns = [[last.unit * int(c) for c in column] for column in last.numbers.T.tolist()]
    for index, column in enumerate(columns):
        slope, offset, beta = parts.slope, parts.intercept, rows.bias[index]
        numbers = rows.numbers[index].tolist()
        for kind, factor, edge in parts.terms:
            sign, multiple, key = _key(kind, numbers, beta - edge, rows.unit)
            if sign < 0 and kind != "tanh":  # g(z) = g(−z) + z
                slope += factor
                offset -= factor * edge
            size = factor * multiple * (sign if kind == "tanh" else 1)
            if any(numbers):
                _add(units.setdefault(key, [ZERO] * len(column)), column, size)
            elif kind == "relu":
                offset += factor * max(key[3], ZERO)
            elif key[3] or kind != "tanh":
                _add(folded.setdefault((kind, key[3]), [ZERO] * len(column)), column, size)
        slopes.append(slope)
        offsets.append(offset + slope * beta)
    linear, unit = _linear(last, slopes, rows)
    constant = [b + c for b, c in zip(last.bias, last.applied(offsets), strict=True)]
    return RidgeSum(
        tuple(constant),
        linear,
        unit,
        {key: tuple(sums) for key, sums in units.items() if any(sums)},
        {key: tuple(sums) for key, sums in folded.items() if any(sums)},
    )


def _key(kind: str, numbers: list[int], beta: Fraction, unit: Fraction) -> tuple[int, Fraction, Key]:
    """Return the sign s, λ and key with kind(z) = λ·kind(s·z/λ), but for signs; λ is 1 except for relu."""
    first = next((n for n in numbers if n), 0)
    sign = -1 if first < 0 or (not first and beta < 0) else 1
    divisor = common_divisor(numbers)
    whole = tuple(sign * n // divisor for n in numbers)
    factor = divisor * unit if any(numbers) else Fraction(1)
    if kind == "relu":
        return sign, factor, (kind, whole, Fraction(1), sign * beta / factor)
    return sign, Fraction(1), (kind, whole, factor, sign * beta)


def _linear(last: ExactMap, slopes: list[Fraction], rows: ExactMap) -> tuple[Integers, Fraction]:
    """Return Σ cⱼ·slopeⱼ·wⱼ."""
    denominator = lcm(*(slope.denominator for slope in slopes)) if slopes else 1
    whole = np.array([int(slope * denominator) for slope in slopes], dtype=object)
    seen = np.flatnonzero(whole != 0).tolist()
    if not seen:
        return np.zeros((last.outputs, rows.inputs), dtype=object), Fraction(1)
    product = (last.numbers[:, seen] * whole[seen]) @ rows.numbers[seen]
    return np.asarray(product, dtype=object), last.unit * rows.unit / denominator


def _add(sums: list[Fraction], column: list[Fraction], factor: Fraction) -> None:
    for output, number in enumerate(column):
        if number:
            sums[output] += factor * number
