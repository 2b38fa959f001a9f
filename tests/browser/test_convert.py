"""Problem 2's view, as its user goes about it: type, paste, load, rewrite, compare, decide, take along."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, expect
from safetensors.numpy import save

from tests.browser.conftest import Open, Watch
from tests.browser.test_activations import clipboard
from tests.browser.waiting import drawn, until

SAME = (
    "#/convert?to=sigmoid&W1=1.5;-0.5&b1=0.25,1&a1=tanh&W2=2,-0.1&b2=0.3&a2=identity"
    "&mine.W1=-1;3&mine.b1=2,0.5&mine.a1=sigmoid&mine.W2=-0.2,4&mine.b2=-1.6&mine.a2=identity&compare=1"
)


LARGE = {"fc1.weight": (100, 100), "fc1.bias": (100,), "fc2.weight": (1, 100), "fc2.bias": (1,)}


def answer(page: Page) -> Locator:
    """Wait until the answer belongs to what is typed."""
    found = page.get_by_role("group", name="Answer")
    expect(found).not_to_have_attribute("aria-busy", "true")
    expect(found.locator(".outcome-body:not(.stale) .verdict")).to_be_visible()
    return found


def in_full(page: Page) -> Locator:
    """Return where the answer's numbers stand."""
    return page.get_by_role("region", name="The answer in full")


def cell(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True).first


def converted(page: Page, letter: str) -> list[list[str]]:
    table = page.get_by_role("group", name=f"{letter}′, converted").get_by_role("table")
    exact = "(all) => all.map((one) => one.value)"
    rows = [row.locator("td.numeric data").evaluate_all(exact) for row in table.get_by_role("row").all()]
    return [row for row in rows if row]


def test_the_sheets_network_is_rewritten_entry_by_entry(page: Page) -> None:
    page.goto("/#/convert")
    found = answer(page)
    expect(found.locator(".verdict")).to_have_text("The same function, made of sigmoid units.")
    assert [converted(page, letter) for letter in ("W₁", "b₁", "W₂", "b₂")] == [
        [["3"], ["-1"]], [["0.5"], ["2"]], [["4", "-0.2"]], [["-1.6"]],
    ]  # fmt: skip
    expect(found).to_contain_text(
        "For every input, F and G differ by the same constant, 8.33 × 10⁻¹⁷, because b₂′"
    )
    full = in_full(page)
    expect(full).to_contain_text("W₁′ = 2 W₁ (doubling is exact in floating point)")
    expect(full).to_contain_text("b₂′ = b₂ − W₂·1, rounded to the nearest float (error 8.3267 × 10⁻¹⁷)")
    expect(full.locator("td.rounded")).to_have_text("−1.6")
    full.get_by_text("The certificate in full").click()
    expect(full.locator(".certificate details p")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("The same function")
    drawn(page, "F and G lie on each other")
    page.get_by_label("diagrams", exact=True).check()
    expect(page).to_have_url(re.compile("view=diagram"))
    expect(page.locator(".picture-place img")).to_have_attribute("alt", re.compile("diagram|layer|unit"))


def test_typing_is_followed_and_nothing_of_it_is_lost(page: Page) -> None:
    page.goto("/#/convert")
    answer(page)
    cell(page, "W₁, row 1, column 1").fill("1/3")
    expect(page.get_by_role("group", name="W₁′, converted")).to_contain_text("0.66667")
    cell(page, "b₂, entry 1").fill("not yet")
    page.reload()
    expect(cell(page, "b₂, entry 1")).to_have_value("not yet")
    expect(cell(page, "W₁, row 1, column 1")).to_have_value("1/3")
    page.get_by_role("button", name="Rewrite").click()
    expect(cell(page, "b₂, entry 1")).to_be_focused()
    expect(cell(page, "b₂, entry 1")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("entry 1: expected a number")).to_be_visible()
    cell(page, "b₂, entry 1").fill("1")
    cell(page, "b₂, entry 1").press("Enter")
    answer(page)
    page.get_by_role("button", name="2b step units?").click()
    expect(cell(page, "b₂, entry 1")).to_have_value("0.3")
    page.go_back()
    expect(cell(page, "b₂, entry 1")).to_have_value("1")


def test_arrows_move_between_cells_and_buttons_change_the_shape(page: Page) -> None:
    page.goto("/#/convert")
    cell(page, "W₁, row 1, column 1").focus()
    page.keyboard.press("ArrowDown")
    expect(cell(page, "W₁, row 2, column 1")).to_be_focused()
    page.get_by_role("button", name="One unit more in layer 1 of F").click()
    expect(cell(page, "W₁, row 3, column 1")).to_have_value("0")
    expect(cell(page, "W₂, row 1, column 3")).to_have_value("0")
    answer(page)
    page.get_by_role("button", name="One unit fewer in layer 1 of F").click()
    expect(cell(page, "W₁, row 3, column 1")).to_have_count(0)
    answer(page)
    page.get_by_role("button", name="Add a layer").click()
    expect(page.get_by_role("group", name="Layer 3 of F")).to_be_visible()
    page.get_by_role("button", name="Remove the last layer").click()
    expect(page.get_by_role("group", name="Layer 3 of F")).to_be_hidden()


def test_what_a_smaller_shape_or_a_paste_takes_away_comes_back(page: Page) -> None:
    page.goto("/#/convert")
    answer(page)
    cell(page, "W₁, row 2, column 1").fill("7.5")
    page.get_by_role("button", name="One unit fewer in layer 1 of F").click()
    expect(cell(page, "W₁, row 2, column 1")).to_have_count(0)
    page.get_by_role("button", name="One unit more in layer 1 of F").click()
    expect(cell(page, "W₁, row 2, column 1")).to_have_value("7.5")
    expect(cell(page, "W₂, row 1, column 2")).to_have_value("-0.1")
    page.go_back()
    expect(cell(page, "W₁, row 2, column 1")).to_have_count(0)
    page.go_back()
    expect(cell(page, "W₁, row 2, column 1")).to_have_value("7.5")
    page.evaluate("navigator.clipboard.writeText('[[1, 2]]')")
    cell(page, "W₁, row 1, column 1").focus()
    page.keyboard.press("Control+V")
    expect(cell(page, "W₁, row 1, column 2")).to_have_value("2")
    page.go_back()
    expect(cell(page, "W₁, row 2, column 1")).to_have_value("7.5")


@pytest.mark.usefixtures("refusals")
def test_what_the_service_refuses_stands_at_its_cell(page: Page) -> None:
    page.goto("/#/convert?to=sigmoid&W1=1,2;3,4&b1=0,1&a1=tanh&W2=1,2,3&b2=0&a2=identity")
    faults = page.get_by_role("group", name="W₂").first.locator(".fault")
    expect(faults).to_have_text(re.compile("expected .*2.*got .*3"))
    page.goto("/#/convert?to=sigmoid&W1=1;2&b1=0,1e308&a1=tanh&W2=1,2&b2=0&a2=identity")
    expect(page.get_by_role("group", name="b₁").first.locator(".fault")).to_contain_text("entry 2: expected")
    expect(cell(page, "b₁, entry 2")).to_have_attribute("aria-invalid", "true")
    expect(cell(page, "b₁, entry 1")).not_to_have_attribute("aria-invalid", "true")
    cell(page, "b₁, entry 2").fill("1")
    answer(page)
    expect(page.get_by_role("group", name="b₁").first.locator(".fault")).to_be_hidden()


MADE = {
    "relu": "F has no tanh unit: nothing is rewritten.",
    "sigmoid": "F has no tanh unit: nothing is rewritten.",
    "tanh": "The same function, made of sigmoid units.",
    "tanh, relu": "The same function, its tanh units made sigmoid units.",
}


def test_it_is_said_what_was_rewritten(page: Page) -> None:
    for units, headline in MADE.items():
        first, *more = units.split(", ")
        middle = f"&W2=1,0;0,1&b2=0,0&a2={more[0]}" if more else ""
        last = 3 if more else 2
        page.goto("about:blank")
        page.goto(
            f"/#/convert?to=sigmoid&W1=1;2&b1=0,1&a1={first}{middle}&W{last}=1,2&b{last}=0&a{last}=identity"
        )
        expect(answer(page).locator(".verdict")).to_have_text(headline)


def open_file(page: Page, name: str, content: bytes) -> None:
    page.get_by_label("A network from a file").set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": content}]
    )


def test_mine_is_the_same_but_for_rounding_and_then_it_is_not(page: Page) -> None:
    page.goto(f"/{SAME}")
    found = page.get_by_role("group", name="Verdict")
    expect(found.locator(".verdict")).to_have_text("The same function but for rounding.")
    expect(found).to_contain_text("Decided exactly.")
    expect(found.locator(".matching li")).to_have_text(
        ["unit 1 of F is unit 2 of mine", "unit 2 of F is unit 1 of mine"]
    )
    mine = page.get_by_role("group", name="Layer 2 of mine")
    mine.get_by_label("b₂, entry 1").fill("-1.5")
    page.get_by_role("button", name="Compare").click()
    expect(found.locator(".verdict")).to_have_text("Not the same function.")
    expect(found).to_contain_text("Where it shows")
    page.get_by_role("button", name="Start from G").click()
    expect(found.locator(".verdict")).to_have_text("The same function but for rounding.")
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(found).to_be_hidden()
    page.get_by_role("button", name="Type a network").click()
    expect(page.get_by_role("group", name="Layer 1 of mine")).to_be_visible()


def test_a_tolerance_that_is_no_number_is_asked_for_again(page: Page) -> None:
    """It counted as 0, and nothing told."""
    page.goto(f"/{SAME}&tolerance=0,5")
    tolerance = page.get_by_label("Tolerance")
    expect(tolerance).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("group", name="Verdict").locator(".verdict")).to_have_count(0)
    page.get_by_role("button", name="Compare").click()
    expect(tolerance).to_be_focused()
    tolerance.fill("0.5")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("group", name="Verdict")).to_contain_text("That is within the tolerance.")


def test_the_focus_stays_when_a_layer_has_one_unit_left(page: Page) -> None:
    page.goto("/#/convert")
    fewer = page.get_by_role("button", name="One unit fewer in layer 1 of F")
    fewer.focus()
    page.keyboard.press("Enter")
    expect(fewer).to_be_disabled()
    expect(page.get_by_role("button", name="One unit more in layer 1 of F")).to_be_focused()


def test_steps_are_refuted_by_two_inputs_and_a_count(page: Page) -> None:
    page.goto("/#/convert")
    page.get_by_label("step (Heaviside)", exact=True).check()
    found = page.get_by_role("group", name="Answer")
    expect(found.locator(".verdict")).to_have_text("No network of step units computes F.")
    found = in_full(page)
    expect(found.get_by_role("group", name="Witness").get_by_role("row")).to_have_count(3)
    expect(found).to_contain_text(re.compile(r"takes at most \S+ different values"))
    page.get_by_label("Download").first.select_option("network.json")  # of four letters, "null", it was
    expect(page.locator(".done").first).to_have_text("There is nothing that network.json could hold")


def test_spare_units_are_found(page: Page) -> None:
    page.goto("/#/convert")
    page.get_by_role("button", name="A redundant unit").click()
    found = page.get_by_role("group", name="Answer")
    expect(found.locator(".verdict")).to_have_text("1 of 3 hidden units is enough.")
    expect(in_full(page).locator(".notes li")).to_have_text(
        [
            "Unit 2: it is the negative of unit 1, which now stands for both",
            "Unit 3: its output weights are all 0",
        ]
    )


def test_the_request_is_copied_as_it_was_answered(page: Page) -> None:
    page.goto("/#/convert")
    answer(page)
    drawn(page)
    python = subprocess.run(
        [sys.executable, "-c", clipboard(page, "Copy as Python")], capture_output=True, text=True
    )
    assert "'certificate'" in python.stdout, python.stderr
    assert "/v1/networks/plot.png?q=" in clipboard(page, "Copy image link")
    # Longer than a system takes as one argument: curl reads it from what follows.
    weights = {name: np.full(shape, 1 / 3).tolist() for name, shape in LARGE.items()}
    open_file(page, "large.json", json.dumps(weights).encode())
    expect(page.get_by_text("100 × 100 numbers").first).to_be_visible()
    answer(page)
    command = clipboard(page, "Copy as curl")
    assert len(command) > 150_000
    answered = subprocess.run(["bash"], input=command, capture_output=True, text=True)
    assert '"certificate"' in answered.stdout, answered.stderr


def test_long_work_shows_itself_and_is_cancelled(page: Page) -> None:
    page.goto("/#/convert")
    answer(page)
    held: list[Route] = []
    page.route("**/v1/networks/convert", lambda route: held.append(route))
    cell(page, "b₂, entry 1").fill("0.5")
    page.get_by_role("button", name="Rewrite").click()
    expect(page.get_by_role("progressbar", name="Converting")).to_be_visible()
    page.get_by_role("group", name="Answer").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("progressbar", name="Converting")).to_be_hidden()
    expect(page.get_by_role("status")).to_have_text("Cancelled. What you typed is as it was.")
    expect(cell(page, "b₂, entry 1")).to_have_value("0.5")
    page.unroute("**/v1/networks/convert")
    page.get_by_role("button", name="Rewrite").click()
    answer(page)


def test_an_answer_to_an_earlier_question_stays_dimmed(page: Page) -> None:
    """A large network is not asked about while it is typed: its late answer belongs to other weights."""
    page.goto("/#/convert")
    weights = {name: np.full(shape, 0.1234567).tolist() for name, shape in LARGE.items()}
    open_file(page, "large.json", json.dumps(weights).encode())
    expect(page.get_by_text("100 × 100 numbers").first).to_be_visible()
    answer(page)
    held: list[Route] = []
    page.route("**/v1/networks/convert", lambda route: held.append(route))
    cell(page, "b₂, entry 1").fill("0.5")
    page.get_by_role("button", name="Rewrite").click()
    expect(page.get_by_role("progressbar", name="Converting")).to_be_visible()
    cell(page, "b₂, entry 1").fill("0.75")
    until(page, lambda: held)
    held[0].continue_()
    found = page.get_by_role("group", name="Answer")
    expect(found).not_to_have_attribute("aria-busy", "true")
    expect(found.locator(".outcome-body")).to_have_class(re.compile("stale"))
    page.unroute_all()
    page.get_by_role("button", name="Rewrite").click()
    answer(page)


def test_without_a_connection_nothing_typed_is_lost(page: Page, watch: Watch) -> None:
    watch.expected = ("net::ERR_CONNECTION_REFUSED",)
    page.goto("/#/convert")
    answer(page)
    page.route("**/v1/networks/convert", lambda route: route.abort("connectionrefused"))
    cell(page, "b₂, entry 1").fill("0.5")
    said = page.get_by_text("The service cannot be reached. Nothing you typed is lost.", exact=True)
    expect(said).to_be_visible()
    page.unroute("**/v1/networks/convert")
    page.get_by_role("button", name="Rewrite").click()
    answer(page)


def test_a_network_too_large_for_a_link_is_kept_in_the_browser(page: Page, dressed: Open) -> None:
    page.goto("/#/convert")
    rng = np.random.default_rng(8)
    large = {
        "fc1.weight": rng.normal(size=(60, 60)),
        "fc1.bias": rng.normal(size=60),
        "fc2.weight": rng.normal(size=(1, 60)),
        "fc2.bias": np.zeros(1),
    }
    open_file(page, "large.safetensors", save(large))
    expect(page).to_have_url(re.compile(r"#/convert\?kept=\w+$"))
    expect(page.get_by_text("60 × 60 numbers").first).to_be_visible()
    answer(page)
    page.reload()
    expect(page.get_by_text("60 × 60 numbers").first).to_be_visible()
    answer(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    page.get_by_role("button", name="Copy link").first.click()
    expect(page.locator(".done").first).to_contain_text("in this browser only")
    cell(page, "b₂, entry 1").fill("5")
    page.reload()  # at once: the disk has not written it yet
    expect(cell(page, "b₂, entry 1")).to_have_value("5")
    elsewhere = dressed().new_page()
    elsewhere.goto(page.url)
    expect(elsewhere.get_by_role("alert")).to_contain_text("too many for a link")


def test_maps_and_diagrams_are_high_enough_for_a_phone(dressed: Open) -> None:
    """Four maps were 100 by 60 pixels each, and a diagram two small diamonds without a number."""
    page = dressed(viewport={"width": 320, "height": 640}).new_page()
    maps = "to=sigmoid&W1=1,2;3,4&b1=0,1&a1=tanh&W2=1,1;2,-1&b2=0,0&a2=identity"
    for state, share in ((maps, 3.12), ("view=diagram", 1.6), ("view=function", 0.95)):
        page.goto("about:blank")
        with page.expect_request(re.compile(r"networks/plot\.png")) as asked:
            page.goto(f"/#/convert?{state}")
        drawn(page)
        body = asked.value.post_data_json
        assert body["height"] / body["width"] == pytest.approx(share, abs=0.05)
