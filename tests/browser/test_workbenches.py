"""The views as workbenches: input, picture and verdict in one window, the check before the answer."""

import re
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.browser.conftest import Open, Watch
from tests.browser.test_activations import claim, clipboard
from tests.browser.test_convert import answer, cell
from tests.browser.waiting import becomes, box_of, drawn, settled, until

ROUNDED = {
    "correct": True,
    "rounded": {"decimals": 2},
    "parts": {
        "W": {"correct": True, "rounded": {"decimals": 2}},
        "Theta": {"correct": True, "rounded": {"significant": 3}},
    },
    "hidden_mistakes": ["first_layer_forgotten"],
}
LUMINANCE = """(one) => {
  const linear = (channel) => (channel <= 0.03928 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4);
  const of = (colour) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
    return 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  };
  const paper = of(getComputedStyle(document.body).backgroundColor);
  const [dark, light] = [of(getComputedStyle(one).borderTopColor), paper].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}"""


def inside(page: Page, *found: Locator) -> None:
    """Wait until all of these stand in the window as it is scrolled."""
    height = page.evaluate("innerHeight")

    def whole() -> bool:
        return all(box["y"] >= 0 and box["y"] + box["height"] <= height for box in map(box_of, found))

    until(page, whole)


@pytest.fixture
def window(dressed: Open) -> Page:
    """A page of 1280 × 800 CSS pixels."""
    return dressed(viewport={"width": 1280, "height": 800}).new_page()


def test_input_picture_and_verdict_share_a_window(window: Page) -> None:
    """The first cell stood at y = 490, its picture at 961, and the check of gradients at 2,245."""
    image = window.locator(".picture-place > img:not([hidden])").first
    window.goto("/#/activations?name=softplus,relu")
    drawn(window)
    expect(window.locator(".values dd").first).to_be_visible()
    inside(window, window.locator(".curve-list"), image, window.locator(".values"))
    window.goto("/#/convert")
    answer(window)
    drawn(window)
    inside(window, cell(window, "b₂, entry 1"), image, window.locator(".verdict"))
    window.goto("/#/gradients")
    window.get_by_role("button", name="A wrong sign").click()
    verdict = window.locator(".verdict")
    expect(verdict).to_be_visible()
    inside(window, cell(window, "y, row 1, column 1"), cell(window, "my ∂ℓ/∂W, row 1, column 1"), verdict)
    window.goto("/#/identities")
    drawn(window)
    inside(window, window.locator(".statement"), image, window.locator(".derivation li").first)


def test_solution_is_not_asked_for_before_it_is_wanted(page: Page) -> None:
    """It stood above the check, every digit of it."""
    asked: list[str] = []
    page.on("request", lambda request: "/v1/" in request.url and asked.append(request.url))
    page.goto("/#/gradients")
    expect(page.get_by_role("heading", name="Check my answer")).to_be_visible()
    cell(page, "W, row 1, column 1").fill("2")
    page.wait_for_timeout(800)  # longer than an answer waits for typing to end
    assert asked == []
    assert "0.4554" not in page.locator("main").inner_text() and page.locator(".loss").count() == 0
    page.get_by_role("button", name="Show the solution").click()
    expect(page.locator(".loss")).to_be_visible()
    expect(page).to_have_url(re.compile("answer=1"))
    page.get_by_role("button", name="Hide the solution").click()
    expect(page.locator(".loss")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 390])
def test_an_example_brings_its_verdict_into_the_window(dressed: Open, width: int) -> None:
    """The window was the same to the pixel before and after; what changed stood 2,245 px below."""
    page = dressed(viewport={"width": width, "height": 800}).new_page()
    page.goto("/#/gradients")
    page.get_by_role("button", name="A wrong sign").click()
    expect(page.get_by_role("button", name="A wrong sign")).to_have_attribute("aria-pressed", "true")
    verdict = page.locator(".verdict")
    expect(verdict).to_have_text("Not right yet.")
    expect(verdict).to_be_in_viewport(ratio=1)
    page.goto("/#/convert")
    answer(page)
    page.get_by_role("button", name="2a check your own network").click()
    expect(page.get_by_role("group", name="Verdict").locator(".verdict")).to_be_in_viewport(ratio=1)


def test_a_rounded_answer_is_told_to_be_right_to_its_digits(page: Page) -> None:
    page.route("**/v1/gradients/check", lambda route: route.fulfill(json=ROUNDED))
    page.goto("/#/gradients?my.W=0.76,0.38,-0.76,1.52;0.71,0.35,-0.71,1.42&check=1")
    found = page.get_by_role("group", name="Verdict")
    expect(found.locator(".verdict")).to_have_text("Both are right, to 2 decimals.")
    expect(found).to_contain_text("∂ℓ/∂Θ is right, to 3 significant digits.")
    expect(found.locator("code")).to_have_text("first_layer_forgotten")
    expect(page.get_by_label("Relative tolerance")).to_be_hidden()
    expect(page.get_by_role("status")).to_contain_text("to 2 decimals")


def test_the_problem_is_shared_without_the_answer(page: Page) -> None:
    """Both links held the whole state, the student's own cells with it."""
    page.goto("/#/gradients?my.W=0.76,0.38,-0.76,1.52;0.71,0.35,-0.71,1.42&check=1&feedback=entries&answer=1")
    expect(page.locator(".verdict")).to_be_visible()
    problem = clipboard(page, "Copy link to the problem", "Share the check")
    mine = clipboard(page, "Copy link with my answer", "Share the check")
    assert "#/gradients?W=" in problem and not re.search(r"my\.|check|feedback|answer", problem)
    assert "my.W=0.76" in mine and "feedback=entries" in mine


def parameters_asked(url: str) -> list[str]:
    return re.findall(r"(?:name|alpha|beta)=[^&]+", url)


def test_parameters_belong_to_their_curve_and_stay_with_it(page: Page) -> None:
    """The address said beta = 3, the picture drew beta = 1, and the slider was gone."""
    page.goto("/#/activations?name=softplus&p.beta=3")
    drawn(page)
    with page.expect_request(re.compile(r"/v1/activations/plot\.png")) as several:
        page.get_by_label("Compare with").select_option("relu")
    assert parameters_asked(several.value.url) == ["name=softplus", "beta=3", "name=relu"]
    expect(page.get_by_label("beta by slider")).to_have_count(1)
    expect(page.locator(".alike")).to_contain_text("Largest gap 0.23105 at x = 0.")
    page.goto("/#/activations?name=elu,elu&p.alpha=0.5&p2.alpha=2")
    drawn(page, "alpha = 0.5 and elu, alpha = 2")
    expect(page.get_by_label("alpha", exact=True)).to_have_count(2)
    expect(claim(page, "Left asymptote")).to_have_text(["y = −0.5", "y = −2"])
    page.get_by_role("button", name="Remove Exponential linear unit").first.click()
    expect(page.get_by_label("alpha", exact=True)).to_have_value("2")
    expect(page).to_have_url(re.compile(r"p\.alpha=2"))


def test_a_dragged_slider_asks_for_one_picture_at_a_time(page: Page) -> None:
    """90 moves of the mouse in five seconds sent 305 requests."""
    page.goto("/#/activations?name=softplus")
    drawn(page)
    page.wait_for_timeout(400)
    asked: list[str] = []
    waiting: set[str] = set()
    most = 0

    def begun(request: Request) -> None:
        nonlocal most
        if "/v1/" not in request.url:
            return
        asked.append(request.url)
        if "plot.png" in request.url:
            waiting.add(request.url)
            most = max(most, len(waiting))

    page.on("request", begun)
    for end in ("requestfinished", "requestfailed"):
        page.on(end, lambda request: waiting.discard(request.url))  # type: ignore[call-overload]  # its literals
    slider = page.get_by_label("beta by slider")
    slider.evaluate(
        "(one) => { window.moves = []; one.addEventListener('input', () => moves.push(performance.now())); }"
    )
    box = box_of(slider)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for step in range(40):
        page.mouse.move(box["x"] + box["width"] * (0.5 + step / 100), box["y"] + box["height"] / 2)
        page.wait_for_timeout(20)
    moving = list(asked)
    moves = page.evaluate("window.moves")
    rested = (
        max(later - one for one, later in pairwise(moves)) > 200
    )  # ms, as a hand does on a stalled machine
    # However slow the machine is: one at a time, and most of the moves ask for nothing.
    pictures = [url for url in moving if "plot.png" in url]
    assert len(moves) > 30 and 1 <= len(pictures) <= 20
    assert rested or pictures == moving
    assert most == 1
    page.mouse.up()
    expect(page.locator(".values dd data").first).not_to_have_attribute("value", "1.3132616875182228")
    drawn(page)
    last = [url for url in asked if "plot.png" in url][-1]
    typed = page.get_by_label("beta", exact=True).input_value()
    assert f"beta={typed}&" in last


def busy(times: int) -> Any:
    """Return a handler that has no room for so many requests, and then lets them pass."""
    left = [times]

    def handle(route: Route) -> None:
        left[0] -= 1
        if left[0] < 0:
            route.continue_()
            return
        problem = {"type": "/problems/busy", "title": "Busy", "status": 503, "detail": "busy"}
        route.fulfill(status=503, headers={"Retry-After": "1"}, json=problem)

    return handle


def test_a_busy_service_is_asked_again_when_it_says(page: Page, watch: Watch) -> None:
    """21 of 100 pictures died of a 503, without a way back."""
    watch.expected = ("status of 503",)
    page.route(re.compile(r"plot\.png"), busy(1))
    page.route("**/v1/networks/convert", busy(1))
    page.goto("/#/convert")
    answer(page)
    drawn(page)


def test_a_picture_that_failed_can_be_drawn_again(page: Page, watch: Watch) -> None:
    watch.expected = ("net::ERR_CONNECTION_REFUSED",)
    page.goto("/#/activations?name=tanh")
    drawn(page)
    page.route(re.compile(r"plot\.png"), lambda route: route.abort("connectionrefused"))
    page.get_by_role("button", name="+ Zoom in").click()
    again = page.locator(".picture").get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    expect(page.locator(".picture-place > img").first).to_have_class(re.compile("stale"))
    page.unroute_all()
    page.evaluate("dispatchEvent(new Event('online'))")  # the connection is back
    expect(again).to_be_hidden()
    drawn(page)


def test_a_picture_of_an_earlier_question_says_so(page: Page) -> None:
    """It stayed fully lit beside words that were dimmed."""
    page.goto("/#/convert")
    answer(page)
    drawn(page)
    held: list[Route] = []
    page.route("**/v1/networks/convert", lambda route: held.append(route))
    cell(page, "b₂, entry 1").fill("0.75")
    image = page.locator(".picture-place > img").first
    expect(image).to_have_class(re.compile("stale"))
    expect(page.locator(".picture .trouble")).to_contain_text("before your last change")
    page.get_by_role("button", name="Rewrite").click()
    page.get_by_role("group", name="Answer").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("group", name="Answer")).to_contain_text(
        "Cancelled. What you typed is as it was."
    )
    page.unroute_all()
    page.get_by_role("group", name="Answer").get_by_role("button", name="Try again").click()
    answer(page)
    drawn(page)
    expect(page.locator(".stale")).to_have_count(0)


def test_a_new_unit_or_layer_changes_nothing_and_marks_nothing(page: Page) -> None:
    """Three empty red cells and three complaints answered a curious click."""
    page.goto("/#/convert")
    answer(page)
    values = []
    for press in ("Rewrite", "One unit more in layer 1 of F", "Add a layer"):
        with page.expect_request("**/v1/networks/convert") as asked:
            page.get_by_role("button", name=press).click()
        answer(page)
        body = {"network": asked.value.post_data_json["network"], "inputs": [[-3], [0], [0.5], [7]]}
        values.append(page.request.post("/v1/networks/evaluate", data=body).json()["outputs"])
        expect(page.locator("[aria-invalid=true]")).to_have_count(0)
    assert values[0] == values[1] == values[2]
    page.goto("/#/gradients")
    page.get_by_role("button", name="More classes").click()
    page.get_by_role("button", name="More inputs").click()
    page.get_by_role("button", name="Show the solution").click()
    expect(page.locator(".loss")).to_be_visible()
    expect(page.locator("[aria-invalid=true]")).to_have_count(0)


def test_a_dragged_picture_moves_under_its_frame(page: Page) -> None:
    """Legend and numbers slid away with it, and a marker for x = 1 pointed at 3.5."""
    page.goto("/#/activations?name=sigmoid")
    settled(page)
    box = box_of(page.locator(".picture-place"))
    page.mouse.move(box["x"] + 400, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 520, box["y"] + 200, steps=4)
    glass, sheet = box_of(page.locator(".glass")), box_of(page.locator(".glass-sheet"))
    still = box_of(page.locator(".picture-place > img").first)
    expect(page.locator(".picture-place > .marker")).to_be_hidden()
    assert still["x"] == box["x"]
    assert glass["x"] > box["x"] + 30 and glass["x"] + glass["width"] < box["x"] + box["width"]
    assert sheet["x"] == pytest.approx(box["x"] + 120, abs=1)
    page.mouse.up()
    drawn(page)
    expect(page.locator(".glass")).to_have_count(0)
    low = float(page.get_by_label("x from").input_value())
    assert low < -6
    page.mouse.click(box["x"] + 400, box["y"] + 200)  # a point that is pressed is read
    expect(page.get_by_label("Value at x")).not_to_have_value("1")


@pytest.mark.parametrize("chosen", ["pdf", "png", "svg"])
def test_a_download_fits_its_use_not_the_screen(dressed: Open, chosen: str) -> None:
    """From a dark screen a paper got a black picture as wide as the window."""
    page = dressed(color_scheme="dark").new_page()
    page.goto("/#/activations?name=relu")
    drawn(page)
    with page.expect_request(re.compile(rf"plot\.{chosen}")) as asked, page.expect_download():
        page.get_by_label("Download").select_option(chosen)
    width = {"pdf": 460, "png": 960, "svg": 760}[chosen]
    theme = "auto" if chosen == "svg" else "light"
    assert f"width={width}&" in asked.value.url and f"theme={theme}" in asked.value.url
    assert "theme=light" in clipboard(page, "Copy image link")


def test_the_range_of_a_step_is_two_values(page: Page) -> None:
    page.goto("/#/activations?name=heaviside")
    expect(claim(page, "Range")).to_have_text("{0, 1}")


def test_a_wide_network_does_not_make_a_long_page(page: Page) -> None:
    """4 → 32 → 3 was 4,726 px long."""
    rows = ";".join(",".join(f"{(i * 7 + j) % 5 - 2}.5" for j in range(4)) for i in range(32))
    out = ";".join(",".join(f"0.{(i + j) % 9}" for j in range(32)) for i in range(3))
    zeros = ",".join(["0"] * 32)
    page.goto(f"/#/convert?to=sigmoid&W1={rows}&b1={zeros}&a1=tanh&W2={out}&b2=0,0,0&a2=identity")
    answer(page)
    page.wait_for_function("document.documentElement.scrollHeight < 3000")
    expect(page.get_by_role("group", name="Answer").locator(".verdict")).to_be_in_viewport()


def test_cells_are_seen_and_tables_that_fit_are_no_tab_stops(dressed: Open) -> None:
    for scheme in ("light", "dark"):
        page = dressed(color_scheme=scheme).new_page()
        page.goto("/#/gradients?answer=1")
        expect(page.locator(".loss")).to_be_visible()
        assert cell(page, "my ∂ℓ/∂W, row 1, column 1").evaluate(LUMINANCE) >= 3
        expect(page.locator(".scroll[tabindex]")).to_have_count(0)
        assert page.get_by_role("region").count() <= 4


def test_forced_colours_tell_what_is_chosen_and_what_is_wrong(dressed: Open) -> None:
    """The four segments looked the same, and wrong cells lost every mark."""
    page = dressed(forced_colors="active").new_page()
    page.goto("/#/gradients")
    page.get_by_role("button", name="A wrong sign").click()
    expect(page.locator(".verdict")).to_be_visible()
    style = (
        "(one) => { const s = getComputedStyle(one); return [s.backgroundColor, s.borderTopStyle, s.color]; }"
    )

    def segments() -> list[Any]:
        states = (":checked", ":not(:checked)")
        return [page.locator(f".segments input{state} + span").first.evaluate(style) for state in states]

    chosen, other = segments()
    assert chosen[0] != other[0]
    wrong = cell(page, "my ∂ℓ/∂W, row 1, column 1").evaluate(style)
    assert wrong[1] != cell(page, "my ∂ℓ/∂Θ, row 1, column 1").evaluate(style)[1]
    page.goto("/#/convert")
    answer(page)
    chosen, other = segments()
    assert chosen[0] != other[0]


OVERLAPS = """() => {
  const seen = [...document.querySelectorAll("main p, main li > *, main h2, main h3, main summary")]
    .filter((one) => one.checkVisibility() && !one.closest(".unseen"))
    .filter((one) => one.getBoundingClientRect().height > 4);
  const boxes = seen.map((one) => [one, one.getBoundingClientRect()]);
  const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
  return boxes.flatMap(([one, a], index) => boxes.slice(index + 1)
    .filter(([two, b]) => !one.contains(two) && !two.contains(one) && over(a, b))
    .map(([two]) => [one.textContent.slice(0, 40), two.textContent.slice(0, 40)]));
}"""


def test_paper_is_light_whole_and_has_its_address(dressed: Open) -> None:
    """A dark theme printed black pictures, the chosen segment white on white, one text over another."""
    page = dressed(color_scheme="dark", viewport={"width": 760, "height": 1000}).new_page()
    page.goto("/#/gradients?answer=1&explain=1")
    drawn(page)
    expect(page.locator(".picture-place img.on-paper")).to_have_attribute("src", re.compile("^blob:"))
    page.emulate_media(media="print", color_scheme="dark")
    page.wait_for_function(
        "() => /#.gradients.*answer=1/.test(document.documentElement.style.getPropertyValue('--address'))"
    )
    image = page.locator(".picture-place img:visible")
    expect(image).to_have_count(1)
    corner = """async (image) => {
      await image.decode();
      const canvas = new OffscreenCanvas(2, 2).getContext("2d");
      canvas.drawImage(image, 0, 0);
      return [...canvas.getImageData(1, 1, 1, 1).data];
    }"""
    assert image.evaluate(corner) == [255, 255, 255, 255]
    chosen = page.locator(".segments input:checked + span").first
    assert chosen.evaluate("(one) => getComputedStyle(one).color") == "rgb(27, 31, 36)"
    kept = page.locator(".panel.tight").evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one).breakInside)"
    )
    assert len(kept) >= 4 and set(kept) == {"avoid"}  # a matrix stood on the page after its name
    becomes(page, lambda: page.evaluate(OVERLAPS), [])
    page.wait_for_function("document.documentElement.scrollWidth <= 760")


def test_the_next_step_stays_where_it_is_and_leads_on(page: Page) -> None:
    """It walked down and out of the window, and became a dead button."""
    page.goto("/#/identities")
    following = page.get_by_role("button", name=re.compile("Next"))
    settled(page)
    at = box_of(following)
    for _ in range(4):
        following.click()
        expect(following).to_be_in_viewport(ratio=1)
    expect(following).to_have_text("Next: 1b")
    now = box_of(following)
    assert (at["x"], at["y"]) == (now["x"], now["y"])
    following.click()
    expect(page.locator(".menu a[aria-current=true]")).to_contain_text("1b")


def test_statements_are_read_as_one_formula(page: Page) -> None:
    page.goto("/#/identities?name=tanh_network_as_sigmoid_network")
    formulas = page.locator(".statement math:not([aria-hidden])")
    expect(formulas).to_have_count(1)
    expect(formulas).to_have_attribute("alttext", re.compile("tanh"))
