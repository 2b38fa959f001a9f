"""The workbench of backpropagation: a network of layers, the check of own gradients, then the answer."""

import re
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open, Watch
from tests.browser.test_activations import clipboard
from tests.browser.test_convert import cell
from tests.browser.test_workbenches import inside
from tests.browser.waiting import SECONDS
from tests.serving import running

VIEW = "#/backpropagation"
NETWORK: dict[str, Any] = {
    "layers": [
        {"weight": [[1, -0.5], [0.5, 1]], "bias": [0.25, -0.5], "activation": "tanh"},
        {"weight": [[1, -1], [0.5, 2], [-1, 0.5]], "bias": [0, 0.5, -0.25], "activation": "identity"},
    ]
}
PROBLEM: dict[str, Any] = {"network": NETWORK, "inputs": [1, 2], "targets": 2}


def truth(base: str, **more: Any) -> Any:
    return httpx.post(f"{base}/v1/networks/gradients", json={**PROBLEM, **more}, timeout=SECONDS).json()


def text(values: Any, decimals: int) -> str:
    rows = np.atleast_2d(values).tolist()
    return ";".join(",".join(f"{value:.{decimals}f}" for value in row) for row in rows)


def mine(found: Any, decimals: int = 6) -> str:
    """Return gradients as the fragment that types them."""
    first, second = found["gradients"]["layers"]
    parts = {"W1": first["weight"], "b1": first["bias"], "W2": second["weight"], "b2": second["bias"]}
    parts["x"] = found["gradients"]["inputs"]
    return "&".join(f"my.{name}={text(values, decimals)}" for name, values in parts.items())


def verdict(page: Page) -> Locator:
    found = page.get_by_role("group", name="Verdict")
    expect(found.locator(".verdict")).to_be_visible()
    return found


@pytest.mark.parametrize("decimals", [2, 3])
def test_rounded_gradients_of_every_part_are_right(page: Page, base: str, decimals: int) -> None:
    page.goto(f"/{VIEW}?{mine(truth(base), decimals)}")
    page.get_by_role("button", name="Check", exact=True).click()
    found = verdict(page)
    expect(found.locator(".verdict")).to_contain_text(f"All 5 are right, to {decimals} decimals")
    expect(page.locator(".cell[data-mark=wrong]")).to_have_count(0)


def test_a_forgotten_derivative_is_named_once_for_its_layer(dressed: Open) -> None:
    """Network, own numbers and verdict stand in one window."""
    page = dressed(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"/{VIEW}")
    page.get_by_role("button", name="Forgotten tanh").click()
    found = verdict(page)
    expect(found.get_by_text("The derivative of a layer's activation is missing.")).to_have_count(1)
    expect(found).to_contain_text("∂ℓ/∂b₁ is wrong in 2 entries: 1, 2.")
    expect(found).to_contain_text("∂ℓ/∂W₂ is right, to 3 decimals.")
    expect(page.locator(".cell[data-mark=wrong]")).to_have_count(6)
    seen = [cell(page, name) for name in ("W₁, row 1, column 1", "x, row 1, column 2", "my ∂ℓ/∂b₁, entry 2")]
    inside(page, *seen, found.locator(".verdict"))


def test_nothing_of_the_answer_is_there_before_it_is_asked_for(page: Page, base: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: "/v1/networks" in request.url and asked.append(request.url))
    page.goto(f"/{VIEW}")
    expect(page.get_by_role("heading", name="Check my answer")).to_be_visible()
    page.get_by_label("Activation of layer 1 of f").select_option("sigmoid")
    page.wait_for_timeout(800)  # longer than an answer waits for typing to end
    assert asked == []
    page.get_by_label("Activation of layer 1 of f").select_option("tanh")
    page.get_by_role("button", name="Show the solution").click()
    expect(page.locator(".loss")).to_be_visible()
    exact = "(all) => all.map((one) => Number(one.value))"
    found = truth(base)
    for name, told in (
        ("W₁", found["gradients"]["layers"][0]["weight"]),
        ("x", [found["gradients"]["inputs"]]),
    ):
        table = page.get_by_role("group", name=f"Gradient with respect to {name}", exact=True)
        assert table.locator("data").evaluate_all(exact) == np.ravel(told).tolist()
    page.get_by_text("The derivation with these numbers").click()
    expect(page.locator(".derivation li").nth(5).locator("math")).to_be_visible()
    expect(page).to_have_url(re.compile("answer=1.*explain=1"))


def only_checks(page: Page, marked: int) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/{VIEW}?my.b2=0.034,-0.897,-0.931&answer=1&explain=1")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(verdict(page).locator(".verdict")).to_have_text("Not right yet.")
    expect(page.locator(".cell[data-mark=wrong]")).to_have_count(marked)
    expect(page.get_by_role("button", name="Show the solution")).to_have_count(0)
    assert not [url for url in asked if url.endswith("/v1/networks/gradients")]
    page.close()  # before its service ends


def test_below_solution_the_workbench_only_checks(dressed: Open, watch: Watch, checking: str) -> None:
    watch.base = checking
    only_checks(dressed(base_url=checking).new_page(), marked=1)
    with running(help="verdict", processes=0) as base:
        watch.base = base
        only_checks(dressed(base_url=base).new_page(), marked=0)


def test_sizes_of_own_gradients_follow_the_network(page: Page) -> None:
    page.goto(f"/{VIEW}")
    page.get_by_role("button", name="One unit more in layer 1 of f").click()
    page.get_by_role("button", name="Add a column to W₁").click()
    page.get_by_role("button", name="One output more in layer 2 of f").click()
    for name, count in (
        ("my ∂ℓ/∂W₁", 9),
        ("my ∂ℓ/∂b₁", 3),
        ("my ∂ℓ/∂W₂", 12),
        ("my ∂ℓ/∂b₂", 4),
        ("my ∂ℓ/∂x", 3),
    ):
        expect(page.get_by_role("group", name=name, exact=True).locator(".cell"), name).to_have_count(count)
    expect(page.get_by_role("group", name="x one row per input", exact=True).locator(".cell")).to_have_count(
        3
    )
    page.get_by_role("button", name="Add a layer").click()
    expect(page.get_by_role("group", name="my ∂ℓ/∂W₃", exact=True).locator(".cell")).to_have_count(16)
    page.get_by_role("button", name="Show the solution").click()
    expect(page.locator(".loss")).to_be_visible()
    expect(page.locator("[aria-invalid=true]")).to_have_count(0)


def test_squared_error_takes_rows_and_gives_them_back(page: Page) -> None:
    page.goto(f"/{VIEW}")
    page.get_by_label("Loss", exact=True).select_option("squared_error")
    for column, value in enumerate("001", 1):
        expect(cell(page, f"y, row 1, column {column}")).to_have_value(value)
    page.get_by_role("button", name="Show the solution").click()
    expect(page.locator(".loss")).to_be_visible()
    page.get_by_label("Loss", exact=True).select_option("cross_entropy")
    expect(cell(page, "class, entry 1")).to_have_value("2")


def test_the_two_models_lead_to_each_other_as_they_were_left(page: Page) -> None:
    page.goto(f"/{VIEW}")
    cell(page, "b₂, entry 1").fill("0.125")
    page.get_by_role("navigation", name="Model").get_by_role("link", name="softmax(ΘᵀWx)").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gradients")
    page.get_by_role("link", name="a network of layers").click()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(cell(page, "b₂, entry 1")).to_have_value("0.125")
    expect(page.get_by_role("navigation", name="Views").locator("[aria-current]")).to_have_text("Gradients")
    cell(page, "my ∂ℓ/∂b₂, entry 1").fill("0.5")
    problem = clipboard(page, "Copy link to the problem", "Share the check")
    answered = clipboard(page, "Copy link with my answer", "Share the check")
    assert "b2=0.125" in problem and "my." not in problem and "my.b2=0.5" in answered


@pytest.mark.usefixtures("refusals")
def test_what_is_refused_of_a_gradient_stands_at_its_cell(page: Page) -> None:
    page.goto(f"/{VIEW}?y=7")
    cell(page, "my ∂ℓ/∂b₁, entry 2").fill("1")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(cell(page, "my ∂ℓ/∂b₁, entry 1")).to_have_attribute("aria-invalid", "true")
    cell(page, "my ∂ℓ/∂b₁, entry 1").fill("2")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(cell(page, "class, entry 1")).to_be_focused()


def test_a_network_file_takes_the_place_of_the_network(page: Page) -> None:
    page.goto(f"/{VIEW}")
    layers = [{"weight": [[3, 4]], "bias": [5], "activation": "relu"}]
    page.get_by_text("Paste JSON").click()
    page.get_by_label("A network as JSON").fill(f'{{"layers": {layers}}}'.replace("'", '"'))
    page.get_by_role("button", name="Use it").click()
    expect(cell(page, "W₁, row 1, column 2")).to_have_value("4")
    expect(page.get_by_label("Activation of layer 1 of f")).to_have_value("relu")
    expect(cell(page, "x, row 1, column 2")).to_have_value("2")
