"""The seals where the service is away, busy, or says otherwise."""

import random
from collections import Counter
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Open, Watch
from tests.browser.test_sheet import confirmed, middle, sealed

BUSY = {"type": "/problems/busy", "title": "Busy", "status": 503, "detail": "busy"}
CLASS = 4  # pages at once; each of its requests is refused as a hundred pages would have it
REFUSED = 2  # times, of each request


def drag(page: Page, by: tuple[float, float] = (-180, 40)) -> None:
    """Drag the point on softplus, and let go."""
    x, y = middle(page, page.get_by_role("slider", name="Point on softplus"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0], y + by[1], steps=12)
    page.mouse.up()


def test_without_the_service_a_drag_draws_and_seals_itself_later(page: Page, watch: Watch) -> None:
    """Aborted at first, then busy once with Retry-After, then there: nobody presses anything."""
    watch.expected = ("status of 503", "net::ERR_FAILED")
    page.goto("/")
    sealed(page, "1a")
    tangent = page.locator("[data-part='1a'] .curve.tangent").first
    before = tangent.get_attribute("d")
    page.route("**/v1/**", lambda route: route.abort())
    drag(page)
    seal = page.locator("[data-part='1a'] .seal")
    expect(seal).to_contain_text("not sealed: no connection")
    assert tangent.get_attribute("d") != before
    page.unroute("**/v1/**")
    refused: list[str] = []

    def once(route: Route) -> None:
        if route.request.url in refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.fulfill(status=503, headers={"Retry-After": "1"}, json=BUSY)

    page.route("**/v1/**", once)
    expect(seal).to_have_attribute("data-sealed", "true")
    assert refused


def test_in_a_busy_class_no_student_sees_an_error(dressed: Open, watch: Watch) -> None:
    watch.expected = ("status of 503",)
    context = dressed()
    chance = random.Random(19)
    refusals: Counter[tuple[Any, ...]] = Counter()

    def handle(route: Route) -> None:
        key = (route.request.frame, route.request.url, route.request.post_data)
        refusals[key] += 1
        if refusals[key] <= REFUSED and chance.random() < 0.8:
            route.fulfill(status=503, headers={"Retry-After": "1"}, json=BUSY)
        else:
            route.continue_()

    context.route("**/v1/**", handle)
    pages = [context.new_page() for _ in range(CLASS)]
    for one in pages:
        one.goto("/")
        expect(one.get_by_role("slider", name="Point on softplus")).to_be_visible()
    for turn, one in enumerate(pages):
        drag(one, (-40.0 * turn, 20.0))
    for one in pages:
        seal = one.locator("[data-part='1a'] .seal")
        expect(seal).to_have_attribute("data-sealed", "true")
        assert one.locator(".trouble:visible, [role=alert]:visible, [data-sealed=broken]").count() == 0


PLANTED = {
    "1b": ("**/v1/activations/sigmoid", lambda body: body.get("derivatives", body["outputs"])),
    "1c": ("**/v1/activations/softplus", lambda body: body["outputs"]),
    "2a": ("**/v1/networks/evaluate", lambda body: body["outputs"][0]),
    "2b": ("**/v1/networks/evaluate", lambda body: body["outputs"][1]),
    "3a": ("**/v1/gradients", lambda body: body["gradients"]["Theta"][0]),
    "3b": ("**/v1/gradients", lambda body: body["gradients"]["W"][1]),
}


def planting(places: list[Any]) -> Any:
    """Return a handler that adds a millionth to the service's numbers at these places."""

    def handle(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        for place in places:
            place(body)[0] += 1e-6
        route.fulfill(response=answer, json=body)

    return handle


def test_a_planted_error_of_a_millionth_breaks_every_seal(page: Page) -> None:
    for path in {path for path, _ in PLANTED.values()}:
        page.route(path, planting([place for one, place in PLANTED.values() if one == path]))
    page.goto("/")
    for part in PLANTED:
        confirmed(page, page.locator(f"[data-part='{part}'] .seal").last, "broken")
        seal = page.locator(f"[data-part='{part}'] .seal[data-sealed=broken]").first
        expect(seal, part).to_contain_text("The service says otherwise: by 0.000001")
