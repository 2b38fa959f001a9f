"""The canonical form of networks that come to one hidden layer of tanh only once layers are composed."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np

from .atoms import TANH
from .canonical import QUANTUM_BITS, CanonicalForm, Unit, key_of_numbers
from .normal_form import NormalForm


def canonical_of(form: NormalForm) -> CanonicalForm | None:
    """Return the canonical form of a network with at most one stage, of tanh; None if it has no such form.

    Its numbers are whole multiples of powers of two, as floats are, but may need more digits.
    """
    if form.softmax or len(form.stages) > 1 or any(stage.atom != TANH for stage in form.stages):
        return None
    if not form.stages and (form.last.numbers != 0).any():
        return None  # an affine map that is no constant
    last = form.last
    columns = [[last.unit * int(c) for c in column] for column in last.numbers.T.tolist()]
    stage = form.stages[0] if form.stages else None
    if stage is None:
        columns = []
    numbers = [*last.bias, *(number for column in columns for number in column)]
    if not all(_is_dyadic(number) for number in (*numbers, *(stage.map.bias if stage else ()))):
        return None
    bits = max([QUANTUM_BITS, *(number.denominator.bit_length() - 1 for number in numbers)])
    units: dict[bytes, Unit] = {}
    folded: dict[Fraction, tuple[int, ...]] = {}
    for index, column in enumerate(columns):
        assert stage is not None
        coefficients = _in_quanta(column, bits)
        weights = [stage.map.unit * int(n) for n in stage.map.numbers[index].tolist()]
        beta = stage.map.bias[index]
        if not any(weights):
            folded[beta] = coefficients
            continue
        exact = _integers([*weights, beta])
        row = np.array([_rounded(number) for number in (*weights, beta)])
        units[key_of_numbers(*exact)] = Unit(row, False, coefficients, stage.members[index], exact)
    constant = _in_quanta(last.bias, bits)
    return CanonicalForm(form.inputs, form.outputs, units, constant, folded, bits=bits)


def _is_dyadic(number: Fraction) -> bool:
    return number.denominator & (number.denominator - 1) == 0


def _in_quanta(numbers: Iterable[Fraction], bits: int) -> tuple[int, ...]:
    return tuple((number.numerator << bits) // number.denominator for number in numbers)


def _integers(row: Sequence[Fraction]) -> tuple[tuple[int, ...], int]:
    bits = max(number.denominator.bit_length() - 1 for number in row)
    return _in_quanta(row, bits), -bits


def _rounded(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        return float(np.finfo(np.float64).max) * (1 if number > 0 else -1)
