"""A model's graphs, subgraphs and functions as they are edited: who makes a value, and who uses it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from onnx import (
    AttributeProto,
    FunctionProto,
    GraphProto,
    ModelProto,
    NodeProto,
    OperatorSetIdProto,
    TensorProto,
    ValueInfoProto,
    shape_inference,
)

from ..errors import MalformedModel
from .tensors import FLOATS, Array, array_of, is_read

STANDARD = ("", "ai.onnx")
_OF_ONE_INPUT_TYPE = 64  # levels that a type is looked for upwards


@dataclass(eq=False, slots=True)
class Node:
    """An operator in its graph; its inputs and outputs are edited through the `Scope`."""

    proto: NodeProto
    scope: "Scope"
    bodies: list["Scope"] = field(default_factory=list)
    removed: bool = False

    @property
    def operator(self) -> str:
        """The operator's name where it is one of ONNX's own, else the name with its domain."""
        proto = self.proto
        return proto.op_type if proto.domain in STANDARD else f"{proto.domain}.{proto.op_type}"

    @property
    def name(self) -> str:
        """The node's own name, or else that of its first output."""
        return self.proto.name or next((name for name in self.proto.output if name), "")

    def attribute(self, name: str) -> AttributeProto | None:
        """Return the attribute of that name, if it is given."""
        return next((one for one in self.proto.attribute if one.name == name), None)

    def number(self, name: str, default: float) -> float | None:
        """Return an attribute that is a float32; None where it comes from a function's call."""
        found = self.attribute(name)
        if found is None:
            return default
        return None if found.ref_attr_name else found.f

    def whole(self, name: str, default: int) -> int | None:
        """Return an attribute that is a whole number; None where it comes from a function's call."""
        found = self.attribute(name)
        if found is None:
            return default
        return None if found.ref_attr_name else found.i

    def constant_input(self, index: int) -> "Constant | None":
        """Return the constant that stands there, if it is one."""
        inputs = self.proto.input
        return self.scope.constant(inputs[index]) if index < len(inputs) and inputs[index] else None

    def has_input(self, index: int) -> bool:
        """Tell whether an input is given at that place."""
        return index < len(self.proto.input) and bool(self.proto.input[index])


@dataclass(eq=False, slots=True)
class Constant:
    """A tensor that no run of the model changes: an initializer or what a Constant node gives."""

    scope: "Scope"
    name: str
    tensor: TensorProto
    node: Node | None
    origin: "Constant | None" = None
    factor: float = 1.0
    """What it is of its origin, where it is a multiple of it."""
    factors: tuple[float, ...] = ()
    """What equal parts of it, along its second side, are of its origin's, where they differ."""
    residual: Array | None = None
    """What rounding left of it, exact value − value, where it is no multiple."""
    _array: Array | None = None

    @property
    def array(self) -> Array:
        """The numbers."""
        if self._array is None:
            self._array = array_of(self.tensor)
        return self._array

    @property
    def is_float(self) -> bool:
        """Whether it is of a type in which weights are rewritten."""
        return self.tensor.data_type in FLOATS

    @property
    def scalar(self) -> float | None:
        """Its number, where it has no sides."""
        return float(self.array) if self.is_float and not len(self.tensor.dims) else None


@dataclass(eq=False, slots=True)
class Use:
    """An input of a node."""

    node: Node
    index: int


class Scope:
    """A graph, a subgraph or a function: names live in it, and those around it are seen from it."""

    def __init__(self, model: "Model", proto: GraphProto | FunctionProto, parent: "Scope | None", path: str):
        self.model = model
        self.proto = proto
        self.parent = parent
        self.path = path
        self.nodes: list[Node] = []
        self.makers: dict[str, Node] = {}
        self.constants: dict[str, Constant] = {}
        self.uses: dict[str, list[Use]] = defaultdict(list)
        self.exposed: set[str] = set()
        self.given: set[str] = set()
        self.infos: dict[str, ValueInfoProto] = {}
        self.gone: set[str] = set()
        self.edited = False

    @property
    def is_function(self) -> bool:
        """Whether it is a function of the model, which has no initializers."""
        return isinstance(self.proto, FunctionProto)

    @property
    def graph(self) -> GraphProto:
        """The graph, which this is where it is no function."""
        return cast(GraphProto, self.proto)

    @property
    def root(self) -> "Scope":
        """The graph or function that all scopes around are in."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def holder(self, name: str) -> "Scope | None":
        """Return the scope in which a name seen from here lives."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.makers or name in scope.constants or name in scope.given:
                return scope
            scope = scope.parent
        return None

    def constant(self, name: str) -> Constant | None:
        """Return the constant of a name seen from here, if it is one."""
        holder = self.holder(name)
        return holder.constants.get(name) if holder is not None else None

    def maker(self, name: str) -> Node | None:
        """Return the node in this very scope that makes a value."""
        return self.makers.get(name)

    def is_private(self, name: str) -> bool:
        """Tell whether a value is made here by a node and is no output of the graph."""
        return name in self.makers and name not in self.exposed

    def data_type(self, name: str) -> int | None:
        """Return the type of a value's numbers, if it is one of the floats and can be told."""
        return self.model.types.of(self, name)

    def set_input(self, node: Node, index: int, name: str) -> None:
        """Let a node read another value."""
        old = node.proto.input[index]
        holder = self.holder(old)
        if holder is not None:
            uses = holder.uses[old]
            uses[:] = [use for use in uses if use.node is not node or use.index != index]
        node.proto.input[index] = name
        holder = self.holder(name)
        if holder is not None:
            holder.uses[name].append(Use(node, index))

    def add_input(self, node: Node, name: str) -> None:
        """Let a node read one value more."""
        node.proto.input.append("")
        self.set_input(node, len(node.proto.input) - 1, name)

    def set_output(self, node: Node, name: str) -> None:
        """Give a node's first output another name: nobody reads it yet."""
        self.makers.pop(node.proto.output[0], None)
        node.proto.output[0] = name
        self.makers[name] = node

    def is_gone(self, name: str) -> bool:
        """Tell whether a value of that name was here and is no more."""
        return name in self.gone and name not in self.makers

    def rename(self, old: str, new: str) -> None:
        """Give a private value another name, wherever it is read."""
        self.set_output(self.makers[old], new)
        for use in self.uses.pop(old, []):
            use.node.proto.input[use.index] = new
            self.uses[new].append(use)
        self.model.types.rename(self, old, new)
        info = self.infos.pop(old, None)
        if info is not None and new not in self.infos:
            info.name = new
            self.infos[new] = info
        else:
            self.gone.add(old)
        self.model.changed_values.add(old)
        self.model.names.release(old)

    def insert(self, operator: str, inputs: list[str], output: str, behind: Node | None) -> Node:
        """Add a node behind another one, or else as the first."""
        proto = NodeProto(op_type=operator, output=[output], name=self.model.names.fresh(output + "_node"))
        node = Node(proto, self)
        self.nodes.insert(self.nodes.index(behind) + 1 if behind is not None else 0, node)
        self.edited = True
        self.makers[output] = node
        for name in inputs:
            self.add_input(node, name)
        return node

    def remove(self, node: Node) -> None:
        """Take a node away whose outputs nobody reads."""
        for index, name in enumerate(node.proto.input):
            holder = self.holder(name)
            if holder is not None:
                holder.uses[name] = [u for u in holder.uses[name] if u.node is not node or u.index != index]
        for name in node.proto.output:
            if self.makers.get(name) is node:
                del self.makers[name]
                self.gone.add(name)
                self.model.names.release(name)
        self.model.names.release(node.proto.name)
        node.removed = True
        self.nodes.remove(node)
        self.edited = True


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


class Types:
    """Which of the float types values have, told from what is declared and from constants beside them."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, str], int] = {}
        self._asked: set[tuple[int, str]] = set()

    def declare(self, scope: Scope, graph: GraphProto) -> None:
        """Take what a graph says of its values."""
        for info in (*graph.input, *graph.output, *graph.value_info):
            if info.type.HasField("tensor_type") and info.type.tensor_type.elem_type in FLOATS:
                self.known[id(scope), info.name] = info.type.tensor_type.elem_type
        scope.infos = {info.name: info for info in graph.value_info}

    def rename(self, scope: Scope, old: str, new: str) -> None:
        """Know a value by its new name."""
        if (id(scope), old) in self.known:
            self.known[id(scope), new] = self.known.pop((id(scope), old))

    def of(self, scope: Scope, name: str) -> int | None:
        """Return the type of a value seen from a scope, or None."""
        for _ in range(_OF_ONE_INPUT_TYPE):
            holder = scope.holder(name)
            if holder is None:
                return None
            if (id(holder), name) in self.known:
                return self.known[id(holder), name]
            if name in holder.constants:
                constant = holder.constants[name]
                return constant.tensor.data_type if constant.is_float else None
            node = holder.makers.get(name)
            if node is None and holder.is_function:
                return self._of_argument(holder, name)
            if node is None or node.operator not in OF_ONE_TYPE or not node.proto.input:
                return None
            for index in OF_ONE_TYPE[node.operator]:
                beside = node.constant_input(index)
                if beside is not None:
                    return beside.tensor.data_type if beside.is_float else None
            scope, name = holder, node.proto.input[OF_ONE_TYPE[node.operator][0]]
        return None

    def forget(self) -> None:
        """Ask again what could not be told."""
        self._asked.clear()

    def _of_argument(self, function: Scope, name: str) -> int | None:
        """Return the type that every call of a function gives an argument."""
        if (id(function), name) in self._asked:  # a function that calls itself is none
            return None
        self._asked.add((id(function), name))
        proto = cast(FunctionProto, function.proto)
        index = list(proto.input).index(name)
        calls = function.model.calls(proto.domain, proto.name)
        arguments = [one.proto.input[index] if one.has_input(index) else "" for one in calls]
        found = {self.of(one.scope, given) for one, given in zip(calls, arguments, strict=True)}
        kind = found.pop() if len(found) == 1 else None
        if kind is not None:
            self.known[id(function), name] = kind
        return kind


_OF_THEIR_FIRST_INPUT = (
    "Tanh Sigmoid Relu Reshape Transpose Slice Gather Squeeze Unsqueeze Flatten Identity LeakyRelu Elu "
    "Softmax MaxPool AveragePool Split Concat GlobalAveragePool Pad Expand Dropout Neg Abs Exp Log Sqrt Pow "
    "ReduceMean ReduceSum ReduceMax BatchNormalization Clip Erf Sum Softplus GRU LSTM RNN Sin Cos Tile "
    "InstanceNormalization HardSigmoid"
)
OF_ONE_TYPE: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("Add", "Sub", "Mul", "Div", "MatMul"), (0, 1)),
    **dict.fromkeys(("Gemm", "Conv", "ConvTranspose", "LayerNormalization"), (0, 1, 2)),
    **dict.fromkeys(_OF_THEIR_FIRST_INPUT.split(), (0,)),
}
"""Operators whose output is of the type of these inputs."""


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
