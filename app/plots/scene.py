"""A scene: everything a picture is, before it has a format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ..nn.activations.record import Floats
from .axes import Frame
from .canvas import Canvas
from .marks import Mark


class Table:
    """The numbers behind a picture: a name for each column, and rows (N, columns).

    Given as a function they are worked out only where they are asked for, as few pictures' are.
    """

    def __init__(self, columns: Sequence[str], rows: Floats | Callable[[], Floats]) -> None:
        self.columns = columns
        self._rows = rows

    @cached_property
    def rows(self) -> Floats:
        """The numbers. Raises `Overflow` where a network's are beyond the largest float64."""
        return self._rows() if callable(self._rows) else self._rows


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What is seen: frames behind, marks in front, in the order in which they are drawn.

    `words` is the alternative text; `title` a few words that name the picture.
    """

    canvas: Canvas
    title: str
    words: str
    table: Table
    frames: tuple[Frame, ...] = ()
    marks: Sequence[Mark] = field(default_factory=tuple)

    def backdrop(self) -> list[Mark]:
        """Return the marks of the frames, which depend on nothing else but the palette."""
        return [mark for frame in self.frames for mark in frame.marks(self.canvas.palette)]
