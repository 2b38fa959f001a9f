"""GRU and RNN inside their own operator: with H = a·S + b the state S obeys the same recursion.

A GRU whose reset comes after the product is a convex combination, H′ = (1 − z)·n + z·H, so from n = a·m + b
follows S′ = (1 − z)·m + z·S; only what reads the state changes: R·H = (aR)·S + R·b·1, whose last part goes
into the bias, rounded once. The first state becomes (H₀ − b)/a, which is not 0 where H₀ is.
"""

from typing import NamedTuple

import numpy as np
from onnx import TensorProto

from .folding import shifted
from .operators import RECURRENT
from .scope import Constant, Node
from .tensors import Array, scaled
from .weights import Weights

_GATES = {"GRU": 3, "RNN": 1}
_X, _W, _R, _B, _LENGTHS, _STATE = range(6)
_FIRST_OPSET = 8
"""Expand is from there on: it makes the first state where the file has none."""


class StateChange(NamedTuple):
    """The activation in place of another inside: f(x) = scale·g(stretch·x) + shift."""

    replaced: str
    operator: str
    stretch: float
    scale: float
    shift: float


def activations_of(node: Node) -> list[str]:
    """Return the names of the activations inside a recurrent operator, for one direction after the other."""
    if node.operator not in RECURRENT:
        return []
    given = node.attribute("activations")
    if given is not None:
        return [name.decode(errors="replace").capitalize() for name in given.strings]
    own = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}[node.operator]
    bidirectional = (direction := node.attribute("direction")) is not None and direction.s == b"bidirectional"
    return own * 2 if bidirectional else own


def why_it_stays(node: Node, change: StateChange) -> str | None:
    """Return why a GRU or RNN cannot be rewritten inside, or None; nothing is edited."""
    names = activations_of(node)
    per_direction = 2 if node.operator == "GRU" else 1
    states, gates = (
        names[per_direction - 1 :: per_direction],
        names[::per_direction] if per_direction > 1 else [],
    )
    if set(states) != {change.replaced} or change.replaced in gates:
        return "only the activation of its state can be replaced inside, and it stands in a gate"
    if node.operator == "GRU" and node.whole("linear_before_reset", 0) != 1:
        return "its reset comes before the product, which leaves no place for the shift"
    if node.has_input(_LENGTHS):
        return "its sequences have lengths, and behind their ends stand zeros of the old values"
    if node.attribute("clip") is not None:
        return "it clips what goes into its activations"
    if node.whole("layout", 0) != 0:
        return "its batch comes first, which few runtimes take"
    if node.attribute("activation_alpha") is not None or node.attribute("activation_beta") is not None:
        return "its activations have parameters"
    if node.scope.model.opset < _FIRST_OPSET:
        return f"its first state needs an opset of {_FIRST_OPSET} at least"
    return None


class StateRewriting:
    """Rewrites recurrent operators inside; their weights once for all that share them."""

    def __init__(self, weights: Weights, change: StateChange) -> None:
        self._weights = weights
        self._change = change
        self._made: dict[tuple[int, str, int, str], tuple[Constant, Constant, Constant]] = {}

    def rewrite(self, node: Node) -> str | None:
        """Rewrite an operator that `why_it_stays` lets pass; its outputs are then the new state.

        Return why it stays as it is, where its weights do not allow it.
        """
        found = self._constants(node)
        if isinstance(found, str):
            return found
        scope = node.scope
        for index, constant in zip((_W, _R, _B), found, strict=True):
            while len(node.proto.input) <= index:
                node.proto.input.append("")
            scope.set_input(node, index, constant.name)
        self._set_state(node, found[1])
        change = self._change
        names = [change.operator if one == change.replaced else one for one in activations_of(node)]
        attribute = node.attribute("activations") or node.proto.attribute.add(name="activations", type=8)
        del attribute.strings[:]
        attribute.strings.extend(name.encode() for name in names)
        return None

    def _constants(self, node: Node) -> tuple[Constant, Constant, Constant] | str:
        weight, recurrence = node.constant_input(_W), node.constant_input(_R)
        bias = node.constant_input(_B)
        if weight is None or recurrence is None or (bias is None and node.has_input(_B)):
            return "its weights are no constants"
        gates = _GATES[node.operator]
        fits = _shapes_fit(weight.array, recurrence.array, None if bias is None else bias.array, gates)
        kinds = {one.tensor.data_type for one in (weight, recurrence, bias) if one is not None}
        if not fits or len(kinds) > 1 or not weight.is_float:
            return "its weights are not of the sides and the type of its operator"
        key = (id(recurrence.scope), f"{weight.name} {recurrence.name}", gates, bias.name if bias else "")
        if key not in self._made:
            made = self._multiplied(node, weight, recurrence, bias, gates)
            if made is None:
                return "its weights cannot be multiplied by a power of two exactly"
            self._made[key] = made
        return self._made[key]

    def _multiplied(
        self, node: Node, weight: Constant, recurrence: Constant, bias: Constant | None, gates: int
    ) -> tuple[Constant, Constant, Constant] | None:
        stretch, scale = self._change.stretch, self._change.scale
        own = [1.0] * (gates - 1) + [stretch]
        inner = [scale] * (gates - 1) + [stretch * scale]
        wide, deep = _by_gate(weight.array, own), _by_gate(recurrence.array, inner)
        new = self._bias(recurrence.array, None if bias is None else bias.array, own)
        if wide is None or deep is None or new is None:
            return None
        array, residual = new
        if bias is None:
            name, kind = f"{node.name}_bias", weight.tensor.data_type
            made = self._weights.new(recurrence.scope, array, residual, kind, name)
        else:
            made = self._weights.shifted(bias, array, residual)
        return self._weights.parts(weight, wide, own), self._weights.parts(recurrence, deep, inner), made

    def _bias(self, recurrence: Array, bias: Array | None, own: list[float]) -> tuple[Array, Array] | None:
        """Return Wb·stretch and stretch·(Rb + shift·R·1), as they stand in B, and what rounding left."""
        directions, rows, size = recurrence.shape
        dtype = recurrence.dtype
        old = np.zeros((directions, 2 * rows), dtype) if bias is None else bias
        given, inner = (
            _by_gate(old[:, :rows, None], own),
            _by_gate(old[:, rows:, None].astype(np.float64), own),
        )
        moved = _by_gate(recurrence.astype(np.float64), [self._change.shift * one for one in own])
        if given is None or inner is None or moved is None:
            return None
        sums = shifted(inner.reshape(-1), moved.reshape(-1, size), dtype)
        if sums is None:
            return None
        array = np.concatenate([given[:, :, 0], sums.array.reshape(directions, rows)], axis=1)
        residual = np.zeros(array.shape)
        residual[:, rows:] = sums.residual.reshape(directions, rows)
        return array, residual

    def _set_state(self, node: Node, recurrence: Constant) -> None:
        """Let an operator begin with (H₀ − shift)/scale, which is a number for all where H₀ is 0."""
        scope, weights, change = node.scope, self._weights, self._change
        kind = recurrence.tensor.data_type
        fresh = scope.names.fresh
        while len(node.proto.input) <= _STATE:
            node.proto.input.append("")
        if node.has_input(_STATE):
            old = node.proto.input[_STATE]
            moved = scope.insert("Sub", [old], fresh(f"{old}_shifted"), scope.maker(old))
            scope.add_input(moved, weights.scalar(scope, change.shift, kind).name)
            begun = scope.insert("Mul", [moved.proto.output[0]], fresh(f"{old}_unscaled"), moved)
            scope.add_input(begun, weights.scalar(scope, 1 / change.scale, kind).name)
        else:
            given, label = node.proto.input[_X], node.name
            directions, _, size = recurrence.array.shape
            shape = scope.insert("Shape", [given], fresh(f"{label}_sides"), scope.maker(given))
            batch = scope.insert("Gather", [shape.proto.output[0]], fresh(f"{label}_batch"), shape)
            scope.add_input(batch, self._whole(node, 1, "second"))
            sides = scope.insert("Concat", [], fresh(f"{label}_state_sides"), batch)
            sides.proto.attribute.add(name="axis", type=2, i=0)
            for name in (
                self._whole(node, directions, "directions"),
                batch.proto.output[0],
                self._whole(node, size, "size"),
            ):
                scope.add_input(sides, name)
            first = weights.scalar(scope, -change.shift / change.scale, kind).name
            begun = scope.insert("Expand", [first], fresh(f"{label}_state"), sides)
            scope.add_input(begun, sides.proto.output[0])
        scope.set_input(node, _STATE, begun.proto.output[0])

    def _whole(self, node: Node, number: int, what: str) -> str:
        array = np.array([number], np.int64)
        return self._weights.plain(node.scope, array, TensorProto.INT64, f"{node.name}_{what}").name


def _shapes_fit(weight: Array, recurrence: Array, bias: Array | None, gates: int) -> bool:
    if weight.ndim != 3 or recurrence.ndim != 3 or not recurrence.size:
        return False
    directions, rows, size = recurrence.shape
    if rows != gates * size or weight.shape[:2] != (directions, rows):
        return False
    return bias is None or bias.shape == (directions, 2 * rows)


def _by_gate(array: Array, factors: list[float]) -> Array | None:
    """Return an array whose second side holds the gates, each multiplied; None unless that is exact."""
    parts = [
        scaled(part, one) for part, one in zip(np.split(array, len(factors), axis=1), factors, strict=True)
    ]
    if any(part is None for part in parts):
        return None
    return np.concatenate([part for part in parts if part is not None], axis=1)
