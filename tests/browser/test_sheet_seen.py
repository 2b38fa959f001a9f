"""What a reader sees of the sheet: nothing covers a curve, nothing is raised twice, nothing is cut."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from app.plots.palette import contrast
from tests.browser.conftest import Open
from tests.browser.test_sheet import sealed
from tests.browser.waiting import box_of, until

LOWERED = """() => {
  const prime = document.querySelector("[data-part='1a'] .question .prime");
  const middle = () => { const box = prime.getBoundingClientRect(); return box.top + box.height / 2; };
  const [size, drawn] = [parseFloat(getComputedStyle(prime).fontSize), middle()];
  prime.removeAttribute("class");
  return (drawn - middle()) / size;
}"""
CUT = "(one) => one.scrollWidth - one.clientWidth"


def darkness(page: Page, x: float, y: float, width: float, height: float) -> float:
    """Return the share of dark pixels in a piece of the window."""
    shot = page.screenshot(clip={"x": x, "y": y, "width": width, "height": height})
    return float((np.asarray(Image.open(BytesIO(shot)).convert("L")) < 100).mean())


def test_forced_colours_cover_neither_curve_nor_name(dressed: Open) -> None:
    """A handle's 44 pixels of reach stay transparent, and the names of axes are words, not blots."""
    page = dressed(forced_colors="active", color_scheme="light").new_page()
    page.goto("/")
    sealed(page, "1a")
    reach = box_of(page.locator("[data-part='1a'] .handle .reach").first)
    assert darkness(page, reach["x"], reach["y"], reach["width"], reach["height"]) < 0.35
    name = box_of(page.locator("[data-part='1a'] .plot .axis", has_text="slope"))
    assert 0 < darkness(page, name["x"], name["y"], name["width"], name["height"]) < 0.35


def test_primes_stand_at_their_letter(page: Page) -> None:
    """A font's prime is raised already: as a superscript it stood a line above its letter."""
    page.goto("/")
    expect(page.locator("[data-part='1a'] .question .prime")).to_have_text("′")
    assert 0.15 < page.evaluate(LOWERED) < 0.4
    page.goto("/#/identities")
    expect(page.locator(".statement .prime").first).to_have_text("′")


def test_a_certificate_fits_a_phone(dressed: Open) -> None:
    page = dressed(viewport={"width": 390, "height": 800}).new_page()
    page.goto("/#/convert")
    expect(page.locator(".certificate td").last).to_be_visible()
    assert page.locator(".certificate").evaluate(CUT) <= 0
    assert page.locator(".certificate > *").first.evaluate(CUT) <= 0


def level(one: Locator, other: Locator) -> bool:
    return abs(box_of(one)["y"] - box_of(other)["y"]) < 1


def test_layers_and_buttons_stand_level(page: Page) -> None:
    page.goto("/#/convert")
    expect(page.locator(".beside")).to_have_count(2)
    changes = page.locator(".beside .change")
    until(page, lambda: level(changes.nth(0), changes.nth(2)))
    page.goto("/#/activations")
    expect(page.get_by_role("heading", name="Activations")).to_be_visible()
    digits, share = (page.get_by_role("button", name=name) for name in ("All digits", "Copy link"))
    until(page, lambda: level(digits, share))


@pytest.mark.parametrize(
    "typed, told",
    [("abc", "Expected a number; “a” is not known here"), ("1, 2", "Expected 2 rows of 3 numbers")],
)
def test_what_is_no_answer_is_told_in_a_sentence(page: Page, typed: str, told: str) -> None:
    page.goto("/")
    part = page.locator("[data-part='3a']")
    part.get_by_label("∂ℓ/∂Θ =").fill(typed)
    part.get_by_role("button", name="Check").click()
    expect(part.locator(".verdict-line")).to_contain_text(told)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chosen_entry_is_read_on_paper(dressed: Open, scheme: str) -> None:
    """Backgrounds are not printed: what is chosen is black on white, as its neighbours, in a thicker line."""
    page = dressed(color_scheme=scheme).new_page()
    page.goto("/")
    sealed(page, "1a")
    page.emulate_media(media="print", color_scheme=scheme)  # type: ignore[arg-type]  # one of its literals
    style = (
        "(one) => { const { color, borderTopWidth } = getComputedStyle(one); return [color, borderTopWidth] }"
    )
    entries = page.locator("[data-part='3a'] .entry-row span")
    (chosen, thick), (other, thin) = (entries.nth(i).evaluate(style) for i in (0, 1))
    assert chosen == other
    assert (thick, thin) == ("2px", "1px")


def test_each_class_s_region_has_its_number(page: Page) -> None:
    """The plane of inputs told its classes by colour alone."""
    page.goto("/")
    sealed(page, "3a")
    regions = page.locator("[data-part='3a'] .region-name")
    expect(regions).to_have_text(["class 1", "class 2", "class 3"])
    edge = box_of(page.locator("[data-part='3a'] .plane canvas"))
    for box in map(box_of, regions.all()):
        assert edge["x"] < box["x"] and box["x"] + box["width"] < edge["x"] + edge["width"]


def test_the_presented_plane_of_3b_keeps_its_shape(dressed: Open) -> None:
    """It was squashed to a third of its width."""
    page = dressed(viewport={"width": 1920, "height": 1080}).new_page()
    page.goto("/#/sheet?present=3b")
    canvas = page.locator("[data-part='3b'] .plane canvas")
    until(page, lambda: 0.75 < (box := box_of(canvas))["height"] / box["width"] < 1.3)
    spot = page.locator("[data-part='3b'] .descent .spot")
    size = "(one) => one.getBBox().width / parseFloat(getComputedStyle(one).fontSize)"
    until(page, lambda: spot.evaluate(size) > 0.7)  # a point that the last row sees
    slider, bar = page.get_by_role("slider", name="η, the learning rate"), page.locator(".stage-bar")
    until(page, lambda: (box := box_of(slider))["y"] + box["height"] <= box_of(bar)["y"])


# Curves that lie on each other or side by side in one figure of the sheet.
SIDE_BY_SIDE = [
    ("one", "tangent"),
    ("behind", "one"),
    ("whole", "other"),
    ("whole", "stairs"),
    ("true-step", "own-step"),
]
STROKES = """(kinds) => {
  const of = (plot) => kinds.map((kind) => plot.querySelector(`.curve.${kind}`));
  const curves = [...document.querySelectorAll(".plot")].map(of).find((found) => !found.includes(null));
  const channels = (colour) => colour.match(/[0-9.]+/g).slice(0, 3).map(Number);
  const paper = channels(getComputedStyle(document.body).backgroundColor);
  return curves?.map((curve) => {
    const { stroke, strokeOpacity } = getComputedStyle(curve);
    const over = (one, k) => Math.round(strokeOpacity * one + (1 - strokeOpacity) * paper[k]);
    const seen = channels(stroke).map(over);
    return "#" + seen.map((one) => one.toString(16).padStart(2, "0")).join("");
  });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_curves_of_a_figure_are_told_apart_in_grey(dressed: Open, scheme: str) -> None:
    page = dressed(color_scheme=scheme).new_page()
    page.goto("/")
    sealed(page, "1a")
    for part in page.locator("[data-part]").all():
        part.scroll_into_view_if_needed()
    for kinds in SIDE_BY_SIDE:
        page.wait_for_function(f"(kinds) => ({STROKES})(kinds) !== undefined", arg=kinds)
        assert contrast(*page.evaluate(STROKES, kinds)) >= 2, kinds
