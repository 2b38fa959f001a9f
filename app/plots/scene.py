"""A scene: everything a picture is, before it has a format."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.nn.activations.record import Floats
from app.plots.canvas import Canvas
from app.plots.frame import Frame
from app.plots.marks import Mark


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The numbers behind a picture: a name for each column, and rows (N, columns)."""

    columns: Sequence[str]
    rows: Floats


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
