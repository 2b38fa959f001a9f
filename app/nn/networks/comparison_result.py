"""What a comparison of two networks comes to."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from typing import Literal

from ..activations.record import Floats
from ..words import with_power_of_ten

Method = Literal["exact", "normal_form", "bound", "sampling"]
Matching = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class ShownDifference:
    """An input (d,) and the two outputs there as decimals, with digits enough to differ.

    In some output they are `apart` at least.
    """

    input: Floats
    first: tuple[str, ...]
    second: tuple[str, ...]
    apart: float


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What is known about two networks F and G.

    `equal` is True or False where that is proven and None where no theorem decides; `rounding_only` says that
    nothing but the rounding of stored numbers is between the two, whether that is proven to show (`equal` is
    False) or not (None). `lower` ≤ sup|F − G| ≤ `upper` over ℝᵈ, the largest of the outputs. `matching` are
    (i, j, sign): unit i of the first network stands for unit j of the second, negated if sign is −1;
    `matchings` are that for each hidden layer that is no affine map, as far as they stand for each other.
    `constant` says that F − G is known to be a constant.
    """

    equal: bool | None
    rounding_only: bool
    method: Method
    lower: float
    upper: float
    witness: ShownDifference | None
    matching: Matching
    statement: str
    matchings: tuple[Matching, ...] = ()
    constant: bool = False

    def within(self, tolerance: float) -> bool | None:
        """Tell whether sup|F − G| ≤ tolerance; None where the bounds leave that open."""
        if self.upper <= tolerance:
            return True
        return False if self.lower > tolerance else None


def constant_statement(size: float, rounding_only: bool) -> str:
    """Return what is said of networks that differ by constants of at most that size."""
    if rounding_only:
        return (
            "the two networks are the same function but for the rounding of their output biases: they differ "
            f"by a constant of at most {rounded_up(size)}"
        )
    return f"the two networks differ by a constant, of at most {rounded_up(size)}"


def rounded_up(number: float) -> str:
    """Return about three digits of a number ≥ 0 that are no less than it."""
    up = Context(prec=3, rounding=ROUND_CEILING).create_decimal(number)
    if not up.is_finite():
        return "infinity"
    text = f"{float(up):.3g}"
    if Decimal(text) != up:  # no float has those digits: as small or as large
        text = f"{up:.3g}"
    return with_power_of_ten(text)
