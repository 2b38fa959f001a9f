"""Inputs at which two networks of any depth provably differ, at extended precision."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain

import mpmath as mp
import numpy as np

from ..activations.record import Floats
from ..cost import Cost
from ..precision import as_mpf, extended_precision
from .crossings import edges
from .enclosed_values import ExactPoint, apart, can_be_enclosed, enclosed, preactivations
from .extended import Enclosure
from .moved_outputs import differ_at, same_but_for_biases
from .network import Network
from .normal_form import NormalForm
from .sampling import samples
from .sensitivity import Seen, inputs_of, look

_SECONDS = 1.2
"""That the values of a search may take, by the costs below."""
_BY_SLOPES = 0.6
_A_LITTLE = 0.2
_BITS = (192, 1024, 4096)
_COSTS = {192: 1.0, 1024: 3.0, 4096: 20.0}
_HALVINGS = 160
_UNITS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """An input, the two values there, and their difference; `float64` says if the input is one of floats."""

    point: ExactPoint
    first: list[Enclosure]
    second: list[Enclosure]
    difference: list[Enclosure]
    float64: bool

    @property
    def size(self) -> float:
        """A float ≤ the largest difference of an output."""
        return max(value.at_least() for value in self.difference)


def search_cost(first: Network, second: Network) -> Cost:
    """Return what a search takes at most: as 10¹⁰ multiply-adds a second."""
    seconds = 2 * (_SECONDS + _BY_SLOPES) + 4 * (_seconds(first) + _seconds(second))
    return Cost(multiply_adds=int(1e10 * seconds))


def _seconds(network: Network) -> float:
    """Return what one value takes at the fewest bits."""
    return sum(2e-7 * layer.weight.size + 5e-5 * layer.outputs for layer in network.layers)


class _Budget:
    """Seconds that are left, by what each value is said to cost."""

    def __init__(self, forms: Sequence[NormalForm], seconds: float = _SECONDS) -> None:
        maps = [one.map for form in forms for one in form.stages] + [form.last for form in forms]
        self._one = sum(2e-7 * one.numbers.size + 5e-5 * one.outputs for one in maps)
        self._left = max(seconds, 1.5 * self._one)

    def allows(self, bits: int, pairs: int = 1) -> bool:
        """Tell whether so many further pairs of values may be asked for, and count them."""
        self._left -= pairs * self._one * _COSTS[bits]
        return self._left > 0


def find_difference(first: NormalForm, second: NormalForm, networks: tuple[Network, Network]) -> Shown | None:
    """Return an input at which F ≠ G is proven by enclosures of both values, None if none is found.

    Tried are inputs where the outputs of a network move most with the first layer in which the two differ,
    samples of several sizes, and points where a unit of both networks passes through 0 or an edge of its
    function: two inputs to either side of it are halved, in ℚ, since all of the difference may lie between
    two neighbouring floats. That network is the same one whichever of the two comes first.
    """
    network, other = networks
    if _in_order(other) < _in_order(network):
        found = find_difference(second, first, (other, network))
        return None if found is None else replace(found, first=found.second, second=found.first)
    if not (can_be_enclosed(first) and can_be_enclosed(second)):
        return None
    budget = _Budget((first, second))
    seen, points = _looked_at(first, second, network)
    for bits, count in zip(_BITS, (len(points), 6, 2), strict=True):
        for point in points[:count]:
            if not budget.allows(bits):
                break
            found = show(first, second, point, bits, float64=True)
            if found is not None:
                return found
        if bits == _BITS[0]:
            for point in _passing(first, second, network, seen, _Budget((first, second))):
                found = show(first, second, point, bits, float64=False)
                if found is not None:
                    return found
    return None


def moves_an_output(first: NormalForm, second: NormalForm, networks: tuple[Network, Network]) -> bool:
    """Tell whether biases that differ provably move an output at one of the inputs of `find_difference`.

    Of forms with the same units and weights, by slopes: no digits are needed that show it.
    """
    network, other = networks
    if _in_order(other) < _in_order(network):
        return moves_an_output(second, first, (other, network))
    if not (can_be_enclosed(first) and can_be_enclosed(second) and same_but_for_biases(first, second)):
        return False
    budget = _Budget((first, second), _BY_SLOPES)
    seen, points = _looked_at(first, second, network)
    passing = _passing(first, second, network, seen, _Budget((first, second), _BY_SLOPES))
    for point in chain(points, passing):
        for bits in _BITS[:2]:
            if not budget.allows(bits, 2):  # slopes take about as long as the values that they are between
                return False
            if differ_at(first, second, point, bits):
                return True
    return False


def _looked_at(first: NormalForm, second: NormalForm, network: Network) -> tuple[Seen, list[ExactPoint]]:
    """Return many inputs with how much the outputs move there, and those that are tried first."""
    seen = look(network, _first_apart(first, second, network))
    starts = [*inputs_of(seen, 6), *samples(first.inputs)[:6]]
    return seen, [ExactPoint.of(x) for x in starts if np.isfinite(x).all()]


def largest_shown(first: NormalForm, second: NormalForm, inputs: Iterable[Floats]) -> Shown | None:
    """Return the input (d,) that shows the largest difference, of as many as there is a little time for."""
    if not (can_be_enclosed(first) and can_be_enclosed(second)):
        return None
    budget, best = _Budget((first, second), _A_LITTLE), None
    for x in inputs:
        if not budget.allows(_BITS[0]):
            break
        found = show(first, second, ExactPoint.of(x), _BITS[0], float64=True)
        if found is not None and (best is None or found.size > best.size):
            best = found
    return best


def _in_order(network: Network) -> list[tuple[object, ...]]:
    """Return what puts two networks in an order, if they do not have the same numbers."""
    return [
        (layer.weight.shape, layer.weight.tobytes(), b"" if layer.bias is None else layer.bias.tobytes())
        for layer in network.layers
    ]


def show(
    first: NormalForm, second: NormalForm, point: ExactPoint, bits: int, *, float64: bool
) -> Shown | None:
    """Return the two values at a point if they are proven to differ, and are not beyond all bounds."""
    try:
        values, others = enclosed(first, point, bits), enclosed(second, point, bits)
    except OverflowError:
        return None
    difference = apart(values, others)
    if any(value.nonzero for value in difference):
        return Shown(point, values, others, difference, float64)
    return None


def _first_apart(first: NormalForm, second: NormalForm, network: Network) -> int:
    """Return the first of the first network's layers in which the two differ."""
    for mine, theirs in zip(first.stages, second.stages, strict=False):
        if mine.atom != theirs.atom or not mine.map.same(theirs.map):
            return mine.layer
    return len(network.layers) - 1


def _passing(
    first: NormalForm, second: NormalForm, network: Network, seen: Seen, budget: _Budget
) -> Iterator[ExactPoint]:
    """Yield points where a unit's argument, the mean of the two networks', passes an edge of its function."""
    order = np.argsort(-seen.score, kind="stable")
    for depth in range(len(first.stages) - 1, -1, -1):
        stage = first.stages[depth]
        if depth >= len(second.stages) or second.stages[depth].map.outputs != stage.map.outputs:
            continue
        for unit in range(min(stage.map.outputs, _UNITS)):
            given = seen.preactivations[stage.layer][order, stage.members[unit][0][0]]
            for edge in edges(network.layers[stage.layer].activation):
                below, above = order[given < edge], order[given > edge]
                if len(below) and len(above):
                    ends = seen.inputs[below[0]], seen.inputs[above[0]]
                    yield from _halved(first, second, depth, unit, ends, budget)


def _halved(
    first: NormalForm,
    second: NormalForm,
    depth: int,
    unit: int,
    ends: tuple[Floats, Floats],
    budget: _Budget,
) -> Iterator[ExactPoint]:
    """Yield the halved interval's middle a few times on the way, and where the two are to either side."""
    low, high = map(ExactPoint.of, ends)
    if not budget.allows(192) or not budget.allows(192):
        return
    pieces = first.stages[depth].atom.pieces
    at_low, at_high = (_pair(first, second, depth, unit, point) for point in (low, high))
    if at_low is None or at_high is None:
        return
    for edge in pieces.edges if pieces else (Fraction(0),):
        with extended_precision(256):
            at = as_mpf(edge)
            starts_below = sum(at_low) < 2 * at
            crosses = starts_below != (sum(at_high) < 2 * at)
        if not crosses:
            continue
        middle = low.midpoint(high)
        for count in range(_HALVINGS if pieces else _HALVINGS // 3):
            if not budget.allows(192):
                return
            pair = _pair(first, second, depth, unit, middle)
            if pair is None:
                return
            one, other = pair
            if count % 16 == 8:
                yield middle
            with extended_precision(256):
                if (one - at) * (other - at) < 0:
                    break  # the edge lies between the two
                same_side = (one + other < 2 * at) == starts_below
            low, high = (middle, high) if same_side else (low, middle)
            middle = low.midpoint(high)
        yield middle
        return


def _pair(
    first: NormalForm, second: NormalForm, depth: int, unit: int, point: ExactPoint
) -> tuple[mp.mpf, mp.mpf] | None:
    """Return the two arguments of a unit, None where what is before them is beyond all bounds."""
    try:
        mine, theirs = (preactivations(form, depth, point, 192)[unit] for form in (first, second))
    except OverflowError:
        return None
    return mine.value, theirs.value
