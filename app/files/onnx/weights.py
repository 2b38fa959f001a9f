"""The constants that a rewriting makes of a model's own: multiples by powers of two, and shifted biases."""

import re
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from onnx import NodeProto, TensorProto, ValueInfoProto, helper

from .graphs import Model, keep_only
from .scope import Constant, Node, Scope
from .tensors import Array, dtype_of, scaled, tensor_of

_MULTIPLE = re.compile(r"^(.+)_(times|over)_(-?[1-9][0-9]{0,18})$")
_FIRST_IR_OF_PLAIN_INITIALIZERS = 4


def multiple_name(name: str, factor: float) -> str:
    """Return the name of factor·value, for ± a power of two: undone where it was a multiple already."""
    base, total = name, factor
    if found := _MULTIPLE.match(name):
        base = found[1]
        total *= float(found[3]) if found[2] == "times" else 1 / float(found[3])
    if total == 1:
        return base
    return f"{base}_times_{total:.0f}" if abs(total) >= 1 else f"{base}_over_{1 / total:.0f}"


class Weights:
    """New constants, one for each (constant, factor); the old ones go where nobody reads them any more."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._multiples: dict[tuple[int, str, float], Constant | None] = {}
        self._scalars: dict[tuple[int, float, int], Constant] = {}
        self._made: list[Constant] = []
        self._inputs_of: dict[Scope, dict[str, ValueInfoProto]] = {}
        self._unread = {id(one) for one in _constants(model) if not _is_read(one)}

    def multiple(self, constant: Constant, factor: float) -> Constant | None:
        """Return factor·constant, or None unless it is exact in the constant's type."""
        if constant.factors:
            return constant if factor == 1 else None
        if constant.residual is None and constant.origin is not None:
            factor, constant = factor * constant.factor, constant.origin
        if factor == 1:
            return constant
        key = (id(constant.scope), constant.name, factor)
        if key not in self._multiples:
            self._multiples[key] = self._multiple(constant, factor)
        return self._multiples[key]

    def _multiple(self, constant: Constant, factor: float) -> Constant | None:
        if not constant.is_float:
            return None
        array = scaled(constant.array, factor)
        if array is None:
            return None
        name = multiple_name(constant.name, factor)
        found = constant.scope.constants.get(name)
        if found is not None and found.tensor.data_type == constant.tensor.data_type:
            if found.array.shape == array.shape and found.array.tobytes() == array.tobytes():
                return _made_first(found)
        made = self._add(constant, array, name)
        made.factor = factor
        if constant.residual is not None:
            made.origin, made.factor = constant.origin, 1.0
            made.residual = np.asarray(constant.residual * factor)
        return made

    def shifted(self, constant: Constant, array: Array, residual: Array) -> Constant:
        """Return a bias to which something was added, and what rounding left of it."""
        origin = constant if constant.residual is None else constant.origin
        made = self._add(constant, array, f"{constant.name}_shifted")
        made.origin, made.residual = origin, residual
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
        return self._register(scope, tensor_of(array, scope.names.fresh(name), data_type), None)

    def new(self, scope: Scope, array: Array, residual: Array, data_type: int, name: str) -> Constant:
        """Return a bias where there was none."""
        made = self._register(scope, tensor_of(array, scope.names.fresh(name), data_type), None)
        made.residual = residual
        return made

    def scalar(self, scope: Scope, value: float, data_type: int) -> Constant:
        """Return the constant that holds one number, seen from `scope`."""
        root = scope.root
        key = (id(root), value, data_type)
        if key not in self._scalars:
            name = f"softstep_{value:g}".replace(".", "_")
            found = root.constants.get(name)
            if found is None or found.tensor.data_type != data_type or found.scalar != value:
                array = np.array(value, dtype_of(data_type))
                tensor = tensor_of(array, scope.names.fresh(name), data_type)
                found = self._register(root, tensor, None)
            self._scalars[key] = _made_first(found)
        return self._scalars[key]

    def _add(self, constant: Constant, array: Array, name: str) -> Constant:
        tensor = tensor_of(array, constant.scope.names.fresh(name), constant.tensor.data_type)
        made = self._register(constant.scope, tensor, constant.node)
        made.origin = constant
        return made

    def _register(self, scope: Scope, tensor: TensorProto, node: Node | None) -> Constant:
        made = Constant(scope, tensor.name, tensor, node)
        scope.constants[tensor.name] = made
        self._made.append(made)
        return made

    def changed(self) -> Iterator[Constant]:
        """Yield the new constants that are read."""
        return (one for one in self._made if one.scope.uses[one.name])

    def store(self) -> None:
        """Write the new constants that are read into their graphs, and take away what they leave unread."""
        made = {id(one) for one in self._made}
        unread = [
            one
            for one in _constants(self._model)
            if not _is_read(one) and id(one) not in self._unread and id(one) not in made
        ]
        places = {id(one): one for one in unread if one.node is None}
        for one in list(self.changed()):
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


def _made_first(constant: Constant) -> Constant:
    """Return a constant of the file itself, whose node stands before all that may read it from now on."""
    node = constant.node
    if node is not None and node in constant.scope.nodes:
        constant.scope.nodes.remove(node)
        constant.scope.nodes.insert_behind(None, node)
        constant.scope.edited = True
    return constant


def _constants(model: Model) -> Iterator[Constant]:
    for scope in model.scopes:
        yield from list(scope.constants.values())


def _is_read(constant: Constant) -> bool:
    return bool(constant.scope.uses[constant.name]) or constant.name in constant.scope.exposed
