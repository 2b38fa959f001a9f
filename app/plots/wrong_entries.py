"""Which entries of somebody's gradients are wrong, and no number of the right ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ..nn.gradients.grading import OWN_RULES, Grade, grade
from ..nn.gradients.noise import Numbers
from ..nn.gradients.parts import Rules
from ..nn.gradients.problem import Part, Problem, gradients
from ..nn.gradients.targets import Targets
from .canvas import Canvas, Rectangle
from .gradient_words import graded
from .heat_map import MaskMap, has_room
from .scene import Scene, Table
from .title_and_legend import MARGIN, header

_SPACE = 28.0  # between the masks
_NUMBERS: dict[Part, int] = {"W": 1, "Theta": 2}  # what parts are in the table, as in that of the heat maps
_NAMES: dict[Part, tuple[str, str, str]] = {"W": ("∂ℓ/∂W", "∂W", "input"), "Theta": ("∂ℓ/∂Θ", "∂Θ", "class")}


@dataclass(frozen=True, slots=True, eq=False)
class WrongEntries:
    """The entries of a `submission` of ∂ℓ/∂W (h, d), ∂ℓ/∂Θ (h, k) or both, those crossed that are wrong.

    Everything in the picture, its words and its table are made from the masks alone, so that nothing else of
    the right answer can be in them.
    """

    problem: Problem
    targets: Targets
    reduction: Literal["mean", "sum"]
    submission: Mapping[Part, Numbers]
    rules: Rules = OWN_RULES
    title: str = ""
    canvas: Canvas = field(default_factory=Canvas)

    def scene(self) -> Scene:
        """Return everything that the picture shows. Raises `ShapeMismatch` or `Overflow`."""
        found = gradients(self.problem, self.targets, self.reduction)
        grades = grade(
            self.problem,
            self.targets,
            found,
            self.reduction,
            dict(self.submission),
            self.rules.tolerance,
            absolute_tolerance=self.rules.absolute_tolerance,
            rounding=self.rules.rounding,
        )
        return self.masks(grades)

    def masks(self, grades: Mapping[Part, Grade]) -> Scene:
        """Return the masks of `grades` side by side, in a high picture below each other."""
        top = header(self.canvas, self.title, [])
        whole = Rectangle(MARGIN, top.bottom + 20, self.canvas.width - MARGIN, self.canvas.height - 10)
        beside = whole.width > whole.height
        boxes = whole.columns(len(grades), _SPACE) if beside else whole.rows(len(grades), _SPACE)
        bare = not all(map(has_room, boxes))
        marks = [*top.marks]
        for (part, one), box in zip(grades.items(), boxes, strict=True):
            name, brief, across = _NAMES[part]
            marks += MaskMap(
                name, brief, np.zeros(one.wrong.shape), across, "hidden unit", box, one.wrong, bare
            ).marks(self.canvas)
        words = " ".join(
            ["Which entries of the submitted gradients are wrong, counted from 1.", *graded(grades)]
        )
        return Scene(self.canvas, self.title or "Wrong entries", words, _table(grades), (), marks)


def _table(grades: Mapping[Part, Grade]) -> Table:
    """Return every entry: part 1 is ∂ℓ/∂W, 2 ∂ℓ/∂Θ; `wrong` is 1 at wrong entries."""
    rows = []
    for part, one in grades.items():
        row, column = np.indices(one.wrong.shape)
        rows.append(
            np.column_stack(
                [
                    np.full(one.wrong.size, float(_NUMBERS[part])),
                    row.ravel(),
                    column.ravel(),
                    one.wrong.astype(np.float64).ravel(),
                ]
            )
        )
    return Table(["part", "row", "column", "wrong"], np.concatenate(rows))
