"""What a picture of gradients shows, in words made from the mathematics."""

from collections.abc import Mapping

import numpy as np

from ..nn.activations.record import Floats
from ..nn.gradients.grading import Grade
from ..nn.gradients.problem import Gradients, Part, Problem
from ..nn.gradients.reduction import Reduction
from ..nn.words import listed, plural, short

_MOST_ENTRIES = 16
_MOST_CLASSES = 8
_MOST_WRONG = 12


def describe(
    found: Gradients,
    p: Floats,
    y: Floats,
    problem: Problem,
    reduction: Reduction,
    grades: Mapping[Part, Grade],
) -> str:
    """Return the alternative text: p beside y, then each gradient with its values or its largest entries."""
    rows = len(problem.rows)
    over = "" if rows == 1 else f", {reduction} over {rows} rows"
    parts = [
        "Heat maps of the gradients of the softmax cross-entropy by W and by Theta,"
        f" and p beside y{over}. Rows are hidden units; rows, columns and classes are counted from 1."
    ]
    parts.append(_classes(p, y, rows))
    parts.append(_matrix("∂ℓ/∂W", found.W, "inputs"))
    parts.append(_matrix("∂ℓ/∂Θ", found.Theta, "classes"))
    return " ".join([*parts, *graded(grades)])


def graded(grades: Mapping[Part, Grade]) -> list[str]:
    """Return a sentence for each part of a submission: right, or which entries are wrong."""
    parts = []
    for part, one in grades.items():
        name = "∂ℓ/∂W" if part == "W" else "∂ℓ/∂Θ"
        if one.correct:
            parts.append(f"The submitted {name} is right.")
        else:
            places = [f"({row + 1}, {column + 1})" for row, column in np.argwhere(one.wrong)[:_MOST_WRONG]]
            count = int(one.wrong.sum())
            more = f" and {count - _MOST_WRONG} more" if count > _MOST_WRONG else ""
            entries = plural(count, "entry", "entries")
            parts.append(
                f"The submitted {name} has {entries} wrong, marked with crosses: {', '.join(places)}{more}."
            )
    return parts


def _classes(p: Floats, y: Floats, rows: int) -> str:
    mean = "" if rows == 1 else "mean "
    if len(p) <= _MOST_CLASSES:
        pairs = [
            f"class {index}: p {short(float(guess), 3)}, y {short(float(target), 3)}"
            for index, (guess, target) in enumerate(zip(p, y, strict=True), start=1)
        ]
        return f"The {mean}probabilities and targets, {'; '.join(pairs)}."
    return (
        f"Of {len(p)} classes the largest {mean}p is {short(float(p.max()), 3)}"
        f" for class {int(p.argmax()) + 1},"
        f" the largest {mean}y {short(float(y.max()), 3)} for class {int(y.argmax()) + 1}."
    )


def _matrix(name: str, values: Floats, columns: str) -> str:
    h, width = values.shape
    shape = f"{name}, {h} by {width} ({columns} across)"
    if not values.any():
        return f"{shape}, is zero everywhere."
    if values.size <= _MOST_ENTRIES:
        rows = "; ".join(listed([short(float(one), 3) for one in row]) for row in values)
        return f"{shape}, row by row: {rows}."
    row, column = np.unravel_index(int(np.abs(values).argmax()), values.shape)
    positive = int((values > 0).sum())
    return (
        f"{shape}, lies between {short(float(values.min()), 3)} and {short(float(values.max()), 3)};"
        f" its largest entry in size is at ({row + 1}, {column + 1});"
        f" {positive} of {values.size} entries are positive."
    )
