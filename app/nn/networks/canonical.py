"""The canonical form of a network with one hidden layer: the same iff the function is the same.

F(x) = b + Σⱼ cⱼ·tanh(wⱼ·x + βⱼ), every number a rational, since every float is one. A unit gets the sign
that makes the first non-zero entry of (w, β) positive (tanh is odd); the c of equal (w, β) are added up;
units that come to c = 0 are dropped, units with w = 0 folded into the constant. What remains is irreducible,
and two irreducible networks are the same function iff they agree up to order (H. J. Sussmann 1992,
*Uniqueness of the weights for minimal feedforward nets with a given input-output map*; several outputs by
the linear independence of 1 and the tanh(wⱼ·x + βⱼ)). Folded constants compare as formal sums: for distinct
rational β > 0 the numbers 1, tanh β₁, tanh β₂, … are linearly independent over ℚ (Lindemann–Weierstrass).
Sigmoid units are tanh units: s(z) = ½ + ½·tanh(z/2).
"""

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from ..activations.record import Activation, Floats
from ..cost import Cost
from ..errors import UnsupportedNetwork
from .exact_map import integers_of
from .network import Layer, Network

QUANTUM_BITS = 1075
QUANTUM = Fraction(1, 2**QUANTUM_BITS)
"""Coefficients and constants are whole multiples of this, half the smallest float64; of finer ones where
layers are composed."""

# A coefficient becomes a Python integer of some 200 bytes, in about 2 µs: 20,000 multiply-adds' time.
_COST_OF_EXACT = 20_000
_NUMBERS_OF_EXACT = 32


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One unit c·tanh(w·x + β) of the canonical form, made of the `members` of the given network.

    `row` (d + 1,) is (w, β) with its sign, twice as large if `halved` (from sigmoid units, whose halves
    may be no floats); `coefficients` is c for each output, in quanta; `members` are (index, sign). Where
    composed layers make numbers that are no floats the row is rounded, and `exact` is (integers, e) with the
    row integers·2^e.
    """

    row: Floats
    halved: bool
    coefficients: tuple[int, ...]
    members: tuple[tuple[int, int], ...]
    exact: tuple[tuple[int, ...], int] | None = None

    def numbers(self) -> tuple[list[int], int]:
        """Return (w, β) as integers and an exponent, exactly."""
        if self.exact is not None:
            return list(self.exact[0]), self.exact[1]
        integers, exponent = integers_of(self.row)
        return integers.tolist(), exponent - int(self.halved)


@dataclass(frozen=True, slots=True, eq=False)
class CanonicalForm:
    """F as `units` by key, plus for each output a rational `constant` and Σ `folded`[β]·tanh β.

    Constants and coefficients are in quanta, of 2^−`bits`. `dead` units' coefficients are all zero in the
    given network, `cancelled` ones' add up to zero, `constants` have w = 0; each (index, …) in that network.
    """

    inputs: int
    outputs: int
    units: dict[bytes, Unit]
    constant: tuple[int, ...]
    folded: dict[Fraction, tuple[int, ...]]
    dead: tuple[int, ...] = ()
    cancelled: tuple[tuple[tuple[int, int], ...], ...] = ()
    constants: tuple[int, ...] = field(default=())
    bits: int = QUANTUM_BITS

    @property
    def quantum(self) -> Fraction:
        """What constants and coefficients are whole multiples of."""
        return Fraction(1, 1 << self.bits)

    @property
    def spare_bits(self) -> int:
        """By how many bits the quanta could be coarser."""
        sums = [self.constant, *self.folded.values(), *(unit.coefficients for unit in self.units.values())]
        numbers = [number for row in sums for number in row if number]
        return min(((number & -number).bit_length() - 1 for number in numbers), default=self.bits)

    def in_quanta_of(self, bits: int) -> "CanonicalForm":
        """Return the same form in quanta of 2^−bits, finer ones or coarser by no more than `spare_bits`."""
        if bits == self.bits:
            return self
        shift = bits - self.bits

        def shifted(numbers: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(number << shift if shift > 0 else number >> -shift for number in numbers)

        return replace(
            self,
            units={key: replace(u, coefficients=shifted(u.coefficients)) for key, u in self.units.items()},
            constant=shifted(self.constant),
            folded={beta: shifted(sums) for beta, sums in self.folded.items()},
            bits=bits,
        )

    def minus(self, other: "CanonicalForm") -> "CanonicalForm":
        """Return the canonical form of the difference of two functions of as many inputs and outputs."""
        if self.bits != other.bits:
            bits = max(self.bits, other.bits)
            return self.in_quanta_of(bits).minus(other.in_quanta_of(bits))
        units = {}
        for key in self.units.keys() | other.units.keys():
            mine, theirs = self.units.get(key), other.units.get(key)
            unit = mine or theirs
            assert unit is not None
            zero = (0,) * self.outputs
            rest = _minus(mine.coefficients if mine else zero, theirs.coefficients if theirs else zero)
            if any(rest):
                units[key] = Unit(unit.row, unit.halved, rest, (), unit.exact)
        folded = {}
        for beta in self.folded.keys() | other.folded.keys():
            zero = (0,) * self.outputs
            rest = _minus(self.folded.get(beta, zero), other.folded.get(beta, zero))
            if any(rest):
                folded[beta] = rest
        constant = _minus(self.constant, other.constant)
        units = dict(sorted(units.items()))
        return CanonicalForm(self.inputs, self.outputs, units, constant, folded, bits=self.bits)

    def fingerprint(self) -> str:
        """Return a hash that is the same for two networks iff they are the same function (by SHA-256)."""
        digest = hashlib.sha256(f"softstep one-hidden-layer v1;{self.inputs};{self.outputs};".encode())
        if self.bits != QUANTUM_BITS:
            digest.update(f"quanta of 2^-{self.bits};".encode())
        for key in sorted(self.units):
            digest.update(key + _text(self.units[key].coefficients))
        digest.update(b"constant" + _text(self.constant))
        for beta in sorted(self.folded):
            digest.update(f"{beta.numerator:x}/{beta.denominator:x}".encode() + _text(self.folded[beta]))
        return f"v1:sha256:{digest.hexdigest()}"


def _text(numbers: Iterable[int]) -> bytes:
    return f"[{','.join(format(number, 'x') for number in numbers)}]".encode()


def one_hidden_layer(network: Network) -> tuple[Layer, Layer]:
    """Return the hidden and the affine output layer of a tanh or sigmoid network with one hidden layer.

    Raises `UnsupportedNetwork`, with its place relative to the network, for any other.
    """
    if len(network.layers) != 2:
        count = "1 layer" if len(network.layers) == 1 else f"{len(network.layers)} layers"
        raise UnsupportedNetwork(f"expected one hidden layer and an output layer, got {count}", ("layers",))
    hidden, output = network.layers
    if not (isinstance(hidden.activation, Activation) and hidden.activation.name in ("tanh", "sigmoid")):
        raise UnsupportedNetwork(
            "expected tanh or sigmoid in the hidden layer, got another activation",
            ("layers", 0, "activation"),
        )
    if not output.affine:
        raise UnsupportedNetwork(
            "expected identity in the output layer, got another activation", ("layers", 1, "activation")
        )
    return hidden, output


def is_constant(network: Network) -> bool:
    """Tell whether the last layer is affine with zero weights: the network is its bias, whatever is before.

    So are the smallest form of a constant and the network of steps that stands for one.
    """
    last = network.layers[-1]
    return last.affine and not last.weight.any()


def has_canonical_form(network: Network) -> bool:
    """Tell whether `canonical` answers."""
    try:
        one_hidden_layer(network)
    except UnsupportedNetwork:
        return is_constant(network)
    return True


def canonical_cost(network: Network) -> Cost:
    """Return what the canonical form takes, from the shapes alone."""
    numbers = sum(layer.weight.size + layer.outputs for layer in network.layers)
    coefficients = most_units(network) * network.outputs
    return Cost(
        multiply_adds=100 * numbers + _COST_OF_EXACT * coefficients,
        intermediate=4 * numbers + _NUMBERS_OF_EXACT * coefficients,
    )


def most_units(network: Network) -> int:
    """Return how many numbers a last layer sees at most, its own or those of any layer before."""
    return max(layer.inputs for layer in network.layers[1:] or network.layers)


def canonical(network: Network) -> CanonicalForm:
    """Return the canonical form of a tanh or sigmoid network with one hidden layer, or of a constant.

    Raises `UnsupportedNetwork` for any other.
    """
    try:
        hidden, output = one_hidden_layer(network)
    except UnsupportedNetwork:
        if not is_constant(network):
            raise
        alone = _constant(network.layers[-1], [], halved=False)
        return CanonicalForm(network.inputs, network.outputs, {}, alone, {})
    assert isinstance(hidden.activation, Activation)
    halved = hidden.activation.name == "sigmoid"
    bias = np.zeros(hidden.outputs) if hidden.bias is None else hidden.bias
    rows = np.column_stack([hidden.weight, bias])
    signs = _first_signs(rows)
    rows = rows * signs[:, np.newaxis] + 0.0  # + 0.0 leaves no −0
    keys = _keys(rows, halved)
    coefficients = _quanta_of(output.weight.T, halved)
    constant = _constant(output, coefficients, halved)

    live: dict[bytes, list[int]] = {}
    dead, constants = [], []
    folded: dict[Fraction, list[int]] = {}
    constant_unit = np.logical_not(np.logical_or.reduce(hidden.weight, axis=1))
    for index in range(hidden.outputs):
        if not any(coefficients[index]):
            dead.append(index)
        elif constant_unit[index]:
            constants.append(index)
            beta = Fraction(float(rows[index, -1])) / (2 if halved else 1)
            sums = folded.setdefault(beta, [0] * network.outputs)
            _add(sums, coefficients[index], int(signs[index]))
        else:
            live.setdefault(keys[index], []).append(index)
    folded.pop(Fraction(0), None)  # tanh 0 = 0

    units: dict[bytes, Unit] = {}
    cancelled = []
    for key, indices in live.items():
        members = tuple((index, int(signs[index])) for index in indices)
        sums = [0] * network.outputs
        for index, sign in members:
            _add(sums, coefficients[index], sign)
        if any(sums):
            units[key] = Unit(rows[indices[0]], halved, tuple(sums), members)
        else:
            cancelled.append(members)
    return CanonicalForm(
        inputs=network.inputs,
        outputs=network.outputs,
        units=units,
        constant=constant,
        folded={beta: tuple(sums) for beta, sums in folded.items() if any(sums)},
        dead=tuple(dead),
        cancelled=tuple(cancelled),
        constants=tuple(constants),
    )


def _first_signs(rows: Floats) -> Floats:
    """Return for each row the sign of its first non-zero entry, 1 if there is none, (n,)."""
    first = rows[np.arange(len(rows)), np.argmax(rows != 0, axis=1)]
    return np.where(first < 0, -1.0, 1.0)


def _keys(rows: Floats, halved: bool) -> list[bytes]:
    """Return for each row bytes that are equal iff the rows, halved where they are to be, are equal.

    Mantissa and exponent apart, so that nothing overflows or is rounded; little-endian on every machine.
    """
    mantissa, exponent = np.frexp(rows)
    exponent = np.where(mantissa == 0, 0, exponent - int(halved))
    return [
        m.tobytes() + e.tobytes() for m, e in zip(mantissa.astype("<f8"), exponent.astype("<i4"), strict=True)
    ]


def key_of_numbers(integers: Iterable[int], exponent: int) -> bytes:
    """Return the key of the row integers·2^exponent: that of `_keys` where its numbers are of 53 bits."""
    mantissas, exponents, wide = [], [], []
    for number in integers:
        zeros = (number & -number).bit_length() - 1 if number else 0
        odd = number >> zeros
        bits = abs(odd).bit_length()
        mantissas.append(math.ldexp(odd, -bits) if bits <= 53 else 0.0)
        exponents.append(bits + zeros + exponent if number else 0)
        wide.append(f"{odd:x}p{zeros + exponent if number else 0}" if bits > 53 else "")
    key = np.array(mantissas, "<f8").tobytes() + np.array(exponents, "<i4").tobytes()
    return key + ",".join(wide).encode() if any(wide) else key


def quanta(number: float) -> int:
    """Return the float as a multiple of `QUANTUM`."""
    numerator, denominator = number.as_integer_ratio()
    return numerator << (1075 - denominator.bit_length() + 1)


def _quanta_of(array: Floats, halved: bool) -> list[tuple[int, ...]]:
    """Return each row's numbers, halved where they are to be, as multiples of `QUANTUM`."""
    return [tuple(quanta(number) >> halved for number in row) for row in array.tolist()]


def _constant(output: Layer, coefficients: list[tuple[int, ...]], halved: bool) -> tuple[int, ...]:
    """Return each output's bias, and for sigmoid units the ½ of each, as multiples of `QUANTUM`."""
    bias = [0] * output.outputs if output.bias is None else [quanta(b) for b in output.bias.tolist()]
    if halved:
        for row in coefficients:
            _add(bias, row, 1)
    return tuple(bias)


def _minus(mine: Iterable[int], theirs: Iterable[int]) -> tuple[int, ...]:
    return tuple(a - b for a, b in zip(mine, theirs, strict=True))


def _add(sums: list[int], row: Iterable[int], sign: int) -> None:
    for output, number in enumerate(row):
        sums[output] += sign * number
