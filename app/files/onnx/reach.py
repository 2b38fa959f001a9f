"""What stands behind a node: where one unit in the last place may become a jump."""

from collections.abc import Iterable

from .graphs import Model
from .operators import DISCONTINUOUS
from .scope import Node, Scope

_WHOLE = frozenset({2, 3, 4, 5, 6, 7, 9, 12, 13, 21, 22})  # ONNX's types of whole numbers and truth values


def jumps_behind(model: Model, nodes: Iterable[Node]) -> list[str]:
    """Return the names of operators that are not continuous and read what comes from `nodes`, in order."""
    within = {id(body): node for node in model.all_nodes() for body in node.bodies}
    left = list(nodes)
    seen = set(left)
    while left:
        node = left.pop()
        for reader in _readers(node, within):
            if reader not in seen:
                seen.add(reader)
                left.append(reader)
    return [node.name for node in model.all_nodes() if node in seen and _jumps(node)]


def _readers(node: Node, within: dict[int, Node]) -> Iterable[Node]:
    scope = node.scope
    for name in node.proto.output:
        for use in scope.uses.get(name, ()):
            yield use.node
            # A body that reads a value makes the operator around depend on it.
            yield from _around(use.node.scope, scope, within)
        if name in scope.exposed:
            if id(scope) in within:
                yield within[id(scope)]
            yield from scope.model.calls.get(scope, ())


def _around(scope: Scope, outer: Scope, within: dict[int, Node]) -> Iterable[Node]:
    while scope is not outer and id(scope) in within:
        yield within[id(scope)]
        if scope.parent is None:
            return
        scope = scope.parent


def _jumps(node: Node) -> bool:
    if node.operator == "Cast":
        return node.whole("to", 0) in _WHOLE
    return node.operator in DISCONTINUOUS
