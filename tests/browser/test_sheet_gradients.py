"""Problem 3 on the living sheet: the nudge, the descent, the check, and what is not told before its time."""

import math
import re
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open, Watch
from tests.browser.test_sheet import sealed
from tests.browser.waiting import SECONDS

W = [[1, 0.5], [-0.5, 1]]
THETA = [[1, -1, 0.5], [0, 2, -1]]
PROBLEM: dict[str, Any] = {"W": W, "Theta": THETA, "inputs": [1, 2], "targets": 1}
ETA = 0.02
SEEN = "() => document.body.innerText"
CODE = re.compile(r"gradients\.js|nudge\.js|descents?\.js")


def truth(base: str, problem: dict[str, Any]) -> Any:
    return httpx.post(f"{base}/v1/gradients", json=problem, timeout=SECONDS).json()


def told(locator: Locator, name: str) -> float:
    return float(locator.get_attribute(f"data-{name}") or "nan")


def said(page: Page) -> str:
    """Return everything that eyes and a screen reader find on the page."""
    return str(page.evaluate(SEEN)) + page.locator("body").aria_snapshot()


def typed(matrix: Any, decimals: int) -> str:
    return "; ".join(", ".join(f"{value:.{decimals}f}" for value in row) for row in matrix)


def test_no_digit_of_an_answer_is_there_before_it_is_asked_for(page: Page, base: str) -> None:
    page.goto("/")
    sealed(page, "3b")
    gradients = truth(base, PROBLEM)["gradients"]
    digits = [f"{abs(value):.8f}"[:5] for rows in gradients.values() for row in rows for value in row]
    before = said(page)
    assert not [one for one in digits if one in before]
    page.get_by_role("button", name="Step").click()
    expect(page.locator(".descent [data-steps]")).to_have_attribute("data-steps", "1")
    after = said(page)
    assert not [one for one in digits if one in after]
    for part in ("3a", "3b"):
        page.locator(f"[data-part='{part}'] summary").click()
        expect(page.locator(f"[data-part='{part}'] .told-answer")).to_be_visible()
    shown = said(page)
    assert all(one in shown for one in digits)


def test_each_entry_is_the_slope_of_the_loss_shown(page: Page) -> None:
    """Central differences of the loss as it is told, with a nudge of 0.01 both ways."""
    page.goto("/")
    for part, letter, columns, count in (("3a", "Θ", 3, 6), ("3b", "W", 2, 4)):
        frame = page.locator(f"[data-part='{part}']")
        frame.locator("summary").click()
        readout = frame.locator("[data-entry]")
        handle = frame.get_by_role("slider", name=re.compile("Nudge"))
        for index in range(count):
            frame.get_by_role("radio").nth(index).check(force=True)
            # The handle and what is read are drawn at once.
            chosen = letter + "₁₂"[index // columns] + "₁₂₃"[index % columns]
            expect(handle).to_have_attribute("aria-valuetext", re.compile(f"^{chosen} [+] 0:"))
            entry = told(readout, "entry")
            losses = {}
            for nudge, key in ((0.01, "ArrowRight"), (0, "ArrowLeft"), (-0.01, "ArrowLeft")):
                handle.press(key)
                expect(handle).to_have_attribute("aria-valuenow", str(nudge))
                losses[nudge] = told(readout, "loss")
            slope = (losses[0.01] - losses[-0.01]) / 0.02
            assert math.isclose(entry, slope, abs_tol=5e-5 * (1 + abs(entry)))


def test_steps_are_the_services_descents_and_back_undoes(page: Page, base: str) -> None:
    """Steps are the service's descents and back undoes every bit."""
    page.goto("/")
    readout = page.locator(".descent [data-steps]")
    losses = [told(readout, "loss")]
    problem = PROBLEM
    for step in range(1, 21):
        page.get_by_role("button", name="Step").click()
        expect(readout).to_have_attribute("data-steps", str(step))
        losses.append(told(readout, "loss"))
        slopes = truth(base, problem)["gradients"]
        moved = {name: np.asarray(problem[name]) - ETA * np.asarray(slopes[name]) for name in slopes}
        problem = {**problem, **{name: rows.tolist() for name, rows in moved.items()}}
        assert math.isclose(losses[-1], truth(base, problem)["loss"], rel_tol=1e-10)
    assert losses == sorted(losses, reverse=True)
    sealed(page, "3b")
    for step in range(19, -1, -1):
        page.get_by_role("button", name="Back").click()
        expect(readout).to_have_attribute("data-steps", str(step))
        assert told(readout, "loss") == losses[step]


def test_losses_on_a_log_scale_stand_by_their_logarithms(page: Page) -> None:
    page.goto("/")
    readout = page.locator(".descent [data-steps]")
    page.get_by_role("slider", name="η, the learning rate").fill("0")
    losses = [told(readout, "loss")]
    for step in range(1, 6):
        page.get_by_role("button", name="Step").click()
        expect(readout).to_have_attribute("data-steps", str(step))
        losses.append(told(readout, "loss"))
    page.get_by_label("log scale").check()
    figure = page.get_by_role("group", name="The loss, step by step, on a log scale")
    expect(figure.locator(".lines text", has_text="10⁻")).not_to_have_count(0)
    heights = [
        float(one) for one in re.findall(r" ([-\d.]+)", figure.locator(".curve.one").get_attribute("d"))
    ]
    slope, start = np.polyfit(np.log10(losses), heights, 1)
    assert slope < -5
    np.testing.assert_allclose(heights, slope * np.log10(losses) + start, atol=0.02)


def test_a_link_restores_rate_scale_steps_and_nudge(page: Page) -> None:
    """The rate, the log scale, every step at its own rate and the nudged entry stand in the link."""
    page.goto("/")
    rate = page.get_by_role("slider", name="η, the learning rate")
    loss = page.locator(".descent [data-steps]")
    nudge = page.get_by_role("slider", name="Nudge of the chosen entry of W")
    for eta, count in (("-1", 2), ("-0.5", 1)):
        rate.fill(eta)
        for _ in range(count):
            page.get_by_role("button", name="Step").click()
    page.get_by_label("log scale").check()
    page.get_by_role("radio", name="row 2, column 1: −0.5").check(force=True)
    nudge.press("PageUp")
    expect(nudge).to_have_attribute("aria-valuenow", "0.1")
    expect(page).to_have_url(re.compile("eta=0.32.*nudge3b=2,1,0.1"))
    reached, curve = told(loss, "loss"), page.get_by_role("group", name="on a log scale").locator(".one")
    expect(curve).to_have_attribute("d", re.compile("^M.*L.*L.*L"))
    drawn = curve.get_attribute("d") or "none"
    address = page.url
    assert "descent=0.1x2,0.32x1" in address and "log=true" in address
    page.goto("about:blank")
    page.goto(address)
    expect(loss).to_have_attribute("data-steps", "3")
    assert told(loss, "loss") == reached
    expect(curve).to_have_attribute("d", drawn)
    expect(rate).to_have_attribute("aria-valuetext", "η = 0.32")
    expect(nudge).to_have_attribute("aria-valuenow", "0.1")
    expect(page.get_by_role("radio", name="row 2, column 1: −0.5")).to_be_checked()
    sealed(page, "3a")
    sealed(page, "3b")
    page.get_by_role("button", name="Back").click()
    expect(page).to_have_url(re.compile("descent=0.1x2&|descent=0.1x2$"))


def test_a_wrong_sign_is_seen_to_climb(page: Page, base: str) -> None:
    slopes = truth(base, PROBLEM)["gradients"]
    page.goto("/")
    box = page.get_by_role("form", name="Your answer to 3a")
    wrong = typed([[-value for value in row] for row in slopes["Theta"]], 6)
    box.get_by_role("textbox").fill(wrong)
    box.get_by_role("button", name="Check").click()
    expect(box.locator(".verdict-line.bad")).to_contain_text("sign")
    page.get_by_role("button", name="Descend with my gradient").click()
    line = page.locator("[data-before]")
    expect(line).to_contain_text("up")
    before, mine, truly = (told(line, name) for name in ("before", "mine", "truly"))
    assert truly < before < mine


def test_a_right_answer_unlocks_and_a_wrong_shape_is_said(page: Page, base: str) -> None:
    slopes = truth(base, PROBLEM)["gradients"]
    page.goto("/")
    box = page.get_by_role("form", name="Your answer to 3b")
    box.get_by_role("textbox").fill("1, 2, 3")
    box.get_by_role("textbox").press("Enter")
    expect(box.locator(".verdict-line.unclear")).to_contain_text("2 rows of 2 numbers")
    box.get_by_role("textbox").fill(typed(slopes["W"], 9))
    box.get_by_role("textbox").press("Enter")
    expect(box.locator(".verdict-line.good")).to_contain_text("Right")
    expect(page.locator("[data-part='3b'] [data-entry]")).to_be_visible()
    expect(page.locator("[data-part='3a'] [data-entry]")).to_have_count(0)


def test_a_verdict_outlives_a_reload_but_not_its_problem(page: Page) -> None:
    """Where a point has moved, or a choice, a verdict would be of something else."""
    page.goto("/")
    boxes = [page.get_by_role("form", name=f"Your answer to {part}") for part in ("1a", "2b", "3a")]
    boxes[1].get_by_label("No", exact=True).check()
    for box, text in zip(boxes, ("s1(x)", "3", "1, 2, 3; 4, 5, 6"), strict=True):
        box.get_by_role("textbox").fill(text)
        box.get_by_role("textbox").press("Enter")
        expect(box.locator(".verdict-line")).to_have_class(re.compile("good|bad"))
    expect(page).to_have_url(re.compile("my.checked=1a,2b,3a"))
    words = [box.locator(".verdict-line").inner_text() for box in boxes]
    page.reload()
    for box, said in zip(boxes, words, strict=True):
        expect(box.locator(".verdict-line")).to_have_text(said)
    assert page.evaluate("document.activeElement === document.body")
    page.get_by_role("slider", name="The marked point").press("ArrowLeft")
    expect(boxes[2].locator(".verdict-line")).to_be_empty()
    boxes[1].get_by_label("Yes", exact=True).check()
    expect(boxes[1].locator(".verdict-line")).to_be_empty()
    expect(page).to_have_url(re.compile("my.checked=1a$|my.checked=1a&"))
    expect(boxes[0].locator(".verdict-line")).to_have_text(words[0])


@pytest.mark.parametrize("decimals", [2, 3])
def test_a_rounded_answer_is_right_to_its_decimals(page: Page, base: str, decimals: int) -> None:
    slopes = truth(base, PROBLEM)["gradients"]
    page.goto("/")
    for part, name in (("3a", "Theta"), ("3b", "W")):
        box = page.get_by_role("form", name=f"Your answer to {part}")
        box.get_by_role("textbox").fill(typed(slopes[name], decimals))
        box.get_by_role("textbox").press("Enter")
        expect(box.locator(".verdict-line.good")).to_have_text(f"Right to {decimals} decimals.")


def test_a_wrong_class_and_a_forgotten_w_are_named(page: Page, base: str) -> None:
    other = truth(base, {**PROBLEM, "targets": 0})["gradients"]
    p = np.asarray(truth(base, PROBLEM)["probabilities"]) - np.asarray([0, 1, 0])
    page.goto("/")
    for part, wrong, words in (
        ("3a", other["Theta"], "The target is that of another class"),
        ("3b", other["W"], "The target is that of another class"),
        ("3a", np.outer(PROBLEM["inputs"], p), "The inputs stand where the first layer's outputs should be"),
    ):
        box = page.get_by_role("form", name=f"Your answer to {part}")
        for decimals in (3, 6):
            box.get_by_role("textbox").fill(typed(wrong, decimals))
            box.get_by_role("textbox").press("Enter")
            expect(box.locator(".verdict-line.bad")).to_contain_text(words)


def test_help_below_solution_loads_no_gradients(dressed: Open, watch: Watch, checking: str) -> None:
    """Below solution nothing that computes gradients is loaded."""
    watch.base = checking
    page = dressed(base_url=checking).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")
    sealed(page, "3b")
    expect(page.get_by_role("slider", name=re.compile("The marked point"))).to_be_visible()
    expect(page.get_by_role("slider", name=re.compile("Nudge"))).to_have_count(0)
    expect(page.get_by_role("button", name="Step")).to_have_count(0)
    box = page.get_by_role("form", name="Your answer to 3b")
    box.get_by_role("textbox").fill("1, 2; 3, 4")
    box.get_by_role("button", name="Check").click()
    expect(box.locator(".verdict-line.bad")).to_contain_text("4 entries")
    assert not [url for url in asked if CODE.search(url)]
