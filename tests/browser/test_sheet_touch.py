"""The living sheet on a phone, held by fingers."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.test_sheet import PARTS, sealed
from tests.browser.touch import pinch, swipe
from tests.browser.waiting import becomes, box_of, until

TICKS = """(figure) => [...figure.querySelectorAll(".lines text")].map((one) => one.textContent).join()"""
REACH = """() => [...document.querySelectorAll("main .handle .reach")]
  .filter((one) => one.checkVisibility())
  .map((one) => [one.getBoundingClientRect(), one.parentElement.getAttribute("aria-label")])
  .filter(([{ width, height }]) => Math.min(width, height) < 43.99).map(([, name]) => name)"""
SPREAD = """(figure) => {
  const handles = [...figure.querySelectorAll(".handle")].map((one) => one.getBoundingClientRect());
  const boxes = [figure.getBoundingClientRect(), ...handles];
  return Math.max(...boxes.map((one) => one.bottom)) - Math.min(...boxes.map((one) => one.top));
}"""
HEIGHT = 844


@pytest.fixture
def phone(dressed: Open) -> Page:
    """A page of 390 × 844 CSS pixels that is touched."""
    page = dressed(viewport={"width": 390, "height": HEIGHT}, has_touch=True, is_mobile=True).new_page()
    page.goto("/")
    sealed(page, "1a")
    return page


def test_every_handle_is_large_enough_and_in_its_figure_s_window(phone: Page) -> None:
    sealed(phone, "3b")
    phone.locator(".two-inputs > summary").tap()
    expect(phone.locator(".two-inputs .handle").first).to_be_visible()
    until(phone, lambda: phone.locator("main .handle:visible").count() >= 15)
    becomes(phone, lambda: phone.evaluate(REACH), [])
    for figure in phone.locator("main .plot:visible").all():
        assert figure.evaluate(SPREAD) <= HEIGHT, figure.get_attribute("aria-label")


def test_two_fingers_zoom_the_figure_and_not_the_page(phone: Page) -> None:
    sealed(phone, "3b")
    for part in PARTS:
        figure = phone.locator(f"[data-part='{part}'] .plot").first
        figure.scroll_into_view_if_needed()
        box = box_of(figure)
        before = figure.evaluate(TICKS)
        pinch(phone, box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.12)
        phone.wait_for_function(
            f"([figure, before]) => ({TICKS})(figure) !== before", arg=[figure.element_handle(), before]
        )
        assert phone.evaluate("visualViewport.scale") == 1, part


def test_one_finger_on_a_figure_scrolls_the_page(phone: Page) -> None:
    figure = phone.locator("[data-part='1a'] .plot").first
    figure.scroll_into_view_if_needed()
    box = box_of(figure)
    at = phone.evaluate("scrollY")
    x, y = box["x"] + box["width"] / 3, box["y"] + box["height"] / 3
    swipe(phone, [(x, y), (x, y - 60), (x, y - 160), (x, y - 260)])
    phone.wait_for_function("(at) => scrollY > at + 50", arg=at)


def test_one_finger_on_a_handle_moves_it_and_not_the_page(phone: Page) -> None:
    handle = phone.get_by_role("slider", name="Point on softplus")
    handle.scroll_into_view_if_needed()
    box = box_of(handle.locator(".knob"))
    at = phone.evaluate("scrollY")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    swipe(phone, [(x, y), (x - 20, y + 20), (x - 60, y + 40), (x - 90, y + 60)])
    expect(handle).not_to_have_attribute("aria-valuenow", "1")
    assert phone.evaluate("scrollY") == at
    sealed(phone, "1a")
