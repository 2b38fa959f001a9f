"""Round numbers: 1, 2 or 5 times a power of ten, which people read easily between the marks of a scale."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import count


def round_steps(least: Fraction) -> Iterator[Fraction]:
    """Yield the smallest round number that is not below `least` > 0, then ever smaller ones."""
    powers = (Fraction(10) ** exponent for exponent in count(exponent_of(least), -1))
    steps = (factor * power for power in powers for factor in (10, 5, 2))
    step = next(steps)
    for smaller in steps:
        if smaller < least:
            yield step
        step = smaller


def largest_round_step(most: Fraction) -> Fraction:
    """Return the largest round number that is not above `most` > 0."""
    return next(step for step in round_steps(most) if step <= most)


def exponent_of(number: Fraction) -> int:
    """Return the e with 10ᵉ ≤ |number| < 10ᵉ⁺¹."""
    # The quotient is rounded to 28 digits; a carry to the next power of ten is harmless here.
    return (Decimal(number.numerator) / Decimal(number.denominator)).adjusted()
