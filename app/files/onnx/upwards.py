"""A factor that goes into what makes a value: 2·(Wx + b) = (2W)x + 2b."""

from .operators import passes
from .part_scaling import scale_part
from .plan import Plan, without
from .scope import Node, Scope
from .weights import Weights


def scale_value(scope: Scope, name: str, factor: float, reader: Node, weights: Weights) -> bool:
    """Multiply the value that `reader` alone reads by a power of two, without a node more; tell if it could.

    Nothing changes where it could not.
    """
    plan = Plan(weights)
    if not scale_input(plan, reader, 0, factor):
        return False
    plan.apply()
    return True


def scale_input(plan: Plan, node: Node, index: int, factor: float) -> bool:
    """Plan to multiply what a node reads at one place."""
    if node.constant_input(index) is not None:
        return plan.scale_constant(node, index, factor)
    if not node.has_input(index):
        return False
    name, scope = node.proto.input[index], node.scope
    maker = scope.maker(name)
    if maker is None or not scope.is_private(name) or len(scope.uses[name]) != 1:
        return False
    kept = plan.keep()
    if plan.meets(maker) and _scale_output(plan, maker, factor):
        return True
    plan.return_to(kept)
    if maker.operator in ("Split", "Slice") and scale_part(plan, maker, name, factor):
        return True
    plan.return_to(kept)
    return False


def _scale_output(plan: Plan, node: Node, factor: float) -> bool:
    if sum(bool(name) for name in node.proto.output) != 1 or not node.proto.output[0]:
        return False
    if node.operator in ("Mul", "Div") and _is_undone(plan, node, factor):
        return True
    plan.scale_outputs(node, factor)
    match node.operator:
        case "Gemm":
            return _gemm(plan, node, factor)
        case "MatMul":
            return any(plan.scale_constant(node, index, factor) for index in (1, 0))
        case "Add" | "Sub" | "Sum" | "Concat":
            return all(scale_input(plan, node, index, factor) for index in range(len(node.proto.input)))
        case "Mul":
            return any(plan.scale_constant(node, index, factor) for index in (0, 1)) or any(
                scale_input(plan, node, index, factor) for index in (0, 1)
            )
        case "Div":
            return (
                plan.scale_constant(node, 1, 1 / factor)
                or plan.scale_constant(node, 0, factor)
                or scale_input(plan, node, 0, factor)
            )
        case "Conv" | "ConvTranspose":
            return plan.scale_constant(node, 1, factor) and _scaled_if_given(plan, node, 2, factor)
        case "BatchNormalization":
            if node.whole("training_mode", 0) != 0:
                return False
            return plan.scale_constant(node, 1, factor) and plan.scale_constant(node, 2, factor)
        case "LayerNormalization" | "InstanceNormalization" | "GroupNormalization":
            return plan.scale_constant(node, 1, factor) and _scaled_if_given(plan, node, 2, factor)
        case "Pad":
            return _pads_with_zero(node) and scale_input(plan, node, 0, factor)
        case operator if passes(operator, factor):
            return scale_input(plan, node, 0, factor)
    return False


def _is_undone(plan: Plan, node: Node, factor: float) -> bool:
    """Plan to take a node away that multiplies by just the inverse."""
    for index in (0, 1) if node.operator == "Mul" else (1,):
        constant = node.constant_input(index)
        expected = 1 / factor if node.operator == "Mul" else factor
        if constant is not None and constant.scalar == expected and node.has_input(1 - index):
            other = 1 - index
            plan.edits.append(lambda other=other: without(node, node.proto.input[other]))  # type: ignore[misc]
            return True
    return False


def _gemm(plan: Plan, node: Node, factor: float) -> bool:
    kept = plan.keep()
    if any(plan.scale_constant(node, index, factor) for index in (1, 0)):
        if _scaled_if_given(plan, node, 2, factor):
            return True
        if plan.scale_attribute(node, "beta", factor):
            return True
    plan.return_to(kept)
    return plan.scale_attribute(node, "alpha", factor) and (
        not node.has_input(2) or plan.scale_attribute(node, "beta", factor)
    )


def _scaled_if_given(plan: Plan, node: Node, index: int, factor: float) -> bool:
    return not node.has_input(index) or scale_input(plan, node, index, factor)


def _pads_with_zero(node: Node) -> bool:
    mode = node.attribute("mode")
    if mode is not None and (mode.ref_attr_name or mode.s != b"constant"):
        return not mode.ref_attr_name
    value = node.number("value", 0.0)  # below opset 11
    if value != 0:
        return False
    if not node.has_input(2):
        return True
    constant = node.constant_input(2)
    return constant is not None and constant.scalar == 0
