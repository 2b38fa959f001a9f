"""Networks as they are drawn: curves, bands, maps, diagrams."""

import re

import numpy as np
import pytest

from app.nn.activations.catalogue import create
from app.nn.errors import InvalidValue, Overflow, UnsupportedNetwork
from app.nn.networks.certificate import certify
from app.nn.networks.conversion import convert
from app.nn.networks.evaluation import evaluate
from app.nn.networks.network import Layer, Network
from app.nn.networks.recognition import conversion_between
from app.nn.words import short
from app.plots import network_curves
from app.plots.canvas import Canvas, Rectangle
from app.plots.colours import coloured
from app.plots.labelled_network import LabelledNetwork
from app.plots.marks import Area, Dot, Raster, Stroke, Words, stretches
from app.plots.networks import NetworkPicture
from app.plots.palette import DASHES, SOLID
from app.plots.placement import label_box
from app.plots.rendering import render
from tests.plots.specs import CONVERTED, SHEET, drawn, network
from tests.plots.test_activation_curves import of, values


def test_two_equal_functions_are_a_broad_and_a_dashed_line() -> None:
    """Two equal functions lie on each other the first broad the second dashed."""
    scene = NetworkPicture(drawn(SHEET, CONVERTED)).scene()
    curves, difference = scene.frames
    palette = scene.canvas.palette
    strokes = [one for one in of(scene, Stroke) if one.clip and one.clip != difference.box]
    first, casing, second = strokes
    assert casing.colour == palette.paper and first.width > casing.width > second.width
    assert (first.colour, first.dash, first.width) == (palette.curves[0], SOLID, 5.0)
    assert (second.colour, second.dash, second.width) == (palette.curves[1], DASHES[1], 2.25)
    for stroke in strokes:
        x, y = values(curves, stroke.points)
        np.testing.assert_allclose(y, evaluate(SHEET, x[:, np.newaxis])[:, 0], atol=1e-9)


@pytest.mark.parametrize("outputs", [1, 2])
def test_the_numbers_behind_two_networks_hold_their_difference(outputs: int) -> None:
    both = network([1, 3, outputs]), network([1, 2, outputs], seed=1)
    table = NetworkPicture(drawn(*both)).scene().table
    names = [[f"{name} {index + 1}" for index in range(2)] if outputs == 2 else [name] for name in "FG"]
    first, second = names
    differences = ["F − G 1", "F − G 2"] if outputs == 2 else ["F − G"]
    assert table.columns == ["x", *first, *second, *differences]
    values = table.rows[:, 1:].reshape(len(table.rows), 3, outputs)
    assert len(values) > 100
    assert (values[:, 2] == values[:, 0] - values[:, 1]).all()


def test_the_difference_stays_in_the_band_that_is_proven() -> None:
    scene = NetworkPicture(drawn(SHEET, CONVERTED)).scene()
    _, frame = scene.frames
    bound = certify(convert(SHEET, "sigmoid")).evaluation_bound[0]
    (band,) = of(scene, Area)
    _, y = values(frame, band.points)
    assert sorted({float(f"{value:.6e}") for value in y}) == pytest.approx([-bound, bound], rel=1e-5)
    (difference,) = [one for one in of(scene, Stroke) if one.clip == frame.box]
    x, y = values(frame, difference.points)
    exact = evaluate(SHEET, x[:, np.newaxis])[:, 0] - evaluate(CONVERTED, x[:, np.newaxis])[:, 0]
    assert np.abs(y).max() <= bound
    assert np.abs(exact).max() <= bound
    assert "proven" in " ".join(words.text for words in of(scene, Words))


@pytest.mark.parametrize("order", [(SHEET, CONVERTED), (CONVERTED, SHEET)], ids=["to", "from"])
def test_a_conversion_is_recognised_either_way(order: tuple[Network, Network]) -> None:
    assert conversion_between(*order) is not None


def test_nothing_is_claimed_of_networks_that_are_not_conversions() -> None:
    other = Network(
        [
            SHEET.layers[0],
            Layer(SHEET.layers[1].weight * np.nextafter(1, 2), SHEET.layers[1].bias, create("identity")),
        ]
    )
    assert conversion_between(SHEET, other) is None
    assert of(NetworkPicture(drawn(SHEET, other)).scene(), Area) == []


def test_each_output_has_axes_of_its_own() -> None:
    many = network([1, 3, 3])
    scene = NetworkPicture(drawn(many)).scene()
    assert [frame.y_name for frame in scene.frames] == ["output 1", "output 2", "output 3"]
    boxes = [frame.box for frame in scene.frames]
    assert not any(a.overlap(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])
    for index, frame in enumerate(scene.frames):
        (stroke,) = [one for one in of(scene, Stroke) if one.clip and one.clip.left == frame.box.left - 2
                     and one.clip.top == frame.box.top - 2]  # fmt: skip
        x, y = values(frame, stroke.points)
        np.testing.assert_allclose(y, evaluate(many, x[:, np.newaxis])[:, index], atol=1e-9)


def test_steps_are_drawn_as_steps() -> None:
    steps = network([1, 4, 1], "heaviside")
    scene = NetworkPicture(drawn(steps)).scene()
    (frame,) = scene.frames
    dots = of(scene, Dot)
    full = [dot for dot in dots if dot.fill == dot.edge]
    jumps = -steps.layers[0].bias / steps.layers[0].weight[:, 0]
    inside = [at for at in jumps if frame.low < at < frame.high]
    assert len(dots) == 2 * len(inside) > 0
    assert len(full) == len(inside)
    (stroke,) = [one for one in of(scene, Stroke) if one.clip]
    steps_up = np.diff(stroke.points, axis=0)
    assert not (np.abs(steps_up[:, 1]) > 1).any()  # no upright line: the pen is lifted


def test_so_many_jumps_that_dots_would_cover_them_have_none() -> None:
    scene = NetworkPicture(drawn(network([1, 200, 1], "heaviside"))).scene()
    assert len(of(scene, Dot)) == 0
    (stroke,) = [one for one in of(scene, Stroke) if one.clip]
    assert len(list(stretches(stroke.points))) > 100
    assert re.search(r"jumping at least 1\d\d times", scene.words)


def test_numbers_are_worked_out_only_where_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("worked out")

    picture = NetworkPicture(drawn(SHEET, CONVERTED))
    monkeypatch.setattr(network_curves, "_MOST_ROWS", 50)
    few = picture.scene().table.rows
    assert 25 < len(few) <= 50
    np.testing.assert_array_equal(few[:, 1], evaluate(SHEET, few[:, :1])[:, 0])
    monkeypatch.setattr(network_curves.NetworkCurves, "_numbers", refuse)
    for format in ("png", "svg", "pdf", "txt"):
        render(picture, format)
    with pytest.raises(AssertionError, match="worked out"):
        render(picture, "csv")


@pytest.mark.parametrize("kinds", [("heaviside", "heaviside"), ("tanh", "heaviside"), ("relu", "heaviside")])
def test_jump_of_a_deeper_layer_has_a_full_dot_at_its_value(kinds: tuple[str, str]) -> None:
    """A jump of a deeper layer has a full dot where its value is."""
    random = network([1, 5, 4, 1], "heaviside", seed=1).layers
    deep = Network(
        [
            Layer(layer.weight, layer.bias, create(kind))
            for layer, kind in zip(random, (*kinds, "identity"), strict=True)
        ]
    )
    scene = NetworkPicture(drawn(deep), low=-3.0, high=3.0).scene()
    (frame,) = scene.frames
    dots = of(scene, Dot)
    full = [dot for dot in dots if dot.fill == dot.edge]
    assert 0 < len(full) == len(dots) / 2
    x = np.array([[(dot.x - frame.box.left) / frame.box.width * 6 - 3] for dot in full])
    # heaviside(0) = 1 is its limit from one side, so the network's value is one of its own two limits.
    values_at = [values(frame, np.array([[dot.x, dot.y]]))[1][0] for dot in full]
    beside = np.stack([evaluate(deep, x + shift)[:, 0] for shift in (-1e-6, 1e-6)])
    assert np.abs(beside - values_at).min(axis=0).max() < 1e-9


def test_units_at_a_deeper_jump_take_the_value_of_their_place() -> None:
    """At a deeper jump the units take the value of their place."""
    # 2 tanh(x) − 1 passes 0 at no float; heaviside is 1 there, so F = 3·1 + 1.
    deep = Network(
        [
            Layer(np.array([[1.0]]), None, create("tanh")),
            Layer(np.array([[2.0]]), np.array([-1.0]), create("heaviside")),
            Layer(np.array([[3.0]]), np.array([1.0]), create("identity")),
        ]
    )
    scene = NetworkPicture(drawn(deep), low=-3.0, high=3.0).scene()
    (full,) = [dot for dot in of(scene, Dot) if dot.fill == dot.edge]
    (frame,) = scene.frames
    x, y = values(frame, np.array([[full.x, full.y]]))
    assert (x[0], y[0]) == pytest.approx((np.arctanh(0.5), 4.0))


def test_a_map_has_the_colours_and_contours_of_the_function() -> None:
    function = network([2, 5, 1], seed=3)
    scene = NetworkPicture(drawn(function)).scene()
    (frame,) = scene.frames
    raster = next(one for one in of(scene, Raster) if one.box == frame.box)
    rows, columns = raster.image.shape[:2]
    x1 = np.linspace(frame.low, frame.high, columns)
    x2 = np.linspace(frame.bottom, frame.top, rows)[::-1]
    points = np.stack(np.meshgrid(x1, x2), axis=-1).reshape(-1, 2)
    heights = evaluate(function, points).reshape(rows, columns)
    low, high = heights.min(), heights.max()
    palette = scene.canvas.palette
    assert low < 0 < high
    signed = (palette.negative, palette.neutral, palette.positive)
    expected = coloured(signed, 0.5 + heights / max(-low, high) / 2)
    np.testing.assert_allclose(raster.image.astype(int), expected.astype(int), atol=1)
    contours = [one for one in of(scene, Stroke) if one.clip == frame.box]
    assert len(contours) > 3
    levels = {float(words.text.replace("−", "-")) for words in of(scene, Words)
              if words.text.lstrip("−").replace(".", "").isdigit()}  # fmt: skip
    for contour in contours:
        x, y = values(frame, contour.points)
        along = evaluate(function, np.column_stack([x, y]))[:, 0]
        level = min(levels, key=lambda level: abs(level - np.median(along)))
        assert np.median(np.abs(along - level)) < 0.01 * (high - low)


@pytest.mark.parametrize("sizes", [[2, 4, 3], [2, 4, 8]])
@pytest.mark.parametrize("canvas", [Canvas(200, 200), Canvas(300, 240), Canvas()], ids=str)
def test_maps_too_small_for_words_are_bare(sizes: list[int], canvas: Canvas) -> None:
    scene = NetworkPicture(drawn(network(sizes)), canvas=canvas).scene()
    boxes = [frame.box for frame in scene.frames]
    assert min(box.width for box in boxes) > 20 and min(box.height for box in boxes) > 20
    words = [one for one in (*scene.backdrop(), *of(scene, Words)) if isinstance(one, Words)]
    assert "…" not in "".join(one.text for one in words)
    around = [one for one in words if not one.turned and one not in of(scene, Words)]
    covered = [label_box(one) for one in around]
    assert not any(a.overlap(b) for a in covered for b in boxes)
    assert not any(a.overlap(b) for i, a in enumerate(covered) for b in covered[:i])


def test_small_multiples_leave_few_places_empty() -> None:
    for count in range(1, 9):
        for canvas in (Rectangle(0, 0, 2000, 400), Rectangle(0, 0, 400, 2000), Rectangle(0, 0, 640, 480)):
            cells = canvas.grid(count, 80, 64, 1.6)
            columns, rows = len({cell.left for cell in cells}), len({cell.top for cell in cells})
            assert columns * rows - count < max(2, min(columns, rows)), (count, columns, rows)


def test_a_band_in_a_small_picture_still_has_its_number() -> None:
    scene = NetworkPicture(drawn(SHEET, CONVERTED), canvas=Canvas(200, 200)).scene()
    bound = certify(convert(SHEET, "sigmoid")).evaluation_bound[0]
    assert f"proven: ±{short(float(bound), 2)}" in [one.text for one in of(scene, Words)]


def test_a_map_of_a_step_function_has_no_contours() -> None:
    for kinds in (("heaviside", "tanh"), ("tanh", "heaviside")):
        steps = Network(
            [
                Layer(layer.weight, layer.bias, create(kind))
                for layer, kind in zip(network([2, 5, 4, 1]).layers, (*kinds, "identity"), strict=True)
            ]
        )
        scene = NetworkPicture(drawn(steps)).scene()
        assert [one for one in of(scene, Stroke) if one.clip] == []
        assert "Map of F over x₁ and x₂ from" in scene.words
        assert "contours" not in scene.words
        assert "a step function" in scene.words
    assert "with contours" in NetworkPicture(drawn(network([2, 5, 1]))).scene().words


def test_a_diagram_has_a_line_for_every_weight_that_is_not_zero() -> None:
    layers = [
        Layer(np.array([[1.5, 0.0], [-0.5, 2.0]]), np.array([0.25, 1.0]), create("tanh")),
        Layer(np.array([[2.0, -1.0]]), None, create("identity")),
    ]
    scene = NetworkPicture(drawn(Network(layers)), view="diagram").scene()
    palette = scene.canvas.palette
    edges = [one for one in of(scene, Stroke) if not one.crisp]
    assert [one.colour for one in edges].count(palette.positive) == 3
    assert [one.colour for one in edges].count(palette.negative) == 2
    assert all(one.dash == (SOLID if one.colour == palette.positive else DASHES[1]) for one in edges)
    texts = [words.text for words in of(scene, Words)]
    for text in ("1.5", "−0.5", "2", "−1", "0.25", "1", "x₁", "x₂", "tanh", "identity"):
        assert text in texts, text
    widths = {one.width for one in edges if np.ptp(one.points[:, 0]) > 0}
    assert len(widths) > 1
    np.testing.assert_array_equal(
        scene.table.rows,
        [
            [1, 1, 1, 0, 0.25],
            [1, 1, 1, 1, 1.5],
            [1, 1, 1, 2, 0.0],
            [1, 1, 2, 0, 1.0],
            [1, 1, 2, 1, -0.5],
            [1, 1, 2, 2, 2.0],
            [1, 2, 1, 0, 0.0],
            [1, 2, 1, 1, 2.0],
            [1, 2, 1, 2, -1.0],
        ],
    )


DIAGRAMS = [
    drawn(SHEET),
    drawn(SHEET, CONVERTED),
    drawn(*(network([2, 3, 1], kind) for kind in ("tanh", "relu", "elu"))),
    drawn(network([4, 6, 4])),
    drawn(network([8, 8, 8])),
    drawn(network([3] * 17)),
]


@pytest.mark.parametrize("canvas", [Canvas(), Canvas(400, 300), Canvas(200, 200), Canvas(2000, 400)], ids=str)
@pytest.mark.parametrize(
    "networks", DIAGRAMS, ids=lambda networks: "|".join(str(one.sizes) for one in networks)
)
def test_diagram_writes_all_numbers_of_a_layer_or_none(
    networks: tuple[LabelledNetwork, ...], canvas: Canvas
) -> None:
    """A diagram writes all biases and all weights of a layer or none and nothing twice."""
    scene = NetworkPicture(networks, view="diagram", canvas=canvas).scene()
    words = of(scene, Words)
    boxes = [label_box(one) for one in words]
    lying = [
        (words[i].text, words[j].text)
        for i in range(len(words))
        for j in range(i)
        if boxes[i].overlap(boxes[j]) > 0
    ]
    assert lying == []
    texts = [one.text for one in words]
    units = sum(sum(min(size, 8) for size in one.sizes[1:]) for one in networks)
    # The sizes of the layers stand on the lowest line.
    numbers = sum(
        one.text.lstrip("−").replace(".", "").isdigit() for one in words if one.y < canvas.height - 24
    )
    weights = [layer.weight.size for one in networks for layer in one.network.layers]
    biases = units if any(text.startswith("bias in") for text in texts) else 0
    possible = {0}
    for size in weights:
        possible |= {so_far + size for so_far in possible}
    assert numbers - biases in possible, (numbers, biases)


@pytest.mark.parametrize("canvas", [Canvas(), Canvas(260, 500), Canvas(200, 200)], ids=str)
def test_marks_of_every_view_stay_on_the_canvas(canvas: Canvas) -> None:
    pictures = [
        NetworkPicture(drawn(SHEET, CONVERTED), canvas=canvas),
        NetworkPicture(drawn(network([1, 3, 4])), canvas=canvas),
        NetworkPicture(drawn(network([2, 4, 2])), canvas=canvas),
        NetworkPicture(drawn(network([30, 20, 10])), view="diagram", canvas=canvas),
    ]
    for picture in pictures:
        for mark in picture.scene().marks:
            if isinstance(mark, Stroke | Area):
                points = mark.points[~np.isnan(mark.points[:, 0])]
                assert (points > -1).all() and (points < (canvas.width + 1, canvas.height + 1)).all()
            elif isinstance(mark, Dot | Words):
                assert 0 <= mark.x <= canvas.width and 0 <= mark.y <= canvas.height, mark


def test_what_cannot_be_drawn_is_named() -> None:
    with pytest.raises(UnsupportedNetwork) as fault:
        NetworkPicture(drawn(SHEET, network([3, 2, 1])))
    assert fault.value.at == ("networks", 1, "network")
    with pytest.raises(UnsupportedNetwork) as fault:
        NetworkPicture(drawn(SHEET, network([1, 2, 2])))
    assert fault.value.at == ("networks", 1, "network")
    with pytest.raises(UnsupportedNetwork):
        NetworkPicture(drawn(network([1, 2, 9])))
    with pytest.raises(InvalidValue):
        NetworkPicture(())
    huge = Network([Layer(np.array([[1e308]]), None, create("identity"))])
    with pytest.raises(Overflow) as overflow:
        NetworkPicture(drawn(SHEET, huge)).scene()
    assert overflow.value.at[:2] == ("networks", 1)


@pytest.mark.parametrize("scale", [5e-324, 1e-300, 1e-12, 1e12, 1e300])
def test_weights_of_any_size_have_a_picture(scale: float) -> None:
    tiny = Network(
        [
            Layer(scale * SHEET.layers[0].weight, SHEET.layers[0].bias, create("tanh")),
            SHEET.layers[1],
        ]
    )
    for view in ("function", "diagram"):
        scene = NetworkPicture(drawn(tiny), view=view).scene()
        assert "not a number" not in scene.words
