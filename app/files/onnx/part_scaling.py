"""A factor that goes into the weights of a part of a value: the gate whose activation is another one now."""

from .multiples import Part
from .parts import others_are_apart, part_of
from .plan import Plan
from .scope import Node


def scale_part(plan: Plan, taker: Node, output: str, factor: float) -> bool:
    """Plan to multiply what a Split or Slice gives by one name, and nothing else of what it takes apart."""
    part = part_of(taker, output)
    if part is None or (taker.operator == "Slice" and not others_are_apart(taker, part)):
        return False
    plan.scale_value(taker.scope, output, factor)
    return _scale_input(plan, taker, 0, part, factor, alone=taker.operator == "Split")


def _scale_input(
    plan: Plan, node: Node, index: int, part: Part, factor: float, *, alone: bool = True
) -> bool:
    if node.constant_input(index) is not None:
        return plan.scale_part(node, index, part, factor)
    if not node.has_input(index):
        return False
    name, scope = node.proto.input[index], node.scope
    maker = scope.maker(name)
    if maker is None or not scope.is_private(name) or (alone and len(scope.uses[name]) != 1):
        return False
    if len(maker.proto.output) != 1 or not plan.meets(maker):
        return False
    plan.scale_value(scope, name, factor, part)
    return _scale_made(plan, maker, part, factor)


def _scale_made(plan: Plan, node: Node, part: Part, factor: float) -> bool:
    """Plan for a maker of all parts; each of its operands must have the whole side, and broadcast none."""
    bias = Part(-1, *part[1:])
    match node.operator:
        case "Gemm" if part.axis == -1:
            weight = Part(-2, *part[1:]) if node.whole("transB", 0) else part
            if node.whole("transB", 0) is None or not plan.scale_part(node, 1, weight, factor):
                return False
            return not node.has_input(2) or _scale_input(plan, node, 2, bias, factor)
        case "MatMul" if part.axis == -1:
            return plan.scale_part(node, 1, part, factor, sides=2)
        case "Conv":
            constant = node.constant_input(1)
            sides = 0 if constant is None else len(constant.tensor.dims)
            if part.axis != 1 - sides:
                return False
            return plan.scale_part(node, 1, Part(-sides, *part[1:]), factor) and (
                not node.has_input(2) or plan.scale_part(node, 2, bias, factor)
            )
        case "Add" | "Sub" | "Sum":
            return all(_scale_input(plan, node, one, part, factor) for one in range(len(node.proto.input)))
    return False
