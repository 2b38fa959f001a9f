"""Everything that means something can be told apart: by contrast, by colour-blind eyes, without colour."""

import itertools

import numpy as np
import pytest

from app.plots.canvas import Canvas
from app.plots.colours import ColourScale, colour_name, readable
from app.plots.heat_map import DARK_INK, LIGHT_INK
from app.plots.marks import Stroke
from app.plots.networks import NetworkPicture
from app.plots.palette import DASHES, PALETTES, Theme, contrast, luminance, rgb
from tests.plots.specs import CONVERTED, SHEET, drawn

# Machado, Oliveira and Fernandes (2009), severity 1: matrices on linear sRGB.
EYES = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def lab(colour: str, eye: str) -> np.ndarray:
    channels = np.array(rgb(colour)) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(EYES[eye]) @ linear, 0, 1)
    xyz = TO_XYZ @ seen / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=1e-3)
    assert luminance("#808080") == pytest.approx(0.21586, abs=1e-5)


@pytest.mark.parametrize("theme", PALETTES)
def test_words_and_curves_can_be_read_on_the_paper(theme: str) -> None:
    palette = PALETTES[theme]
    for colour in (palette.ink, palette.muted, palette.wrong, *palette.curves):
        assert contrast(colour, palette.paper) >= 4.5, colour
    for colour in (palette.rule, palette.negative, palette.positive):
        assert contrast(colour, palette.paper) >= 3, colour


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("theme", PALETTES)
def test_no_eye_takes_one_curve_for_another(theme: str, eye: str) -> None:
    curves = PALETTES[theme].curves
    for (i, one), (j, other) in itertools.combinations(enumerate(curves), 2):
        least = 20 if max(i, j) < 4 else 12
        assert np.linalg.norm(lab(one, eye) - lab(other, eye)) >= least, (one, other)


@pytest.mark.parametrize("theme", PALETTES)
def test_f_and_g_are_told_apart_in_grey(theme: str) -> None:
    assert contrast(*PALETTES[theme].curves[:2]) >= 2


@pytest.mark.parametrize("theme", PALETTES)
def test_f_and_g_as_drawn_are_told_apart_in_grey(theme: Theme) -> None:
    """The curves of a network and its rewriting, as Convert's picture draws them over each other."""
    scene = NetworkPicture(drawn(SHEET, CONVERTED), canvas=Canvas(320, 240, theme=theme)).scene()
    around = scene.frames[0].box.inset(-2, -2, -2, -2)  # what curves are clipped at
    first, casing, second = [
        mark.colour for mark in scene.marks if isinstance(mark, Stroke) and mark.clip == around
    ]
    assert casing == PALETTES[theme].paper
    assert contrast(first, second) >= 2


def test_every_curve_has_a_colour_and_a_dash_of_its_own() -> None:
    for palette in PALETTES.values():
        assert len(set(palette.curves)) == len(palette.curves) == len(set(DASHES)) == 8


@pytest.mark.parametrize("theme", PALETTES)
def test_values_can_be_read_on_every_cell(theme: str) -> None:
    palette = PALETTES[theme]
    for stops in ((palette.negative, palette.neutral, palette.positive), palette.sequence):
        for share in np.linspace(0, 1, 101):
            cell = colour_name(stops, float(share))
            assert contrast(readable(cell, DARK_INK, LIGHT_INK), cell) >= 4.5, cell


@pytest.mark.parametrize("theme", PALETTES)
def test_a_map_darkens_or_lightens_all_the_way(theme: str) -> None:
    """Printed in grey, and to eyes that see no colour, larger is still larger."""
    sequence = PALETTES[theme].sequence
    lightness = [luminance(colour_name(sequence, float(share))) for share in np.linspace(0, 1, 64)]
    steps = np.diff(lightness)
    assert (steps < 0).all() if theme == "light" else (steps > 0).all()


ENDS = [(-1.0, 1.0), (-0.25, 4.0), (-1e308, 5e307), (-5e-324, 1e-323)]


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize(("low", "high"), ENDS)
def test_a_map_of_both_signs_turns_at_zero(theme: str, low: float, high: float) -> None:
    """Zero is neutral, the sign is the colour, equal sizes are equally deep, and the bar says the same."""
    palette = PALETTES[theme]
    scale = ColourScale(low, high, palette)
    zero, least, most = scale.of_values(np.array([0.0, low, high]))[:, :3].tolist()
    assert np.abs(np.subtract(zero, rgb(palette.neutral))).max() <= 1
    deepest = rgb(palette.negative) if -low > high else rgb(palette.positive)
    assert tuple(least if -low > high else most) == deepest
    for share, value in ((0.0, low), (1.0, high)):
        painted = scale.of_values(np.array(value))[:3]
        assert np.abs(np.subtract(rgb(scale.of_share(share)), painted)).max() <= 1
    # Towards the negative colour on one side, towards the positive on the other.
    assert np.dot(np.subtract(least, zero), np.subtract(rgb(palette.negative), zero)) > 0
    assert np.dot(np.subtract(most, zero), np.subtract(rgb(palette.positive), zero)) > 0


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (2.0, 3.0), (-3.0, 0.0), (0.0, 5e-324), (7.0, 7.0)])
def test_a_map_of_one_sign_runs_from_end_to_end(theme: str, low: float, high: float) -> None:
    palette = PALETTES[theme]
    scale = ColourScale(low, high, palette)
    ends = scale.of_values(np.array([low, high]))[:, :3].tolist()
    expected = [palette.sequence[0], palette.sequence[-1]]
    if low == high:
        expected = [scale.of_share(0.5)] * 2
    assert np.abs(np.subtract(ends, [rgb(one) for one in expected])).max() <= 1
