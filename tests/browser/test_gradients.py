"""Problem 3's view, as its user goes about it: type the problem, read the gradients, check one's own."""

import json
import re
import shlex
import subprocess
import sys

import httpx
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from safetensors.numpy import save

from app.nn.gradients.problem import Problem, gradients
from app.nn.gradients.targets import prepare
from tests.browser.conftest import Open, Watch
from tests.browser.test_activations import clipboard
from tests.browser.test_convert import cell
from tests.browser.waiting import SECONDS, cells_hold, drawn

W = [[1.0, -0.5, 1.0, 1.0], [1.0, 1.0, 0.5, -1.0]]
THETA, X = [[-0.5, -1.0, 0.5], [-1.0, -1.0, 1.0]], [1.0, 0.5, -1.0, 2.0]
RIGHT = gradients(
    Problem(np.array(W), np.array(THETA), np.array(X)), prepare(np.array([0.0, 1.0, 0.0]), (4,), 3)
)
SMALL = "#/gradients?W=1,0;0,1&Theta=1,-1;0,2&x=1,2&y=1"
MISTAKEN = "#/gradients?W=1,0;0,1&Theta=1,-1;0,2&x=1,2&y=1&my.W=-0.2384,-0.4768;0.2384,0.4768&tolerance=0.001"


SOLUTION = "Share the solution"


def answer(page: Page) -> Locator:
    """Ask for the solution, and wait until it belongs to what is typed."""
    expect(page.locator("[aria-labelledby=answer]")).to_be_visible()
    show = page.get_by_role("button", name="Show the solution")
    if show.count():
        show.click()
    found = page.get_by_role("group", name="Gradients", exact=True)
    expect(found).not_to_have_attribute("aria-busy", "true")
    expect(found.locator(".outcome-body:not(.stale) .loss")).to_be_visible()
    return found


def shown(page: Page, name: str) -> list[list[float]]:
    table = page.get_by_role("group", name=name, exact=True).get_by_role("table")
    exact = "(all) => all.map((one) => Number(one.value))"
    rows = [row.locator("td.numeric data").evaluate_all(exact) for row in table.get_by_role("row").all()]
    return [row for row in rows if row]


def test_the_sheets_problem_is_answered_with_every_digit(page: Page) -> None:
    page.goto("/#/gradients")
    found = answer(page)
    expect(found.locator(".loss .digits")).to_have_attribute("value", repr(float(RIGHT.loss)))
    assert shown(page, "Gradient with respect to W") == RIGHT.W.tolist()
    assert shown(page, "Gradient with respect to Theta") == RIGHT.Theta.tolist()
    assert shown(page, "Probabilities") == [RIGHT.forward.probabilities.tolist()]
    expect(found.get_by_role("group", name="Laws").get_by_role("row")).to_have_count(3)
    expect(found.get_by_role("group", name="Laws")).not_to_contain_text("✗")
    expect(page.get_by_role("status")).to_contain_text("The loss is 1.66148")
    drawn(page, "gradient")


def test_derivation_has_numbers_and_stays_open_in_a_link(page: Page) -> None:
    """The derivation has the numbers in and stays open in a link."""
    page.goto("/#/gradients")
    answer(page)
    page.get_by_text("The derivation with these numbers").click()
    lines = page.locator(".derivation li")
    expect(lines.first.locator("math")).to_be_visible()
    expect(lines.last.locator(".reason")).not_to_be_empty()
    assert "0.455" in " ".join(
        lines.locator("math").evaluate_all("(all) => all.map((one) => one.textContent)")
    )
    expect(page).to_have_url(re.compile("explain=1"))
    page.reload()
    expect(lines.first).to_be_visible()


def test_typing_is_kept_over_reload_and_undone_by_back(page: Page) -> None:
    """Typing is followed kept over reload and undone by the back button."""
    page.goto(f"/{SMALL}")
    answer(page)
    cell(page, "W, row 1, column 1").fill("1/2")
    expect(page.locator(".loss .digits")).not_to_have_attribute("value", repr(float(RIGHT.loss)))
    cell(page, "x, row 1, column 2").fill("two")
    page.reload()
    expect(cell(page, "W, row 1, column 1")).to_have_value("1/2")
    expect(cell(page, "x, row 1, column 2")).to_have_value("two")
    page.get_by_role("button", name="Compute again").click()
    expect(cell(page, "x, row 1, column 2")).to_be_focused()
    expect(cell(page, "x, row 1, column 2")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="A batch of three").click()
    expect(cell(page, "x, row 1, column 2")).to_have_value("2")
    page.go_back()
    expect(cell(page, "x, row 1, column 2")).to_have_value("two")


def test_typed_text_is_kept_through_a_slow_reload(page: Page) -> None:
    """A reload asks for the URL as it is when it begins; the URL follows what is typed a little later."""
    page.goto("/#/gradients")
    answer(page)
    cell(page, "W, row 1, column 1").fill("1/2")
    page.route(re.compile("/$"), lambda route: (page.wait_for_timeout(700), route.continue_()))
    page.reload()
    expect(cell(page, "W, row 1, column 1")).to_have_value("1/2")
    page.unroute_all()
    page.reload()
    expect(cell(page, "W, row 1, column 1")).to_have_value("1/2")
    page.goto("/#/gradients?W=3,0;0,1&Theta=1,-1;0,2&x=1,2&y=1")
    expect(cell(page, "W, row 1, column 1")).to_have_value("3")


@pytest.mark.usefixtures("refusals")
def test_what_the_service_refuses_stands_at_its_cell(page: Page) -> None:
    page.goto("/#/gradients?W=1,0;0,1&Theta=1,-1;0,2&x=1,2&y=2&answer=1")
    fault = page.get_by_role("group", name=re.compile("^class")).first.locator(".fault")
    expect(fault).to_contain_text("expected")
    expect(cell(page, "class, entry 1")).to_have_attribute("aria-invalid", "true")
    cell(page, "class, entry 1").fill("1")
    answer(page)
    expect(fault).to_be_hidden()
    page.goto("/#/gradients?W=1,0;0,1&Theta=1,-1;0,2;1,1&x=1,2&y=1&answer=1")
    expect(page.get_by_role("group", name="Θ").first.locator(".fault")).to_contain_text("expected 2 rows")


def test_the_problem_is_resized_and_its_targets_become_rows(page: Page) -> None:
    page.goto(f"/{SMALL}")
    answer(page)
    page.get_by_role("button", name="More rows").click()
    cell(page, "x, row 2, column 1").fill("0")
    cell(page, "x, row 2, column 2").fill("1")
    cell(page, "class, entry 2").fill("0")
    page.get_by_label("Reduction").select_option("none")
    expect(page.get_by_role("group", name="Gradient with respect to W, row 1", exact=True)).to_be_visible()
    page.get_by_label("probability vectors", exact=True).check()
    expect(cell(page, "y, row 1, column 2")).to_have_value("1")
    expect(cell(page, "y, row 2, column 1")).to_have_value("1")
    page.get_by_text("Smoothing, class weights, weight decay").click()
    page.get_by_label("Label smoothing").fill("0.1")
    expect(page).to_have_url(re.compile(r"smoothing=0\.1"))
    losses = (
        page.locator(".outcome-body:not(.stale)").get_by_role("group", name="Losses").locator("data").first
    )
    expect(losses).to_be_visible()
    before = losses.get_attribute("value") or ""
    page.get_by_label("Weight decay").fill("0.5")
    expect(losses).not_to_have_attribute("value", before)


def entries_hold(page: Page, group: str, expected: list[str]) -> None:
    """Wait until the targets are drawn as `group`, with these texts in their cells."""
    cells_hold(page.get_by_role("group", name=re.compile(f"^{group} ")).first.locator("input.cell"), expected)


TWO_CLASSES = "/#/gradients?W=1,0;0,1&Theta=1,-1;0,2&x=1,2"


@pytest.mark.parametrize("name", ["1", "1.0", "01", "+1", "2/2", "1e0"])
def test_a_class_becomes_its_row_however_its_number_is_written(page: Page, name: str) -> None:
    """Rows of zeros stood there: another problem, computed without a word."""
    page.goto(f"{TWO_CLASSES}&y={name}")
    page.get_by_label("probability vectors", exact=True).check()
    entries_hold(page, "y", ["0", "1"])
    page.get_by_label("class index", exact=True).check()
    entries_hold(page, "class", [name])


@pytest.mark.parametrize("name", ["2", "-1", "0.5", "one", ""])
@pytest.mark.usefixtures("refusals")
def test_what_is_no_class_is_to_be_typed_as_a_row(page: Page, name: str) -> None:
    page.goto(f"{TWO_CLASSES}&y={name}&answer=1")
    page.get_by_label("probability vectors", exact=True).check()
    entries_hold(page, "y", ["", ""])
    page.get_by_role("button", name="Compute again").click()
    expect(cell(page, "y, row 1, column 1")).to_have_attribute("aria-invalid", "true")


def test_the_targets_other_form_follows_what_is_typed_in_one(page: Page) -> None:
    """A form that was seen once came back as it was then."""
    classes, rows = (page.get_by_label(name, exact=True) for name in ("class index", "probability vectors"))
    page.goto(f"{TWO_CLASSES}&y=1")
    rows.check()
    entries_hold(page, "y", ["0", "1"])
    classes.check()
    cell(page, "class, entry 1").fill("0")
    rows.check()
    entries_hold(page, "y", ["1", "0"])
    cell(page, "y, row 1, column 1").fill("0")
    cell(page, "y, row 1, column 2").fill("1.0")
    classes.check()
    entries_hold(page, "class", ["1"])
    page.get_by_role("button", name="More classes").click()
    rows.check()
    entries_hold(page, "y", ["0", "1", "0"])
    cell(page, "y, row 1, column 2").fill("1/2")
    classes.check()
    entries_hold(page, "class", [""])
    rows.check()
    entries_hold(page, "y", ["0", "1/2", "0"])  # nothing else was typed


def test_soft_targets_become_no_class(page: Page) -> None:
    page.goto("/#/gradients")
    page.get_by_role("button", name="Soft targets").click()
    entries_hold(page, "y", ["0.2", "0.7", "0"])
    page.get_by_label("class index", exact=True).check()
    entries_hold(page, "class", [""])
    page.get_by_label("probability vectors", exact=True).check()
    entries_hold(page, "y", ["0.2", "0.7", "0"])


def test_grids_follow_the_problem_and_keep_their_content(page: Page) -> None:
    """The grids for one's own follow the problem and keep what is in them."""
    page.goto(f"/{MISTAKEN}")
    mine = page.get_by_role("group", name="my ∂ℓ/∂W").locator("input.cell")
    expect(mine).to_have_count(4)
    page.get_by_role("button", name="More hidden units").click()
    expect(mine).to_have_count(6)
    expect(page.get_by_role("group", name="my ∂ℓ/∂Θ").locator("input.cell")).to_have_count(6)
    page.get_by_role("button", name="Fewer inputs").click()
    expect(mine).to_have_count(3)
    page.get_by_role("button", name="More inputs").click()
    expect(cell(page, "my ∂ℓ/∂W, row 1, column 2")).to_have_value("-0.4768")
    page.reload()
    expect(mine).to_have_count(6)
    for _ in range(3):
        page.go_back()
    expect(mine).to_have_count(4)
    expect(cell(page, "my ∂ℓ/∂W, row 2, column 2")).to_have_value("0.4768")


LEVELS = {
    "right or wrong": (False, False, False),
    "which mistake": (False, True, False),
    "which entries": (True, False, False),
    "what went wrong": (True, True, False),
    "the solution too": (True, True, True),
}


def test_a_wrong_sign_is_told_as_far_as_one_wants_to_know(page: Page) -> None:
    page.goto(f"/{MISTAKEN}")
    found = page.get_by_role("group", name="Verdict")
    wrong = page.get_by_role("group", name="my ∂ℓ/∂W").locator("input.cell[aria-invalid=true], input.wrong")
    for level, (entries, mistakes, solution) in LEVELS.items():
        page.get_by_label("and tell me").select_option(label=level)
        page.get_by_role("button", name="Check", exact=True).click()
        expect(found).not_to_have_attribute("aria-busy", "true")
        expect(found.locator(".outcome-body:not(.stale) .verdict")).to_have_text("Not right yet.")
        expect(wrong).to_have_count(4 if entries else 0)
        expect(found.locator(".notes li code")).to_have_count(1 if mistakes else 0)
        if mistakes:
            expect(found.locator(".notes li code")).to_have_text("sign")
        expect(found.get_by_role("heading", name="The solution", level=3)).to_have_count(1 if solution else 0)


def test_a_right_answer_is_right_and_an_empty_one_is_asked_for(page: Page) -> None:
    page.goto("/#/gradients")
    answer(page)
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("expected at least one number of your own")).to_be_visible()
    mine = page.get_by_role("group", name="my ∂ℓ/∂Θ")
    for (i, j), number in np.ndenumerate(RIGHT.Theta):
        mine.get_by_label(f"my ∂ℓ/∂Θ, row {i + 1}, column {j + 1}").fill(f"{number:.4f}")
    page.keyboard.press("Enter")
    expect(page.locator(".verdict")).to_have_text("It is right, to 4 decimals.")
    expect(page.get_by_role("status")).to_contain_text("It is right, to 4 decimals.")
    page.reload()
    expect(page.locator(".verdict")).to_have_text("It is right, to 4 decimals.")


def test_a_problem_is_opened_from_a_file(page: Page) -> None:
    numbers = {"W": [[2.0, 0.5]], "Theta": [[1.0, -3.0]], "inputs": [4.0, 5.0]}
    files = {
        "json": json.dumps({**numbers, "targets": 0}).encode(),
        "safetensors": save(
            {**{name: np.array(one) for name, one in numbers.items()}, "targets": np.array(0)}
        ),
    }
    for form, content in files.items():
        page.goto("/#/gradients")
        expect(cell(page, "x, row 1, column 2")).to_have_value("0.5")
        page.get_by_label("A problem from a file").set_input_files(
            [{"name": f"p.{form}", "mimeType": "application/octet-stream", "buffer": content}]
        )
        expect(cell(page, "x, row 1, column 2")).to_have_value("5")
        expect(cell(page, "class, entry 1")).to_have_value("0")
        answer(page)


MINE = {"W": [[1.0, 2.0], [3.0, 4.0]], "Theta": None}


def test_somebodys_own_gradients_come_with_the_file(page: Page) -> None:
    page.goto("/#/gradients")
    whole = {"W": W, "Theta": THETA, "inputs": X, "targets": 1, "submission": MINE}
    page.get_by_label("A problem from a file").set_input_files(
        [{
            "name": "p.json", "mimeType": "application/json",
            "buffer": json.dumps({**whole, "tolerance": 0.25, "feedback": "entries"}).encode(),
        }]
    )  # fmt: skip
    expect(cell(page, "my ∂ℓ/∂W, row 2, column 1")).to_have_value("3")
    expect(page.get_by_label("Relative tolerance")).to_have_value("0.25")
    expect(page.get_by_label("and tell me")).to_have_value("entries")
    expect(page.locator(".verdict")).to_have_text("Not right yet.")


NO_PROBLEMS = {
    "class_weights": (5, "expected class_weights"),
    "submission": ({"W": [1, 2]}, "expected a submission"),
    "feedback": ("everything", "expected feedback"),
}


@pytest.mark.parametrize("name", NO_PROBLEMS)
def test_a_file_with_what_cannot_be_shown_is_refused_whole(page: Page, name: str) -> None:
    wrong, said = NO_PROBLEMS[name]
    page.goto("/#/gradients")
    document = json.dumps({"W": [[2.0]], "Theta": [[1.0]], "inputs": [1.0], "targets": 0, name: wrong})
    page.get_by_label("A problem from a file").set_input_files(
        [{"name": "p.json", "mimeType": "application/json", "buffer": document.encode()}]
    )
    expect(page.get_by_role("alert")).to_contain_text(f"p.json: {said}")
    expect(cell(page, "W, row 1, column 1")).to_have_value("1")


def test_a_matrix_is_no_list_of_classes(page: Page) -> None:
    page.goto(f"/{SMALL}")
    answer(page)
    page.evaluate("navigator.clipboard.writeText('[[1, 1], [0, 0]]')")
    cell(page, "class, entry 1").focus()
    page.keyboard.press("Control+V")
    classes = page.get_by_role("group", name=re.compile("^class "))
    expect(classes.locator(".fault")).to_have_text("expected one column, got 2 × 2 numbers")
    expect(classes.locator("input.cell")).to_have_count(1)


def test_the_focus_stays_when_a_size_is_at_its_least(page: Page) -> None:
    page.goto(f"/{SMALL}")
    for size in ("hidden units", "inputs", "classes"):
        fewer = page.get_by_role("button", name=f"Fewer {size}")
        fewer.focus()
        page.keyboard.press("Enter")
        expect(fewer).to_be_disabled()
        expect(page.get_by_role("button", name=f"More {size}")).to_be_focused()


def test_what_is_copied_asks_the_same_elsewhere(page: Page) -> None:
    page.goto("/#/gradients")
    answer(page)
    words = drawn(page)
    command = shlex.split(clipboard(page, "Copy as curl", SOLUTION))
    asked = {"content": command[4], "headers": {"Content-Type": "application/json"}}
    again = httpx.post(command[2], **asked, timeout=SECONDS).json()
    assert again["gradients"]["W"] == RIGHT.W.tolist()
    python = subprocess.run(
        [sys.executable, "-c", clipboard(page, "Copy as Python", SOLUTION)], capture_output=True, text=True
    )
    assert repr(float(RIGHT.loss)) in python.stdout, python.stderr
    image = httpx.get(clipboard(page, "Copy image link", SOLUTION), timeout=SECONDS)
    assert (image.status_code, image.headers["content-type"]) == (200, "image/png")
    with page.expect_download() as arriving:
        page.get_by_label("Download").first.select_option("answer.json")
    assert json.loads(arriving.value.path().read_text())["loss"] == float(RIGHT.loss)
    other = page.context.new_page()
    other.goto(clipboard(page, "Copy link with my answer", "Share the check"))
    answer(other)
    assert drawn(other) == words


def test_a_checked_answer_fits_a_narrow_screen(dressed: Open) -> None:
    narrow = dressed(viewport={"width": 320, "height": 700}).new_page()
    narrow.goto(f"/{MISTAKEN}&check=1&explain=1")
    answer(narrow)
    expect(narrow.locator(".verdict")).to_be_visible()
    drawn(narrow)
    for scheme in ("light", "dark"):
        narrow.emulate_media(color_scheme=scheme)
        narrow.wait_for_function("(theme) => document.documentElement.dataset.theme === theme", arg=scheme)
        drawn(narrow)
        assert narrow.evaluate("document.documentElement.scrollWidth") <= 320


def test_where_answers_are_withheld_they_are_not_even_asked_for(
    dressed: Open, watch: Watch, checking: str
) -> None:
    """A refusal would stand in red where a student is to begin, and on the console."""
    watch.base = checking
    page = dressed(base_url=checking).new_page()
    page.goto(f"/{MISTAKEN}&check=1&feedback=diagnosis")
    expect(page.locator(".verdict")).to_have_text("Not right yet.")
    expect(page.get_by_text("keeps the answer to itself")).to_contain_text("may be off by 1 % of itself")
    expect(page.get_by_label("and tell me").locator("option")).to_have_text(
        ["right or wrong", "which entries"]
    )
    expect(page.get_by_role("button", name=re.compile("solution|Compute"))).to_have_count(0)
    expect(page.get_by_label("Relative tolerance")).to_have_count(0)
    cell(page, "W, row 1, column 1").fill("2")
    cell(page, "W, row 1, column 1").press("Enter")
    expect(page.locator(".trouble:visible")).to_have_count(0)
    page.goto("about:blank")
    page.goto(f"/{MISTAKEN.replace('0.001', 'abc')}&check=1")  # where none is asked for, none is wrong
    expect(page.locator(".verdict")).to_have_text("Not right yet.")


def test_what_counts_as_right_is_chosen_and_kept(page: Page) -> None:
    """An absolute tolerance, and whether rounded numbers are right, as the service takes them."""
    page.goto("/#/gradients?my.W=0.76,0.38,-0.76,1.52;0.71,0.35,-0.71,1.42")
    page.get_by_text("Tolerance", exact=True).click()
    page.get_by_label("rounded entries are right").uncheck()
    page.get_by_label("Absolute tolerance").fill("1e-6")
    with page.expect_request("**/v1/gradients/check") as asked:
        page.get_by_role("button", name="Check", exact=True).click()
    body = asked.value.post_data_json
    assert (body["rounding"], body["absolute_tolerance"]) == (False, 1e-6) and "tolerance" not in body
    expect(page.locator(".verdict")).to_have_text("Not right yet.")
    expect(page).to_have_url(re.compile("absolute_tolerance=1e-6"))
    page.get_by_label("rounded entries are right").check()
    page.get_by_label("Absolute tolerance").fill("")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator(".verdict")).to_contain_text("right, to 2 decimals")
    expect(page).not_to_have_url(re.compile("rounding|absolute"))


def test_a_wrong_class_and_a_transposed_theta_are_named(page: Page) -> None:
    """On the default problem, and on one whose Θ is square: there alone Θᵀ fits."""
    other = gradients(
        Problem(np.array(W), np.array(THETA), np.array(X)), prepare(np.array([1.0, 0.0, 0.0]), (4,), 3)
    )
    rows = ";".join(",".join(f"{value:.2f}" for value in row) for row in other.Theta)
    page.goto(f"/#/gradients?my.Theta={rows}&check=1")
    expect(page.get_by_role("group", name="Verdict").locator("code").first).to_have_text("wrong_label")
    square, weights = (
        np.array([[1, -1, 0.5], [0, 2, -1], [0.25, 1, -0.75]]),
        np.array([[1, 0.5], [-0.5, 1], [2, -1]]),
    )
    x, y = np.array([1.0, 2.0]), np.array([0.0, 1.0, 0.0])
    logits = square.T @ weights @ x
    slope = np.exp(logits) / np.exp(logits).sum() - y
    wrong = np.outer(square.T @ slope, x)
    parts = (weights, square, wrong)
    given = [";".join(",".join(f"{value:.4g}" for value in row) for row in one) for one in parts]
    page.goto("about:blank")
    page.goto("/#/gradients?W={}&Theta={}&x=1,2&y=1&my.W={}&check=1".format(*given))
    expect(page.get_by_role("group", name="Verdict").locator("code").first).to_have_text("theta_transposed")
