"""The living sheet: where one lands, its parts, the figures of Problem 1 and their seals."""

import math
import re

import numpy as np
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Watch
from tests.browser.test_activations import clipboard
from tests.browser.waiting import becomes, box_of, until

STAIRCASE = """(error) =>
  Math.abs(Number(document.querySelector("[data-error]").dataset.error) - error) <= 1e-9"""
SMALL = """() => [...document.querySelectorAll(".part.current *")]
  .filter((one) => one.checkVisibility() && !one.children.length && one.textContent.trim())
  .filter((one) => !one.closest(".unseen"))
  .filter((one) => parseFloat(getComputedStyle(one).fontSize) < 24)
  .map((one) => one.outerHTML.slice(0, 80))"""
STOPS = """() => [...document.querySelectorAll("main :is(a, button, input, summary, [tabindex='0'])")]
  .filter((one) => one.checkVisibility() && !one.disabled && (one.type !== "radio" || one.checked))
  .map((one) => one.outerHTML.slice(0, 60))"""
OFF_LINE = """() => {
  const numbers = (text) => text.match(/-?[\\d.]+/g).map(Number);
  const [x1, y1, x2, y2] = numbers(document.querySelector(".two-inputs .curve.unit-2").getAttribute("d"));
  const [x, y] = numbers(document.querySelector(".two-inputs .handle.unit-2").getAttribute("transform"));
  return ((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / Math.hypot(x2 - x1, y2 - y1);
}"""
REACHED = "(one, [x, y]) => one.contains(document.elementFromPoint(x, y))"
PARTS = ["1a", "1b", "1c", "2a", "2b", "3a", "3b"]


def sealed(page: Page, part: str) -> None:
    """Wait until the service has confirmed a part's figure."""
    confirmed(page, page.locator(f"[data-part='{part}'] .seal").first)


def all_sealed(page: Page) -> None:
    """Wait until the service has confirmed every figure: no other one asks from then on."""
    sealed(page, "3b")
    for seal in page.locator(".seal:visible").all():
        confirmed(page, seal)


def confirmed(page: Page, seal: Locator, state: str = "true") -> None:
    """Wait until a seal has its state; it is kept in view, where parts that come may push it away unseen."""

    def seen() -> bool:
        seal.scroll_into_view_if_needed()
        return seal.get_attribute("data-sealed") == state

    until(page, seen)


def middle(page: Page, handle: Locator) -> tuple[float, float]:
    """Return where a handle or a slider's thumb is held, once it stands there: parts above may still come."""
    found = [(0.0, 0.0)]

    def still() -> bool:
        place = found[0] = _middle(handle)
        page.mouse.move(*place)
        return bool(handle.evaluate(REACHED, place)) and _middle(handle) == place

    until(page, still)
    return found[0]


def _middle(handle: Locator) -> tuple[float, float]:
    if handle.evaluate("(one) => one.tagName") != "INPUT":
        box = box_of(handle.locator(".knob"))
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    box = box_of(handle)
    low, high, value = handle.evaluate("(one) => [one.min, one.max, one.value].map(Number)")
    return box["x"] + 8 + (box["width"] - 16) * (value - low) / (high - low), box["y"] + box["height"] / 2


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
    expect(page.locator("h2 .part-number")).to_have_text(PARTS)
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
        page.wait_for_selector("[data-gap]", state="attached")
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


GRID = """async () => {
  const { residual } = await import("/static/sheet/stretch.js");
  const found = [];
  const steps = (low, high) => Array.from({ length: 4 * (high - low) + 1 }, (_, i) => low + i / 4);
  for (const a of steps(-4, 4)) for (const b of steps(-4, 4)) for (const c of steps(-3, 3)) {
    if (residual({ a, b, c }) === 0) found.push([a, b, c]);
  }
  return found;
}"""


def test_of_a_whole_grid_only_two_settings_lie_on_tanh(page: Page) -> None:
    page.goto("/")
    assert page.evaluate(GRID) == [[-2, -2, 1], [2, 2, -1]]


def test_after_any_drag_g_is_the_service_s_conversion(page: Page) -> None:
    """2W1, 2b1, 2W2 to the last bit, and b2′ as the service rounds it."""
    page.goto("/#/sheet?W1=2;1.5&b1=0.3,-0.7&W2=1.1,0.45&b2=0.1")
    frame = page.locator("[data-part='2a']")
    frame.locator(".proof > summary").click()
    block = frame.locator(".network-block")
    seal = block.locator(".seal")
    sealed(page, "2a")
    seal.scroll_into_view_if_needed()
    for handle in block.locator(".handle").all():
        x, y = middle(page, handle)
        page.mouse.down()
        page.mouse.move(x + 17, y - 13, steps=3)
        expect(seal).to_have_attribute("data-sealed", "false")
        with page.expect_response("**/v1/networks/convert") as answered:
            page.mouse.up()
        first, second = answered.value.json()["network"]["layers"]
        given = answered.value.request.post_data_json["network"]["layers"]
        expect(seal).to_have_attribute("data-sealed", "true")
        told = [float(one.get_attribute("data-value") or "nan") for one in page.locator(".told").all()]
        converted = [*np.ravel(first["weight"]), *first["bias"], *second["weight"][0], *second["bias"]]
        assert told == converted
        doubled = [
            2 * np.ravel(given[0]["weight"]),
            2 * np.ravel(given[0]["bias"]),
            2 * np.ravel(given[1]["weight"]),
        ]
        assert told[:-1] == np.concatenate(doubled).tolist()


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
    told = page.locator(".told")
    values = "(all) => all.map((one) => Number(one.dataset.value))"
    becomes(page, lambda: told.evaluate_all(values), [4, 3, 6, -4.5, 2, 1, -1.25])


def test_a_new_unit_leaves_the_function_as_it_is(page: Page) -> None:
    page.goto("/")
    sealed(page, "3b")  # every figure has its place
    curve = page.locator("[data-part='2a'] .curve.whole")
    expect(curve).to_have_attribute("d", re.compile("M"))
    before = curve.get_attribute("d") or ""
    page.get_by_role("button", name="+ unit").click()
    expect(page.get_by_role("slider", name="Centre of unit 3")).to_have_attribute("aria-valuenow", "0")
    expect(curve).to_have_attribute("d", before)
    expect(page.locator("[aria-invalid]")).to_have_count(0)


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


def test_presenting_shows_one_part_a_screen_in_large_type(page: Page) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto("/#/sheet?my.1a=secret&present")
    for part in PARTS:
        expect(page.get_by_text(f"{part} · ")).to_be_visible()
        shown = page.locator(".part:visible")
        expect(shown).to_have_count(1)
        expect(shown).to_have_attribute("data-part", part)
        expect(shown.locator("svg.plot").first).to_be_visible()
        page.wait_for_function("document.scrollingElement.scrollHeight <= innerHeight")
        becomes(page, lambda: page.evaluate(SMALL), [])
        expect(shown.locator("form:visible, details:visible")).to_have_count(0)
        expect(page.get_by_role("img", name="QR code")).to_be_visible()
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".part:visible")).to_have_attribute("data-part", "3a")
    assert "secret" not in (page.locator(".code").get_attribute("data-address") or "secret")
    page.keyboard.press("Escape")
    expect(page.locator(".part:visible")).to_have_count(7)
    expect(page).not_to_have_url(re.compile("present"))
    expect(page.get_by_role("textbox").first).to_have_value("secret")


def test_the_link_to_the_problem_has_no_answers(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("button", name="Copy link with my answers")).to_be_hidden()
    page.get_by_role("form", name="Your answer to 1a").get_by_role("textbox").fill("x + 1")
    page.get_by_role("slider", name="Point on softplus").press("End")
    problem, answered = (
        clipboard(page, name) for name in ("Copy link to the problem", "Copy link with my answers")
    )
    assert "x1a=6" in problem and "my." not in problem
    assert "my.1a=x%20%2B%201" in answered
    page.goto("about:blank")
    page.goto(answered)
    expect(page.get_by_role("textbox").first).to_have_value("x + 1")


def test_the_sheet_has_few_tab_stops_and_each_handle_speaks(page: Page) -> None:
    page.goto("/")
    sealed(page, "3b")
    stops = page.evaluate(STOPS)
    assert 20 < len(stops) <= 45
    for handle in page.get_by_role("slider").all():
        expect(handle).to_have_attribute("aria-valuetext", re.compile("[a-zβη]"))


def test_dragging_asks_nothing_and_is_sealed_soon_after(page: Page) -> None:
    page.goto("/")
    all_sealed(page)
    sealed(page, "1a")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/v1/" in request.url else None)
    x, y = middle(page, page.get_by_role("slider", name="Point on softplus"))
    page.mouse.down()
    page.mouse.move(x - 300, y + 40, steps=40)
    expect(page.locator("[data-part='1a'] .seal")).to_have_attribute("data-sealed", "false")
    assert asked == []
    page.mouse.up()
    sealed(page, "1a")
    assert 1 <= len(asked) <= 3
    x_now = float(
        page.get_by_role("slider", name="Point on softplus").get_attribute("aria-valuenow") or "nan"
    )
    assert -5 < x_now < 0


def test_without_a_connection_it_draws_and_seals_itself_later(page: Page, watch: Watch) -> None:
    watch.expected = ("net::ERR_FAILED",)
    page.goto("/")
    sealed(page, "1a")
    page.route("**/v1/**", lambda route: route.abort())
    handle = page.get_by_role("slider", name="Point on softplus")
    handle.press("ArrowRight")
    seal = page.locator("[data-part='1a'] .seal")
    expect(seal).to_contain_text("not sealed: no connection")
    expect(handle).to_have_attribute("aria-valuenow", "1.05")
    page.unroute("**/v1/**")
    sealed(page, "1a")


def test_a_unit_of_two_inputs_turns_over_at_its_line(page: Page) -> None:
    """The handle lies on the line that is drawn, also after it has been moved."""
    page.goto("/")
    frame = page.locator(".two-inputs")
    frame.locator("summary").click()
    handle = frame.get_by_role("slider", name="Line of unit 2")
    expect(handle).to_have_attribute("aria-valuetext", re.compile("^unit 2: "))
    for key in ("ArrowUp", "ArrowLeft", "Shift+ArrowRight"):
        before = handle.get_attribute("aria-valuetext") or ""
        handle.press(key)
        expect(handle).not_to_have_attribute("aria-valuetext", before)
        assert abs(page.evaluate(OFF_LINE)) < 0.5
    expect(frame.locator(".seal")).to_have_attribute("data-sealed", "true")
    expect(page).to_have_url(re.compile(r"2\.W1="))
