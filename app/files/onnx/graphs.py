"""A model whose graphs, subgraphs and functions are edited, and the names that are taken in it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, cast

from onnx import (
    AttributeProto,
    FunctionProto,
    GraphProto,
    ModelProto,
    NodeProto,
    OperatorSetIdProto,
    TensorProto,
    shape_inference,
)

from ..errors import MalformedModel
from .scope import STANDARD, Constant, Node, Scope, Use
from .tensors import is_read
from .value_types import Types


class Names:
    """All names of a model, each as often as it is given: a new one is new in every graph of it."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    def take(self, names: Iterable[str]) -> None:
        """Count names that are given."""
        self._taken.update(names)

    def fresh(self, wanted: str) -> str:
        """Return `wanted`, or it with a number behind it, and take it."""
        name, number = wanted, 1
        while self._taken[name] > 0:
            number += 1
            name = f"{wanted}_{number}"
        self._taken[name] += 1
        return name

    def release(self, name: str) -> None:
        """Give back a name that nothing has any more, once."""
        self._taken[name] -= 1


class Model:
    """A model whose graphs can be edited; `store` writes the edits into its message."""

    def __init__(self, proto: ModelProto):
        self.proto = proto
        self.names = Names()
        self.types = Types()
        self.changed_values: set[str] = set()
        self.scopes: list[Scope] = []
        self.functions: dict[tuple[str, str], Scope] = {}
        self.opset = _opset(proto.opset_import)
        self.main = self._graph(proto.graph, None, "")
        for function in proto.functions:
            if (function.domain, function.name) in self.functions:
                raise MalformedModel("expected functions of different names")
            path = f"{function.domain}.{function.name}" if function.domain else function.name
            self.functions[function.domain, function.name] = self._function(function, path)
        for scope in self.scopes:
            self._connect(scope)

    def _graph(self, graph: GraphProto, parent: Scope | None, path: str) -> Scope:
        scope = self._new(graph, parent, path)
        self.types.declare(scope, graph)
        scope.given = {info.name for info in graph.input}
        # From IR version 4 on an initializer that is an input too is a default, and the caller may give
        # another; before, every initializer had to be an input.
        overridable = set(scope.given) if self.proto.ir_version >= 4 else set()
        for tensor in graph.initializer:
            self.names.take([tensor.name])
            if tensor.name not in overridable and is_read(tensor):
                scope.constants[tensor.name] = Constant(scope, tensor.name, tensor, None)
            else:
                scope.given.add(tensor.name)
        scope.given.update(sparse.values.name for sparse in graph.sparse_initializer)
        self.names.take(scope.given)
        self._nodes(scope, path)
        return scope

    def _function(self, function: FunctionProto, path: str) -> Scope:
        scope = self._new(function, None, path)
        scope.given = set(function.input)
        self.names.take(scope.given)
        self._nodes(scope, path)
        return scope

    def _new(self, proto: GraphProto | FunctionProto, parent: Scope | None, path: str) -> Scope:
        scope = Scope(self, proto, parent, path)
        self.scopes.append(scope)
        return scope

    def _nodes(self, scope: Scope, path: str) -> None:
        for position, proto in enumerate(scope.proto.node):
            node = Node(proto, scope)
            scope.nodes.append(node)
            self.names.take([*proto.output, proto.name])
            for name in proto.output:
                if name:
                    if name in scope.makers:
                        raise MalformedModel("expected each value of a graph to be made once")
                    scope.makers[name] = node
            if node.operator == "Constant" and (tensor := _value(proto)) is not None:
                scope.constants[proto.output[0]] = Constant(scope, proto.output[0], tensor, node)
            for attribute in proto.attribute:
                for body in _bodies(attribute):
                    where = f"{path}{proto.name or f'{proto.op_type} {position}'}.{attribute.name}"
                    node.bodies.append(self._graph(body, scope, f"{where}/"))

    def _connect(self, scope: Scope) -> None:
        for node in scope.nodes:
            for index, name in enumerate(node.proto.input):
                holder = scope.holder(name) if name else None
                if holder is not None:
                    holder.uses[name].append(Use(node, index))
        outputs = scope.proto.output
        names = outputs if scope.is_function else [info.name for info in scope.graph.output]
        for name in cast(list[str], names):
            holder = scope.holder(name)
            if holder is not None:
                holder.exposed.add(name)

    def all_nodes(self) -> Iterator[Node]:
        """Yield every node of every graph and function."""
        for scope in self.scopes:
            yield from scope.nodes

    def infer_types(self) -> None:
        """Let the library tell the types of values of which the file says nothing, before any edit."""
        try:
            inferred = Model(shape_inference.infer_shapes(self.proto))
        except (shape_inference.InferenceError, RuntimeError, ValueError, MalformedModel):
            # What it finds wrong is not ours to judge: the types stay unknown, and the sites as they are.
            return
        for scope, other in zip(self.scopes, inferred.scopes, strict=True):
            for (held, name), kind in inferred.types.known.items():
                if held == id(other):
                    self.types.known.setdefault((id(scope), name), kind)
        self.types.forget()

    def calls(self, domain: str, name: str) -> list[Node]:
        """Return the nodes that call a function of the model."""
        return [one for one in self.all_nodes() if (one.proto.domain, one.proto.op_type) == (domain, name)]

    def store(self) -> None:
        """Write the nodes of every scope into the message, inner ones first: copies are made of them."""
        for scope in reversed(self.scopes):
            if scope.edited:
                kept = [node.proto for node in scope.nodes]
                del scope.proto.node[:]
                scope.proto.node.extend(kept)
            if scope.is_function:
                continue
            graph = scope.graph
            _keep(graph.value_info, [i for i in graph.value_info if not scope.is_gone(i.name)])
            # What a quantiser knew of a value is not true of the one that stands in its place.
            notes = graph.quantization_annotation
            _keep(notes, [one for one in notes if one.tensor_name not in self.changed_values])


def types_of(model: Model) -> dict[str, str]:
    """Return the types of the numbers of the main graph's constants, by name, as ONNX calls them."""
    known = {number: name for name, number in TensorProto.DataType.items()}
    return {name: known[one.tensor.data_type] for name, one in model.main.constants.items()}


def _keep(list_: Any, kept: list[Any]) -> None:
    if len(kept) < len(list_):
        del list_[:]
        list_.extend(kept)


def _opset(imports: Iterable[OperatorSetIdProto]) -> int:
    versions = [one.version for one in imports if one.domain in STANDARD]
    return int(versions[0]) if versions else 0


def _bodies(attribute: AttributeProto) -> Iterator[GraphProto]:
    if attribute.HasField("g"):
        yield attribute.g
    yield from attribute.graphs


def _value(proto: NodeProto) -> TensorProto | None:
    """Return what a Constant node gives, if it is a tensor of a type that is read."""
    if len(proto.attribute) != 1 or len(proto.output) != 1:
        return None
    (value,) = proto.attribute
    if value.ref_attr_name:
        return None
    if value.name == "value" and value.HasField("t"):
        return value.t if is_read(value.t) else None
    if value.name == "value_float" and value.HasField("f"):
        return TensorProto(data_type=TensorProto.FLOAT, float_data=[value.f])
    if value.name == "value_floats":
        return TensorProto(data_type=TensorProto.FLOAT, dims=[len(value.floats)], float_data=value.floats)
    return None
