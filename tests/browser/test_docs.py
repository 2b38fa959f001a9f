"""The docs and the pages of problems: all there with the network cut off, nothing that the policy refuses."""

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from app.http.problem_types import BY_SLUG
from tests.browser.conftest import Open
from tests.browser.waiting import SECONDS

PATIENCE = 90_000  # milliseconds: a hundred operations are drawn, perhaps while much else runs


@pytest.fixture
def alone(page: Page, base: str) -> Page:
    """A page that reaches the service and nothing else."""

    def decide(route: Route) -> None:
        if route.request.url.startswith((base + "/", "blob:", "data:")):
            route.continue_()
        else:
            route.abort()

    page.route("**/*", decide)
    page.set_default_timeout(PATIENCE)
    return page


@pytest.fixture(scope="module")
def described(base: str) -> dict[str, int]:
    """How many operations each tag has."""
    found: dict[str, int] = {}
    for methods in httpx.get(f"{base}/openapi.json", timeout=SECONDS).json()["paths"].values():
        for operation in methods.values():
            found[operation["tags"][0]] = found.get(operation["tags"][0], 0) + 1
    return found


def test_operations_are_shown_with_an_example_to_send(alone: Page, described: dict[str, int]) -> None:
    """Every operation is shown with an example that can be sent."""
    alone.goto("/docs#/gradients/gradientsGradients")
    expect(alone.locator(".opblock")).to_have_count(sum(described.values()), timeout=PATIENCE)
    expect(alone.get_by_role("heading", name="Softstep", exact=False).first).to_be_visible(timeout=PATIENCE)
    block = alone.locator("#operations-gradients-gradientsGradients")
    expect(block.get_by_text("Problem 3, one input of class 1").first).to_be_attached(timeout=PATIENCE)
    block.get_by_role("button", name="Try it out").click()
    body = block.locator("textarea.body-param__text")
    expect(body).to_contain_text('"Theta"', timeout=PATIENCE)
    block.get_by_role("button", name="Execute").click()
    answer = block.locator(".live-responses-table")
    expect(answer.locator(".response-col_status").last).to_contain_text("200", timeout=PATIENCE)
    expect(answer).to_contain_text("probabilities", timeout=PATIENCE)
    expect(block.get_by_text("application/vnd.safetensors").first).to_be_attached(timeout=PATIENCE)


def test_the_reference_shows_examples_and_finds_words(alone: Page) -> None:
    alone.goto("/redoc#tag/networks/operation/networksConvert")
    section = alone.locator('[id="tag/networks/operation/networksConvert"]')
    expect(section).to_contain_text("Return the network of the other activation", timeout=PATIENCE)
    expect(section.get_by_text("Problem 2a: of sigmoids").first).to_be_attached(timeout=PATIENCE)
    expect(section.get_by_text("application/vnd.safetensors").first).to_be_attached(timeout=PATIENCE)
    alone.get_by_placeholder("Search...").fill("identities")
    expect(alone.locator('[data-role="search:results"] li').first).to_be_visible(timeout=PATIENCE)


def test_the_page_of_a_problem_is_dressed_as_the_service_is(dressed: Open) -> None:
    page = dressed(viewport={"width": 400, "height": 800}).new_page()
    for name in BY_SLUG:
        page.goto(f"/problems/{name}")
        expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=PATIENCE)
        papers = []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            papers.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        assert papers == ["rgb(255, 255, 255)", "rgb(20, 24, 29)"]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_a_problem_leads_to_its_page(alone: Page, base: str) -> None:
    problem = httpx.get(f"{base}/v1/activations/swishy", timeout=SECONDS).json()
    alone.goto(problem["type"])
    expect(alone.get_by_role("heading", level=1)).to_have_text(problem["title"], timeout=PATIENCE)
    alone.get_by_role("link", name="Shapes do not fit together").click()
    expect(alone.get_by_role("heading", level=1)).to_have_text("Shapes do not fit together", timeout=PATIENCE)
