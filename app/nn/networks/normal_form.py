"""The normal form of a network of any depth, exact in ℚ: equal normal forms are the same function.

Every activation is written in terms of few (`atoms`), neighbouring affine maps are composed. Then, layer by
layer from the inputs on: a unit of constant value is folded into the biases behind it, unless that is no
rational number; odd and even functions get the sign that makes the first non-zero entry of (w, β) positive;
where g(λz) = λ·g(z), or g(z), for λ > 0, w is scaled to whole numbers without a common divisor; equal units
are merged; units are sorted. Units that nothing sees are dropped. No step changes the function, so equal
normal forms prove it the same. That other ones are other functions takes a theorem (`decision`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from ..activations.record import Activation
from ..cost import Cost
from .atoms import ZERO, Atom, Written, written
from .exact_map import ExactMap, common_divisor, exact_map, identity_map
from .exact_ranges import ExactRanges, anything, flat_pieces, flat_value, range_behind, reach
from .network import SOFTMAX, Network
from .subdivided_ranges import constant_units

Member = tuple[int, int]
"""A unit of the given network by its index in its layer, and the sign that it stands there with."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """Units g(W·h + b) of one atom g, each made of `members` of the layer of that index."""

    atom: Atom
    map: ExactMap
    layer: int
    members: tuple[tuple[Member, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class NormalForm:
    """The stages from the inputs on, the affine map behind them, and whether a softmax is behind that."""

    inputs: int
    stages: tuple[Stage, ...]
    last: ExactMap
    softmax: bool

    @property
    def outputs(self) -> int:
        """The number of outputs."""
        return self.last.outputs

    def same(self, other: "NormalForm") -> bool:
        """Tell whether the two are equal, which proves that they are the same function."""
        return self.same_stages(other) and self.last.same(other.last) and self.softmax == other.softmax

    def same_stages(self, other: "NormalForm") -> bool:
        """Tell whether all is equal but what the last affine map does."""
        return [stage.atom for stage in self.stages] == [stage.atom for stage in other.stages] and all(
            mine.map.same(theirs.map) for mine, theirs in zip(self.stages, other.stages, strict=True)
        )


class _Drafted(NamedTuple):
    """A layer as it is written: `written.atom` of the map, of the layer of that index."""

    written: Written
    map: ExactMap
    layer: int


def normal_form(network: Network) -> NormalForm:
    """Return the network's normal form."""
    drafted, last = _composed(network)
    stages: list[Stage] = []
    before = anything(network.inputs)
    for index, draft in enumerate(drafted):
        following = drafted[index + 1].map if index + 1 < len(drafted) else last
        stage, following = _normalised(draft, following, before, stages)
        stages.append(stage)
        later = [one.written.atom for one in drafted[index + 1 :]]
        if any(atom is not None and flat_pieces(atom) is not None for atom in later):
            before = range_behind(stage.atom, stage.map, before)
        if index + 1 < len(drafted):
            drafted[index + 1] = drafted[index + 1]._replace(map=following)
        else:
            last = following
    return NormalForm(network.inputs, *_without_dead(stages, last), network.layers[-1].activation == SOFTMAX)


def normal_form_cost(network: Network) -> Cost:
    """Return what the normal form takes, from the shapes alone: some 1 µs a weight, 0.2 µs a product."""
    weights = sum(layer.weight.size + 8 * layer.outputs for layer in network.layers)
    products = 0
    width, composed = network.inputs, False
    for layer in network.layers:
        if composed:
            products += layer.weight.size * width
        composed = isinstance(layer.activation, Activation) and written(layer.activation).atom is None
        width = width if composed else layer.outputs
    return Cost(multiply_adds=10_000 * weights + 4_000 * products, intermediate=16 * weights)


def _composed(network: Network) -> tuple[list[_Drafted], ExactMap]:
    """Return the layers with other activations than lines, and the affine map behind the last of them."""
    drafted: list[_Drafted] = []
    pending: ExactMap | None = None
    for index, layer in enumerate(network.layers):
        one = exact_map(layer)
        if pending is not None:
            one = one.after(pending)
        form = written(layer.activation) if isinstance(layer.activation, Activation) else Written(None)
        if form.atom is None:
            pending = one.scaled(form.factor, form.offset)
        else:
            drafted.append(_Drafted(form, one, index))
            pending = None
    return drafted, identity_map(network.outputs) if pending is None else pending


def _constants(
    atom: Atom, rows: ExactMap, before: ExactRanges, stages: Sequence[Stage]
) -> dict[int, Fraction]:
    """Return the units whose value is one rational number, by index."""
    constants: dict[int, Fraction] = {}
    still = np.logical_not((rows.numbers != 0).any(axis=1))
    for unit in np.flatnonzero(still).tolist():
        beta = rows.bias[unit]
        if atom.pieces:
            constants[unit] = atom.pieces.at(beta)
        elif atom.name == "softsign":
            constants[unit] = beta / (1 + abs(beta))
        elif atom.odd and beta == 0:
            constants[unit] = ZERO
    pieces = flat_pieces(atom)
    if pieces is not None:
        low, high = reach(rows, before)
        for unit in np.flatnonzero(~still).tolist():
            value = flat_value(pieces, low[unit], high[unit])
            if value is not None:
                constants[unit] = value
        open_ones = [unit for unit in np.flatnonzero(~still).tolist() if unit not in constants]
        constants |= constant_units(stages, pieces, rows, open_ones)
    return constants


class _Row(NamedTuple):
    """A unit as it is sorted: its weights, its bias, and with what it is multiplied behind."""

    numbers: tuple[int, ...]
    bias: Fraction
    sign: int
    multiple: int
    slack: Fraction


def _row(atom: Atom, rows: ExactMap, unit: int) -> _Row:
    numbers: Sequence[int] = rows.numbers[unit].tolist()
    bias, slack, sign, multiple = rows.bias[unit], rows.slack[unit], 1, 1
    if _given_sign(atom, rows, unit) < 0:
        numbers, bias, sign = [-n for n in numbers], -bias, 1 if atom.even else -1
    if (atom.homogeneous or atom.step) and any(numbers):
        divisor = common_divisor(numbers)
        numbers = [n // divisor for n in numbers]
        bias, slack = bias / (divisor * rows.unit), slack / (divisor * rows.unit)
        multiple = divisor if atom.homogeneous else 1
    return _Row(tuple(numbers), bias, sign, multiple, slack)


def _normalised(
    draft: _Drafted, following: ExactMap, before: ExactRanges, stages: Sequence[Stage]
) -> tuple[Stage, ExactMap]:
    """Return the layer with its units normalised, merged and sorted, and the map behind it."""
    form = draft.written
    assert form.atom is not None
    atom, rows = form.atom, draft.map.scaled(form.stretch, form.shift)
    constants = _constants(atom, rows, before, stages)
    groups: dict[tuple[tuple[int, ...], Fraction], list[tuple[int, _Row]]] = {}
    for unit in range(rows.outputs):
        if unit not in constants:
            row = _row(atom, rows, unit)
            groups.setdefault((row.numbers, row.bias), []).append((unit, row))
    order = sorted(groups)
    scaled = atom.homogeneous or atom.step
    stage = ExactMap(
        np.array([numbers for numbers, _ in order], dtype=object).reshape(len(order), rows.inputs),
        Fraction(1) if scaled else rows.unit,
        tuple(bias for _, bias in order),
        tuple(max(row.slack for _, row in groups[key]) for key in order),
    )
    members = tuple(tuple((unit, _given_sign(atom, rows, unit)) for unit, _ in groups[key]) for key in order)
    columns = np.zeros((following.outputs, len(order)), dtype=object)
    for place, key in enumerate(order):
        for unit, row in groups[key]:
            columns[:, place] += following.numbers[:, unit] * (row.sign * row.multiple)
    values = [form.offset + form.factor * constants.get(unit, ZERO) for unit in range(rows.outputs)]
    behind = ExactMap(
        columns * (-1 if form.factor < 0 else 1),
        following.unit * abs(form.factor) * (rows.unit if atom.homogeneous else 1),
        tuple(b + s for b, s in zip(following.bias, following.applied(values), strict=True)),
        following.slack,
    )
    return Stage(atom, stage, draft.layer, members), behind


def _given_sign(atom: Atom, rows: ExactMap, unit: int) -> int:
    """Return the sign that makes the first non-zero entry of (w, β) positive, 1 where g has no symmetry."""
    if not (atom.odd or atom.even):
        return 1
    first = next((n for n in rows.numbers[unit].tolist() if n), 0)
    return -1 if first < 0 or (not first and rows.bias[unit] < 0) else 1


def _without_dead(stages: Sequence[Stage], last: ExactMap) -> tuple[tuple[Stage, ...], ExactMap]:
    """Return the stages without units that nothing behind them sees."""
    kept: list[Stage] = []
    behind = last
    changed: list[ExactMap] = []
    for stage in reversed(stages):
        seen = np.flatnonzero((behind.numbers != 0).any(axis=0)).tolist()
        changed.append(behind.columns(seen))
        behind = stage.map.rows(seen)
        kept.append(Stage(stage.atom, behind, stage.layer, tuple(stage.members[i] for i in seen)))
    # each map has had its rows chosen first, and then its columns by the stage before it
    changed.append(behind)
    maps = changed[::-1]
    done = _with_maps(kept[::-1], maps)
    for index in range(len(done), 0, -1):
        if not done[index - 1].map.outputs:  # what is behind is constant, whatever is before
            blind, rest = maps[index], done[index:]
            maps[index] = blind.blind_to(stages[0].map.inputs)
            return tuple(_with_maps(rest, maps[index:])), maps[-1]
    return tuple(done), maps[-1]


def _with_maps(stages: Sequence[Stage], maps: Sequence[ExactMap]) -> list[Stage]:
    return [
        Stage(stage.atom, one, stage.layer, stage.members) for stage, one in zip(stages, maps, strict=False)
    ]
