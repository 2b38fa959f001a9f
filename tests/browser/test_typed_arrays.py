"""Arrays as they are pasted into a cell or typed as text, and what is refused of them."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_convert import answer, cell, converted
from tests.browser.waiting import cells_hold

PASTED = {
    "JSON": ("[[1, -2], [0.5, 4e-3]]", ["1", "-2", "0.5", "4e-3"]),
    "NumPy's repr": ("array([[ 1. , -2. ],\n       [ 0.5,  4. ]], dtype=float32)", ["1", "-2", "0.5", "4"]),
    "NumPy's print": ("[[ 1.  -2. ]\n [ 0.5  4.5 ]]", ["1", "-2", "0.5", "4.5"]),
    "CSV": ("1,-2\n0.5,4\n", ["1", "-2", "0.5", "4"]),
    "CSV where commas part digits": ("1;-2\n0,5;4\n", ["1", "-2", "0,5", "4"]),
    "MATLAB": ("[1, -2; 0.5, 4]", ["1", "-2", "0.5", "4"]),
    "MATLAB on lines": ("1, -2;\n0.5, 4;", ["1", "-2", "0.5", "4"]),
    "rows by semicolons": ("1 -2; 0.5 4", ["1", "-2", "0.5", "4"]),
    "a spreadsheet with a gap": ("\t-2\n0.5\t4", ["", "-2", "0.5", "4"]),
    "a spreadsheet": ("1\t-2\n0.5\t1/3", ["1", "-2", "0.5", "1/3"]),
    "PyTorch": ("tensor([[1., -2.]], grad_fn=<AddBackward0>)", ["1", "-2"]),
    "a parameter": ("Parameter containing:\ntensor([[ 1., -2.]], requires_grad=True)", ["1", "-2"]),
    "a tensor with its size": ("tensor([[1., -2.]], size=(1, 2))", ["1", "-2"]),
    "TensorFlow": ("tf.Tensor([[ 1. -2.]], shape=(1, 2), dtype=float32)", ["1", "-2"]),
    "TensorFlow's repr": (
        "<tf.Tensor: shape=(1, 2), dtype=float32, numpy=array([[ 1., -2.]], dtype=float32)>",
        ["1", "-2"],
    ),
    "an assignment": ("W = np.array([[1, -2], [0.5, 4]])", ["1", "-2", "0.5", "4"]),
    "the page's names": ("Θ = [[1, -2], [0.5, 4]]", ["1", "-2", "0.5", "4"]),
    "an index below": ("W₁ = [[1, -2], [0.5, 4]]", ["1", "-2", "0.5", "4"]),
    "a converted weight": ("W₁′ = [[1, -2]]", ["1", "-2"]),
    "a member of JSON": ('"Theta": [[1, -2], [0.5, 4]],', ["1", "-2", "0.5", "4"]),
    "a member of Python": ("'my weights': np.array([[1, -2]]),", ["1", "-2"]),
    "a member of JavaScript": ("Theta: [[1, -2]],", ["1", "-2"]),
    "comments": (
        "# [outputs, inputs]\nW = [[1, -2],  # one\n     [0.5, 4]]  # two [2]",
        ["1", "-2", "0.5", "4"],
    ),
    "MATLAB's assignment": ("W = [1 -2; 0.5 4];", ["1", "-2", "0.5", "4"]),
}

# What stands around these changes what they are.
NO_ARRAYS = [
    "np.array([[1, 2]]).T",
    "2 * [[1, 2]]",
    "[1 2; 3 4]'",
    "np.zeros([2, 3])",
    "[1, 2], [3]",
    "3, [1]",
    "Θ == [[1, 2]]",
    "a + b = [[1, 2]]",
    '"a", "b": [[1, 2]]',
    "# [1, 2]\n[[1, 2]] @ W  # there",
]


@pytest.mark.usefixtures("refusals")  # of a matrix of one row, where there is time to compute
def test_an_array_is_pasted_into_a_cell(page: Page) -> None:
    page.goto("/#/convert")
    for text, expected in PASTED.values():
        cell(page, "W₁, row 1, column 1").fill("before")
        page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
        page.keyboard.press("Control+V")
        cells_hold(page.get_by_role("group", name="W₁").first.locator("input.cell"), expected)
        if len(expected) == 4:
            expect(page.get_by_label("W₁, row 2, column 2", exact=True).first).to_be_visible()


def test_a_matrix_is_typed_as_text_and_its_mistakes_are_named(page: Page) -> None:
    page.goto("/#/convert")
    page.get_by_role("button", name="W₁ as text").first.click()
    area = page.get_by_role("group", name="W₁").first.get_by_role("textbox")
    for text in NO_ARRAYS:
        area.fill(text)
        expect(page.get_by_role("group", name="W₁").first.locator(".fault")).to_contain_text(
            "expected one array"
        )
    area.fill("[[1, 2], [3]]")
    expect(page.get_by_text("expected 2 numbers in row 2, as in the first, got 1")).to_be_visible()
    page.reload()
    expect(area).to_have_value("[[1, 2], [3]]")
    area.fill("[[1, 2], [3, 4]]")
    answer(page)
    assert converted(page, "W₁") == [["2", "4"], ["6", "8"]]
    page.get_by_role("button", name="W₁ as text").first.click()
    expect(cell(page, "W₁, row 2, column 2")).to_have_value("4")


@pytest.mark.usefixtures("refusals")  # of three biases for two units, where there is time to compute
@pytest.mark.parametrize("paste", ["[[1, 5], [2, 5]]", "1,5\n2,5"])
def test_what_is_no_vector_is_refused_where_a_vector_is_typed(page: Page, paste: str) -> None:
    """It was computed as four numbers and kept in the URL as two."""
    page.goto("/#/convert")
    answer(page)
    before = page.url
    cell(page, "b₁, entry 1").focus()
    page.evaluate("(text) => navigator.clipboard.writeText(text)", paste)
    page.keyboard.press("Control+V")
    bias = page.get_by_role("group", name="b₁").first
    expect(bias.locator(".fault")).to_have_text("expected one column, got 2 × 2 numbers")
    cells_hold(bias.locator("input.cell"), ["0.25", "1"])
    expect(page).to_have_url(before)
    page.evaluate("navigator.clipboard.writeText('3\\t4')")  # a row is as good as a column
    cell(page, "b₁, entry 1").focus()
    page.keyboard.press("Control+V")
    expect(cell(page, "b₁, entry 2")).to_have_value("4")
    answer(page)
    page.evaluate("navigator.clipboard.writeText('7\\n8')")
    cell(page, "b₁, entry 2").focus()
    page.keyboard.press("Control+V")
    expect(cell(page, "b₁, entry 3")).to_have_value("8")
    expect(cell(page, "b₁, entry 1")).to_have_value("3")


def test_a_link_with_a_matrix_for_a_vector_shows_what_it_holds(page: Page) -> None:
    page.goto("/#/convert?to=sigmoid&W1=1;2&b1=1,5;2,5&a1=tanh&W2=1,2&b2=0&a2=identity")
    bias = page.get_by_role("group", name="b₁").first
    expect(bias.get_by_role("textbox")).to_have_value("[[1, 5],\n [2, 5]]")
    expect(bias.locator(".fault")).to_have_text("expected one column, got 2 × 2 numbers")
