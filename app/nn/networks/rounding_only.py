"""Whether two networks differ by nothing but one rounding of each number as it was written down."""

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from ..activations.identity import identity
from ..activations.record import Activation
from .atoms import Written, written
from .exact_map import ExactMap, exact_map
from .network import Layer, Network
from .normal_form import NormalForm
from .storage import STORAGES, Storage


def differ_by_biases_alone(first: NormalForm, second: NormalForm) -> bool:
    """Tell whether the normal forms are the same but for biases within half an ulp of the stored ones.

    Of two biases that stand for each other the larger of the two halves counts, as that of the smaller is
    too narrow for what was rounded to the larger.
    """
    if len(first.stages) != len(second.stages) or first.softmax != second.softmax:
        return False
    if any(one.atom != other.atom for one, other in zip(first.stages, second.stages, strict=True)):
        return False
    maps = zip(
        (*(stage.map for stage in first.stages), first.last),
        (*(stage.map for stage in second.stages), second.last),
        strict=True,
    )
    return all(one.same_weights(other) and _close(one, other) for one, other in maps)


def _close(one: ExactMap, other: ExactMap) -> bool:
    return all(
        abs(a - b) <= max(s, t)
        for a, b, s, t in zip(one.bias, other.bias, one.slack, other.slack, strict=True)
    )


def is_stored_copy(first: Network, second: Network) -> bool:
    """Tell whether one network's numbers are those of the other, each rounded once to a narrower type.

    Layer by layer and in the given order, tanh and sigmoid standing for each other.
    """
    return _is_copy(first, second) or _is_copy(second, first)


class _Drafted(NamedTuple):
    """A layer, its atom, and stretch and (factor, offset) of what the layer before hands on."""

    layer: Layer
    form: Written
    factor: Fraction
    offset: Fraction


def _is_copy(given: Network, copy: Network) -> bool:
    storage = _storage(copy)
    if storage.digits < _storage(given).digits and not _is_evident(given, storage):
        return False
    layers, others = (list(_drafted(network)) for network in (given, copy))
    for short, long in ((layers, others), (others, layers)):
        if len(short) + 1 == len(long):
            before = short[-1]
            appended = Layer(np.eye(before.layer.outputs), None, identity())
            short.append(_Drafted(appended, Written(None), before.form.factor, before.form.offset))
    return len(layers) == len(others) and all(
        one.form.atom == other.form.atom
        and isinstance(one.layer.activation, str) == isinstance(other.layer.activation, str)
        and one.layer.weight.shape == other.layer.weight.shape
        and _rounded_alike(one, other, storage)
        for one, other in zip(layers, others, strict=True)
    )


def _is_evident(given: Network, storage: Storage) -> bool:
    """Tell whether half of the numbers have more digits than the type: a few may be told apart on purpose."""
    arrays = [array for one in given.layers for array in (one.weight, one.bias) if array is not None]
    changed = sum(int(np.count_nonzero(storage.rounded(array) != array)) for array in arrays)
    return 2 * changed >= sum(int(np.count_nonzero(array)) for array in arrays) > 0


def _storage(network: Network) -> Storage:
    """Return the type of the fewest digits that holds all of a network's numbers."""
    arrays = [array for layer in network.layers for array in (layer.weight, layer.bias)]
    fitting = [one for one in STORAGES.values() if all(one.holds(array) for array in arrays)]
    return min(fitting, key=lambda one: one.digits)


def _drafted(network: Network) -> Iterator[_Drafted]:
    factor, offset = Fraction(1), Fraction(0)
    for layer in network.layers:
        activation = layer.activation
        form = written(activation) if isinstance(activation, Activation) else Written(None)
        yield _Drafted(layer, form, factor, offset)
        factor, offset = form.factor, form.offset


def _rounded_alike(given: _Drafted, copy: _Drafted, storage: Storage) -> bool:
    """Tell whether each number of the copy is what the given one's should be, rounded once."""
    scale = given.form.stretch * given.factor / (copy.form.stretch * copy.factor)
    size = abs(scale)
    if size.numerator & (size.numerator - 1) or size.denominator & (size.denominator - 1):
        return False
    with np.errstate(over="ignore"):
        expected = given.layer.weight * float(scale)
    if not np.array_equal(storage.rounded(expected), copy.layer.weight):
        return False
    stored = np.zeros(copy.layer.outputs) if copy.layer.bias is None else copy.layer.bias
    for exact, number in zip(_expected_biases(given, copy, scale), stored.tolist(), strict=True):
        spacing = max(storage.spacing(exact), storage.spacing(Fraction(number)))
        if 2 * abs(exact - Fraction(number)) > spacing:
            return False
    return True


def _expected_biases(given: _Drafted, copy: _Drafted, scale: Fraction) -> list[Fraction]:
    """Return the biases that the copy must have to be the same function, its weights not being rounded."""
    rows = exact_map(given.layer)
    sums = rows.applied([Fraction(1)] * rows.inputs)
    seen = [
        given.form.stretch * (b + given.offset * s) + given.form.shift
        for b, s in zip(rows.bias, sums, strict=True)
    ]
    return [
        (z - copy.form.shift) / copy.form.stretch - copy.offset * scale * s
        for z, s in zip(seen, sums, strict=True)
    ]
