"""The constants that a rewriting makes of a model's own: multiples by powers of two, and shifted biases."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from math import prod

import numpy as np
from onnx import NodeProto, TensorProto, ValueInfoProto, helper

from .graphs import Model, keep_only
from .multiple_names import multiple_name, part_name
from .multiples import MOST_PARTS, Part, multiplied
from .scope import Constant, Node, Scope
from .tensors import Array, dtype_of, scaled, tensor_of

_FIRST_IR_OF_PLAIN_INITIALIZERS = 4
_MOST_TIMES_AS_MANY = 8
_ALWAYS = 100_000
"""How many numbers the multiples may have, of those of the file: beyond, factors are written out."""
_Parts = tuple[tuple[Part, float], ...]


class Weights:
    """New constants, one for each (constant, factor); the old ones go where nobody reads them any more."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._multiples: dict[tuple[Constant, float, _Parts], Constant | None] = {}
        self._scalars: dict[tuple[int, float, int], Constant] = {}
        self._made: list[Constant] = []
        self._first: dict[Constant, None] = {}
        self._inputs_of: dict[Scope, dict[str, ValueInfoProto]] = {}
        self._left = _MOST_TIMES_AS_MANY * sum(prod(one.tensor.dims) for one in _constants(model))
        self._unread = {id(one) for one in _constants(model) if not _is_read(one)}
        self._copies = [(one, name) for one in model.scopes for name in one.copies if one.is_read(name)]

    def multiple(self, constant: Constant, factor: float) -> Constant | None:
        """Return factor·constant, or None unless it is exact in the constant's type."""
        if constant.factors:
            return constant if factor == 1 else None
        return self._multiple(constant.base or constant, factor * constant.factor, constant.parts)

    def part_multiple(self, constant: Constant, part: Part, factor: float) -> Constant | None:
        """Return a constant of which one part is multiplied, or None unless that is exact in its type.

        None too where it has no such side, or where parts that were multiplied overlap this one.
        """
        dims, others = constant.tensor.dims, constant.parts
        if constant.factors or len(dims) < -part.axis or dims[part.axis] != part.whole:
            return None
        if len(others) >= MOST_PARTS or any(one != part and one.overlaps(part) for one in others):
            return None
        parts = {**others, part: others.get(part, 1.0) * factor}
        left = {one: own for one, own in parts.items() if own != 1}
        return self._multiple(constant.base or constant, constant.factor, left, part)

    def _multiple(
        self, base: Constant, factor: float, parts: Mapping[Part, float], changed: Part | None = None
    ) -> Constant | None:
        """Return factor·base, multiplied in `parts` besides, of which all but what changed is exact."""
        if factor == 1 and not parts:
            return base
        key = base, factor, tuple(sorted(parts.items()))
        if key not in self._multiples:
            self._multiples[key] = self._new_multiple(base, factor, parts, changed)
        return self._multiples[key]

    def _new_multiple(
        self, base: Constant, factor: float, parts: Mapping[Part, float], changed: Part | None
    ) -> Constant | None:
        if not base.is_float:
            return None
        entries = prod(base.tensor.dims)
        if changed is not None:
            entries = entries * (changed.stop - changed.start) // changed.whole
        # Of 60 readers, each behind a factor of its own, a file of 2 MB became one of 127 MB.
        if entries > self._left + _ALWAYS:
            return None
        self._left -= entries
        if changed is None:
            array = multiplied(base.array, factor, parts)
        else:
            array = scaled(base.array[changed.place], factor * parts.get(changed, 1.0))
        if array is None:
            return None
        name = multiple_name(base.name, factor)
        for part, own in parts.items():
            name = part_name(name, part, own)
        tensor = TensorProto(data_type=base.tensor.data_type, dims=base.tensor.dims)
        made = Constant(base.scope, name, tensor, base.node, base.origin or base, factor)
        made.base, made.parts = base, parts
        if changed is None:
            made.array = array
        found = base.scope.constants.get(name)
        if found is not None and _are_same(found, made):
            return self._reused(found)
        made.name = tensor.name = base.scope.names.fresh(name)
        return self._register(made)

    def shifted(self, constant: Constant, array: Array, residual: Array) -> Constant:
        """Return a bias to which something was added, and what rounding left of it."""
        origin = constant.origin if constant.is_rounded else (constant.base or constant)
        made = self._add(constant, array, f"{constant.name}_shifted")
        made.origin, made.rounding = origin, residual
        return made

    def parts(self, constant: Constant, array: Array, factors: list[float]) -> Constant:
        """Return a constant whose equal parts along the second side were multiplied, each exactly."""
        if len(set(factors)) == 1:
            multiple = self.multiple(constant, factors[0])
            assert multiple is not None
            return multiple
        made = self._add(constant, array, f"{constant.name}_by_gate")
        made.factors = tuple(factors)
        return made

    def plain(self, scope: Scope, array: Array, data_type: int, name: str) -> Constant:
        """Return a constant that stands for none of the model's own."""
        return self._register(_of(scope, tensor_of(array, scope.names.fresh(name), data_type)))

    def new(self, scope: Scope, array: Array, residual: Array, data_type: int, name: str) -> Constant:
        """Return a bias where there was none."""
        made = _of(scope, tensor_of(array, scope.names.fresh(name), data_type))
        made.rounding = residual
        return self._register(made)

    def scalar(self, scope: Scope, value: float, data_type: int) -> Constant:
        """Return the constant that holds one number, seen from `scope`."""
        root = scope.root
        key = (id(root), value, data_type)
        if key not in self._scalars:
            name = f"softstep_{value:g}".replace(".", "_")
            found = root.constants.get(name)
            if found is None or found.tensor.data_type != data_type or found.scalar != value:
                array = np.array(value, dtype_of(data_type))
                found = self._register(_of(root, tensor_of(array, scope.names.fresh(name), data_type)))
            self._scalars[key] = self._reused(found)
        return self._scalars[key]

    def _add(self, constant: Constant, array: Array, name: str) -> Constant:
        tensor = tensor_of(array, constant.scope.names.fresh(name), constant.tensor.data_type)
        return self._register(Constant(constant.scope, tensor.name, tensor, constant.node, constant))

    def _reused(self, constant: Constant) -> Constant:
        """Return a constant that is there, whose node comes to stand before all that read it from now on."""
        if constant.node is not None:
            self._first[constant] = None
        return constant

    def _register(self, made: Constant) -> Constant:
        made.scope.constants[made.name] = made
        self._made.append(made)
        return made

    def drop_copies(self) -> None:
        """Take away each Identity of a constant that nobody reads any more."""
        for scope, name in self._copies:
            node = scope.maker(name)
            if node is not None and not scope.is_read(name) and len(node.proto.output) == 1:
                scope.remove(node)
                del scope.copies[name]

    def changed(self) -> Iterator[Constant]:
        """Yield the new constants that are read."""
        return (one for one in self._made if one.scope.uses[one.name])

    def store(self) -> None:
        """Write the new constants that are read into their graphs, and take away what they leave unread."""
        for one in self._first:
            node, nodes = one.node, one.scope.nodes
            if node is not None and node in nodes:
                nodes.remove(node)
                nodes.insert_behind(None, node)
                one.scope.edited = True
        made = {id(one) for one in self._made}
        unread = [
            one
            for one in _constants(self._model)
            if not _is_read(one) and id(one) not in self._unread and id(one) not in made
        ]
        places = {id(one): one for one in unread if one.node is None}
        for one in list(self.changed()):
            one.fill()
            origin = one.origin
            if one.node is not None or one.scope.is_function or self._needs_node(one):
                self._store_node(one)
            elif origin is not None and id(origin) in places:
                del places[id(origin)]
                origin.tensor.CopyFrom(one.tensor)
                self._store_input(one, origin.name)
            else:
                one.scope.graph.initializer.append(one.tensor)
                self._store_input(one, None)
        for one in unread:
            if one.node is not None and not one.node.removed:
                one.scope.remove(one.node)
        self._drop(list(places.values()))

    def _needs_node(self, constant: Constant) -> bool:
        """Tell whether it cannot be an initializer: those of a subgraph had to be inputs too before."""
        old = self._model.proto.ir_version < _FIRST_IR_OF_PLAIN_INITIALIZERS
        return old and constant.scope.parent is not None

    def _store_node(self, constant: Constant) -> None:
        scope = constant.scope
        proto = NodeProto(op_type="Constant", output=[constant.name])
        proto.attribute.append(helper.make_attribute("value", constant.tensor))
        node = Node(proto, scope)
        if constant.node is not None and constant.node in scope.nodes:
            scope.nodes.insert_before(constant.node, node)
        else:
            scope.nodes.insert_behind(None, node)
        scope.makers[constant.name] = node
        scope.edited = True

    def _store_input(self, constant: Constant, instead_of: str | None) -> None:
        """List an initializer as an input too, as IR versions below 4 want it."""
        if self._model.proto.ir_version >= _FIRST_IR_OF_PLAIN_INITIALIZERS:
            return
        tensor = constant.tensor
        info: ValueInfoProto = helper.make_tensor_value_info(
            constant.name, tensor.data_type, list(tensor.dims)
        )
        if instead_of is None:
            constant.scope.graph.input.append(info)
        elif instead_of in self._inputs(constant.scope):
            self._inputs(constant.scope)[instead_of].CopyFrom(info)

    def _inputs(self, scope: Scope) -> dict[str, ValueInfoProto]:
        if scope not in self._inputs_of:
            self._inputs_of[scope] = {one.name: one for one in scope.graph.input}
        return self._inputs_of[scope]

    def _drop(self, constants: list[Constant]) -> None:
        old = self._model.proto.ir_version < _FIRST_IR_OF_PLAIN_INITIALIZERS
        names: dict[Scope, set[str]] = defaultdict(set)
        for one in constants:
            names[one.scope].add(one.name)
        for scope, gone in names.items():
            keep_only(scope.graph.initializer, lambda one, gone=gone: one.name not in gone)  # type: ignore[misc]
            if old:
                keep_only(scope.graph.input, lambda one, gone=gone: one.name not in gone)  # type: ignore[misc]


def _of(scope: Scope, tensor: TensorProto) -> Constant:
    return Constant(scope, tensor.name, tensor, None)


def _are_same(one: Constant, other: Constant) -> bool:
    if one.tensor.data_type != other.tensor.data_type or one.array.shape != other.array.shape:
        return False
    return one.array.tobytes() == other.array.tobytes()


def _constants(model: Model) -> Iterator[Constant]:
    for scope in model.scopes:
        yield from list(scope.constants.values())


def _is_read(constant: Constant) -> bool:
    return bool(constant.scope.uses[constant.name]) or constant.name in constant.scope.exposed
