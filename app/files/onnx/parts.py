"""The parts into which a Split or Slices take a value apart: gates that were computed in one product."""

from collections.abc import Sequence

from .multiples import MOST_PARTS, Part
from .scope import Node
from .sides import sides_of


def part_of(node: Node, output: str) -> Part | None:
    """Return which part of its first input a Split or Slice gives as `output`, if that is told."""
    if not node.has_input(0):
        return None
    axis = node.whole("axis", 0) if node.operator == "Split" else _one(node, 3)
    sides = sides_of(node.scope, node.proto.input[0])
    if axis is None:
        return None
    if axis >= 0:
        if not sides.complete:
            return None
        axis -= len(sides.known)
    if not -len(sides.known) <= axis < 0 or not (whole := sides.known[axis]):
        return None
    if node.operator == "Slice":
        return _sliced(node, axis, whole)
    lengths = _lengths(node, whole)
    if len(lengths) != len(node.proto.output) or sum(lengths) != whole or min(lengths) < 1:
        return None
    index = list(node.proto.output).index(output)
    start = sum(lengths[:index])
    return Part(axis, start, start + lengths[index], whole)


def others_are_apart(node: Node, part: Part) -> bool:
    """Tell whether all other readers of what a Slice reads are Slices too, of other entries."""
    uses = node.scope.uses[node.proto.input[0]]
    if len(uses) > MOST_PARTS:
        return False
    for use in uses:
        if use.node is node:
            continue
        same = use.node.scope is node.scope and use.node.operator == "Slice" and use.index == 0
        other = part_of(use.node, "") if same else None
        if other is None or part.overlaps(other):
            return False
    return True


def _lengths(node: Node, whole: int) -> Sequence[int]:
    count = len(node.proto.output)
    if count > MOST_PARTS:
        return ()
    given = node.attribute("split")
    if given is not None:
        return () if given.ref_attr_name else list(given.ints)
    if node.has_input(1):
        constant = node.constant_input(1)
        return () if constant is None or constant.array.ndim != 1 else constant.array.tolist()
    each = -(-whole // count)
    return [each] * (count - 1) + [whole - each * (count - 1)]


def _sliced(node: Node, axis: int, whole: int) -> Part | None:
    start, stop = _one(node, 1), _one(node, 2)
    if start is None or stop is None or (node.has_input(4) and _one(node, 4) != 1):
        return None
    start, stop = (min(max(one + whole if one < 0 else one, 0), whole) for one in (start, stop))
    return Part(axis, start, stop, whole) if start < stop else None


def _one(node: Node, index: int) -> int | None:
    """Return the one whole number of a constant."""
    constant = node.constant_input(index)
    if constant is None or constant.is_float or constant.array.shape != (1,):
        return None
    return int(constant.array[0])
