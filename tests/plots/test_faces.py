"""Letters of every script, by pixels and by glyphs: drawn, in order, joined; or named as missing."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.ft2font import FT2Font, LoadFlags

from app.nn.activations.catalogue import create
from app.plots import faces
from app.plots.activation_curves import ActivationCurves
from app.plots.canvas import Canvas
from app.plots.faces import letters_without_glyph, runs
from app.plots.lettering import width
from app.plots.marks import Words
from app.plots.painters.png import paint
from app.plots.rendering import render
from app.plots.scene import Scene, Table

SCRIPTS = {
    "Latin": "Activation ß é ł",
    "Greek": "συνάρτηση σ",
    "Cyrillic": "функция",
    "Hebrew": "פונקציה",
    "Arabic": "دالة التنشيط",
    "Chinese": "激活函数与导数",
    "Chinese of Taiwan": "激活函數與導數",
    "Japanese": "活性化関数のグラフ",
    "Korean": "활성화 함수",
    "mathematics": "∂ℓ∇→≤₁²−",
}


def pixels(text: str, bold: bool = False) -> np.ndarray:
    """Return where a line of text is dark."""
    import io

    from PIL import Image

    words = Words(10, 60, text, 24, "#000000", bold=bold)
    scene = Scene(Canvas(600, 200), "", "", Table([], np.empty((0, 0))), (), [words])
    with Image.open(io.BytesIO(paint(scene))) as image:
        return np.asarray(image.convert("L")) < 128


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("bold", [False, True])
def test_letters_of_every_script_are_drawn_by_pixels(script: str, bold: bool) -> None:
    """Each letter has a shape of its own, which is not the box, and the line is as wide as was measured."""
    text = SCRIPTS[script]
    assert letters_without_glyph(text) == ""
    box = pixels("□", bold)
    letters = sorted({one for one in text if one.isalnum()})
    shapes = [pixels(one, bold) for one in letters]
    assert all(shape.any() and (shape != box).any() for shape in shapes)
    assert all((one != other).any() for one, other in pairwise(shapes))
    columns = np.flatnonzero(pixels(text, bold).any(axis=0))
    assert abs((columns[-1] - columns[0] + 1) - width(text, 24, bold)) < 8


def glyphs(text: str) -> list[str]:
    """Return the names of the glyphs of a line, from left to right."""
    (run,) = runs(text)
    font = FT2Font(str(run.file))
    return [font.get_glyph_name(one.glyph_index) for one in font._layout(text, LoadFlags.NO_HINTING)]


def test_hebrew_runs_from_right_to_left_and_its_numbers_do_not() -> None:
    assert glyphs("שלו") == ["uni05D5", "uni05DC", "uni05E9"]
    assert glyphs("ש 12") == ["one", "two", "space", "uni05E9"]
    assert glyphs("f שא x") == ["f", "space", "uni05D0", "uni05E9", "space", "x"]


def test_arabic_letters_are_joined() -> None:
    """The same letter has its initial, medial, final and isolated form, and lam and alef are one glyph."""
    assert glyphs("ببب ب") == ["uni0628", "space", "uniFE90", "uniFE92", "uniFE91"]
    assert glyphs("لا") == ["uniFEFB"]


def test_a_character_is_drawn_as_the_language_around_it_does() -> None:
    files = {name: runs(SCRIPTS[name])[0].file.name for name in ("Chinese", "Japanese", "Korean")}
    assert [re.sub(r".*Sans(..)-.*", r"\1", file) for file in files.values()] == ["SC", "JP", "KR"]
    japanese = runs("関数のグラフ σ(x)")
    assert [run.text for run in japanese] == ["関数のグラフ", " σ(x)"]
    assert japanese[1].file.name == "DejaVuSans.ttf"


def test_chinese_beside_arabic_is_named_for_its_order_is_unknown() -> None:
    assert letters_without_glyph("函数 دالة") == "函数"


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30), st.booleans())
def test_runs_hold_every_letter_once(text: str, bold: bool) -> None:
    parts = runs(text, bold)
    joined = "".join(run.text for run in parts)
    assert len(joined) == len(text)
    missing = letters_without_glyph(text)
    for letter, shown in zip(text, joined, strict=True):
        assert shown in (letter, "□")
        if letter not in missing:
            assert shown == letter


def test_without_the_extra_letters_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "find_spec", lambda _: None)
    faces._opened.cache_clear()
    faces.runs.cache_clear()
    try:
        assert letters_without_glyph("σ 激活") == "激活"
        assert [run.text for run in runs("σ 激")] == ["σ □"]
    finally:
        faces._opened.cache_clear()
        faces.runs.cache_clear()


@pytest.mark.parametrize("script", ["Latin", "Arabic", "Japanese"])
def test_fonts_inside_a_pdf_are_true_type(script: str) -> None:
    spec = ActivationCurves((create("relu"),), title=SCRIPTS[script], canvas=replace(Canvas(), width=460))
    body = render(spec, "pdf").body
    assert b"/FontFile2" in body and b"/CIDFontType2" in body
    assert b"/Type3" not in body
    assert (b"KurintoSansJP" in body) == (script == "Japanese")
    assert b"/MediaBox [ 0 0 345 360 ]" in body
