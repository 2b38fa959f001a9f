"""The mask of wrong entries as it is drawn: its crosses, and that nothing of the answer is in it."""

import numpy as np
import pytest

from app.nn.gradients.problem import Problem, gradients
from app.nn.gradients.targets import prepare
from app.plots.canvas import Canvas
from app.plots.heat_map import DARK_INK, LIGHT_INK
from app.plots.marks import Area, Stroke, Words
from app.plots.rendering import FORMATS, render
from app.plots.wrong_entries import WrongEntries
from tests.plots.specs import PROBLEM, TARGETS
from tests.plots.test_activation_curves import of

FOUND = gradients(PROBLEM, TARGETS)


PLAIN = Canvas()


def drawn(factor: float, canvas: Canvas = PLAIN) -> WrongEntries:
    """Return a problem whose numbers depend on the factor, with one entry of W wrong and Θ right."""
    problem = Problem(PROBLEM.W * factor, PROBLEM.Theta, PROBLEM.inputs)
    found = gradients(problem, TARGETS)
    W = found.W.copy()
    W[1, 2] += 1.0 + factor
    return WrongEntries(problem, TARGETS, "mean", {"W": W, "Theta": found.Theta}, canvas=canvas)


@pytest.mark.parametrize("canvas", [Canvas(), Canvas(300, 800), Canvas(200, 200)], ids=str)
def test_wrong_entries_are_crossed_out_and_no_others(canvas: Canvas) -> None:
    scene = drawn(1.0, canvas).scene()
    crosses = [one for one in of(scene, Stroke) if one.colour == canvas.palette.wrong]
    assert len(crosses) == 1
    cells = [one for one in of(scene, Area) if one.fill == canvas.palette.neutral]
    assert len(cells) == FOUND.W.size + FOUND.Theta.size
    place = cells[5].points
    assert (np.nanmin(crosses[0].points, axis=0) >= place.min(axis=0)).all()
    assert (np.nanmax(crosses[0].points, axis=0) <= place.max(axis=0)).all()
    assert scene.words == (
        "Which entries of the submitted gradients are wrong, counted from 1. The submitted ∂ℓ/∂W has 1 entry "
        "wrong, marked with crosses: (2, 3). The submitted ∂ℓ/∂Θ is right."
    )
    assert scene.table.columns == ["part", "row", "column", "wrong"]
    wrong = scene.table.rows[scene.table.rows[:, 3] == 1]
    np.testing.assert_array_equal(wrong, [[1, 1, 2, 1]])


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_mask_gives_the_same_bytes_whatever_the_numbers(format) -> None:
    one, other = drawn(1.0), drawn(-0.3)
    assert render(one, format) == render(other, format)


def test_no_number_is_written_in_a_cell() -> None:
    texts = [one for one in of(drawn(1.0).scene(), Words) if one.colour in (DARK_INK, LIGHT_INK)]
    assert texts == []


def test_a_part_that_was_not_submitted_is_not_drawn() -> None:
    scene = WrongEntries(PROBLEM, TARGETS, "mean", {"Theta": np.zeros(3)}).scene()
    texts = [one.text for one in of(scene, Words)]
    assert "∂ℓ/∂Θ: 4 wrong" in texts
    assert not [text for text in texts if "W" in text]


def test_wide_masks_are_drawn_as_a_veil() -> None:
    random = np.random.default_rng(0)
    problem = Problem(random.normal(size=(20, 784)), random.normal(size=(20, 10)), random.normal(size=784))
    targets = prepare(np.array(3.0), (784,), 10)
    W = gradients(problem, targets).W.copy()
    W[3, 100:200] += 1
    scene = WrongEntries(problem, targets, "mean", {"W": W}).scene()
    assert len(of(scene, Area)) == 1
    assert "100 entries wrong" in scene.words
