"""A model whose graphs, subgraphs and functions are edited."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from math import inf
from typing import Any, cast

from onnx import (
    AttributeProto,
    FunctionProto,
    GraphProto,
    ModelProto,
    NodeProto,
    TensorProto,
    checker,
    shape_inference,
)

from ..errors import MalformedModel
from .scope import STANDARD, Constant, Node, Scope, Use
from .tensors import is_read
from .value_types import Types

_MOST_EXPANDED = 200_000
_MOST_CALLS_INSIDE_CALLS = 64
_OF_BROKEN_MODELS = (
    shape_inference.InferenceError, checker.ValidationError, RuntimeError, ValueError, MalformedModel
)  # fmt: skip
"""What the library raises of them where it infers types."""


class Model:
    """A model whose graphs can be edited; `store` writes the edits into its message."""

    def __init__(self, proto: ModelProto):
        self.proto = proto
        self.types = Types()
        self.changed_values: set[str] = set()
        self.scopes: list[Scope] = []
        self.functions: dict[tuple[str, str, str], Scope] = {}
        self.overridden = {function.name for function in proto.functions if function.domain in STANDARD}
        self.calls: dict[Scope, list[Node]] = {}
        self.opset = _opset(proto)
        # A function without operators of ONNX's own has no opset of theirs.
        self.oldest_opset = min(_opset(one) or self.opset for one in (proto, *proto.functions))
        self.main = self._graph(proto.graph, None, "")
        for function in proto.functions:
            called = function.domain, function.name, function.overload
            if called in self.functions:
                raise MalformedModel("expected functions of different names")
            path = f"{function.domain}.{function.name}" if function.domain else function.name
            self.functions[called] = self._function(function, path)
        self.calls = {scope: [] for scope in self.functions.values()}
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
            scope.names.take([tensor.name])
            if tensor.name not in overridable and is_read(tensor):
                scope.constants[tensor.name] = Constant(scope, tensor.name, tensor, None)
            else:
                scope.given.add(tensor.name)
        scope.given.update(sparse.values.name for sparse in graph.sparse_initializer)
        scope.names.take(scope.given)
        self._nodes(scope, path)
        return scope

    def _function(self, function: FunctionProto, path: str) -> Scope:
        scope = self._new(function, None, path)
        scope.given = set(function.input)
        scope.names.take(scope.given)
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
            scope.names.take([*proto.output, proto.name])
            for name in proto.output:
                if name:
                    if name in scope.makers:
                        raise MalformedModel("expected each value of a graph to be made once")
                    scope.makers[name] = node
            if node.operator == "Constant" and (tensor := _value(proto)) is not None:
                scope.constants[proto.output[0]] = Constant(scope, proto.output[0], tensor, node)
            if node.operator == "Identity" and (copied := node.constant_input(0)) is not None:
                scope.copies.update(dict.fromkeys(proto.output, copied))
            for attribute in proto.attribute:
                for body in _bodies(attribute):
                    where = f"{path}{proto.name or f'{proto.op_type} {position}'}.{attribute.name}"
                    node.bodies.append(self._graph(body, scope, f"{where}/"))

    def _connect(self, scope: Scope) -> None:
        for node in scope.nodes:
            if (function := self.function_of(node)) is not None:
                self.calls[function].append(node)
            for index, name in enumerate(node.proto.input):
                holder = scope.holder(name) if name else None
                if holder is not None:
                    holder.uses[name][Use(node, index)] = None
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
        if self._expanded() > _MOST_EXPANDED:
            return
        try:
            inferred = Model(shape_inference.infer_shapes(self.proto))
        except _OF_BROKEN_MODELS:
            # What it finds wrong is not ours to judge: the types stay unknown, and the sites as they are.
            return
        own = {id(other): scope for scope, other in zip(self.scopes, inferred.scopes, strict=True)}
        for (held, name), kind in inferred.types.known.items():
            self.types.known.setdefault((id(own[held]), name), kind)
        self.types.forget()

    def function_of(self, node: Node) -> Scope | None:
        """Return the function of the model that a node calls, if it does."""
        return self.functions.get((node.proto.domain, node.proto.op_type, node.proto.overload))

    def _expanded(self) -> float:
        """Return how many nodes there are with each call replaced by the function's nodes; ∞ for too many.

        The library infers a function anew for each call: 26 functions that call the one before twice took
        minutes.
        """
        called: dict[Scope, list[Scope]] = {scope: [] for scope in (self.main, *self.functions.values())}
        for function, nodes in self.calls.items():
            for node in nodes:
                called[node.scope.root].append(function)
        sizes = {scope: 0.0 for scope in called}
        for scope in self.scopes:
            sizes[scope.root] += len(scope.nodes)
        total, level = 0.0, {self.main: 1.0}
        for _ in range(_MOST_CALLS_INSIDE_CALLS):
            following: dict[Scope, float] = defaultdict(float)
            for scope, times in level.items():
                total += times * sizes[scope]
                for function in called[scope]:
                    following[function] += times
            if not following:
                return total
            level = following
        return inf

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
            keep_only(graph.value_info, lambda one, scope=scope: not scope.is_gone(one.name))  # type: ignore[misc]
            # What a quantiser knew of a value is not true of the one that stands in its place.
            notes = graph.quantization_annotation
            keep_only(notes, lambda one: one.tensor_name not in self.changed_values)


def types_of(model: Model) -> dict[str, str]:
    """Return the types of the numbers of the main graph's constants, by name, as ONNX calls them."""
    known = {number: name for name, number in TensorProto.DataType.items()}
    return {name: known[one.tensor.data_type] for name, one in model.main.constants.items()}


def keep_only(list_: Any, wanted: Callable[[Any], bool]) -> None:
    """Take away from a message's list what is not wanted; nothing is copied."""
    for index in reversed([index for index, one in enumerate(list_) if not wanted(one)]):
        del list_[index]


def _opset(proto: ModelProto | FunctionProto) -> int:
    versions = [one.version for one in proto.opset_import if one.domain in STANDARD]
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
