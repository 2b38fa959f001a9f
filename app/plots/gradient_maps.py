"""Gradients as heat maps, beside the probabilities and the targets they come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..nn.activations.record import Floats
from ..nn.errors import InvalidValue
from ..nn.gradients.grading import OWN_RULES, Grade, grade
from ..nn.gradients.noise import Numbers
from ..nn.gradients.parts import Rules
from ..nn.gradients.problem import Gradients, Part, Problem, gradients
from ..nn.gradients.reduction import Reduction
from ..nn.gradients.targets import Labels, Targets
from ..nn.words import short
from .axis import Axis
from .canvas import Canvas, Rectangle
from .gradient_words import describe
from .heat_map import LEAST, HeatMap, every, has_room
from .lettering import LABEL, NOTE, first_fitting, width
from .marks import Area, Mark, Words, line, rectangle
from .scene import Scene, Table
from .title_and_legend import MARGIN, header

_NARROW = 460
_WIDE = 1.9
_SPACE = 28.0  # between panels
_NARROWEST = 1.0  # pixels of a class that has bars of its own


@dataclass(frozen=True, slots=True, eq=False)
class GradientMaps:
    """∂ℓ/∂W (h, d) and ∂ℓ/∂Θ (h, k) as heat maps, and p beside y; of a batch the means over its rows.

    With a `submission` the entries of it that are wrong are crossed out, as `grade` judges them.

    Raises `InvalidValue` for the reduction none of a batch, which has a pair of gradients for each row.
    """

    problem: Problem
    targets: Targets
    reduction: Reduction = "mean"
    submission: Mapping[Part, Numbers] = field(default_factory=dict)
    rules: Rules = OWN_RULES
    title: str = ""
    canvas: Canvas = field(default_factory=Canvas)

    def __post_init__(self) -> None:
        if self.reduction == "none" and self.problem.inputs.ndim == 2:
            raise InvalidValue("expected mean or sum: a picture shows one pair of gradients", ("reduction",))

    def scene(self) -> Scene:
        """Return everything that the picture shows. Raises `ShapeMismatch` or `Overflow`."""
        found = gradients(self.problem, self.targets, self.reduction)
        grades = self._grades(found)
        p, y = self._means(found)
        top = header(self.canvas, self.title, [])
        boxes = self._boxes(top.bottom + 20)
        bare = not all(map(has_room, boxes))
        marks = [*top.marks]
        parts: tuple[tuple[Part, str, Floats, str], ...] = (
            ("W", "W", found.W, "input"),
            ("Theta", "Θ", found.Theta, "class"),
        )
        for (part, letter, values, across), box in zip(parts, boxes, strict=False):
            wrong = grades[part].wrong if part in grades else None
            names = f"∂ℓ/∂{letter}", f"∂{letter}"
            marks += HeatMap(
                *names, values, across, "hidden unit", box, wrong, bare, self._given(part, values)
            ).marks(self.canvas)
        marks += self._bars(boxes[2], p, y, bare)
        return Scene(
            self.canvas,
            self.title or "Gradients of the cross-entropy",
            describe(found, p, y, self.problem, self.reduction, grades),
            self._table(found, p, y, grades),
            (),
            marks,
        )

    def _grades(self, found: Gradients) -> dict[Part, Grade]:
        if not self.submission:
            return {}
        return grade(
            self.problem,
            self.targets,
            found,
            self.reduction,
            dict(self.submission),
            self.rules.tolerance,
            absolute_tolerance=self.rules.absolute_tolerance,
            rounding=self.rules.rounding,
        )

    def _given(self, part: Part, values: Floats) -> Floats | None:
        """Return what was submitted of a part, None where that is nothing or of another shape."""
        given = self.submission.get(part)
        return None if given is None or given.shape != values.shape else given.astype(np.float64)

    def _means(self, found: Gradients) -> tuple[Floats, Floats]:
        """Return p and y, (k,) each: of a batch their means over the rows."""
        classes = self.problem.classes
        rows = self.targets.dense(classes) if isinstance(self.targets, Labels) else self.targets
        p = found.forward.probabilities.reshape(-1, classes)
        y = rows.reshape(-1, classes)
        return p.mean(axis=0), (y / len(y)).sum(axis=0)  # the sum of large targets would overflow

    def _boxes(self, top: float) -> list[Rectangle]:
        """Return where the two maps and the bars go: in a wide picture side by side, else the bars below.

        In a narrow one below each other. Where that leaves too little room, side by side in any case.
        """
        whole = Rectangle(MARGIN, top, self.canvas.width - MARGIN, self.canvas.height - 10)
        (_, d), k = self.problem.W.shape, self.problem.classes
        beside = _shared(whole, (d, k, max(d, k)))
        if self.canvas.width < _NARROW:
            below = whole.rows(3, _SPACE)
            return below if all(map(has_room, below)) or whole.height > whole.width else beside
        if whole.width > _WIDE * whole.height or whole.height < 2 * LEAST[1] + _SPACE:
            return beside
        upper = Rectangle(whole.left, whole.top, whole.right, whole.top + 0.62 * whole.height - _SPACE / 2)
        lower = Rectangle(whole.left, whole.top + 0.62 * whole.height + _SPACE / 2, whole.right, whole.bottom)
        return [*_shared(upper, (d, k)), lower]

    def _bars(self, box: Rectangle, p: Floats, y: Floats, bare: bool) -> list[Mark]:
        """Return p and y of each class as bars side by side, p filled and y outlined."""
        palette = self.canvas.palette
        area = box if bare else box.inset(left=36, top=6, bottom=34, right=4)
        low, high = min(0.0, float(y.min())), max(1.0, float(y.max()), float(p.max()))
        names = (
            ["p and y", "p, y"]
            if self.problem.inputs.ndim == 1
            else ["p and y, means", "p, y, means", "means"]
        )
        name = first_fitting(names, LABEL, box.width, bold=True)
        marks: list[Mark] = [Words(box.left, box.top - 8, name, LABEL, palette.ink, bold=True)]
        axis = Axis(low, high, area.bottom, area.top)
        pixel = axis.at

        ticks = [0.0, 0.5, 1.0] if high == 1 and low == 0 else sorted({low, 0.0, high})
        # Beside 0 there may be no room for an end that is near to it, and there is no second 0.
        ticks = [tick for tick in ticks if tick == 0 or abs(pixel(tick) - pixel(0.0)) > NOTE + 2]
        for tick in () if bare else ticks:
            marks.append(line(area.left, pixel(tick), area.right, pixel(tick), palette.grid, 1.0))
            marks.append(
                Words(
                    area.left - 6,
                    pixel(tick) + 4,
                    short(tick, 3),
                    NOTE,
                    palette.muted,
                    "end",
                )
            )
        step = area.width / len(p)
        if step < _NARROWEST:
            marks += [
                _envelope(area, values, axis, colour, opacity)
                for values, colour, opacity in ((p, palette.curves[0], 1.0), (y, palette.curves[1], 0.6))
            ]
        else:
            marks += self._pairs(area, p, y, axis)
        if not bare:
            for index in range(0, len(p), every(len(p), step, width(str(len(p)), NOTE) + 8)):
                middle = area.left + step * (index + 0.5)
                marks.append(Words(middle, area.bottom + 16, str(index + 1), NOTE, palette.muted, "middle"))
        marks.append(line(area.left, pixel(0.0), area.right, pixel(0.0), palette.rule, 1.0))
        return marks if bare else marks + self._bar_names(area, box)

    def _pairs(self, area: Rectangle, p: Floats, y: Floats, axis: Axis) -> list[Mark]:
        """Return two bars for each class."""
        palette = self.canvas.palette
        marks: list[Mark] = []
        step = area.width / len(p)
        wide = step * 0.36
        zero = axis.at(0.0)
        heights = zip(axis.position(p).tolist(), axis.position(y).tolist(), strict=True)
        for index, (guess, target) in enumerate(heights):
            middle = area.left + step * (index + 0.5)
            for height, left, colour, outlined in (
                (guess, middle - wide, palette.curves[0], False),
                (target, middle, palette.curves[1], True),
            ):
                ends = sorted((zero, height))
                bar = Rectangle(left, ends[0], left + wide, ends[1])
                if outlined and wide > 4:
                    inner = bar.inset(1, 0, 1, 0)
                    marks.append(rectangle(inner, colour, opacity=0.25, edge=colour, edge_width=1.5))
                else:
                    marks.append(rectangle(bar, colour, crisp=wide > 2))
        return marks

    def _bar_names(self, area: Rectangle, box: Rectangle) -> list[Mark]:
        palette = self.canvas.palette
        marks: list[Mark] = []
        if area.width > 110:
            marks.append(Words(area.left, box.bottom - 2, "class", NOTE, palette.muted))
        x = area.right - 64
        for text, colour, outlined in (("p", palette.curves[0], False), ("y", palette.curves[1], True)):
            swatch = Rectangle(x, box.bottom - 12, x + 12, box.bottom - 2)
            edge = colour if outlined else ""
            marks.append(
                rectangle(swatch, colour, opacity=0.25 if outlined else 1.0, edge=edge, edge_width=1.5)
            )
            marks.append(Words(x + 17, box.bottom - 2, text, NOTE, palette.ink))
            x += 36
        return marks

    def _table(self, found: Gradients, p: Floats, y: Floats, grades: Mapping[Part, Grade]) -> Table:
        names = ["part", "row", "column", "value", "wrong", *(["submitted"] if grades else [])]
        return Table(names, lambda: self._numbers(found, p, y, grades))

    def _numbers(self, found: Gradients, p: Floats, y: Floats, grades: Mapping[Part, Grade]) -> Floats:
        """Return every number: part 1 is ∂ℓ/∂W, 2 ∂ℓ/∂Θ, 3 p, 4 y; `wrong` is 1 at wrong entries.

        With a submission also its own numbers, NaN where there is none of that shape.
        """
        rows = []
        parts: tuple[tuple[int, Part | None, Floats], ...] = (
            (1, "W", found.W),
            (2, "Theta", found.Theta),
            (3, None, p[np.newaxis]),
            (4, None, y[np.newaxis]),
        )
        for number, part, values in parts:
            row, column = np.indices(values.shape)
            wrong: npt.NDArray[np.float64] = np.zeros(values.shape)
            if part is not None and part in grades:
                wrong = grades[part].wrong.astype(np.float64)
            columns = [
                np.full(values.size, number),
                row.ravel(),
                column.ravel(),
                values.ravel(),
                wrong.ravel(),
            ]
            if grades:
                given = None if part is None else self._given(part, values)
                columns.append(np.full(values.size, np.nan) if given is None else given.ravel())
            rows.append(np.column_stack(columns))
        return np.concatenate(rows)


def _envelope(area: Rectangle, values: Floats, axis: Axis, colour: str, opacity: float) -> Area:
    """Return what bars of more classes than pixels cover: in each column from the least to the largest."""
    columns = max(1, int(area.width / _NARROWEST))
    starts = np.arange(columns) * len(values) // columns
    highest = np.maximum(np.maximum.reduceat(values, starts), 0.0)
    lowest = np.minimum(np.minimum.reduceat(values, starts), 0.0)
    edges = np.repeat(area.left + area.width * np.arange(columns + 1) / columns, 2)[1:-1]
    top, bottom = np.repeat(axis.position(highest), 2), np.repeat(axis.position(lowest), 2)
    outline = np.concatenate([np.column_stack([edges, top]), np.column_stack([edges, bottom])[::-1]])
    return Area(outline, colour, opacity)


def _shared(box: Rectangle, columns: tuple[int, ...]) -> list[Rectangle]:
    """Return rectangles side by side, the wider the more columns, none below half an equal share."""
    room = box.width - _SPACE * (len(columns) - 1)
    shares = [0.5 / len(columns) + 0.5 * count / sum(columns) for count in columns]
    boxes, left = [], box.left
    for share in shares:
        boxes.append(Rectangle(left, box.top, left + share * room, box.bottom))
        left += share * room + _SPACE
    return boxes
