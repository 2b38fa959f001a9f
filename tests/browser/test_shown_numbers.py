"""Numbers as they are typed, as they are shown, and as they are copied."""

import math

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_convert import answer, cell, converted
from tests.browser.test_gradients import answer as solution
from tests.browser.waiting import becomes, cells_hold

EXPRESSIONS = {
    "pi": math.pi,
    "π/2": math.pi / 2,
    "sqrt(2)": math.sqrt(2),
    "√2": math.sqrt(2),
    "2*0.88": 2 * 0.88,
    "-1/3": -1 / 3,
    "-2^2": -4.0,
    "2**-1": 0.5,
    "1 - 2": -1.0,
    "exp(-1)/(1 + exp(-1))": math.exp(-1) / (1 + math.exp(-1)),
    "ln(e)": 1.0,
    "1e-3": 1e-3,
    "−0.5": -0.5,
}
NO_NUMBERS = {
    "two": "expected a number, such as",
    "1 2": "expected a number, such as",
    "constructor": "expected a number, such as",
    "sqrt 2": "expected a number, such as",
    "(1": "expected a number, such as",
    "sqrt(-1)": "expected a real number",
    "1/0": "within the range of float64",
    "": "expected a number",
    "0,5": "with a point",
}


def test_expressions_are_numbers(page: Page) -> None:
    """pi, sqrt(2) and 2*0.88 were "expected a number"."""
    page.goto("/#/convert")
    box = cell(page, "W₁, row 1, column 1")
    for text, value in EXPRESSIONS.items():
        box.fill(text)
        box.press("Enter")
        expect(page.get_by_role("group", name="W₁′, converted").locator("data").first).to_have_attribute(
            "value", str(int(2 * value)) if float(2 * value).is_integer() else repr(2 * value)
        )
        expect(box).to_have_value(text)
    page.reload()
    expect(box).to_have_value("−0.5")


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_expression_is_said_to_be_none(page: Page, text: str) -> None:
    page.goto("/#/convert")
    box = cell(page, "W₁, row 1, column 1")
    box.fill(text)
    box.press("Enter")
    expect(page.get_by_role("group", name="W₁", exact=True).locator(".fault")).to_contain_text(
        NO_NUMBERS[text]
    )


def test_expressions_are_pasted_into_cells(page: Page) -> None:
    page.goto("/#/convert")
    answer(page)
    for text in ("[[sqrt(2), 2 * 0.88], [pi, -1/3]]", "sqrt(2)\t2 * 0.88\npi\t-1/3"):
        cell(page, "W₁, row 1, column 1").fill("before")
        page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
        page.keyboard.press("Control+V")
        cells = page.get_by_role("group", name="W₁").first.locator("input.cell")
        cells_hold(cells, ["sqrt(2)", "2*0.88", "pi", "-1/3"])


def test_five_digits_are_shown_and_all_on_demand(page: Page) -> None:
    page.goto("/#/gradients")
    found = solution(page)
    first = found.get_by_role("group", name="Gradient with respect to W", exact=True).locator("data").first
    expect(first).to_have_text("0.75977")
    exact = first.get_attribute("value") or ""
    assert len(exact) > 15
    expect(first).to_have_attribute("title", exact)
    page.get_by_role("button", name="All digits").click()
    expect(first).to_have_text(exact)
    page.reload()
    expect(first).to_have_text(exact)
    page.get_by_role("button", name="All digits").click()
    expect(first).to_have_text("0.75977")


def test_small_and_large_numbers_are_shown_by_powers_of_ten(page: Page) -> None:
    page.goto("/#/convert?to=sigmoid&W1=0.00000893902720823679&b1=123456.7&a1=tanh&W2=1&b2=0&a2=identity")
    answer(page)
    shown = page.get_by_role("group", name="W₁, given").locator("data")
    expect(shown).to_have_text("8.939 × 10⁻⁶")
    expect(page.get_by_role("group", name="b₁, given").locator("data")).to_have_text("1.2346 × 10⁵")
    assert converted(page, "W₁") == [["0.00001787805441647358"]]


def test_what_is_selected_is_copied_with_every_digit(page: Page) -> None:
    page.goto("/#/gradients")
    table = (
        solution(page)
        .get_by_role("group", name="Gradient with respect to Theta", exact=True)
        .get_by_role("table")
    )
    exact = table.locator("data").evaluate_all("(all) => all.map((one) => one.value)")
    table.evaluate("(one) => getSelection().selectAllChildren(one)")
    page.evaluate("navigator.clipboard.writeText('')")
    page.keyboard.press("Control+C")
    long = lambda texts: [text for text in texts if len(text) > 3]  # noqa: E731
    becomes(page, lambda: long(page.evaluate("navigator.clipboard.readText()").split()), long(exact))
    expect(table.locator("data").first).to_have_text("0.79703")
