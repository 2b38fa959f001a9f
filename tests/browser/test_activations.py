"""Problem 1's view: pick, compare, slide, drag, read."""

from playwright.sync_api import Page, expect


def test_the_first_view_draws_softplus(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Activations")
    picture = page.locator(".picture-place img")
    expect(picture).to_be_visible()
    assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") >= 600
