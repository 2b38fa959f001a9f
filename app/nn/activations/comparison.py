"""What two activations have in common and what sets them apart: Problem 1c for any pair."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..words import linear, listed, short
from .gap import LargestGap, LimitsOfDifference, largest_gap, limits_of_difference
from .record import Activation, Floats, Line, Range
from .sameness import same_function

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence about one property."""

    property: str
    statement: str


@dataclass(frozen=True, slots=True)
class ActivationComparison:
    """Two activations side by side, derived from their records."""

    first: Activation
    second: Activation
    similarities: tuple[Statement, ...]
    differences: tuple[Statement, ...]
    limits_of_difference: LimitsOfDifference
    largest_gap: LargestGap


def compare_activations(first: Activation, second: Activation) -> ActivationComparison:
    """Return the similarities and differences of two activations, the limits of first − second and its size.

    Raises `InvalidValue` for two different celu with negative alpha, which have no asymptote to compare, and
    `Overflow` where parameters near the ends of float64 put the distance beyond it.
    """
    limits, gap = limits_of_difference(first, second), largest_gap(first, second)
    writer = _Writer(first, second)
    writer.values()
    writer.ends()
    writer.smoothness()
    writer.shape()
    writer.steepness()
    writer.flatness()
    writer.distance(limits, gap)
    return ActivationComparison(
        first, second, tuple(writer.similarities), tuple(writer.differences), limits, gap
    )


def constant_parts(activation: Activation) -> list[tuple[float, float]]:
    """Return the intervals between neighbouring corners on which the slope is 0, in order; ±∞ are ends too.

    Without a corner there is none: every smooth activation is analytic, or pieced together at one point.
    """
    corners = sorted({*activation.kinks, *(jump.at for jump in activation.jumps)})
    parts = pairwise([-math.inf, *corners, math.inf]) if corners else ()
    # The slope of a piece that is not constant is 0 at one of its ends at most.
    return [part for part in parts if not activation.derivative(_innermost(*part)).any()]


class _Writer:
    def __init__(self, first: Activation, second: Activation) -> None:
        self.first, self.second = first, second
        self.names = (first.name, second.name) if first.name != second.name else ("the first", "the second")
        self.similarities: list[Statement] = []
        self.differences: list[Statement] = []

    def both(self, subject: str, statement: str) -> None:
        self.similarities.append(Statement(subject, statement))

    def apart(self, subject: str, first: str, second: str) -> None:
        text = f"{self.names[0]} {first}; {self.names[1]} {second}."
        self.differences.append(Statement(subject, text.replace("the first", "The first", 1)))

    def values(self) -> None:
        """Compare bounds, whether they are attained, the values between, and the value at 0."""
        a, b = self.first.range, self.second.range
        for subject, kind, one, other, attained in (
            ("lower bound", "below", a.infimum, b.infimum, (a.infimum_attained, b.infimum_attained)),
            ("upper bound", "above", a.supremum, b.supremum, (a.supremum_attained, b.supremum_attained)),
        ):
            if one != other:
                self.apart(subject, _bound(one, attained[0], kind), _bound(other, attained[1], kind))
            elif math.isinf(one):
                self.both(subject, f"Both are unbounded {kind}.")
            elif attained[0] == attained[1]:
                taken = "attain it" if attained[0] else "never attain it"
                self.both(subject, f"Both are bounded {kind} by {_number(one)} and {taken}.")
            else:
                self.both(subject, f"Both are bounded {kind} by {_number(one)}.")
                self.apart(subject, *(_attainment(one, yes) for yes in attained))
        few = [one.lipschitz == 0 and not one.continuous for one in (self.first, self.second)]
        if few[0] != few[1]:
            self.apart("values", *(_values(one) for one in (self.first, self.second)))
        at_zero = [float(one.evaluate(np.zeros(1))[0]) for one in (self.first, self.second)]
        if at_zero[0] == at_zero[1]:
            self.both("value at 0", f"Both are {_number(at_zero[0])} at x = 0.")
        else:
            self.apart("value at 0", *(f"is {_number(value)} at x = 0" for value in at_zero))

    def ends(self) -> None:
        """Compare the asymptotes."""
        for subject, end, one, other in (
            ("left asymptote", "−∞", self.first.left, self.second.left),
            ("right asymptote", "+∞", self.first.right, self.second.right),
        ):
            if one == other:
                self.both(subject, f"Both {_approach(one)} as x → {end}.")
            else:
                self.apart(subject, *(f"{_approaches(line)} as x → {end}" for line in (one, other)))

    def smoothness(self) -> None:
        """Compare continuity, kinks and jumps."""
        one, other = self.first, self.second
        if one.continuous and other.continuous:
            self.both("continuity", "Both are continuous.")
        elif one.jumps == other.jumps:
            self.both("continuity", f"Both {_jumps(one, 'jump')}.")
        else:
            self.apart("continuity", _jumps(one, "jumps"), _jumps(other, "jumps"))
        if one.differentiable and other.differentiable:
            self.both("smoothness", "Both are differentiable everywhere.")
        elif (one.kinks, one.jumps) == (other.kinks, other.jumps):
            self.both("smoothness", f"Both fail to be differentiable exactly at {_places(one)}.")
        else:
            self.apart("smoothness", _differentiability(one), _differentiability(other))

    def shape(self) -> None:
        """Compare monotonicity, convexity and symmetry."""
        for subject, word, one, other in (
            ("monotonicity", "non-decreasing", self.first.monotone, self.second.monotone),
            ("convexity", "convex", self.first.convex, self.second.convex),
        ):
            if one and other:
                self.both(subject, f"Both are {word}.")
            elif one == other:
                self.both(subject, f"Neither is {word}.")
            else:
                self.apart(subject, *(f"is {word}" if yes else f"is not {word}" for yes in (one, other)))
        symmetries = [_symmetry(one) for one in (self.first, self.second)]
        if symmetries[0] != symmetries[1]:
            self.apart("symmetry", *symmetries)
        elif self.first.odd or self.first.even:
            self.both("symmetry", f"Both {symmetries[0].replace('is', 'are', 1)}.")

    def steepness(self) -> None:
        """Compare the largest slopes, and whether there is any slope to learn from."""
        one, other = self.first.lipschitz, self.second.lipschitz
        if one == other:
            self.both("steepness", f"Both have slopes of at most {_number(one)} in size.")
        else:
            self.apart("steepness", *(_steepness(value) for value in (one, other)))

    def flatness(self) -> None:
        """Compare where the two are constant: there a gradient vanishes."""
        one, other = constant_parts(self.first), constant_parts(self.second)
        if one != other:
            self.apart("constant parts", f"is {_constancy(one)}", f"is {_constancy(other)}")
        elif one:
            self.both("constant parts", f"Both are {_constancy(one)}.")
        else:
            self.both("constant parts", "Neither is constant on any interval.")

    def distance(self, limits: LimitsOfDifference, gap: LargestGap) -> None:
        """Say how near the two come to each other at the ends and how far apart they get."""
        if same_function(self.first, self.second):
            self.both("distance", "They are the same function.")
        elif gap.value == 0:
            self.both("distance", "Nowhere do they differ by more than the rounding of their values.")
        elif math.isinf(gap.value):
            end = "+∞" if gap.at > 0 else "−∞"
            self.differences.append(
                Statement("distance", f"Their difference grows beyond all bounds as x → {end}.")
            )
        elif limits.left == limits.right == 0:
            place = f"{'at' if gap.attained else 'near'} x = {_number(gap.at)}"
            self.both(
                "distance",
                f"Their difference tends to 0 at both ends, at most {_number(gap.value)} in size, {place}.",
            )
            self.differences.append(Statement("largest gap", self._farthest(gap, place)))
        else:
            ends = {math.inf: "approached as x → +∞", -math.inf: "approached as x → −∞"}
            place = ends.get(gap.at, f"{'at' if gap.attained else 'near'} x = {_number(gap.at)}")
            self.differences.append(
                Statement(
                    "distance",
                    f"First minus second tends to {_number(limits.left)} as x → −∞ and to"
                    f" {_number(limits.right)} as x → +∞; its size is at most {_number(gap.value)}, {place}.",
                )
            )

    def _farthest(self, gap: LargestGap, place: str) -> str:
        size, apart = _number(gap.value), "nowhere are they farther apart."
        if not gap.attained:
            return f"They approach a distance of {size} {place}: {apart}"
        one, other = (float(each.evaluate(np.array([gap.at]))[0]) for each in (self.first, self.second))
        side = "above" if one > other else "below"
        text = f"{self.names[0]} is {size} {side} {self.names[1]} {place}: {apart}"
        return text.replace("the first", "The first", 1)


def _number(value: float) -> str:
    return "+∞" if value == math.inf else short(value, _DIGITS)


def _bound(value: float, attained: bool, kind: str) -> str:
    if math.isinf(value):
        return f"is unbounded {kind}"
    return f"is bounded {kind} by {_number(value)}, which it {'attains' if attained else 'never attains'}"


def _attainment(value: float, attained: bool) -> str:
    return f"{'attains' if attained else 'never attains'} {_number(value)}"


def _values(activation: Activation) -> str:
    if activation.lipschitz == 0 and not activation.continuous:
        return f"takes {len(activation.jumps) + 1} values only"
    if activation.continuous:
        return f"takes every value in {_interval(activation.range)}"
    return "takes infinitely many values"


def _interval(values: Range) -> str:
    left = "[" if values.infimum_attained else "("
    right = "]" if values.supremum_attained else ")"
    return f"{left}{_number(values.infimum)}, {_number(values.supremum)}{right}"


def _approach(line: Line | None) -> str:
    return (
        f"approach the line y = {linear(line.slope, line.intercept, _DIGITS)}" if line else "approach no line"
    )


def _approaches(line: Line | None) -> str:
    return _approach(line).replace("approach", "approaches", 1)


def _jumps(activation: Activation, verb: str) -> str:
    if activation.continuous:
        return "is continuous"
    return f"{verb} at x = {_list(jump.at for jump in activation.jumps)}"


def _differentiability(activation: Activation) -> str:
    if activation.differentiable:
        return "is differentiable everywhere"
    found = []
    if activation.kinks:
        found.append(f"a kink at x = {_list(activation.kinks)}")
    if activation.jumps:
        found.append(f"a jump at x = {_list(jump.at for jump in activation.jumps)}")
    return f"has {' and '.join(found)}"


def _places(activation: Activation) -> str:
    return f"x = {_list((*activation.kinks, *(jump.at for jump in activation.jumps)))}"


def _list(places: Iterable[float]) -> str:
    return listed([_number(place) for place in places])


def _innermost(low: float, high: float) -> Floats:
    """Return the first float above `low` and the last below `high`; ±∞ stand for themselves."""
    first = low if math.isinf(low) else np.nextafter(low, np.inf)
    return np.array([first, high if math.isinf(high) else np.nextafter(high, -np.inf)])


def _constancy(parts: list[tuple[float, float]]) -> str:
    if not parts:
        return "constant on no interval"
    return f"constant, with derivative 0, for {' and for '.join(_between(*part) for part in parts)}"


def _between(low: float, high: float) -> str:
    if math.isinf(low):
        return f"x < {_number(high)}"
    return f"x > {_number(low)}" if math.isinf(high) else f"{_number(low)} < x < {_number(high)}"


def _symmetry(activation: Activation) -> str:
    if activation.odd:
        return "is odd, f(−x) = −f(x)"
    if activation.even:
        return "is even, f(−x) = f(x)"
    return "is neither odd nor even"


def _steepness(lipschitz: float) -> str:
    if lipschitz == 0:
        return "is flat wherever it has a derivative, so its gradient teaches nothing"
    if math.isinf(lipschitz):
        return "gets steeper beyond all bounds"
    return f"has slopes of at most {_number(lipschitz)} in size"
