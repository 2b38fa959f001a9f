"""Problem 1's view, as its user goes about it: pick, compare, slide, drag and zoom, read, take along."""

import math
import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from app.nn.activations.catalogue import create
from tests.browser.conftest import Open
from tests.browser.waiting import SECONDS, box_of, drawn, settled, until


def exact(name: str, x: float, **parameters: float) -> str:
    """Return all digits of f(x)."""
    return repr(float(create(name, **parameters).evaluate(np.array([x]))[0]))


def value(page: Page, name: str) -> str:
    named = page.locator(".values dt", has_text=re.compile(f"^{re.escape(name)}$"))
    return named.locator("+ dd data").get_attribute("value") or ""


def claim(page: Page, title: str) -> Locator:
    return (
        page.locator(".claims tbody tr")
        .filter(has=page.get_by_role("rowheader", name=title, exact=True))
        .locator("td")
    )


def window(page: Page) -> tuple[float, float]:
    low, high = page.get_by_label("x from").input_value(), page.get_by_label("to", exact=True).input_value()
    return float(low), float(high)


def test_first_view_shows_softplus_with_its_claims(page: Page) -> None:
    """The first view shows softplus with all that is claimed of it."""
    page.goto("/#/activations")
    expect(page.get_by_role("heading", level=1)).to_have_text("Activations")
    drawn(page, "softplus")
    expect(claim(page, "Formula").locator("math")).to_have_attribute("alttext", re.compile("ln"))
    expect(claim(page, "Range")).to_have_text("(0, ∞)")
    expect(claim(page, "Properties").get_by_role("listitem")).to_contain_text(
        ["continuous", "differentiable"]
    )
    assert value(page, "softplus(x)") == exact("softplus", 1.0)


def test_formulas_are_spaced_and_said_as_functions(page: Page) -> None:
    """Formulas are spaced and said as functions of their arguments."""
    page.goto("/#/activations?name=mish")
    text = "(formula) => formula.querySelector('math').textContent"
    applied = claim(page, "Formula").locator(".formula").evaluate(text)
    assert applied == "x" + "tanh\u2061(ln\u2061(1+ex))"
    derivative = claim(page, "Derivative").locator("math")
    raised = derivative.locator("msup", has_text=re.compile("^tanh2$"))
    expect(raised).to_have_count(1)
    assert raised.evaluate("(one) => [one.children.length, one.nextSibling.textContent]") == [2, "\u2061"]


def test_picture_is_as_sharp_as_the_screen(dressed: Open) -> None:
    """A picture is as sharp as the screen and no larger than its place."""
    fine = dressed(device_scale_factor=2, viewport={"width": 700, "height": 900}).new_page()
    fine.goto("/#/activations")
    drawn(fine)
    image = fine.locator(".picture-place img")
    natural, shown = image.evaluate("(image) => [image.naturalWidth, image.clientWidth]")
    assert 2 * shown - 2 * 20 <= natural <= 2 * shown


def test_activations_are_picked_compared_and_taken_away(page: Page) -> None:
    """Activations are picked compared and taken away and the back button returns."""
    page.goto("/#/activations")
    page.get_by_label("Activation", exact=True).select_option("relu")
    expect(page).to_have_url(re.compile(r"#/activations\?name=relu$"))
    expect(claim(page, "Kinks")).to_have_text("at x = 0")
    page.get_by_label("Compare with").select_option("softplus")
    expect(page.get_by_role("heading", name="relu and softplus")).to_be_visible()
    expect(page.locator(".alike")).to_contain_text("Largest gap 0.69315 at x = 0.")
    expect(page.locator(".alike").get_by_role("heading", name="Similarities")).to_be_visible()
    drawn(page, "softplus")
    page.get_by_role("button", name="Remove Softplus").click()
    expect(page.get_by_role("heading", name="relu and softplus")).to_be_hidden()
    page.go_back()
    expect(page.get_by_role("heading", name="relu and softplus")).to_be_visible()
    page.go_back()
    page.go_back()
    expect(page.get_by_label("Activation", exact=True)).to_have_value("softplus")


def test_a_slider_moves_the_curve_the_formula_and_the_value(page: Page) -> None:
    page.goto("/#/activations?name=elu&at=-1")
    before = drawn(page)
    slider = page.get_by_label("alpha by slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    box = page.get_by_label("alpha", exact=True)
    alpha = float(box.input_value())
    assert alpha > 1
    expect(page).to_have_url(re.compile(rf"p\.alpha={alpha}"))
    expect(page.locator(".values dd data").first).to_have_attribute("value", exact("elu", -1.0, alpha=alpha))
    expect(page.locator(".picture-place img")).not_to_have_attribute("alt", before)
    expect(claim(page, "Range")).to_have_text(f"(−{alpha:g}, ∞)")


@pytest.mark.usefixtures("refusals")
def test_faults_are_said_at_their_place(page: Page) -> None:
    """What is no number is said at its place and what the service refuses too."""
    page.goto("/#/activations?name=softplus")
    beta = page.locator(".parameters input:not([type=range])").first
    beta.fill("1,5")
    expect(page.locator(".parameters .fault")).to_have_text("expected a number with a point, such as 0.5")
    expect(beta).to_have_attribute("aria-invalid", "true")
    beta.fill("0")
    expect(page.locator(".parameters .fault")).to_have_text(re.compile("expected .*0"))
    page.reload()
    expect(beta).to_have_value("0")
    expect(page.locator(".parameters .fault")).to_have_text(re.compile("expected .*0"))
    beta.fill("2")
    expect(page.locator(".parameters .fault")).to_be_hidden()
    page.get_by_label("Value at x").fill("one")
    expect(page.locator(".reading .fault")).to_have_text(re.compile("^expected a number, such as"))


def test_values_are_read_from_the_keyboard_and_said_aloud(page: Page) -> None:
    page.goto("/#/activations?name=sigmoid")
    at = page.get_by_label("Value at x")
    at.fill("-1/3")
    expect(page.locator(".values dd data").first).to_have_attribute("value", exact("sigmoid", -1 / 3))
    expect(page.get_by_role("status")).to_contain_text("sigmoid(x) = 0.4174")
    drawn(page)
    before = box_of(page.locator(".marker"))
    at.fill("0")
    at.press("ArrowUp")
    expect(at).to_have_value("0.1")
    expect(page.locator(".values dd data").first).to_have_attribute("value", exact("sigmoid", 0.1))
    assert box_of(page.locator(".marker")) != before
    at.fill("inf")
    expect(page.locator(".values dd").first).to_have_text("1")


def clipboard(page: Page, button: str, group: str = "Share") -> str:
    """Return what a button of a group copies."""
    sharing = page.get_by_role("group", name=group, exact=True)
    done = sharing.locator(".done")
    done.evaluate("(done) => { done.textContent = ''; }")
    sharing.get_by_role("button", name=button, exact=True).click()
    expect(done).to_have_text("Copied")
    copied: str = page.evaluate("navigator.clipboard.readText()")
    return copied


def test_what_is_copied_asks_the_same_elsewhere(page: Page) -> None:
    page.goto("/#/activations?name=elu&p.alpha=0.5&at=-2&low=-3&high=3")
    drawn(page)
    expected = exact("elu", -2.0, alpha=0.5)
    python = subprocess.run(
        [sys.executable, "-c", clipboard(page, "Copy as Python")], capture_output=True, text=True
    )
    assert f"'outputs': {expected}" in python.stdout, python.stderr
    command = shlex.split(clipboard(page, "Copy as curl"))
    assert command[:2] == ["curl", "-s"] and command[3] == "--json"
    asked = {"content": command[4], "headers": {"Content-Type": "application/json"}}
    assert httpx.post(command[2], **asked, timeout=SECONDS).json()["outputs"] == float(expected)
    image = httpx.get(clipboard(page, "Copy image link"), timeout=SECONDS)
    assert image.headers["content-type"] == "image/png"
    other = page.context.new_page()
    other.goto(clipboard(page, "Copy link"))
    expect(other.get_by_label("x from")).to_have_value("-3")
    expect(other.locator(".parameters input:not([type=range])").first).to_have_value("0.5")
    assert drawn(other) == drawn(page)


def test_several_curves_are_copied_as_they_are_shown(page: Page) -> None:
    page.goto("/#/activations?name=softplus,relu")
    drawn(page)
    python = subprocess.run(
        [sys.executable, "-c", clipboard(page, "Copy as Python")], capture_output=True, text=True
    )
    assert "'largest_gap'" in python.stdout, python.stderr
    page.goto("/#/activations?name=gelu,silu,relu")
    drawn(page)
    python = subprocess.run(
        [sys.executable, "-c", clipboard(page, "Copy as Python")], capture_output=True, text=True
    )
    assert "gelu,silu,relu" in python.stdout.splitlines()[0], python.stderr


def test_a_picture_is_downloaded(page: Page) -> None:
    page.goto("/#/activations")
    drawn(page)
    for chosen, begins in [("svg", b"<?xml"), ("pdf", b"%PDF"), ("csv", b"x,softplus")]:
        with page.expect_download() as arriving:
            page.get_by_label("Download").select_option(chosen)
        assert arriving.value.suggested_filename == f"softplus.{chosen}"
        assert Path(arriving.value.path()).read_bytes().startswith(begins)


def test_picture_has_the_theme_and_stays_sharp(page: Page) -> None:
    """The picture wears the theme and stays sharp when it changes."""
    page.goto("/#/activations")
    drawn(page)
    with page.expect_request(lambda request: "theme=dark" in request.url):
        page.get_by_role("button", name="Switch to the dark theme").click()
    drawn(page)
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


EXAMPLES = {
    "1a  softplus′ = sigmoid": "softplus",
    "1b  sigmoid and derivative": "sigmoid",
    "1c  softplus and ReLU": "relu",
    "1c  sigmoid and Heaviside": "heaviside",
    "Relatives of ReLU": "gelu",
}


def test_each_example_is_one_click_away(page: Page) -> None:
    for example, named in EXAMPLES.items():
        page.goto("/#/activations?name=identity")
        expect(page.locator(".picture-place img")).to_have_attribute("alt", re.compile("identity"))
        page.get_by_role("button", name=example).click()
        expect(page.locator(".values dd").first).to_be_visible()
        expect(page.locator(".picture-place img")).to_have_attribute("alt", re.compile(named))
        drawn(page)


def test_typed_window_and_parameters_are_kept_as_they_are(page: Page) -> None:
    """What is typed of the window and of parameters is kept as it is."""
    page.goto("/#/activations?name=elu")
    drawn(page)
    page.get_by_label("to", exact=True).fill("2")
    page.get_by_label("to", exact=True).press("Enter")
    page.get_by_label("x from").fill("-2,5")
    alpha = page.locator(".parameters input:not([type=range])").first
    alpha.fill("1/")
    page.reload()
    expect(page.get_by_label("x from")).to_have_value("-2,5")
    expect(page.locator(".window .fault").first).to_have_text("expected a number with a point, such as 0.5")
    expect(alpha).to_have_value("1/")
    expect(page.locator(".parameters .fault")).to_have_text(re.compile("^expected a number, such as"))
    alpha.fill("1/2")
    page.get_by_label("x from").fill("-2.5")
    page.get_by_label("x from").press("Enter")
    page.get_by_label("Compare with").select_option("relu")
    expect(page.get_by_role("heading", name="elu, alpha = 0.5 and relu")).to_be_visible()
    assert window(page) == (-2.5, 2)
    page.get_by_role("button", name="Remove Rectified linear unit").click()
    expect(alpha).to_have_value("1/2")


def test_parameter_that_is_none_asks_nothing(page: Page) -> None:
    """The next change was answered for the default, and took away what said that the text is no number."""
    page.goto("/#/activations?name=elu&at=-1")
    drawn(page)
    alpha = page.locator(".parameters input:not([type=range])").first
    fault = page.locator(".parameters .fault")
    alpha.fill("2,5")
    expect(fault).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: "/v1/" in request.url and asked.append(request.url))
    page.get_by_label("Value at x").fill("-2")
    page.get_by_role("button", name="+ Zoom in").click()
    page.get_by_label("derivative", exact=True).check()
    page.get_by_role("button", name="Switch to the dark theme").click()
    page.wait_for_timeout(400)
    assert asked == []
    expect(fault).to_be_visible()
    for shown in (page.locator(".picture-place img"), *page.locator(".outcome-body").all()):
        expect(shown).to_have_class(re.compile("stale"))
    page.get_by_role("button", name="Copy as curl").click()
    expect(page.locator(".done")).to_have_text("Nothing to copy yet")
    page.get_by_role("button", name="Copy image link").click()
    expect(page.locator(".done")).to_have_text("There is no picture yet")
    alpha.fill("2.5")
    expect(page.locator(".values dd data").first).to_have_attribute("value", exact("elu", -2.0, alpha=2.5))
    drawn(page)
    expect(page.locator(".stale")).to_have_count(0)


def test_while_x_is_none_its_values_are_dimmed_and_not_copied(page: Page) -> None:
    page.goto("/#/activations?name=relu")
    expect(page.locator(".values dd").first).to_have_text("1")
    page.get_by_label("Value at x").fill("0,7")
    expect(page.locator(".reading .outcome-body")).to_have_class(re.compile("stale"))
    expect(page.locator(".reading .fault")).to_be_visible()
    page.get_by_role("button", name="Copy as curl").click()
    expect(page.locator(".done")).to_have_text("Nothing to copy yet")


def test_picture_overtaken_neither_shows_nor_ends_waiting(page: Page) -> None:
    """A picture that is overtaken neither shows nor ends the waiting."""
    page.goto("/#/activations?name=relu")
    drawn(page)
    held: list[Route] = []
    page.route(re.compile(r"plot\.png"), lambda route: held.append(route))
    zoom = page.get_by_role("button", name="+ Zoom in")
    zoom.click()
    until(page, lambda: len(held) == 1)
    with page.expect_event("requestfailed", lambda request: request == held[0].request):
        zoom.click()
    until(page, lambda: len(held) == 2)
    expect(page.locator(".picture-place")).to_have_attribute("aria-busy", "true")
    assert "low=-1.25&" in held[1].request.url
    held[1].continue_()
    drawn(page, "-1.25")


def test_values_under_the_mouse_are_the_services(page: Page) -> None:
    """Every curve at the nearest of the picture's own points; what hovers is gone where the mouse is."""
    page.goto("/#/activations?name=elu,relu&p.alpha=0.5&derivative=true")
    settled(page)
    box = box_of(page.locator(".picture-place"))
    asked: list[str] = []
    page.on("request", lambda request: "plot.csv" in request.url and asked.append(request.url))
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    shown = page.locator(".hover")
    expect(shown).to_contain_text("elu, alpha = 0.5: ")
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] / 2)
    expect(shown).to_contain_text("x = −")
    x, *values = (float(text.split(" ")[-1].replace("−", "-")) for text in shown.inner_text().splitlines())
    assert -5 < x < 0
    assert values == pytest.approx([0.5 * math.expm1(x), 0.5 * math.exp(x), 0, 0], abs=2e-3)
    assert len(asked) == 1
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] + 200)
    expect(shown).to_be_hidden()
