"""A factor that goes into what reads a value: W·(2h) = (2W)·h."""

from math import frexp

from .folding import fold_shift
from .operators import REORDERING, passes
from .plan import Plan, without
from .scope import Node, Use
from .weights import Weights

_MOST_INPUTS = 8
"""No operator that takes a factor has more."""


class Reader:
    """Lets who reads a = scale·v + shift read v instead, where that is exact."""

    def __init__(self, weights: Weights, *, folds: bool) -> None:
        self._weights = weights
        self._folds = folds

    def absorb(
        self, written: Node, source: Node, scale: float, shift: float = 0.0, *, output: int = 0
    ) -> int:
        """Let every reader of what `written` makes, scale·v + shift, read v where it can.

        v is an output of `source`, whatever it is called by then. Return how many readers are left; with
        none, and no output of the graph, `written` is taken away.
        """
        scope, left = written.scope, 0
        name = written.proto.output[0]
        for use in list(scope.uses[name]):
            if written.removed or use.node.removed:
                continue
            if use.node.proto.input[use.index] != name or use.node.scope is not scope:
                left += 1
                continue
            plan = Plan(self._weights)
            scope_input = use.index
            plan.edits.append(
                lambda u=use, i=scope_input: (
                    u.node.removed  # type: ignore[misc]
                    or u.node.scope.set_input(u.node, i, source.proto.output[output])
                )
            )
            if self._take(plan, use, scale, shift):
                plan.apply()
            else:
                left += 1
        if not left and name not in scope.exposed and not written.removed and not scope.uses[name]:
            scope.remove(written)
        return left + (name in scope.exposed)

    def _take(self, plan: Plan, use: Use, scale: float, shift: float) -> bool:
        """Plan for a reader to take v where it took scale·v + shift."""
        node, index = use.node, use.index
        # Who reads the value twice is met twice, and stays as it is; as does who makes nothing of it.
        inputs = node.proto.input
        if (
            not node.proto.output
            or len(inputs) > _MOST_INPUTS
            or sum(name == inputs[index] for name in inputs) != 1
            or not plan.meets(node)
        ):
            return False
        if shift:
            return self._take_shifted(plan, node, index, scale, shift)
        match node.operator:
            case "Mul":
                constant = node.constant_input(1 - index)
                if constant is None:
                    return self._pass_on(plan, node, scale)
                if constant.scalar == 1 / scale:
                    return self._leave_out(plan, node, index)
                return plan.scale_constant(node, 1 - index, scale)
            case "Div":
                constant = node.constant_input(1 - index)
                if constant is None:
                    return index == 0 and self._pass_on(plan, node, scale)
                if constant.scalar == scale and index == 0:
                    return self._leave_out(plan, node, index)
                return plan.scale_constant(node, 1 - index, 1 / scale)
            case "MatMul":
                return plan.scale_constant(node, 1 - index, scale)
            case "Gemm" if index == 2:
                return plan.scale_attribute(node, "beta", scale)
            case "Gemm":
                return plan.scale_constant(node, 1 - index, scale) or plan.scale_attribute(
                    node, "alpha", scale
                )
            case "Conv" | "ConvTranspose" if index == 0:
                return plan.scale_constant(node, 1, scale)
            case operator if index == 0 and passes(operator, scale):
                return self._pass_on(plan, node, scale)
        return False

    def _take_shifted(self, plan: Plan, node: Node, index: int, scale: float, shift: float) -> bool:
        match node.operator:
            case "Add" | "Sub":
                return self._cancel(plan, node, index, scale, shift)
            case "Mul" | "Div":
                constant = node.constant_input(1 - index)
                factor = constant.scalar if constant is not None else None
                if not factor or (node.operator == "Div" and index == 1):
                    return False
                factor = factor if node.operator == "Mul" else 1 / factor
                if not _is_power_of_two(factor) or not self._all_take(
                    plan, node, scale * factor, shift * factor
                ):
                    return False
                return self._skip(plan, node, index)
            case operator if index == 0 and operator in REORDERING:
                plan.rename_outputs(node, "unshifted")
                return self._all_take(plan, node, scale, shift)
        return self._folds and fold_shift(plan, node, index, scale, shift)

    def _cancel(self, plan: Plan, node: Node, index: int, scale: float, shift: float) -> bool:
        """Plan for a constant that undoes the shift: what is left is one factor."""
        constant = node.constant_input(1 - index)
        number = constant.scalar if constant is not None else None
        if number is None or (node.operator == "Sub" and index == 1):
            return False
        if shift + (number if node.operator == "Add" else -number) != 0:
            return False
        kind = node.scope.data_type(node.proto.output[0])
        if kind is None:
            return False

        def become_factor() -> None:
            scope, name = node.scope, node.proto.input[index]
            source = scope.maker(name)
            assert source is not None
            if scale == 1:
                without(node, name, renamed=True)
                return
            node.proto.op_type = "Mul"
            scope.set_input(node, 1 - index, self._weights.scalar(scope, scale, kind).name)
            self.absorb(node, source, scale, output=list(source.proto.output).index(name))

        plan.edits.append(become_factor)
        return True

    def _leave_out(self, plan: Plan, node: Node, index: int) -> bool:
        """Plan for a node that multiplies by just the inverse."""
        plan.edits.append(lambda: _take_out(node, index))
        return True

    def _skip(self, plan: Plan, node: Node, index: int) -> bool:
        """Plan to take a factor away whose readers take all that it did; before theirs are planned."""
        plan.edits.insert(1, lambda: _take_out(node, index))
        return True

    def _pass_on(self, plan: Plan, node: Node, scale: float) -> bool:
        plan.scale_outputs(node, 1 / scale)
        return self._all_take(plan, node, scale, 0.0)

    def _all_take(self, plan: Plan, node: Node, scale: float, shift: float) -> bool:
        """Plan for all readers of a node's outputs, none an output of the graph, to take them changed."""
        outputs = [name for name in node.proto.output if name]
        if not all(map(node.scope.is_private, outputs)):
            return False
        uses = [use for name in outputs for use in node.scope.uses[name]]
        return bool(uses) and all(
            use.node.scope is node.scope and self._take(plan, use, scale, shift) for use in uses
        )


def _is_power_of_two(number: float) -> bool:
    mantissa, exponent = frexp(abs(number))
    return mantissa == 0.5 and -100 < exponent < 100


def _take_out(node: Node, index: int) -> None:
    without(node, node.proto.input[index], renamed=True)
