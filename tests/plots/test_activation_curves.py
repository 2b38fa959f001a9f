"""Activations as they are drawn: the marks of the scene, held against the record."""

import numpy as np
import pytest

from app.nn.activations.catalogue import CATALOGUE, create
from app.nn.activations.gap import largest_gap
from app.nn.activations.record import Line
from app.nn.errors import InvalidValue
from app.nn.words import linear
from app.plots.activation_curves import ActivationCurves
from app.plots.axes import Frame
from app.plots.canvas import Canvas
from app.plots.marks import Area, Dot, Stroke, Words, stretches
from app.plots.palette import ASYMPTOTE, DASHES
from app.plots.placement import label_box
from app.plots.scene import Scene
from tests.plots.specs import chosen


def of(scene: Scene, kind: type) -> list:
    return [mark for mark in scene.marks if isinstance(mark, kind)]


def values(frame: Frame, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers that pixels stand for."""
    box = frame.box
    x = frame.low + (frame.high - frame.low) * (points[:, 0] - box.left) / box.width
    y = frame.bottom + (frame.top - frame.bottom) * (box.bottom - points[:, 1]) / box.height
    return x, y


def on_frame(scene: Scene, strokes: list[Stroke]) -> list[Stroke]:
    """Return the strokes below the legend."""
    top = scene.frames[0].box.top
    return [one for one in strokes if np.nanmax(one.points[:, 1]) > top - 3]


@pytest.mark.parametrize("make", CATALOGUE, ids=lambda make: make.__name__)
def test_curves_are_the_functions_in_pieces_that_cross_no_jump(make) -> None:
    one = make()
    scene = ActivationCurves((one,), asymptotes=False, derivative=True).scene()
    (frame,) = scene.frames
    curve, slope = on_frame(scene, of(scene, Stroke))
    assert (curve.colour, slope.colour) == scene.canvas.palette.curves[:2]
    assert (curve.dash, slope.dash) == DASHES[:2]
    for stroke, function, broken in (
        (curve, one.evaluate, [jump.at for jump in one.jumps]),
        (slope, one.derivative, [*(jump.at for jump in one.jumps), *one.kinks]),
    ):
        parts = list(stretches(stroke.points))
        assert len(parts) == len(broken) + 1
        for part in parts:
            x, y = values(frame, part[1:-1])
            # A steep function magnifies the rounding of its pixels.
            steep = 1e-9 * (1 + one.lipschitz) * (1 + abs(x))
            assert (np.abs(y - function(x)) <= steep).mean() > 0.99


@pytest.mark.parametrize("make", CATALOGUE, ids=lambda make: make.__name__)
def test_a_jump_has_a_full_dot_where_its_value_is(make) -> None:
    one = make()
    scene = ActivationCurves((one,), asymptotes=False).scene()
    (frame,) = scene.frames
    dots = of(scene, Dot)
    assert len(dots) == 2 * len(one.jumps)
    for jump in one.jumps:
        here = [dot for dot in dots if dot.x == frame.x.at(jump.at)]
        value = one.evaluate(np.array([jump.at]))[0]
        full = [dot for dot in here if dot.fill == dot.edge]
        open_ = [dot for dot in here if dot.fill == scene.canvas.palette.paper]
        assert [dot.y for dot in full] == [frame.y.at(value)]
        assert len(open_) == 1
        assert abs(open_[0].y - full[0].y) == pytest.approx(
            abs(jump.height) / (frame.top - frame.bottom) * frame.box.height
        )


def lines(scene: Scene) -> list[tuple[float, float]]:
    """Return slope and intercept of each asymptote drawn."""
    (frame,) = scene.frames
    found = []
    for stroke in on_frame(scene, of(scene, Stroke)):
        if stroke.dash == ASYMPTOTE:
            (x1, x2), (y1, y2) = values(frame, stroke.points)
            slope = (y2 - y1) / (x2 - x1)
            found.append((slope, y1 - slope * x1))
    return found


@pytest.mark.parametrize("make", CATALOGUE, ids=lambda make: make.__name__)
@pytest.mark.parametrize("canvas", [Canvas(), Canvas(260, 220), Canvas(1400, 300)], ids=str)
def test_asymptotes_are_the_records_each_with_its_equation(make, canvas: Canvas) -> None:
    """Asymptotes are those of the record each named by its equation."""
    one = make()
    scene = ActivationCurves((one,), canvas=canvas).scene()
    claimed = list(dict.fromkeys(line for line in (one.left, one.right) if line))
    drawn = lines(scene)
    assert len(drawn) == len(claimed)
    for line, (slope, intercept) in zip(claimed, drawn, strict=True):
        assert (slope, intercept) == pytest.approx((line.slope, line.intercept), abs=1e-9, rel=1e-9)
    names = {f"y = {linear(line.slope, line.intercept)}" for line in claimed}
    written = [words for words in of(scene, Words) if words.text.startswith("y = ")]
    assert {words.text for words in written} == names
    box = scene.frames[0].box
    for words in written:
        covered = label_box(words)
        assert box.left <= covered.left and covered.right <= box.right
        assert box.top <= covered.top and covered.bottom <= box.bottom
    assert not any(
        label_box(a).overlap(label_box(b)) for i, a in enumerate(written) for b in written[i + 1 :]
    )


def test_without_asymptotes_there_are_none() -> None:
    assert lines(ActivationCurves(chosen("softplus"), asymptotes=False).scene()) == []


def test_an_equation_is_written_as_one_would_write_it() -> None:
    written = [linear(*pair) for pair in ((0, 1), (1, 0), (-1, 2), (0.5, -0.25), (0, -1e-9), (1e20, 1))]
    assert written == ["1", "x", "−x + 2", "0.5x − 0.25", "−1×10⁻⁹", "1×10²⁰·x + 1"]


@pytest.mark.parametrize(
    ("first", "second"),
    [("softplus", "relu"), ("tanh", "hard_tanh"), ("gelu", "silu"), ("sigmoid", "heaviside")],
)
def test_the_gap_is_shaded_and_its_largest_value_marked(first: str, second: str) -> None:
    scene = ActivationCurves(chosen(first, second), gap=True).scene()
    (frame,) = scene.frames
    (shade,) = of(scene, Area)
    gap = largest_gap(create(first), create(second))
    x, y = values(frame, shade.points)
    half = len(x) // 2
    np.testing.assert_allclose(x[:half], x[half:][::-1], atol=1e-9)
    inside = np.abs(y[:half] - y[half:][::-1])
    assert inside.max() == pytest.approx(gap.value, rel=2e-3)
    text = [words.text for words in of(scene, Words) if words.text.startswith("largest gap")]
    assert text == [f"largest gap {gap.value:.4g} at x = {gap.at:.4g}".replace("-", "−")]
    assert f"at its largest it is {gap.value:.4g}" in scene.words


@pytest.mark.parametrize(
    ("names", "low", "high", "at", "ends"),
    [
        (("hardshrink", "softshrink"), None, None, 0.5, [0.0, 0.5]),
        (("hardshrink", "softshrink"), 0.5, 2.0, 0.5, [0.0, 0.5]),
        (("heaviside", "softplus"), -2.0, 0.5, 0.0, [0.0, np.log(2)]),
    ],
)
def test_gap_only_approached_is_drawn_between_the_limits(
    names: tuple[str, str], low: float | None, high: float | None, at: float, ends: list[float]
) -> None:
    """A gap that is only approached is drawn between the limits."""
    scene = ActivationCurves(chosen(*names), low, high, gap=True, asymptotes=False).scene()
    (frame,) = scene.frames
    ink, paper = scene.canvas.palette.ink, scene.canvas.palette.paper
    dots = [dot for dot in of(scene, Dot) if dot.edge == ink]
    assert {dot.x for dot in dots} == {frame.x.at(at)}
    _, y = values(frame, np.array([[dot.x, dot.y] for dot in dots]))
    assert sorted(y) == pytest.approx(ends, abs=1e-9)
    assert {dot.fill for dot in dots} == {paper}
    (text,) = [words.text for words in of(scene, Words) if words.text.startswith("largest gap")]
    assert text.endswith(f"near x = {at:g}")


@pytest.mark.parametrize("names", [("softsign", "tanh"), ("hardshrink", "softshrink"), ("tanh", "sigmoid")])
def test_the_gap_s_words_lie_on_no_line(names: tuple[str, str]) -> None:
    scene = ActivationCurves(chosen(*names), gap=True).scene()
    (words,) = [words for words in of(scene, Words) if words.text.startswith("largest gap")]
    covered = label_box(words)
    strokes = [
        *on_frame(scene, of(scene, Stroke)),
        *(Stroke(ends, "", 1) for ends in scene.frames[0].zero_lines()),
    ]
    for stroke in strokes:
        for part in stretches(stroke.points):
            places = np.linspace(0, len(part) - 1, 2001)
            x = np.interp(places, np.arange(len(part)), part[:, 0])
            y = np.interp(places, np.arange(len(part)), part[:, 1])
            across = (covered.left < x) & (x < covered.right)
            assert not (across & (covered.top < y) & (y < covered.bottom)).any()


def test_in_a_small_picture_the_gap_s_number_stands_alone() -> None:
    scene = ActivationCurves(chosen("tanh", "sigmoid"), gap=True, canvas=Canvas(300, 220)).scene()
    assert "gap 1.09" in [words.text for words in of(scene, Words)]


def test_a_gap_that_lies_outside_the_window_is_not_claimed() -> None:
    scene = ActivationCurves(chosen("softplus", "relu"), low=1.0, high=3.0, gap=True).scene()
    text = [words.text for words in of(scene, Words) if words.text.startswith("largest gap")]
    assert text == ["largest gap shown 0.3133 at x = 1"]


def test_the_table_holds_every_number_behind_the_picture() -> None:
    scene = ActivationCurves(chosen("softplus", "heaviside"), derivative=True).scene()
    assert scene.table.columns == ["x", "softplus", "softplus′", "heaviside", "heaviside′"]
    x, softplus, slope, step, _ = scene.table.rows.T
    np.testing.assert_array_equal(softplus, create("softplus").evaluate(x))
    np.testing.assert_array_equal(slope, create("softplus").derivative(x))
    np.testing.assert_array_equal(step, (x >= 0) * 1.0)
    assert (np.diff(x) > 0).all()
    for near in (-5e-324, 0.0, 5e-324):
        assert (x == near).any()


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("heaviside", 0.0, 1.0),
        ("heaviside", -1.0, 0.0),
        ("heaviside", -1.0, 1.0),
        ("hardshrink", 0.5, 2.0),
        ("hardshrink", -0.5, 0.5),
        ("heaviside", 0.0, 5e-324),
        ("threshold", -1.0, 0.0),
    ],
)
def test_numbers_lie_in_the_window_with_jumps_at_its_edge(name: str, low: float, high: float) -> None:
    """The numbers lie in the window and a jump at its edge is drawn."""
    one = create(name)
    for derivative in (False, True):
        scene = ActivationCurves(chosen(name), low, high, derivative, asymptotes=False).scene()
        x = scene.table.rows[:, 0]
        assert (x.min(), x.max()) == (low, high)
        assert (np.diff(x) > 0).all()
        for jump in one.jumps:
            near = np.nextafter(jump.at, [-np.inf, np.inf])
            for beside in near[(near >= low) & (near <= high)]:
                assert (x == beside).any()
        shown = [jump.at for jump in one.jumps if low <= jump.at <= high]
        (frame,) = scene.frames
        assert {frame.x.at(at) for at in shown} <= {dot.x for dot in of(scene, Dot)}


def test_curves_are_named_with_the_parameters_that_are_not_usual() -> None:
    scene = ActivationCurves((create("elu", alpha=0.5), *chosen("elu"))).scene()
    texts = [words.text for words in of(scene, Words)]
    assert "elu, alpha = 0.5" in texts
    assert "elu" in texts


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(InvalidValue):
        ActivationCurves(())
    with pytest.raises(InvalidValue):
        ActivationCurves(chosen(*["tanh"] * 9))
    with pytest.raises(InvalidValue) as fault:
        ActivationCurves(chosen("tanh"), gap=True)
    assert fault.value.at == ("gap",)


def test_a_line_that_leaves_through_the_top_is_cut_there() -> None:
    scene = ActivationCurves(chosen("softplus")).scene()
    (frame,) = scene.frames
    assert Line(1.0, 0.0) == create("softplus").right
    for stroke in on_frame(scene, of(scene, Stroke)):
        if stroke.dash == ASYMPTOTE:
            x, y = values(frame, stroke.points)
            assert (y >= frame.bottom - 1e-9).all() and (y <= frame.top + 1e-9).all()
            assert (x >= frame.low - 1e-9).all() and (x <= frame.high + 1e-9).all()
