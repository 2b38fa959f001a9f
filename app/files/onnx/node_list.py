"""The nodes of a graph in their order: a change takes the same time, however many there are."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .scope import Node


class NodeList:
    """Nodes in their order; None stands for the place before the first and behind the last."""

    def __init__(self) -> None:
        self._next: dict[Node | None, Node | None] = {None: None}
        self._before: dict[Node | None, Node | None] = {None: None}

    def __iter__(self) -> Iterator["Node"]:
        node = self._next[None]
        while node is not None:
            yield node
            node = self._next[node]

    def __len__(self) -> int:
        return len(self._next) - 1

    def __contains__(self, node: object) -> bool:
        return node is not None and node in self._next

    def append(self, node: "Node") -> None:
        """Add a node as the last."""
        self.insert_behind(self._before[None], node)

    def insert_behind(self, place: "Node | None", node: "Node") -> None:
        """Add a node behind another one, or as the first."""
        following = self._next[place]
        self._next[place], self._before[node] = node, place
        self._next[node], self._before[following] = following, node

    def insert_before(self, place: "Node", node: "Node") -> None:
        """Add a node before another one."""
        self.insert_behind(self._before[place], node)

    def remove(self, node: "Node") -> None:
        """Take a node away."""
        before, following = self._before.pop(node), self._next.pop(node)
        self._next[before], self._before[following] = following, before
