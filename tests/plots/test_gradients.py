"""Gradients as they are drawn: cells with their values, bars, crosses."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.nn.errors import Fault, InvalidValue
from app.nn.gradients.problem import Problem, gradients
from app.nn.gradients.targets import prepare
from app.nn.words import short
from app.plots.canvas import Canvas
from app.plots.colours import colour_name
from app.plots.gradient_maps import GradientMaps
from app.plots.heat_map import HeatMap, _pooled, every
from app.plots.marks import Area, Raster, Stroke, Words
from app.plots.painters import svg
from app.plots.placement import label_box
from tests.plots.specs import PROBLEM, TARGETS
from tests.plots.test_activation_curves import of

FOUND = gradients(PROBLEM, TARGETS)


CANVASES = [Canvas(), Canvas(theme="dark"), Canvas(900, 300), Canvas(300, 800)]


@pytest.mark.parametrize("canvas", CANVASES, ids=str)
def test_every_entry_is_a_cell_of_its_colour_with_its_value(canvas: Canvas) -> None:
    scene = GradientMaps(PROBLEM, TARGETS, canvas=canvas).scene()
    palette = canvas.palette
    fills = [one.fill for one in of(scene, Area)]
    stops = (palette.negative, palette.neutral, palette.positive)
    for matrix in (FOUND.W, FOUND.Theta):
        for value in matrix.ravel():
            assert colour_name(stops, float(0.5 + 0.5 * value / np.abs(matrix).max())) in fills
    texts = [words.text for words in of(scene, Words)]
    for value in (*FOUND.W.ravel(), *FOUND.Theta.ravel()):
        assert any(short(float(value), digits) in texts for digits in (1, 2, 3))
    for name in ("∂ℓ/∂W", "∂ℓ/∂Θ", "p and y"):
        assert name in texts


def test_bars_are_as_high_as_p_and_y() -> None:
    scene = GradientMaps(PROBLEM, TARGETS).scene()
    palette = scene.canvas.palette
    bars = [one.points for one in of(scene, Area) if one.fill in palette.curves[:2]]
    heights = sorted(np.ptp(points[:, 1]) for points in bars)
    whole = heights[-1]  # y = 1
    for p in FOUND.forward.probabilities:
        assert any(height / whole == pytest.approx(p, abs=0.01) for height in heights)


def test_wrong_entries_are_crossed_out_and_no_others() -> None:
    submitted = FOUND.W.copy()
    submitted[1, 2] *= -1
    scene = GradientMaps(PROBLEM, TARGETS, submission={"W": submitted, "Theta": FOUND.Theta}).scene()
    texts = [words.text for words in of(scene, Words)]
    assert "∂ℓ/∂W: 1 wrong" in texts
    assert "∂ℓ/∂Θ: right" in texts
    crosses = [one for one in of(scene, Stroke) if one.colour == scene.canvas.palette.wrong]
    assert len(crosses) == 1
    wrong = HeatMap("", "", FOUND.W, "", "", scene_box(scene), None)
    assert wrong.values.shape == (2, 3)
    assert scene.table.columns == ["part", "row", "column", "value", "wrong", "submitted"]
    marked = scene.table.rows[scene.table.rows[:, 4] == 1]
    np.testing.assert_array_equal(marked[:, [0, 1, 2, 5]], [[1, 1, 2, submitted[1, 2]]])
    assert np.isnan(scene.table.rows[-1, 5])
    assert "1 entry wrong, marked with crosses: (2, 3)" in scene.words


def test_rows_columns_and_classes_are_counted_from_1() -> None:
    """As on the sheet, in the names of cells, and in the words beside the picture: they began at 0."""
    scene = GradientMaps(PROBLEM, TARGETS, canvas=Canvas(900, 480)).scene()
    counted = {words.text for words in of(scene, Words) if words.text in set("01234")}
    assert counted >= {"1", "2", "3"} and "0" not in counted - {short(0.0)}
    assert "class 1: p" in scene.words and "class 0" not in scene.words


def scene_box(scene):
    from app.plots.canvas import Rectangle

    return Rectangle(0, 0, scene.canvas.width, scene.canvas.height)


def test_what_was_submitted_stands_below_what_is_right() -> None:
    submitted = FOUND.W.copy()
    submitted[1, 2] = 7.25
    words = of(GradientMaps(PROBLEM, TARGETS, submission={"W": submitted}).scene(), Words)
    (yours,) = [one for one in words if one.text.startswith("yours")]
    assert yours.text == "yours 7.25"
    right = short(float(FOUND.W[1, 2]), 3)
    assert [one.x for one in words if one.text == right and 0 < yours.y - one.y < 30] == [yours.x]
    # Of another shape nothing stands beside anything, and where there is no room neither.
    for submission, canvas in (({"W": np.zeros(3)}, Canvas()), ({"W": submitted}, Canvas(200, 200))):
        scene = GradientMaps(PROBLEM, TARGETS, submission=submission, canvas=canvas).scene()
        assert not [one for one in of(scene, Words) if "yours" in one.text or "≠" in one.text]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_any_number_may_be_submitted(value: float) -> None:
    submitted = FOUND.W.copy()
    submitted[0, 0] = value
    scene = GradientMaps(PROBLEM, TARGETS, submission={"W": submitted}).scene()
    assert [one.text for one in of(scene, Words) if one.text.startswith("yours")]


def test_a_right_submission_has_no_cross() -> None:
    scene = GradientMaps(PROBLEM, TARGETS, submission={"W": FOUND.W}).scene()
    assert not [one for one in of(scene, Stroke) if one.colour == scene.canvas.palette.wrong]
    assert "The submitted ∂ℓ/∂W is right." in scene.words


def test_wide_matrix_becomes_an_image_with_all_large_entries() -> None:
    """A wide matrix becomes an image that loses no large entry."""
    random = np.random.default_rng(0)
    wide = Problem(random.normal(size=(20, 784)), random.normal(size=(20, 10)), random.normal(size=(5, 784)))
    targets = prepare(random.integers(10, size=5).astype(float), (5, 784), 10)
    scene = GradientMaps(wide, targets).scene()
    assert max(one.image.shape[1] for one in of(scene, Raster)) <= 2 * scene.canvas.width
    assert "mean over 5 rows" in scene.words


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (500, 3), (400, 400)])
def test_pooling_keeps_the_largest_in_size(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(0).normal(size=shape)
    pooled = _pooled(values, 100, 120)
    assert pooled.shape == (min(shape[0], 100), min(shape[1], 120))
    assert np.abs(pooled).max() == np.abs(values).max()
    assert np.isin(pooled, values).all()


def test_a_pair_for_each_row_is_no_single_picture() -> None:
    batch = Problem(PROBLEM.W, PROBLEM.Theta, np.ones((2, 3)))
    targets = prepare(np.array([0.0, 1.0]), (2, 3), 2)
    with pytest.raises(InvalidValue) as fault:
        GradientMaps(batch, targets, "none")
    assert fault.value.at == ("reduction",)
    assert GradientMaps(PROBLEM, TARGETS, "none").scene().marks


def test_a_stationary_point_is_zero_everywhere() -> None:
    flat = Problem(np.zeros((2, 2)), np.ones((2, 2)), np.zeros(2))
    scene = GradientMaps(flat, prepare(np.array(0.0), (2,), 2)).scene()
    assert "∂ℓ/∂W, 2 by 2 (inputs across), is zero everywhere." in scene.words
    assert "all 0" in [words.text for words in of(scene, Words)]


def test_maps_in_the_smallest_picture_have_names_that_differ() -> None:
    """In the smallest picture the maps still have names that differ."""
    submission = {"W": FOUND.W + 1, "Theta": FOUND.Theta}
    scene = GradientMaps(PROBLEM, TARGETS, submission=submission, canvas=Canvas(200, 200)).scene()
    assert [words.text for words in of(scene, Words)][:3] == ["∂W", "∂Θ", "p, y"]


def test_the_bar_of_colours_says_which_end_is_negative() -> None:
    targets = prepare(np.array(0.0), (3,), 2)
    texts = [words.text for words in of(GradientMaps(PROBLEM, targets).scene(), Words)]
    for matrix in (gradients(PROBLEM, targets).W, gradients(PROBLEM, targets).Theta):
        amount = short(float(np.abs(matrix).max()), 2)
        assert {f"−{amount}", amount} <= set(texts)


@pytest.mark.parametrize("classes", [2, 30, 100, 1000])
def test_no_numbers_of_many_classes_or_inputs_lie_on_each_other(classes: int) -> None:
    random = np.random.default_rng(0)
    wide = Problem(random.normal(size=(3, 784)), random.normal(size=(3, classes)), random.normal(size=784))
    for y in (np.array(1.0), np.eye(classes)[0] * 3e20, np.eye(classes)[0] * 3e20 - np.eye(classes)[1]):
        targets = prepare(y, (784,), classes)
        words = [one for one in of(GradientMaps(wide, targets).scene(), Words) if not one.turned]
        boxes = [label_box(one) for one in words]
        for i, one in enumerate(boxes):
            assert [words[j].text for j in range(i) if boxes[j].overlap(one) > 0] == []


@pytest.mark.parametrize(
    ("count", "size", "need", "apart"),
    [
        (10, 20.0, 16.0, 1),
        (784, 0.5, 30.0, 100),
        (100, 4.0, 30.0, 10),
        (4, 1.0, 30.0, 5),
        (30, 10.0, 24.0, 5),
    ],
)
def test_indices_stand_round_numbers_apart(count: int, size: float, need: float, apart: int) -> None:
    assert every(count, size, need) == apart


SIZES = st.one_of(st.just(0.0), st.floats(-1.7e308, 1.7e308), st.sampled_from([1e308, -1e308, 5e-324, 1.0]))


@given(st.lists(st.tuples(SIZES, SIZES, SIZES), min_size=1, max_size=3))
@example([(1e308, -1e308, 0.0)])
def test_targets_of_any_magnitude_are_drawn_in_finite_pixels(targets: list[tuple[float, ...]]) -> None:
    problem = Problem(np.array([[1.0]]), np.array([[1.0, 2.0, 0.5]]), np.ones((len(targets), 1)))
    try:
        scene = GradientMaps(problem, prepare(np.array(targets), (len(targets), 3), 2)).scene()
    except Fault:
        return
    assert "nan" not in svg.paint(scene).decode()
    box = scene_box(scene)
    for mark in scene.marks:
        if isinstance(mark, Words):
            assert box.left <= mark.x <= box.right
            assert box.top <= mark.y <= box.bottom
        elif isinstance(mark, Area):
            assert np.isfinite(mark.points).all()
            assert (mark.points >= 0).all()


def test_more_classes_than_pixels_are_one_outline() -> None:
    """More classes than pixels are one outline that holds every bar."""
    classes = 200_000
    theta = np.zeros((1, classes))
    theta[0, 123_456] = 40.0
    problem = Problem(np.array([[1.0]]), theta, np.array([1.0]))
    scene = GradientMaps(problem, prepare(np.array(150_000.0), (), classes)).scene()
    assert len(scene.marks) < 200
    palette = scene.canvas.palette
    p, y = (
        next(one for one in of(scene, Area) if one.fill == colour and len(one.points) > 4)
        for colour in palette.curves[:2]
    )
    for outline, at in ((p, 123_456), (y, 150_000)):
        x, top = outline.points[outline.points[:, 1].argmin()]
        left, right = outline.points[:, 0].min(), outline.points[:, 0].max()
        assert (x - left) / (right - left) == pytest.approx(at / classes, abs=0.01)
        assert top < outline.points[:, 1].max() - 50
