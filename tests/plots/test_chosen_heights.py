"""A window of y that is chosen: curves are cut off at it, and what is inside is as true as ever."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.nn.activations.catalogue import CATALOGUE, create
from app.nn.errors import InvalidValue
from app.nn.networks.evaluation import evaluate
from app.plots.activation_curves import ActivationCurves
from app.plots.axes import Frame
from app.plots.canvas import Canvas, Rectangle
from app.plots.marks import Area, Dot, Stroke, Words, stretches
from app.plots.networks import NetworkPicture
from app.plots.palette import ASYMPTOTE
from app.plots.placement import label_box
from app.plots.rendering import render
from app.plots.scene import Scene
from tests.plots.specs import CONVERTED, SHEET, chosen, drawn, network

# Where something happens at the scale of the window, or far below it, or where the curve only passes through.
HEIGHTS = [(0.0, 1.0), (-0.25, 0.5), (0.2, 0.6), (0.0, 1e-3), (-0.2785, -0.27846), (0.999, 1.001), (3.0, 4.0)]


def curves(scene: Scene) -> list[Stroke]:
    """Return the strokes that are clipped: the curves."""
    return [mark for mark in scene.marks if isinstance(mark, Stroke) and mark.clip is not None]


def distances(points: np.ndarray, path: np.ndarray) -> np.ndarray:
    """Return how far each of points (N, 2) is from the nearest segment of the strokes along `path`."""
    parts = list(stretches(path))
    start = np.concatenate([part[:-1] for part in parts])
    along = np.concatenate([part[1:] for part in parts]) - start
    from_start = points[:, np.newaxis] - start
    length = np.maximum((along**2).sum(axis=1), 1e-300)
    share = np.clip((from_start * along).sum(axis=2) / length, 0, 1)
    apart = from_start - share[:, :, np.newaxis] * along
    return np.hypot(apart[:, :, 0], apart[:, :, 1]).min(axis=1)


@pytest.mark.parametrize("make", CATALOGUE, ids=lambda make: make.__name__)
def test_curves_inside_a_chosen_height_are_the_functions(make) -> None:
    """Both ways: the function's points lie on the stroke, and what the stroke shows lies on the function."""
    one = make()
    breaks = [*one.kinks, *(jump.at for jump in one.jumps)]
    for y_low, y_high in HEIGHTS:
        spec = ActivationCurves((one,), -5.0, 5.0, derivative=True, y_low=y_low, y_high=y_high)
        scene = spec.scene()
        (frame,) = scene.frames
        assert (frame.bottom, frame.top) == (y_low, y_high)
        for stroke, function in zip(curves(scene), (one.evaluate, one.derivative), strict=True):
            x = np.linspace(-5, 5, 501)
            x = x[np.abs(x[:, np.newaxis] - [*breaks, np.inf]).min(axis=1) > 1e-9]
            y = function(x)
            inside = (y >= y_low) & (y <= y_high)
            assert (distances(frame.points(x[inside], y[inside]), stroke.points) < 0.5).all()
            for part in stretches(stroke.points):
                middle = (part[1:] + part[:-1]) / 2
                middle = middle[(middle[:, 1] > frame.box.top) & (middle[:, 1] < frame.box.bottom)]
                # Where the curve is nearly upright it may be off by a pixel across.
                pixels = np.stack([heights(frame, function, middle[:, 0] + off) for off in (-0.75, 0, 0.75)])
                assert (pixels.min(axis=0) - 0.75 <= middle[:, 1]).all()
                assert (middle[:, 1] <= pixels.max(axis=0) + 0.75).all()


def heights(frame: Frame, function, across: np.ndarray) -> np.ndarray:
    """Return the pixel of a function's value at each pixel of the x-axis."""
    x = frame.low + (frame.high - frame.low) * (across - frame.box.left) / frame.box.width
    return frame.box.bottom - frame.box.height * (function(x) - frame.bottom) / (frame.top - frame.bottom)


def test_a_steep_line_is_not_tilted_by_its_far_ends() -> None:
    """What lies far outside is brought nearer: y = 1000·x/5 once left a frame of height 1 at x = 4.5."""
    frame = Frame(Rectangle(0, 0, 100, 100), -5, 5, 0, 1)
    line = frame.polyline(np.array([-5.0, 5.0]), np.array([-1000.0, 1000.0]))
    assert distances(np.array([[50.0, 100.0], [50.05, 0.0]]), line).max() < 0.01
    assert (np.diff(line[:, 0]) >= 0).all()


@pytest.mark.parametrize("name", ["softplus", "heaviside", "hardshrink", "exponential", "tanh"])
def test_curves_in_the_height_of_their_own_frame_stay(name: str) -> None:
    """The window of y that a picture chooses itself draws the same picture when it is asked for."""
    own = ActivationCurves(chosen(name, "relu"), -3.0, 3.0, gap=True).scene()
    (frame,) = own.frames
    asked = ActivationCurves(
        chosen(name, "relu"), -3.0, 3.0, gap=True, y_low=frame.bottom, y_high=frame.top
    ).scene()
    assert asked.frames == own.frames
    for one, other in zip(own.marks, asked.marks, strict=True):
        if isinstance(one, Stroke | Area):
            assert isinstance(other, Stroke | Area)
            np.testing.assert_array_equal(one.points, other.points)
        else:
            assert one == other


@given(
    names=st.lists(st.sampled_from([make.__name__ for make in CATALOGUE]), min_size=2, max_size=2),
    ends=st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=2, unique=True),
    derivative=st.booleans(),
)
def test_nothing_of_a_chosen_height_is_outside_of_the_frame(names, ends, derivative) -> None:
    """Dots, notes and asymptotes are in the frame; curves and areas are clipped at it."""
    low, high = sorted(ends)
    spec = ActivationCurves(
        chosen(*names), -4.0, 4.0, derivative, gap=True, canvas=Canvas(320, 240), y_low=low, y_high=high
    )
    scene = spec.scene()
    (frame,) = scene.frames
    box = frame.box
    for mark in scene.marks:
        match mark:
            case Dot(y=y):
                assert box.top - 0.5 <= y <= box.bottom + 0.5
            case Area(clip=clip):
                assert clip == box
            case Words() if mark.y > box.top + 6:
                assert label_box(mark).overlap(box) > 0
            case Stroke(points=points, clip=None) if points[0, 1] > box.top - 0.5 or mark.dash == ASYMPTOTE:
                assert np.nanmin(points[:, 1]) >= box.top - 0.51
                assert np.nanmax(points[:, 1]) <= box.bottom + 0.51


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((0.0, 1.0), "The y-axis runs from 0 to 1. softplus is cut off where it is above 1."),
        ((0.5, 1.0), "softplus is cut off where it is above 1 or below 0.5. relu is cut off where"),
        ((-2.0, -1.0), "Nothing of softplus is inside: it is above −1."),
        ((-1.0, 6.0), "The y-axis runs from −1 to 6."),
        ((None, 3.0), "to 3. softplus is cut off where it is above 3."),
    ],
)
def test_words_say_what_a_chosen_height_cuts_off(ends, said: str) -> None:
    spec = ActivationCurves(chosen("softplus", "relu"), -5.0, 5.0, y_low=ends[0], y_high=ends[1])
    words = spec.scene().words
    assert said in words
    assert words.count("cut off") == 2 * ("above 1" in said or "above 3" in said)
    assert "y-axis runs" not in ActivationCurves(chosen("softplus"), -5.0, 5.0).scene().words


def test_a_step_over_a_chosen_height_is_said_not_to_be_inside() -> None:
    spec = ActivationCurves(chosen("heaviside"), -2.0, 2.0, y_low=0.25, y_high=0.75)
    assert "Nothing of heaviside is inside: it is above 0.75 or below 0.25." in spec.scene().words
    assert not [mark for mark in spec.scene().marks if isinstance(mark, Dot)]


def test_asymptotes_of_a_chosen_height_are_those_that_it_shows() -> None:
    for (low, high), shown in {(0.5, 1.5): ["y = 1"], (-0.5, 0.5): [], (2.0, 3.0): []}.items():
        scene = ActivationCurves(chosen("tanh"), -3.0, 3.0, y_low=low, y_high=high).scene()
        notes = [mark.text for mark in scene.marks if isinstance(mark, Words) and mark.text.startswith("y =")]
        assert notes == shown
        assert [line for line in ("y = 1", "y = −1") if f"shows {line}." in scene.words] == shown


def test_numbers_behind_a_chosen_height_are_not_cut_off() -> None:
    """The CSV holds the function: values beyond the window of y are in it as they are."""
    rows = render(ActivationCurves(chosen("relu"), -5.0, 5.0, y_low=0.0, y_high=1.0), "csv").body.decode()
    x, y = np.array([[float(cell) for cell in row.split(",")] for row in rows.split()[1:]]).T
    assert (x[0], x[-1]) == (-5, 5)
    np.testing.assert_array_equal(y, np.maximum(x, 0))


@pytest.mark.parametrize(
    ("low", "high", "at"), [(1.0, 1.0, "y_low"), (2.0, 1.0, "y_low"), (1.7976931348623157e308, None, "y_low")]
)
def test_a_chosen_height_that_is_none_is_refused(low, high, at: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        ActivationCurves((create("relu"),), y_low=low, y_high=high).scene()
    assert refused.value.at == (at,)


@pytest.mark.parametrize(
    "y_low, y_high", [(-2.6, 2.6), (0.0, 0.5), (1.9205, 1.9207), (-40.0, 3.0), (4.0, 5.0)]
)
def test_networks_inside_a_chosen_height_are_the_functions(y_low: float, y_high: float) -> None:
    """However narrow it is, curves are drawn as finely as they are seen; F − G keeps its own axes."""
    usual = NetworkPicture(drawn(SHEET, CONVERTED), -4.0, 4.0).scene()
    scene = NetworkPicture(drawn(SHEET, CONVERTED), -4.0, 4.0, y_low=y_low, y_high=y_high).scene()
    frame, below = scene.frames
    assert (frame.bottom, frame.top) == (y_low, y_high)
    assert (below.bottom, below.top) == (usual.frames[1].bottom, usual.frames[1].top)
    x = np.linspace(-4, 4, 801)
    y = evaluate(SHEET, x[:, np.newaxis])[:, 0]
    inside = (y >= y_low) & (y <= y_high)
    points = frame.points(x[inside], y[inside])
    for stroke in curves(scene)[:2]:
        assert not inside.any() or distances(points, stroke.points).max() < 0.5
    _, runs, words = scene.words.partition(" The y-axis runs from ")
    assert runs
    assert ("Nothing of F is inside" in words) == bool(y.max() < y_low or y.min() > y_high)
    assert ("F is cut off where it is above" in words) == bool(inside.any() and (y > y_high).any())


def test_every_output_has_the_chosen_height() -> None:
    scene = NetworkPicture(drawn(network([1, 3, 3])), y_low=-0.5).scene()
    usual = NetworkPicture(drawn(network([1, 3, 3]))).scene()
    assert [frame.bottom for frame in scene.frames] == [-0.5] * 3
    assert [frame.top for frame in scene.frames] == [max(frame.top, -0.5) for frame in usual.frames]
    assert scene.words.count("The y-axis runs from") == 3
    assert "F, output 2," in scene.words


def test_height_of_a_map_is_the_window_of_its_second_input() -> None:
    """Its values stand where they were on a larger map; without an end it is that of the first input."""
    given = drawn(network([2, 3, 1]))
    scene = NetworkPicture(given, -1.0, 3.0, y_low=0.5, y_high=2.5).scene()
    (frame,) = scene.frames
    assert (frame.low, frame.high, frame.bottom, frame.top) == (-1.0, 3.0, 0.5, 2.5)
    assert "over x₁ from −1 to 3 and x₂ from 0.5 to 2.5" in scene.words
    x1, x2, values = scene.table.rows.T
    assert (x1.min(), x1.max(), x2.min(), x2.max()) == (-1.0, 3.0, 0.5, 2.5)
    np.testing.assert_array_equal(values, evaluate(given[0].network, np.column_stack([x1, x2]))[:, 0])
    (lower,) = NetworkPicture(given, -1.0, 3.0, y_low=0.5).scene().frames
    assert (lower.bottom, lower.top) == (0.5, 3.0)
    assert "x₁ and x₂ from −1 to 3" in NetworkPicture(given, -1.0, 3.0).scene().words


@pytest.mark.parametrize("end", ["y_low", "y_high"])
def test_a_height_of_what_has_no_axes_is_refused(end: str) -> None:
    with pytest.raises(InvalidValue, match="a diagram has no axes") as refused:
        NetworkPicture(drawn(SHEET), view="diagram", **{end: 0.0})
    assert refused.value.at == (end,)
