"""What is drawn: the artists first, then the pixels, then the bytes."""

import hashlib
import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from app.nn.activations.catalogue import CATALOGUE, create
from app.nn.errors import UnsupportedNetwork
from app.nn.networks.conversion import convert
from app.nn.networks.network import Layer, Network
from app.plots.activation_curves import ActivationCurves, equation
from app.plots.frame import Frame
from app.plots.heat_maps import GradientMaps
from app.plots.network_curves import Labelled, NetworkCurves
from app.plots.palette import DASHES, PALETTES
from app.plots.picture import render
from app.plots.words import describe_activation
from tests.serving import PROJECT

SHEET = Network(
    [
        Layer(np.array([[1.5], [-0.5]]), np.array([0.25, 1.0]), create("tanh")),
        Layer(np.array([[2.0, -1.0]]), np.array([0.5]), create("identity")),
    ]
)
MAPS = GradientMaps(
    np.array([[1.0, -2.0], [0.5, 0.0]]), np.eye(2), np.array([[0.25, 0.75]]), np.array([[0.0, 1.0]])
)
SCENES = {
    "activations": ActivationCurves((create("softplus"), create("heaviside")), derivative=True),
    "networks": NetworkCurves((Labelled("F", SHEET), Labelled("G", convert(SHEET, "sigmoid").network))),
    "gradients": MAPS,
}


def luminance(color):
    channels = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(first, second):
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", PALETTES)
def test_every_ink_can_be_read_on_its_background(theme):
    palette = PALETTES[theme]
    for ink in (palette.text, palette.quiet, *palette.curves):
        assert contrast(ink, palette.background) >= 4.5, ink


def test_every_curve_has_a_colour_and_a_dash_of_its_own():
    for palette in PALETTES.values():
        assert len(set(palette.curves)) == len(palette.curves) == len(set(DASHES)) == 8


@pytest.mark.parametrize("make", CATALOGUE, ids=lambda make: make.__name__)
def test_curves_and_asymptotes_are_those_of_the_record(make):
    one = make()
    (axes,) = ActivationCurves((one,)).draw().axes
    drawn = [line for line in axes.lines if line.get_gid() == "asymptote"]
    claimed = {line for line in (one.left, one.right) if line is not None}
    assert len(drawn) == len(claimed)
    for line in drawn:
        x, y = line.get_data()
        assert any(np.allclose(y, c.slope * np.asarray(x) + c.intercept) for c in claimed)
    texts = {text.get_text() for text in axes.texts}
    assert texts == {equation(line) for line in claimed}
    (curve,) = [line for line in axes.lines if line.get_label() == one.name]
    x, y = (np.asarray(values) for values in curve.get_data())
    np.testing.assert_array_equal(y, one.evaluate(x))


def test_a_jump_has_an_open_and_a_full_dot_and_no_line_across():
    (axes,) = ActivationCurves((create("heaviside"),), asymptotes=False).draw().axes
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    filled = {float(dot.get_ydata()[0]): dot.get_markerfacecolor() == dot.get_color() for dot in dots}
    assert filled == {1.0: True, 0.0: False}
    curves = [line for line in axes.lines if len(line.get_xdata()) > 2]
    assert [set(line.get_ydata()) for line in curves] == [{0.0}, {1.0}]


def test_what_callers_write_is_drawn_literally():
    scene = NetworkCurves((Labelled(r"$\frac{a$ <b>", SHEET),))
    (axes,) = scene.draw().axes
    (text,) = axes.get_legend().get_texts()
    assert text.get_text() == r"$\frac{a$ <b>"
    assert not text.get_parse_math()
    render(scene)


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize(
    "frame", [Frame(200, 200), Frame(640, 480, 2, "dark"), Frame(2000, 333, 1, "light", True)]
)
def test_the_file_has_exactly_the_pixels_asked_for(name, frame):
    scene = SCENES[name]
    fields = {field: getattr(scene, field) for field in scene.__dataclass_fields__} | {"frame": frame}
    picture = render(type(scene)(**fields))
    with Image.open(io.BytesIO(picture.body)) as image:
        assert image.size == (frame.width * frame.scale, frame.height * frame.scale)
        assert image.text["Description"] == picture.alternative_text
        corner = image.convert("RGBA").getpixel((1, 1))
        red, green, blue = (int(frame.palette.background[i : i + 2], 16) for i in (1, 3, 5))
        assert corner[3] == 0 if frame.transparent else corner == (red, green, blue, 255)


def test_the_same_scene_gives_the_same_bytes_in_every_process():
    script = (
        "import hashlib; from tests.plots.test_pictures import SCENES; from app.plots.picture import render;"
        "print(*[hashlib.sha256(render(scene).body).hexdigest() for scene in SCENES.values()])"
    )
    here = [hashlib.sha256(render(scene).body).hexdigest() for scene in SCENES.values()]
    there = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.split() == here


def test_heat_maps_show_the_gradients_and_write_the_numbers():
    left, middle, _ = MAPS.draw().axes
    np.testing.assert_array_equal(left.images[0].get_array(), MAPS.w_gradient / 2)
    np.testing.assert_array_equal(middle.images[0].get_array(), MAPS.theta_gradient)
    assert {"1", "−2", "0.5", "0"} <= {text.get_text() for text in left.texts}


def test_gradients_near_the_largest_float_are_drawn():
    huge = GradientMaps(np.array([[1.7e308, -1.7e308]]), np.zeros((1, 2)), *[np.array([[0.5, 0.5]])] * 2)
    assert render(huge).body.startswith(b"\x89PNG")


def test_networks_of_more_inputs_are_refused_with_their_place():
    two = Network([Layer(np.ones((1, 2)), None, create("tanh"))])
    with pytest.raises(UnsupportedNetwork) as caught:
        NetworkCurves((Labelled("F", SHEET), Labelled("G", two)))
    assert caught.value.at == ("networks", 1, "network")


def test_words_tell_what_a_sighted_reader_sees():
    softplus = describe_activation(create("softplus"))
    assert "To the left it approaches y = 0." in softplus
    assert "To the right it approaches y = x." in softplus
    assert "Jumps up by 1 at x = 0." in describe_activation(create("heaviside"))
    assert "Kink at x = 0." in describe_activation(create("relu"))
    assert "p = 0.75" in MAPS.describe()
