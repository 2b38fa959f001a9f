"""What holds in every view: themes, sizes, keys, memory, weight, and nothing that axe-core finds."""

import re
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Error, Page, Route, expect

from app.plots.palette import PALETTES
from tests.browser.axe import OF_COLOUR, OF_LAYOUT, violations
from tests.browser.conftest import Open, Watch
from tests.browser.waiting import SECONDS, renewed, settled, until

STATIC = Path(__file__).resolve().parents[2] / "static"
HEAVIEST = 210_000  # bytes over the wire, in all, before pictures

VIEWS = {
    "activations": "#/activations",
    "activations, several": "#/activations?name=gelu,relu&derivative=true",
    "convert": "#/convert",
    "convert, compared": (
        "#/convert?to=sigmoid&W1=1.5;-0.5&b1=0.25,1&a1=tanh&W2=2,-0.1&b2=0.3&a2=identity&mine.W1=-1;3&mine.b1=2,0.5"
        "&mine.a1=sigmoid&mine.W2=-0.2,4&mine.b2=-1.6&mine.a2=identity&compare=1"
    ),
    "convert, steps": "#/convert?to=heaviside&view=diagram",
    "gradients": "#/gradients?answer=1",
    "gradients, checked": "#/gradients?my.W=0.76,0.38,0.76,1.5;0.71,0.35,0.71,1.4&check=1&answer=1",
    "backpropagation": (
        "#/backpropagation?my.W1=1.413,2.827;1.294,2.588&my.b2=0.03,0.9,-0.93&check=1&answer=1&explain=1"
    ),
    "identities": "#/identities",
}
MAIN = ["activations", "convert", "gradients", "backpropagation", "identities"]

LIGHT, DARK = "rgb(255, 255, 255)", "rgb(20, 24, 29)"

# What the tests ask of the browser.
SHIFTS = """globalThis.shifts = [];
new PerformanceObserver((list) => shifts.push(...list.getEntries().map((one) => one.value)))
  .observe({ type: "layout-shift", buffered: true });"""
OUTSIDE = """() => [...document.querySelectorAll("main *, header *, footer *")]
  .filter((one) => one.checkVisibility())
  .filter((one) => !one.closest(".examples, .scroll, .formula, .unseen, .statement, math"))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5)
  .map((one) => one.outerHTML.slice(0, 120))"""
SIZES = """() => ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
  .filter((one) => !/plot|blob:/.test(one.name))
  .map((one) => [new URL(one.name).pathname, one.transferSize])"""
COLOURS = """(names) => names.map((name) => {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = `var(--${name})`;
  const parts = getComputedStyle(probe).color.match(/\\d+/g);
  probe.remove();
  return [name, "#" + parts.map((part) => Number(part).toString(16).padStart(2, "0")).join("")];
})"""
FOCUSED = """() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  one.dataset.reached = "";
  const near = [one, one.nextElementSibling, one.parentElement].filter(Boolean); // a label or a file's button
  const ringed = near.some((two) => getComputedStyle(two).outlineStyle !== "none");
  return [one.outerHTML.slice(0, 100), ringed];
}"""
MISSED = """() => [...document.querySelectorAll("main :is(a, button, input, select, textarea, summary)")]
  .filter((one) => one.checkVisibility() && !one.disabled && !("reached" in one.dataset))
  .filter((one) => one.type !== "radio" || one.checked)
  .map((one) => one.outerHTML.slice(0, 100))"""


def shown(dressed: Open, view: str, **options: object) -> Page:
    page = dressed(**options).new_page()
    page.goto(f"/{VIEWS[view]}")
    settled(page)
    return page


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_in_either_theme(dressed: Open, view: str) -> None:
    """Of the same elements the dark can break the rules of colours alone, a phone those of places."""
    page = shown(dressed, view, color_scheme="light")
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    settled(page)
    assert violations(page) == []
    page.get_by_role("button", name="Switch to the dark theme").click()
    settled(page)
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert violations(page, *OF_COLOUR) == []
    page.set_viewport_size({"width": 320, "height": 800})
    settled(page)
    assert violations(page, *OF_LAYOUT) == []


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_stands_out_of_the_narrowest_screen(dressed: Open, view: str) -> None:
    page = shown(dressed, view, viewport={"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    outside = page.evaluate(OUTSIDE)
    assert outside == []


@pytest.mark.parametrize("view", MAIN)
def test_the_first_paint_does_not_shift(dressed: Open, view: str) -> None:
    context = dressed()
    context.add_init_script(SHIFTS)
    page = context.new_page()
    page.goto(f"/{VIEWS[view]}")
    settled(page)
    assert page.evaluate("shifts.reduce((sum, one) => sum + one, 0)") < 0.02


def test_the_landing_page_weighs_less_than_its_budget(dressed: Open) -> None:
    page = dressed().new_page()
    page.goto("/")
    expect(page.locator(".seal").first).to_have_attribute("data-sealed", "true")
    document = httpx.get(page.url, timeout=SECONDS).text
    announced = {f"/{name}" for name in re.findall(r'href="(static/[^"]+[.]js)"', document)}
    until(page, lambda: announced <= dict(page.evaluate(SIZES)).keys())
    assert 0 < sum(dict(page.evaluate(SIZES)).values()) < HEAVIEST


def test_files_come_compressed_and_anew_after_a_release(base: str) -> None:
    """Files come compressed and are asked for again after a new release."""
    with httpx.Client(base_url=base, timeout=SECONDS) as client:
        first = client.get("/static/page.js", headers={"Accept-Encoding": "gzip"})
        assert first.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in first.headers["Vary"]
        assert first.headers["Cache-Control"] == client.get("/").headers["Cache-Control"] == "no-cache"
        assert first.text == (STATIC / "page.js").read_text()
        again = client.get("/static/page.js", headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304 and again.content == b""
        plain = client.get("/static/page.js", headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers and plain.text == first.text


def test_the_policy_allows_nothing_but_the_service_itself(base: str) -> None:
    policy = httpx.get(base, timeout=SECONDS).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy
    assert "unsafe" not in policy and "http" not in policy
    assert not re.search(r"<style|style=|<script(?![^>]*src=)|\son\w+=", (STATIC / "index.html").read_text())


def test_the_page_and_its_pictures_share_one_palette(page: Page) -> None:
    page.goto("/#/activations")
    names = ["paper", "ink", "muted", "rule", "grid", "negative", "neutral", "positive", "wrong"]
    for theme, palette in PALETTES.items():
        page.emulate_media(color_scheme=theme)
        page.wait_for_function("(theme) => document.documentElement.dataset.theme === theme", arg=theme)
        tokens = {name: getattr(palette, name) for name in names}
        tokens |= {f"curve-{index}": colour for index, colour in enumerate(palette.curves, 1)}
        worn = page.evaluate(COLOURS, list(tokens))
        assert dict(worn) == tokens


def test_the_theme_is_the_systems_until_the_reader_chooses(dressed: Open) -> None:
    page = dressed(color_scheme="dark").new_page()
    page.goto("/#/activations")
    body = page.locator("body")
    expect(body).to_have_css("background-color", DARK)
    page.emulate_media(color_scheme="light")
    expect(body).to_have_css("background-color", LIGHT)
    page.get_by_role("button", name="Switch to the dark theme").click()
    expect(body).to_have_css("background-color", DARK)
    page.reload()
    expect(body).to_have_css("background-color", DARK)
    expect(page.get_by_role("button", name="Switch to the light theme")).to_be_visible()


def test_links_the_back_button_and_a_reload_keep_what_was_chosen(page: Page) -> None:
    page.goto("/#/activations?name=tanh&low=-2&high=2")
    settled(page)
    page.get_by_role("link", name="Convert").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Convert")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page).to_have_title("Convert: Softstep")
    expect(page.get_by_role("link", name="Convert")).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name="Activations").click()
    expect(page.get_by_label("x from")).to_have_value("-2")
    page.reload()
    expect(page.get_by_label("Activation", exact=True)).to_have_value("tanh")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Convert")
    page.go_forward()
    expect(page.get_by_label("x from")).to_have_value("-2")


BROKEN = {
    "#/toString": "The living sheet",
    "#/constructor": "The living sheet",
    "#/nowhere?x=1": "The living sheet",
    "#/gradients?W=x&y=;;": "Gradients",
    "#/activations?name=nobody": "Activations",
    "#/convert?W1=&b1=;;&a1=nobody&to=nothing": "Convert",
    "#/activations?low=a&high=b&p.beta=%E0%A4": "Activations",
}


def test_a_broken_link_shows_a_view_all_the_same(page: Page) -> None:
    for fragment, title in BROKEN.items():
        page.goto("about:blank")  # from there a link is loaded, not followed
        page.goto(f"/{fragment}")
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page.locator(".view").get_by_role("button").first).to_be_visible()


@pytest.mark.parametrize("view", MAIN)
def test_keyboard_reaches_everything_and_shows_where(dressed: Open, view: str) -> None:
    """The keyboard alone reaches everything and shows where it is."""
    page = shown(dressed, view)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    reached: list[str] = []
    for _ in range(150):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUSED)
        if here is None:
            break
        reached.append(here[0])
        assert here[1], f"no focus ring: {here[0]}"
    missed = page.evaluate(MISSED)
    assert missed == [] and len(reached) > 8


def test_motion_is_left_out_for_who_asks_so(dressed: Open) -> None:
    for wish, duration in (("reduce", "0s"), ("no-preference", "0.16s")):
        page = dressed(reduced_motion=wish).new_page()
        page.goto("/#/activations")
        settled(page)
        assert (
            page.locator(".picture-place img").evaluate(
                "(image) => getComputedStyle(image).transitionDuration"
            )
            == duration
        )


@pytest.mark.parametrize("view", MAIN)
def test_paper_has_question_and_answer_and_nothing_to_press(dressed: Open, view: str) -> None:
    """On paper stand the question and the answer and nothing to press."""
    page = shown(dressed, view, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") in (
        "rgb(255, 255, 255)",
        "rgba(0, 0, 0, 0)",
    )
    expect(page.locator("button:visible, nav:visible, .sharing:visible")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert ink == "rgb(27, 31, 36)"


def test_without_a_script_the_page_says_where_the_service_is(dressed: Open, watch: Watch) -> None:
    page = dressed(java_script_enabled=False).new_page()
    page.goto("/#/activations")
    expect(page.locator("noscript").get_by_role("link")).to_have_attribute("href", "docs")
    # What is announced for scripts is not even asked for.
    watch.seen[:] = [one for one in watch.seen if not one.endswith(".js: csp")]


def test_a_view_that_was_left_neither_asks_nor_speaks(page: Page) -> None:
    """Its answer comes when its picture stands nowhere: asked then, that had no size and was refused."""
    page.goto("/#/convert")
    settled(page)
    held: list[Route] = []
    page.route("**/v1/networks/convert", lambda route: held.append(route))
    page.get_by_label("tanh", exact=True).check()
    expect(page.get_by_role("progressbar", name="Converting")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("link", name="Identities").click()
    settled(page)
    until(page, lambda: held)
    with suppress(Error):  # that the request has been given up is as good an end
        held[0].continue_()
        held[0].request.response()
    page.get_by_role("link", name="Activations").click()
    settled(page)
    assert not [url for url in asked if "/v1/networks/" in url]
    expect(page.get_by_role("status")).not_to_contain_text("function")


def test_focus_and_place_stay_when_a_view_is_drawn_anew(page: Page) -> None:
    """Somebody without a mouse would begin again at the top of the page after every choice."""
    page.goto("/#/activations?name=elu")
    chooser = page.get_by_label("Activation", exact=True)
    chooser.focus()
    with renewed(page):
        page.keyboard.press("ArrowDown")
    expect(page).not_to_have_url(re.compile("name=elu$"))
    expect(chooser).to_be_focused()
    with renewed(page):
        page.keyboard.press("ArrowUp")
    expect(chooser).to_have_value("elu")
    expect(chooser).to_be_focused()
    page.get_by_label("Compare with").select_option("relu")
    remove = page.get_by_role("button", name="Remove Rectified linear unit")
    remove.focus()
    page.keyboard.press("Enter")
    expect(remove).to_have_count(0)
    expect(page.get_by_label("Compare with")).to_be_focused()  # what stands in its place now
    page.goto("/#/gradients")
    page.get_by_label("probability vectors").focus()
    with renewed(page):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_label("class index", exact=True)).to_be_focused()
    page.goto("/#/convert")
    settled(page)
    start = page.get_by_role("button", name="Type a network")
    start.focus()
    scrolled = page.evaluate("scrollY")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Activation of layer 1 of mine")).to_be_focused()
    settled(page)
    assert scrolled > 300
    page.wait_for_function("(scrolled) => Math.abs(scrollY - scrolled) <= 2", arg=scrolled)
    page.go_back()
    expect(start).to_be_visible()
    page.get_by_role("link", name="Identities").click()
    settled(page)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Convert")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_typed_text_waits_behind_the_back_button(page: Page) -> None:
    """What was typed a moment before the back button waits where it was typed."""
    page.goto("/#/activations")
    settled(page)
    page.get_by_role("link", name="Convert").click()
    settled(page)
    page.get_by_label("W₁, row 1, column 1").fill("9.25")
    page.evaluate("history.back()")
    expect(page.get_by_role("heading", level=1)).to_have_text("Activations")
    page.wait_for_timeout(400)  # longer than the URL waits for typing to end
    expect(page).to_have_url(re.compile("#/activations$"))
    page.go_forward()
    expect(page.get_by_label("W₁, row 1, column 1")).to_have_value("9.25")
    expect(page).to_have_url(re.compile(r"W1=9\.25"))


def test_page_works_where_nothing_may_be_remembered(dressed: Open) -> None:
    """Where nothing may be remembered the page works all the same."""
    context = dressed()
    forbidden = "{ get() { throw new DOMException('no', 'SecurityError'); } }"
    for store in ("localStorage", "sessionStorage"):
        context.add_init_script(f"Object.defineProperty(window, '{store}', {forbidden})")
    page = context.new_page()
    page.goto("/#/activations")
    settled(page)
    page.get_by_role("button", name="Switch to the dark theme").click()
    expect(page.locator("body")).to_have_css("background-color", DARK)
    page.get_by_role("link", name="Convert").click()
    page.get_by_label("W₁, row 1, column 1").fill("2.5")
    page.get_by_role("link", name="Gradients").click()
    page.get_by_role("link", name="Convert").click()
    expect(page.get_by_label("W₁, row 1, column 1")).to_have_value("2.5")
