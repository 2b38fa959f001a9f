"""The stretch of the x-axis: typed, by buttons, by drag and by wheel, and what is no window."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.test_activations import window
from tests.browser.touch import pinch
from tests.browser.waiting import box_of, drawn, renewed, settled


def test_the_window_moves_by_hand_by_drag_and_by_wheel(page: Page) -> None:
    page.goto("/#/activations")
    settled(page)
    page.get_by_role("button", name="+ Zoom in").click()
    assert window(page) == (-2.5, 2.5)
    page.get_by_role("button", name="→ Move right").click()
    assert window(page) == (-1.25, 3.75)
    expect(page).to_have_url(re.compile(r"low=-1\.25&high=3\.75"))
    box = box_of(page.locator(".picture-place"))
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 100, middle[1], steps=3)
    page.mouse.up()
    low, high = window(page)
    assert low < -1.25 and high - low == pytest.approx(5, rel=1e-3)
    before = page.get_by_label("x from").input_value()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    expect(page.get_by_label("x from")).not_to_have_value(before)
    assert window(page)[1] - window(page)[0] == pytest.approx(2.5, rel=1e-3)
    drawn(page)
    page.get_by_role("button", name="Reset the window").click()
    assert window(page) == (-5, 5)
    page.get_by_label("x from").fill("7")
    page.get_by_label("x from").press("Enter")
    expect(page.locator(".window .fault").last).to_have_text("must be greater than the left end")


NO_WINDOWS = {
    ("0", "2e9"): "expected at most 1e9 in size",
    ("1", "1.0000000001"): "expected ends farther apart",
    ("3", "2"): "must be greater than the left end",
    ("0", "1,5"): "expected a number with a point, such as 0.5",
}


def test_window_that_is_none_is_a_fault_after_a_reload_too(page: Page) -> None:
    """A window that is none is a fault before and after a reload."""
    for ends, said in NO_WINDOWS.items():
        page.goto("about:blank")
        page.goto("/#/activations?name=relu")
        drawn(page)
        for label, text in zip(("x from", "to"), ends, strict=True):
            page.get_by_label(label, exact=True).fill(text)
        page.keyboard.press("Tab")
        for _ in range(2):
            expect(page.locator(".window .fault:visible")).to_have_text(said)
            expect(page.locator(".picture-place img:not(.stale):not([hidden])")).to_have_count(0)
            expect(page.get_by_label("to", exact=True)).to_have_value(ends[1])
            page.reload()
        page.get_by_role("button", name="Reset the window").click()
        expect(page.locator(".window .fault:visible")).to_have_count(0)
        drawn(page)


def test_the_ends_of_a_window_are_those_that_are_typed(page: Page) -> None:
    page.goto("/#/activations?name=relu")
    drawn(page)
    page.get_by_label("x from").fill("0.001")
    page.get_by_label("x from").press("Enter")
    with page.expect_request(lambda request: "low=0.001&high=150&" in request.url):
        page.get_by_label("to", exact=True).fill("150")
        page.get_by_label("to", exact=True).press("Enter")
    assert window(page) == (0.001, 150)
    page.goto("about:blank")
    with page.expect_request(lambda request: "low=-2&high=5&" in request.url):
        page.goto("/#/activations?name=relu&low=-2")  # one end alone, and the other is the usual one
    assert window(page) == (-2, 5)


MAPS = "#/convert?W1=0.7,-1.2;1.1,0.4&b1=0.1,-0.2&a1=tanh&W2=0.9,-1.7&b2=0.2&a2=identity"
HANDLED = {"#/convert": ["F", "G"], MAPS: ["F", "G"], "#/identities?name=tanh_as_sigmoid": ["left side"]}


@pytest.mark.parametrize("view", HANDLED)
def test_the_hand_moves_and_reads_every_picture_with_axes(page: Page, view: str) -> None:
    """A drag moves what lies under the hand, maps both ways; the link keeps it, and reset undoes it."""
    page.goto(f"/{view}")
    settled(page)
    place = page.locator(".picture-place").first
    box = box_of(place)
    # In the left one of two maps, not on their way into view.
    x, y = box["x"] + 0.2 * box["width"], box["y"] + 0.4 * box["height"]
    hover = place.locator(".hover")

    def read() -> list[float]:
        """Return the numbers under the mouse: the place, and the values there."""
        expect(hover).to_be_visible()
        return [float(one) for one in re.findall(r"-?\d[\d.]*", hover.inner_text().replace("−", "-"))]

    page.mouse.move(x, y)
    page.mouse.move(x + 1, y)
    under = read()
    for name in HANDLED[view]:
        expect(hover).to_contain_text(f"{name}: ")
    page.mouse.down()
    page.mouse.move(x + 46, y + 30, steps=3)
    expect(place.locator(".glass")).not_to_have_count(0)
    page.mouse.up()
    expect(page).to_have_url(re.compile("y_low=" if view == MAPS else "low=-?[0-9.]+&high="))
    drawn(page)
    page.mouse.move(x + 47, y + 31)
    page.mouse.move(x + 46, y + 30)
    assert read() == pytest.approx(under, abs=0.12)
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    words = drawn(page, "from")
    ends = re.search(r"[?&]low=([-0-9.]+)&high=([-0-9.]+)", address)
    assert ends is not None and float(ends[1]) < float(ends[2])
    assert f"from {float(ends[1]):.4g} to" in words
    place.scroll_into_view_if_needed()
    page.get_by_role("button", name="+ Zoom in").click()
    expect(page).not_to_have_url(address)
    page.get_by_role("button", name="Reset the window").click()
    expect(page).not_to_have_url(re.compile("low="))
    drawn(page)


def test_what_is_no_window_of_a_network_is_said(page: Page) -> None:
    """At its field, which opens; the window of a network that is loaded is its own."""
    page.goto("/#/convert?low=3&high=2")
    expect(page.locator(".window .fault:visible")).to_have_text("must be greater than the left end")
    expect(page.locator(".picture .trouble")).to_have_text(
        "Correct the highlighted fields to update the picture."
    )
    page.get_by_label("x from").fill("")
    page.get_by_label("x from").press("Enter")
    drawn(page, "to 2")
    with renewed(page):
        page.get_by_role("button", name="A redundant unit").click()
    expect(page).not_to_have_url(re.compile("high="))
    drawn(page)
    page.get_by_label("diagrams").check()
    expect(page.locator(".shown-part")).to_be_hidden()
    drawn(page)


def test_two_fingers_zoom_the_picture_and_not_the_page(dressed: Open) -> None:
    """A pinch made the page 4.2 times as large, and the plot stayed as it was."""
    context = dressed(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto("/#/activations?name=sigmoid")
    settled(page)
    place = page.locator(".picture-place")
    hint = page.locator(".window .hint")
    # A phone has neither Ctrl nor a wheel.
    expect(hint).to_have_text("Drag to pan. Pinch to zoom.", use_inner_text=True)
    place.scroll_into_view_if_needed()
    box = box_of(place)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    pinch(page, x, y, (40, 60, 90, 120))
    expect(page).to_have_url(re.compile("low="))
    low, high = (float(page.get_by_label(name, exact=True).input_value()) for name in ("x from", "to"))
    assert 1 < high - low < 6  # ten at first, and the fingers parted threefold
    assert page.evaluate("visualViewport.scale") == 1


def test_height_is_chosen_kept_in_the_link_and_reset(page: Page) -> None:
    """The window of y: folded until it is wanted, asked of the service, restored by the address."""
    page.goto("/#/activations?name=softplus")
    assert "y-axis runs" not in drawn(page)
    expect(page.get_by_label("y from")).to_be_hidden()
    page.get_by_text("Window of y").click()
    page.get_by_label("y from").fill("0")
    with page.expect_request(lambda request: "y_low=0&y_high=0.5&" in request.url):
        page.get_by_label("y to").fill("1/2")
        page.get_by_label("y to").press("Tab")
    expect(page.locator(".picture-place > img:not(.on-paper)")).to_have_attribute(
        "alt", re.compile("The y-axis runs from 0 to 0.5. softplus is cut off where it is above 0.5.")
    )
    expect(page).to_have_url(re.compile("y_low=0&y_high=1/2|y_low=0&y_high=1%2F2"))
    page.reload()
    drawn(page, "The y-axis runs from 0 to 0.5.")
    expect(page.get_by_label("y to")).to_have_value("1/2")
    page.get_by_label("y to").fill("0")
    page.get_by_label("y to").press("Tab")
    expect(page.locator(".y-window .fault:visible")).to_have_text("must be greater than the lower end")
    expect(page.locator(".picture-place img:not(.stale):not([hidden])")).to_have_count(0)
    page.get_by_role("button", name="Reset the window").click()
    expect(page.locator(".y-window .fault:visible")).to_have_count(0)
    assert "y-axis runs" not in drawn(page)
    expect(page).not_to_have_url(re.compile("y_"))


@pytest.mark.parametrize("ends", ["low=3&high=2", "y_low=3&y_high=2"])
def test_what_is_wrong_with_a_window_wraps(dressed: Open, ends: str) -> None:
    """On a narrow screen the sentence wraps below its field, and the page is no wider for it."""
    page = dressed(viewport={"width": 390, "height": 800}).new_page()
    page.goto(f"/#/activations?name=softplus&{ends}")
    expect(page.locator(".fault:visible")).to_contain_text("must be greater")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
