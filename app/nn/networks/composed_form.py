"""The canonical form of networks that come to one hidden layer of tanh only once layers are composed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from ..activations.record import Activation
from ..cost import Cost
from .atoms import TANH, Written, written
from .canonical import (
    QUANTUM_BITS,
    CanonicalForm,
    Unit,
    canonical,
    canonical_cost,
    has_canonical_form,
    key_of_numbers,
)
from .exact_map import ExactMap, exact_map, nearest_float
from .network import Layer, Network
from .normal_form import Member, NormalForm, normal_form_cost

_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True, eq=False)
class Composition:
    """Affine layers, one of tanh or sigmoid, and affine ones behind it: both maps composed in ℚ.

    `rows` (n, d) is what the units of the layer of that `index` are applied to, `last` (m, n) what is behind.
    """

    network: Network
    index: int
    rows: ExactMap
    last: ExactMap

    @property
    def hidden(self) -> Layer:
        """The layer of tanh or sigmoid."""
        return self.network.layers[self.index]


def composition(network: Network) -> Composition | None:
    """Return the network as such a composition, None if it is none."""
    forms = [_written(layer) for layer in network.layers]
    curved = [index for index, form in enumerate(forms) if form is None or form.atom is not None]
    if len(curved) != 1 or curved[0] == len(forms) - 1:
        return None
    (index,) = curved
    activation = network.layers[index].activation
    if not isinstance(activation, Activation) or activation.name not in ("tanh", "sigmoid"):
        return None
    rows = _composed(network.layers[:index], forms[:index], exact_map(network.layers[index]))
    behind = [*network.layers[index + 1 :]], forms[index + 1 :]
    return Composition(network, index, rows, _composed(*behind, None))


def composed_cost(network: Network) -> Cost:
    """Return what the canonical form takes, of layers that may have to be composed, from the shapes alone."""
    composing = normal_form_cost(network) if len(network.layers) > 2 else Cost()
    return canonical_cost(network) + composing


def _written(layer: Layer) -> Written | None:
    return written(layer.activation) if isinstance(layer.activation, Activation) else None


def _composed(layers: Sequence[Layer], forms: Sequence[Written | None], then: ExactMap | None) -> ExactMap:
    """Return what affine layers, and a last map behind them, come to."""
    whole: ExactMap | None = None
    for layer, form in zip(layers, forms, strict=True):
        assert form is not None
        one = exact_map(layer)
        whole = (one if whole is None else one.after(whole)).scaled(form.factor, form.offset)
    if then is not None:
        whole = then if whole is None else then.after(whole)
    assert whole is not None
    return whole


class _ExactUnit(NamedTuple):
    """c·tanh(w·x + β): `row` is (w, β), whose first entry that is not 0 is positive."""

    row: Sequence[Fraction]
    coefficients: Sequence[Fraction]
    members: tuple[Member, ...]


def canonical_of_composition(given: Composition) -> CanonicalForm | None:
    """Return the canonical form of a composition; None if it has numbers that no power of two makes whole."""
    if len(given.network.layers) == 2 and has_canonical_form(given.network):
        return canonical(given.network)  # the same, in less time
    form = _written(given.hidden)
    assert form is not None
    rows, last = given.rows.scaled(form.stretch, form.shift), given.last
    units = []
    for index, (numbers, bias) in enumerate(zip(rows.numbers.tolist(), rows.bias, strict=True)):
        row = [*(rows.unit * n for n in numbers), bias]
        sign = -1 if next((number for number in row if number), 0) < 0 else 1
        scale = sign * form.factor * last.unit
        column = [scale * int(c) for c in last.numbers[:, index].tolist()]
        units.append(_ExactUnit([sign * number for number in row], column, ((index, sign),)))
    shifts = last.applied([form.offset] * last.inputs)
    constant = [b + shift for b, shift in zip(last.bias, shifts, strict=True)]
    return _canonical(given.network.inputs, units, constant)


def canonical_of(form: NormalForm) -> CanonicalForm | None:
    """Return the canonical form of a network with at most one stage, of tanh; None if it has no such form.

    Its numbers are whole multiples of powers of two, as floats are, but may need more digits.
    """
    if form.softmax or len(form.stages) > 1 or any(stage.atom != TANH for stage in form.stages):
        return None
    if not form.stages and (form.last.numbers != 0).any():
        return None  # an affine map that is no constant
    units = []
    for stage in form.stages:
        for index, column in enumerate(form.last.numbers.T.tolist()):
            weights = [stage.map.unit * int(n) for n in stage.map.numbers[index].tolist()]
            coefficients = [form.last.unit * int(c) for c in column]
            units.append(_ExactUnit([*weights, stage.map.bias[index]], coefficients, stage.members[index]))
    return _canonical(form.inputs, units, form.last.bias)


def _canonical(
    inputs: int, given: Sequence[_ExactUnit], constant: Sequence[Fraction]
) -> CanonicalForm | None:
    numbers = [*constant, *(number for unit in given for number in unit.coefficients)]
    if not all(_is_dyadic(number) for number in (*numbers, *(unit.row[-1] for unit in given))):
        return None
    bits = max([QUANTUM_BITS, *(number.denominator.bit_length() - 1 for number in numbers)])
    units: dict[bytes, Unit] = {}
    folded: dict[Fraction, tuple[int, ...]] = {}
    dead, constants = [], []
    for unit in given:
        coefficients = _in_quanta(unit.coefficients, bits)
        *weights, beta = unit.row
        if not any(coefficients):
            dead += [index for index, _ in unit.members]
        elif not any(weights):
            constants += [index for index, _ in unit.members]
            folded[beta] = _plus(folded.get(beta), coefficients)
        else:
            exact = _integers(unit.row)
            row = np.clip([nearest_float(number) for number in unit.row], -_LARGEST, _LARGEST)
            key = key_of_numbers(*exact)
            known = units.get(key)
            sums = _plus(known.coefficients if known else None, coefficients)
            units[key] = Unit(row, False, sums, (*(known.members if known else ()), *unit.members), exact)
    folded.pop(Fraction(0), None)  # tanh 0 = 0
    form = CanonicalForm(
        inputs,
        len(constant),
        {key: unit for key, unit in units.items() if any(unit.coefficients)},
        _in_quanta(constant, bits),
        {beta: sums for beta, sums in folded.items() if any(sums)},
        tuple(dead),
        tuple(unit.members for unit in units.values() if not any(unit.coefficients)),
        tuple(constants),
        bits,
    )
    return form.in_quanta_of(max(bits - form.spare_bits, QUANTUM_BITS))


def _plus(one: tuple[int, ...] | None, other: tuple[int, ...]) -> tuple[int, ...]:
    return other if one is None else tuple(a + b for a, b in zip(one, other, strict=True))


def _is_dyadic(number: Fraction) -> bool:
    return number.denominator & (number.denominator - 1) == 0


def _in_quanta(numbers: Iterable[Fraction], bits: int) -> tuple[int, ...]:
    return tuple((number.numerator << bits) // number.denominator for number in numbers)


def _integers(row: Sequence[Fraction]) -> tuple[tuple[int, ...], int]:
    bits = max(number.denominator.bit_length() - 1 for number in row)
    return _in_quanta(row, bits), -bits
