"""The living sheet: where one lands, its parts, the figures of Problem 1 and their seals."""

import math
import re

from playwright.sync_api import Page, Route, expect

STAIRCASE = """(error) =>
  Math.abs(Number(document.querySelector("[data-error]").dataset.error) - error) <= 1e-9"""
PARTS = ["1a", "1b", "1c", "2a", "2b", "3a", "3b"]


def sealed(page: Page, part: str) -> None:
    """Wait until the service has confirmed a part's figure."""
    page.locator(f"#part-{part}").scroll_into_view_if_needed()
    expect(page.locator(f"[data-part='{part}'] .seal").first).to_have_attribute("data-sealed", "true")


def test_landing_shows_the_sheet_with_one_figure_to_drag(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("The living sheet")
    lead = page.locator(".lead")
    for word in ("students", "teachers", "engineers"):
        expect(lead).to_contain_text(word)
    expect(lead).to_be_in_viewport()
    handle = page.get_by_role("slider", name="Point on softplus")
    expect(handle).to_be_in_viewport()
    expect(page.get_by_text("Drag the point along the curve")).to_be_in_viewport()
    numbers = page.locator("h2 .part-number").all_inner_texts()
    assert numbers == PARTS
    sealed(page, "1a")


def test_the_tangent_has_the_slope_of_the_sigmoid(page: Page) -> None:
    for x in (-3, 0, 2):
        page.goto("about:blank")
        page.goto(f"/#/sheet?x1a={x}")
        sealed(page, "1a")
        slope = float(page.locator("[data-slope]").first.get_attribute("data-slope") or "nan")
        assert abs(slope - 1 / (1 + math.exp(-x))) <= 1e-12


def test_the_gap_to_relu_is_ln_2_over_beta(page: Page) -> None:
    page.goto("/")
    beta = page.get_by_role("slider", name="β, the sharpness")
    for key, expected in (("Home", 1.0), ("End", 8.0)):
        beta.press(key)
        expect(beta).to_have_attribute("aria-valuetext", f"β = {expected:g}")
        page.wait_for_function("document.querySelector('[data-gap]') !== null")
        told = page.wait_for_function(
            "(expected) => { const gap = Number(document.querySelector('[data-gap]').dataset.gap);"
            " return Math.abs(gap - expected) <= 1e-12 && gap }",
            arg=math.log(2) / expected,
        )
        assert told
    sealed(page, "1c")


def test_the_point_moves_by_keys_and_says_where_it_is_in_words(page: Page) -> None:
    page.goto("/")
    handle = page.get_by_role("slider", name="Point on softplus")
    expect(handle).to_have_attribute("aria-valuetext", "x = 1, softplus 1.313, slope 0.7311")
    handle.press("ArrowRight")
    expect(handle).to_have_attribute("aria-valuenow", "1.05")
    handle.press("Shift+ArrowLeft")
    expect(handle).to_have_attribute("aria-valuenow", "0.55")
    handle.press("End")
    expect(handle).to_have_attribute("aria-valuenow", "6")
    handle.press("Home")
    expect(handle).to_have_attribute("aria-valuenow", "-6")
    expect(page).to_have_url(re.compile(r"x1a=-6"))
    sealed(page, "1a")


def test_a_wrong_number_breaks_the_seal(page: Page) -> None:
    """An error of 1e-6 in what the service says, or in what the browser draws, is seen."""

    def planted(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        body["outputs"][0] += 1e-6
        route.fulfill(response=answer, json=body)

    page.route("**/v1/activations/softplus", planted)
    page.goto("/")
    seal = page.locator("[data-part='1a'] .seal")
    expect(seal).to_have_attribute("data-sealed", "broken")
    expect(seal).to_contain_text("0.000001")


def test_own_formulas_are_checked_against_the_service(page: Page) -> None:
    page.goto("/")
    answers = {
        "1a": [("1/x", "bad"), ("e^x/(1+e^x)", "good")],
        "1b": [("s1(1+s1)", "bad"), ("s1 (1 - s1)", "good")],
        "1c": [("ln 2", "bad"), ("ln(2)/β", "good")],
    }
    for part, tried in answers.items():
        box = page.get_by_role("form", name=f"Your answer to {part}")
        for text, kind in tried:
            box.get_by_role("textbox").fill(text)
            box.get_by_role("button", name="Check").click()
            expect(box.locator(f".verdict-line.{kind}")).not_to_be_empty()
    box = page.get_by_role("form", name="Your answer to 1a")
    box.get_by_role("textbox").fill("2 +")
    box.get_by_role("textbox").press("Enter")
    expect(box.locator(".verdict-line.unclear")).to_contain_text("ends too early")
    expect(page.get_by_role("heading", name="Differences")).to_have_count(2)


def test_two_settings_and_no_other_lay_the_sigmoid_on_tanh(page: Page) -> None:
    for a, b, c, distance in (
        (2, 2, -1, 0.0),
        (-2, -2, 1, 0.0),
        (2, 2.05, -1, None),
        (1.95, 2, -1, None),
        (2, -2, -1, None),
    ):
        page.goto("about:blank")
        page.goto(f"/#/sheet?a={a}&b={b}&c={c}")
        told = float(page.locator("[data-residual]").get_attribute("data-residual") or "nan")
        assert told == 0 if distance == 0 else told > 1e-3
    sealed(page, "2a")


def test_the_best_staircase_misses_by_half_a_level(page: Page) -> None:
    """One monotone unit of range R = 3: with n steps the error is R/(2(n + 1))."""
    page.goto("/#/sheet?W1=2&b1=0.5&W2=-1.5&b2=0.75")
    steps = page.get_by_role("slider", name="n, the number of steps")
    steps.press("Home")
    for n in range(1, 9):
        expect(steps).to_have_attribute("aria-valuetext", f"n = {n}")
        page.wait_for_function(STAIRCASE, arg=3 / (2 * (n + 1)))
        steps.press("ArrowRight")
    sealed(page, "2b")


def test_an_own_sigmoid_network_is_decided_for_every_x(page: Page) -> None:
    page.goto("/")
    box = page.get_by_role("form", name="Your answer to 2a")
    for label, text in (("W₁′ =", "4, 3"), ("b₁′ =", "6, -4.5"), ("W₂′ =", "2, 1"), ("b₂′ =", "0.25")):
        box.get_by_label(label).fill(text)
    box.get_by_role("button", name="Check").click()
    expect(box.locator(".verdict-line.bad")).to_contain_text("Not the same function")
    expect(page.locator(".told")).to_have_count(0)
    box.get_by_label("b₂′ =").fill("0.25 - 1.5")
    box.get_by_role("button", name="Check").click()
    expect(box.locator(".verdict-line.good")).to_contain_text("for every x")
    told = [float(one.get_attribute("data-value") or "nan") for one in page.locator(".told").all()]
    assert told == [4, 3, 6, -4.5, 2, 1, -1.25]


def test_a_new_unit_leaves_the_function_as_it_is(page: Page) -> None:
    page.goto("/")
    curve = page.locator("[data-part='2a'] .curve.whole")
    before = curve.get_attribute("d")
    page.get_by_role("button", name="+ unit").click()
    expect(page.get_by_role("slider", name="Centre of unit 3")).to_be_visible()
    assert before is not None and curve.get_attribute("d") == before
    assert page.locator("[aria-invalid]").count() == 0


def test_steps_are_answered_by_no_and_three_values(page: Page) -> None:
    page.goto("/")
    box = page.get_by_role("form", name="Your answer to 2b")
    box.get_by_label("No", exact=True).check()
    box.get_by_role("textbox").fill("4")
    box.get_by_role("textbox").press("Enter")
    expect(box.locator(".verdict-line.bad")).to_contain_text("the count is not")
    box.get_by_role("textbox").fill("3")
    box.get_by_role("textbox").press("Enter")
    expect(box.locator(".verdict-line.good")).to_contain_text("every value in between")
