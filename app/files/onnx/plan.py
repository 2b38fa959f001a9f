"""Edits that are made together or not at all."""

from collections.abc import Callable
from dataclasses import dataclass, field

from .multiple_names import multiple_name, part_name
from .multiples import Part
from .scope import Constant, Node, Scope
from .weights import Weights

MOST_STEPS = 200
"""How far a factor is carried: beyond, it is written out."""


@dataclass(eq=False, slots=True)
class Plan:
    """What will be edited; a node that is met twice, by two paths, makes a plan impossible."""

    weights: Weights
    touched: set[Node] = field(default_factory=set)
    edits: list[Callable[[], object]] = field(default_factory=list)

    def meets(self, node: Node) -> bool:
        """Note that a node will be edited; False where it will be already, or the plan grows too long."""
        if node in self.touched or len(self.touched) >= MOST_STEPS:
            return False
        self.touched.add(node)
        return True

    def keep(self) -> tuple[set[Node], int]:
        """Return what `return_to` takes."""
        return set(self.touched), len(self.edits)

    def return_to(self, kept: tuple[set[Node], int]) -> None:
        """Forget what was planned since."""
        self.touched, length = kept
        del self.edits[length:]

    def scale_constant(self, node: Node, index: int, factor: float) -> bool:
        """Let a node read factor·constant, if a constant stands there and the product is exact."""
        constant = node.constant_input(index)
        if constant is None:
            return False
        multiple = self.weights.multiple(constant, factor)
        if multiple is None:
            return False
        self.edits.append(lambda: node.scope.set_input(node, index, multiple.name))
        return True

    def scale_part(self, node: Node, index: int, part: Part, factor: float, sides: int = 0) -> bool:
        """Let a node read a constant of which a part is multiplied, if one of that side stands there."""
        constant = node.constant_input(index)
        if constant is None or (sides and len(constant.tensor.dims) != sides):
            return False
        multiple = self.weights.part_multiple(constant, part, factor)
        if multiple is None:
            return False
        self.edits.append(lambda: node.scope.set_input(node, index, multiple.name))
        return True

    def scale_attribute(self, node: Node, name: str, factor: float) -> bool:
        """Multiply an attribute that is 1 by default."""
        value = node.number(name, 1.0)
        if value is None or not 2.0**-100 < abs(value * factor) < 2.0**100:
            return False
        self.edits.append(lambda: set_number(node, name, value * factor))
        return True

    def set_constant(self, node: Node, index: int, constant: Constant) -> None:
        """Let a node read a constant."""
        self.edits.append(lambda: node.scope.set_input(node, index, constant.name))

    def scale_outputs(self, node: Node, factor: float) -> None:
        """Give a node's outputs, which become factor·themselves, names that say so."""
        for name in filter(None, node.proto.output):
            self.scale_value(node.scope, name, factor)

    def scale_value(self, scope: Scope, name: str, factor: float, part: Part | None = None) -> None:
        """Give a value, which becomes factor·itself or does so in a part, a name that says so."""
        new = multiple_name(name, factor) if part is None else part_name(name, part, factor)
        self.edits.append(lambda: scope.rename(name, scope.names.fresh(new)))

    def rename_outputs(self, node: Node, how: str) -> None:
        """Give a node's outputs, which become other values, names that say so."""
        scope = node.scope
        for name in filter(None, node.proto.output):
            self.edits.append(lambda name=name: scope.rename(name, scope.names.fresh(f"{name}_{how}")))  # type: ignore[misc]

    def apply(self) -> None:
        """Make the edits."""
        for edit in self.edits:
            edit()


def set_number(node: Node, name: str, value: float) -> None:
    """Give a node an attribute that is a float32."""
    found = node.attribute(name)
    if value == 1.0 and found is not None:
        node.proto.attribute.remove(found)
    elif value != 1.0:
        if found is None:
            found = node.proto.attribute.add(name=name, type=1)
        found.f = value


def without(node: Node, name: str, *, renamed: bool = False) -> None:
    """Take a node away whose output is the value `name`, which is read in its place, or takes its name."""
    scope, output = node.scope, node.proto.output[0]
    if renamed and scope.is_private(name):
        scope.remove(node)
        scope.gone.discard(output)
        # The very name, by which it is read: free here, though another graph may have it too.
        scope.names.take([output])
        scope.rename(name, output)
    elif output not in scope.exposed:
        for use in list(scope.uses[output]):
            use.node.scope.set_input(use.node, use.index, name)
        scope.remove(node)
    else:
        node.proto.op_type = "Identity"
        scope.set_input(node, 0, name)
        while len(node.proto.input) > 1:
            scope.set_input(node, len(node.proto.input) - 1, "")
            del node.proto.input[-1]
