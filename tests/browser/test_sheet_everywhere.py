"""The living sheet wherever it is read: narrow, dark, by touch, in forced colours, on paper."""

import re

from playwright.sync_api import Page, expect

from tests.browser.axe import OF_COLOUR, OF_LAYOUT, violations
from tests.browser.conftest import Open
from tests.browser.test_page import SHIFTS
from tests.browser.test_sheet import sealed
from tests.browser.waiting import becomes, cells_hold

PAGES = re.compile(rb"/Type\s*/Page\b")
OUTSIDE = """() => [...document.querySelectorAll("main *")]
  .filter((one) => one.checkVisibility() && !one.closest(".plot, .formula, .unseen, math"))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5)
  .map((one) => one.outerHTML.slice(0, 120))"""
CUT = """(all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent)"""
BOXES = """() => {
  const texts = [...document.querySelectorAll(".view p, .view h2, .view form, .view li")]
    .filter((one) => one.checkVisibility() && !one.querySelector("p, li"))
    .map((one) => [one, one.getBoundingClientRect()]).filter(([, box]) => box.width && box.height);
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  return texts.flatMap(([one, a], i) => texts.slice(i + 1)
    .filter(([two, b]) => !one.contains(two) && !two.contains(one) && meet(a, b))
    .map(([two]) => [one.textContent.slice(0, 40), two.textContent.slice(0, 40)]));
}"""


def whole(page: Page) -> None:
    """Open the sheet, wait for every figure, unfold every proof."""
    page.goto("/")
    sealed(page, "3b")
    for summary in page.locator(".proof > summary").all():
        summary.click()
    expect(page.locator(".reasons")).to_have_count(7)
    expect(page.get_by_role("heading", name="Differences")).to_have_count(2)


def test_axe_finds_nothing_and_nothing_stands_out(dressed: Open) -> None:
    """With every proof open: all rules, those of places once it is narrow, those of colours in the dark."""
    page = dressed(viewport={"width": 1280, "height": 800}, color_scheme="light").new_page()
    whole(page)
    page.wait_for_function("document.documentElement.scrollWidth <= 1280")
    becomes(page, lambda: page.evaluate(OUTSIDE), [])
    assert violations(page) == []
    page.get_by_role("button", name="Switch to the dark theme").click()
    assert violations(page, *OF_COLOUR) == []
    page.set_viewport_size({"width": 320, "height": 800})
    page.wait_for_function("document.documentElement.scrollWidth <= 320")
    becomes(page, lambda: page.evaluate(OUTSIDE), [])
    assert violations(page, *OF_LAYOUT) == []


def test_landing_does_not_shift(dressed: Open) -> None:
    context = dressed(viewport={"width": 1280, "height": 800})
    context.add_init_script(SHIFTS)
    page = context.new_page()
    page.goto("/")
    sealed(page, "1a")
    assert page.evaluate("shifts.reduce((sum, one) => sum + one, 0)") <= 0.05


def test_in_forced_colours_the_chosen_entry_and_the_seal_differ(dressed: Open) -> None:
    page = dressed(forced_colors="active").new_page()
    page.goto("/")
    sealed(page, "3a")
    entries = page.locator("[data-part='3a'] .entry-row span")
    looks = [one.evaluate("(one) => getComputedStyle(one).backgroundColor") for one in entries.all()]
    assert looks.count(looks[0]) == 1 and len(set(looks)) == 2
    sealed(page, "1a")
    stamps = page.locator("[data-part='1a'] .stamp")
    assert stamps.evaluate("(one) => getComputedStyle(one).backgroundColor") != "rgba(0, 0, 0, 0)"


def test_on_paper_all_of_it_fits_on_five_pages(dressed: Open) -> None:
    page = dressed(color_scheme="dark").new_page()
    whole(page)
    formulas = page.locator(".reasons .formula")
    becomes(page, lambda: formulas.evaluate_all(CUT), [])  # beside a figure a line is short
    printed = page.pdf(format="A4")
    assert 1 <= len(PAGES.findall(printed)) <= 5
    printed_address = "JSON.parse(document.documentElement.style.getPropertyValue('--address'))"
    assert page.evaluate(f"{printed_address} === location.href")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 31, 36)"
    expect(page.locator("button:not(.fact):visible, nav:visible")).to_have_count(0)
    page.set_viewport_size({"width": 688, "height": 1000})
    becomes(page, lambda: page.evaluate(BOXES), [])


def test_play_becomes_a_step_for_who_wants_no_motion(page: Page) -> None:
    page.goto("/")
    sealed(page, "3b")
    page.get_by_role("button", name="Play").click()
    readout = page.locator(".descent [data-steps]")
    expect(readout).to_have_attribute("data-steps", "1")
    page.wait_for_timeout(300)
    expect(readout).to_have_attribute("data-steps", "1")


def test_play_runs_until_it_is_paused(dressed: Open) -> None:
    page = dressed(reduced_motion="no-preference").new_page()
    page.goto("/")
    sealed(page, "3b")
    page.get_by_role("button", name="Play").click()
    readout = page.locator(".descent [data-steps]")
    expect(readout).to_have_attribute("data-steps", re.compile(r"^[3-9]$|^\d\d"))
    page.get_by_role("button", name="Pause").click()
    count = readout.get_attribute("data-steps")
    page.wait_for_timeout(300)
    expect(readout).to_have_attribute("data-steps", str(count))


def test_workbenches_open_with_the_same_numbers(page: Page) -> None:
    page.goto("/#/sheet?W1=1;2&b1=0.5,-1&W2=3,-2&b2=0.75")
    frame = page.locator("[data-part='2a']")
    frame.get_by_text("Show the answer and its proof").click()
    link = frame.get_by_role("link", name="Open in workbench")
    with page.context.expect_page() as opened:
        link.click(button="middle")  # as in a tab of its own, so in this one
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Convert")
    assert "W1=1;2&b1=0.5,-1" in opened.value.url
    opened.value.close()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Convert")
    cells_hold(page.locator(".cell"), ["1", "2", "0.5", "-1", "3", "-2", "0.75"])
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("The living sheet")
