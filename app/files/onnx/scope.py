"""A graph, a subgraph or a function as it is edited: who makes a value, and who uses it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import numpy as np
from onnx import AttributeProto, FunctionProto, GraphProto, NodeProto, TensorProto, ValueInfoProto

from .multiples import Part, multiplied, pieces
from .names import Names
from .node_list import NodeList
from .tensors import FLOATS, Array, array_of, tensor_of

if TYPE_CHECKING:
    from .graphs import Model

STANDARD = ("", "ai.onnx")


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
        # A function of the model may have the name of an operator: which of the two runs is the runtime's.
        if proto.domain in STANDARD and proto.op_type not in self.scope.model.overridden:
            return proto.op_type
        return f"{proto.domain or STANDARD[1]}.{proto.op_type}"

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
    base: "Constant | None" = None
    """Of which constant it is `factor` times, and in `parts` besides: its origin, or that one shifted."""
    parts: Mapping[Part, float] = field(default_factory=dict)
    rounding: Array | None = None
    """What rounding left of it, exact value − value, where it is no multiple."""
    _array: Array | None = None

    @property
    def array(self) -> Array:
        """The numbers."""
        if self._array is None:
            if self.base is not None and self.parts:
                # Of a constant of many parts few are asked for: the others are never made.
                self._array = multiplied(self.base.array, self.factor, self.parts)
            self._array = array_of(self.tensor) if self._array is None else self._array
        return self._array

    @array.setter
    def array(self, numbers: Array) -> None:
        self._array = numbers

    def fill(self) -> None:
        """Write the numbers into the tensor of a multiple, which is made without them."""
        if self.base is not None:
            self.tensor.CopyFrom(tensor_of(self.array, self.name, self.tensor.data_type))

    @property
    def is_rounded(self) -> bool:
        """Whether something was rounded where it was made."""
        return (self.base or self).rounding is not None

    @property
    def residual(self) -> Array | None:
        """What rounding left of it, exact value − value, where it is no multiple of the file's own."""
        if self.base is None or self.base.rounding is None:
            return self.rounding
        residual = np.array(self.base.rounding)
        if not self.parts:
            return np.asarray(residual * self.factor)
        for part, factor in pieces(self.factor, self.parts):
            residual[part.place] *= factor
        return residual

    @property
    def is_float(self) -> bool:
        """Whether it is of a type in which weights are rewritten."""
        return self.tensor.data_type in FLOATS

    @property
    def scalar(self) -> float | None:
        """Its number, where it has no sides."""
        return float(self.array) if self.is_float and not len(self.tensor.dims) else None


@dataclass(frozen=True, slots=True)
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
        self.names: Names = Names() if parent is None else parent.names
        self.nodes = NodeList()
        self.makers: dict[str, Node] = {}
        self.constants: dict[str, Constant] = {}
        self.copies: dict[str, Constant] = {}
        """What an Identity gives of a constant: exporters write weights that are equal so."""
        self.uses: dict[str, dict[Use, None]] = defaultdict(dict)
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
        return None if holder is None else holder.constants.get(name) or holder.copies.get(name)

    def maker(self, name: str) -> Node | None:
        """Return the node in this very scope that makes a value."""
        return self.makers.get(name)

    def is_private(self, name: str) -> bool:
        """Tell whether a value is made here by a node and is no output of the graph."""
        return name in self.makers and name not in self.exposed

    def is_read(self, name: str) -> bool:
        """Tell whether anybody reads a value that is made here, or it is an output of the graph."""
        return bool(self.uses[name]) or name in self.exposed

    def data_type(self, name: str) -> int | None:
        """Return the type of a value's numbers, if it is one of the floats and can be told."""
        return self.model.types.of(self, name)

    def set_input(self, node: Node, index: int, name: str) -> None:
        """Let a node read another value."""
        old = node.proto.input[index]
        holder = self.holder(old)
        if holder is not None:
            holder.uses[old].pop(Use(node, index), None)
        node.proto.input[index] = name
        holder = self.holder(name)
        if holder is not None:
            holder.uses[name][Use(node, index)] = None

    def add_input(self, node: Node, name: str) -> None:
        """Let a node read one value more."""
        node.proto.input.append("")
        self.set_input(node, len(node.proto.input) - 1, name)

    def is_gone(self, name: str) -> bool:
        """Tell whether a value of that name was here and is no more."""
        return name in self.gone and name not in self.makers

    def rename(self, old: str, new: str) -> None:
        """Give a private value another name, wherever it is read."""
        maker = self.makers[new] = self.makers.pop(old)
        maker.proto.output[list(maker.proto.output).index(old)] = new
        for use in self.uses.pop(old, {}):
            use.node.proto.input[use.index] = new
            self.uses[new][use] = None
        self.model.types.rename(self, old, new)
        info = self.infos.pop(old, None)
        if info is not None and new not in self.infos:
            info.name = new
            self.infos[new] = info
        else:
            self.gone.add(old)
        self.model.changed_values.add(old)
        self.names.release(old)

    def insert(self, operator: str, inputs: list[str], output: str, behind: Node | None) -> Node:
        """Add a node behind another one, or else as the first."""
        proto = NodeProto(op_type=operator, output=[output], name=self.names.fresh(output + "_node"))
        node = Node(proto, self)
        self.nodes.insert_behind(behind, node)
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
                holder.uses[name].pop(Use(node, index), None)
        for name in node.proto.output:
            if self.makers.get(name) is node:
                del self.makers[name]
                self.gone.add(name)
                self.names.release(name)
        self.names.release(node.proto.name)
        node.removed = True
        self.nodes.remove(node)
        self.edited = True
