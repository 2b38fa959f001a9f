"""Functions of one real number x as sums of products: however they are written, equal ones look alike.

Coefficients are exact. Sigmoids are written by tanh, clips by the clip to [0, 1], and what is odd or has a
reflection with the sign that comes first, so that x·σ(x), x/(1 + e^−x) and ½x·(1 + tanh(½x)) are one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

_MOST_PARTS = 400
_MOST_TERMS = 64
_MOST_BITS = 10_000
_HIGHEST_POWER = 8


class NotExpressible(Exception):
    """Raised where a function is none of these sums, or too long for one."""


@dataclass(frozen=True)
class Applied:
    """An elementary function of an expression: tanh, erf, softplus, exp, abs, sqrt, relu, clip, inverse.

    `clip` is to [0, 1], and `inverse` is 1/z.
    """

    function: str
    argument: "Expression"

    @property
    def shape(self) -> str:
        """How it is written where coefficients are left out."""
        return f"{self.function}({self.argument.shape})"


Atom = Applied | None
"""None is x itself."""
Product = tuple[Atom, ...]


@dataclass(frozen=True)
class Expression:
    """A sum of products with coefficients, in the order of their shapes; without terms it is 0."""

    terms: tuple[tuple[Product, Fraction], ...]

    @cached_property
    def shape(self) -> str:
        """How it is written where coefficients are left out."""
        return "+".join(_shape(product) for product, _ in self.terms)

    @cached_property
    def parts(self) -> int:
        """How many functions and xs are written, each inside of another counted too."""
        atoms = [atom for product, _ in self.terms for atom in product]
        return len(self.terms) + sum(1 if atom is None else 1 + atom.argument.parts for atom in atoms)

    @property
    def number(self) -> Fraction | None:
        """What it is everywhere, if it is a constant."""
        if not self.terms:
            return Fraction(0)
        (product, factor), *more = self.terms
        return None if product or more else factor

    @property
    def coefficients(self) -> Mapping[str, Fraction]:
        """The coefficients by the shapes of their products. Raises `NotExpressible` where two have one."""
        found = {_shape(product): factor for product, factor in self.terms}
        if len(found) < len(self.terms):
            raise NotExpressible
        return found

    def __add__(self, other: "Expression") -> "Expression":
        return _sum((*self.terms, *other.terms))

    def __sub__(self, other: "Expression") -> "Expression":
        return self + other.times(-1)

    def __mul__(self, other: "Expression") -> "Expression":
        if len(self.terms) * len(other.terms) > _MOST_TERMS:
            raise NotExpressible
        return _sum(
            (_ordered((*one, *two)), _checked(factor) * _checked(by))
            for one, factor in self.terms
            for two, by in other.terms
        )

    def times(self, factor: Fraction | int) -> "Expression":
        """Return it times a number."""
        return self * constant(factor)

    def power(self, exponent: int) -> "Expression":
        """Return a power of it. Raises `NotExpressible` unless the exponent is 1, 2, …, 8."""
        if not 1 <= exponent <= _HIGHEST_POWER:
            raise NotExpressible
        result = self
        for _ in range(exponent - 1):
            result = result * self
        return result


def constant(number: Fraction | int) -> Expression:
    """Return a number as a function."""
    return _sum([((), Fraction(number))])


X = Expression((((None,), Fraction(1)),))
"""x itself."""
_HALF = Fraction(1, 2)


def tanh(z: Expression) -> Expression:
    """Return tanh z; it is odd."""
    return _applied("tanh", z) if _leads(z) else _applied("tanh", z.times(-1)).times(-1)


def erf(z: Expression) -> Expression:
    """Return erf z; it is odd."""
    return _applied("erf", z) if _leads(z) else _applied("erf", z.times(-1)).times(-1)


def sigmoid(z: Expression) -> Expression:
    """Return σ(z) = ½ + ½·tanh(½z)."""
    return constant(_HALF) + tanh(z.times(_HALF)).times(_HALF)


def softplus(z: Expression) -> Expression:
    """Return log(1 + e^z); of −z it is that of z, less z."""
    return _applied("softplus", z) if _leads(z) else _applied("softplus", z.times(-1)) + z


def exponential(z: Expression) -> Expression:
    """Return e^z."""
    return _applied("exp", z)


def absolute(z: Expression) -> Expression:
    """Return |z|; the factor of a single term stands before it."""
    if len(z.terms) == 1:
        factor = z.terms[0][1]
        return _applied("abs", z.times(1 / factor)).times(abs(factor))
    return _applied("abs", z if _leads(z) else z.times(-1))


def square_root(z: Expression) -> Expression:
    """Return √z."""
    return _applied("sqrt", z)


def rectified(z: Expression) -> Expression:
    """Return max(z, 0)."""
    return _applied("relu", z)


def clipped(z: Expression, low: Fraction, high: Fraction) -> Expression:
    """Return min(max(z, low), high), low < high, by the clip to [0, 1]."""
    if low >= high:
        raise NotExpressible
    inner = _inside(z, "relu")
    if inner is not None and low <= 0 < high:
        z, low = inner, Fraction(0)
    unit = _applied("clip", (z - constant(low)).times(1 / (high - low)))
    return unit.times(high - low) + constant(low)


def inverse(z: Expression) -> Expression:
    """Return 1/z; of 1 + e^z it is σ(−z)."""
    number = z.number
    if number is not None:
        if not number:
            raise NotExpressible
        return constant(1 / number)
    exponent = _inside(z - constant(1), "exp")
    return _applied("inverse", z) if exponent is None else sigmoid(exponent.times(-1))


def logarithm(z: Expression) -> Expression:
    """Return log z of 1 + e^z, which is softplus, or of σ(z), which is −softplus(−z)."""
    exponent = _inside(z - constant(1), "exp")
    if exponent is not None:
        return softplus(exponent)
    half = _inside((z - constant(_HALF)).times(2), "tanh")
    if half is not None:
        return softplus(half.times(-2)).times(-1)
    half = _inside((z - constant(_HALF)).times(-2), "tanh")
    if half is None:
        raise NotExpressible
    return softplus(half.times(2)).times(-1)


def is_close(found: Expression, wanted: Expression, within: Fraction, *, but_exact: bool = True) -> bool:
    """Tell whether two are alike but for coefficients that are within a relative difference.

    What has few bits, as ½ and 1, is exact in every type and must be the same, unless `but_exact` is false,
    for what stands outside of functions.
    """
    if found.shape != wanted.shape:
        return False
    for (product, factor), (other, expected) in zip(found.terms, wanted.terms, strict=True):
        exact = but_exact and expected.denominator in (1, 2, 4) and abs(expected.numerator) < 8
        if abs(factor - expected) > (0 if exact else within * abs(expected)):
            return False
        for atom, its in zip(product, other, strict=True):
            if atom is not None and its is not None and not is_close(atom.argument, its.argument, within):
                return False
    return True


def _shape(product: Product) -> str:
    return "*".join("x" if atom is None else atom.shape for atom in product)


def _ordered(product: Product) -> Product:
    return tuple(sorted(product, key=lambda atom: "" if atom is None else atom.shape))


def _checked(number: Fraction) -> Fraction:
    if number.numerator.bit_length() + number.denominator.bit_length() > _MOST_BITS:
        raise NotExpressible
    return number


def _sum(terms: Iterable[tuple[Product, Fraction]]) -> Expression:
    factors: dict[Product, Fraction] = defaultdict(Fraction)
    for product, factor in terms:
        factors[product] += factor
    kept = sorted(
        ((product, factor) for product, factor in factors.items() if factor), key=lambda one: _shape(one[0])
    )
    made = Expression(tuple(kept))
    if len(kept) > _MOST_TERMS or made.parts > _MOST_PARTS:
        raise NotExpressible
    return made


def _applied(function: str, z: Expression) -> Expression:
    if z.number is not None:
        raise NotExpressible
    return _sum([((Applied(function, z),), Fraction(1))])


def _leads(z: Expression) -> bool:
    """Tell whether the first coefficient is positive."""
    return not z.terms or z.terms[0][1] > 0


def _inside(z: Expression, function: str) -> Expression | None:
    """Return of what z is that function, if it is just that."""
    if len(z.terms) != 1 or z.terms[0][1] != 1 or len(z.terms[0][0]) != 1:
        return None
    (atom,) = z.terms[0][0]
    return atom.argument if atom is not None and atom.function == function else None
